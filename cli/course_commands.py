"""The commands for a course: tickets, grades, and Gradescope's zip."""

from pathlib import Path

import click

from cli.exits import UsageError
from cli.options import FILE
from cli.speaking import Speaking

with_overrides = click.option(
    "--overrides",
    type=FILE,
    metavar="FILE",
    help="What persons decided (default: overrides.yaml beside course.yaml).",
)


@click.command(cls=Speaking)
@click.option(
    "--course", type=FILE, required=True, metavar="FILE", help="The course's course.yaml."
)
@click.option("--student", metavar="ID", help="Only this student's ticket.")
@click.option("-o", "--out", type=FILE, metavar="DIR", help="Write DIR/<id>/ticket.json.")
def variant(course: Path, student: str | None, out: Path | None) -> int:
    """Make tickets: the values that each student's labs are played with.

    Examples: tcplab variant --course course.yaml -o tickets,
    tcplab variant --course course.yaml --student ahn
    """
    from cli import variant as deriving

    return deriving.variant(course, student, out)


@click.command(cls=Speaking)
@click.option(
    "--course", type=FILE, required=True, metavar="FILE", help="The course's course.yaml."
)
@click.option("--lab", required=True, metavar="LAB", help="The lab that the assignment is.")
@click.option("-o", "--out", type=FILE, required=True, metavar="FILE.zip", help="What to write.")
@click.option("--overrides", type=FILE, metavar="FILE", help="The course's overrides.yaml.")
@click.option("--force", is_flag=True, help="Replace FILE.zip.")
def autograder(course: Path, lab: str, out: Path, overrides: Path | None, force: bool) -> int:
    """Make the zip with which Gradescope grades a lab by itself.

    Example: tcplab autograder --course course.yaml --lab connection -o autograder.zip
    """
    from cli import autograder as making

    return making.autograder(course, lab, out, overrides, force)


@click.command(cls=Speaking)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option(
    "--course", type=FILE, required=True, metavar="FILE", help="The course's course.yaml."
)
@click.option("-o", "--out", type=FILE, required=True, metavar="DIR", help="Where the runs come.")
@with_overrides
@click.option("--lab", metavar="LAB", help="The lab of what doesn't tell it itself.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Programs at once (default: 4 a core)."
)
@click.option("--resume", is_flag=True, help="Go on in DIR: play what is new or has changed.")
def play(
    paths: tuple[Path, ...],
    course: Path,
    out: Path,
    overrides: Path | None,
    lab: str | None,
    jobs: int | None,
    resume: bool,
) -> int:
    """Play the programs that a class handed in, each in a jail, with its student's values.

    DIR gets a run directory for each; tcplab grade --played DIR then goes by these. Exit status: 3
    where something can't be played.

    Example: tcplab play handed-in/ --course course.yaml -o played
    """
    from cli import play as playing

    return playing.play(playing.Wishes(paths, course, out, overrides, lab, jobs, resume))


@click.command(cls=Speaking)
@click.argument("paths", nargs=-1, type=FILE, metavar="PATH...")
@click.option("--course", type=FILE, metavar="FILE", help="The course's course.yaml.")
@click.option("-o", "--out", type=FILE, metavar="DIR", help="A new folder for all that is written.")
@click.option("--example", is_flag=True, help="Print a course.yaml to begin with.")
@click.option(
    "--format",
    "formats",
    default="csv",
    metavar="NAMES",
    help="Of csv, statistics, gradescope, junit, classroom, moodle, canvas (default: csv).",
)
@click.option(
    "--moodle-sheet",
    "worksheets",
    multiple=True,
    metavar="[LAB=]FILE",
    help="Fill in Moodle's worksheet of a lab (without LAB: of the course's grade).",
)
@click.option(
    "--moodle-grade-column", "grade_column", metavar="HEADER", help="Its column of grades."
)
@click.option(
    "--canvas-sheet", "gradebook", type=FILE, metavar="FILE", help="Fill in Canvas's export."
)
@click.option(
    "--canvas-column",
    "columns",
    multiple=True,
    metavar="LAB=HEADER",
    help="A lab's assignment in it (final=HEADER: the course's grade).",
)
@with_overrides
@click.option("--lab", metavar="LAB", help="The lab of what doesn't tell it itself.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes (default: one a core)."
)
@click.option("--resume", is_flag=True, help="Go on in DIR: grade what is new or has changed.")
@click.option("--dask", metavar="ADDRESS", help="Grade on this Dask cluster instead.")
@click.option(
    "--at",
    metavar="TIME",
    help="Grade as if it were this moment, such as 2026-10-20T12:00+09:00 (default: now).",
)
@click.option(
    "--played",
    type=FILE,
    metavar="DIR",
    help="Your own runs of the programs handed in, as tcplab play left them.",
)
@click.option("--published", is_flag=True, help="The grades are out: feedback tells all it may.")
def grade(
    paths: tuple[Path, ...],
    course: Path | None,
    out: Path | None,
    example: bool,
    formats: str,
    worksheets: tuple[str, ...],
    grade_column: str | None,
    gradebook: Path | None,
    columns: tuple[str, ...],
    overrides: Path | None,
    lab: str | None,
    jobs: int | None,
    resume: bool,
    dask: str | None,
    at: str | None,
    played: Path | None,
    published: bool,
) -> int:
    """Grade what a class handed in: runs, captures, packs, a learning system's download.

    DIR gets the grades, feedback/ID.html for each student, pending.csv (what a person must
    decide), unclaimed.csv (what is nobody's) and copies.csv. Exit status: 3 where a person must
    look at something.

    \b
    Examples:
      tcplab grade --example > course.yaml
      tcplab grade moodle.zip --course course.yaml -o graded
      tcplab grade handed-in/ --course course.yaml -o graded --resume
      tcplab grade moodle.zip --course course.yaml -o graded --moodle-sheet mss=Grades-Lab2.csv
    """
    from cli import exporting
    from cli import grade as grading

    if example:
        return grading.example()
    if not paths or course is None or out is None:
        raise UsageError("grade what? tcplab grade PATH... --course course.yaml -o DIR")
    sheets = exporting.sheets(worksheets, grade_column, gradebook, columns)
    names = exporting.wanted(exporting.formats(formats), sheets)
    wishes = grading.Wishes(
        paths, course, out, names, overrides, lab, jobs, resume, dask, grading.moment(at),
        published, sheets, played,
    )  # fmt: skip
    return grading.grade(wishes)
