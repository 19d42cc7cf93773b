"""Grades in the formats that `tcplab grade --format` names, and the sheets that some fill in."""

import importlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from cli.exits import UsageError
from grading.course import Course
from grading.exports import FORMATS, canvas, moodle, statistics
from grading.exports.sheet import SheetError
from grading.grades import StudentGrade

MOODLE, CANVAS = "moodle", "canvas"

Step = Callable[[str, int, int], object]  # what is done, how many of how many


class Sheets(NamedTuple):
    """Sheets of learning systems. moodle: by lab, '' for the course's grade."""

    moodle: Mapping[str, Path] = {}
    grade_column: str | None = None
    canvas: Path | None = None
    canvas_columns: Mapping[str, str] = {}


def formats(text: str) -> list[str]:
    """The names in `csv,junit`; raises UsageError for one that there isn't."""
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format: no format {name!r}: there are {', '.join(FORMATS)}")
    return list(dict.fromkeys(names))


def sheets(
    worksheets: Sequence[str],
    grade_column: str | None,
    gradebook: Path | None,
    columns: Sequence[str],
) -> Sheets:
    """The sheets of the command line; raises UsageError."""
    labs = dict(_labelled(text) for text in worksheets)
    if len(labs) < len(worksheets):
        raise UsageError("--moodle-sheet: two sheets of one lab: LAB=FILE says which is which")
    return Sheets(labs, grade_column, gradebook, _columns(columns))


def _columns(texts: Sequence[str]) -> dict[str, str]:
    """Headers by lab, of `LAB=HEADER`; raises UsageError."""
    named: dict[str, str] = {}
    for text in texts:
        lab, equals, header = text.partition("=")
        if not equals:
            raise UsageError(f"--canvas-column: {text!r}: say LAB=HEADER")
        if lab in named:
            raise UsageError(f"--canvas-column: two columns for {lab}: name one")
        if header in named.values():
            raise UsageError(f"--canvas-column: {header!r} is named twice: each lab has its own")
        named[lab] = header
    return named


def wanted(names: Sequence[str], its: Sheets) -> list[str]:
    """The formats that are written: those named, and those whose sheets are given."""
    given = {MOODLE: bool(its.moodle), CANVAS: its.canvas is not None}
    for name in given:
        if name in names and not given[name]:
            raise UsageError(
                f"--format {name} fills in the sheet that you downloaded: name it with "
                f"--{name}-sheet FILE"
            )
    return list(dict.fromkeys([*names, *(name for name, there in given.items() if there)]))


def refuse_unfit(course: Course, its: Sheets) -> None:
    """Raise UsageError for a sheet that can't be filled in, before hours of grading; OSError."""
    try:
        for lab, sheet in its.moodle.items():
            if lab and lab not in course.labs:
                raise UsageError(f"--moodle-sheet: the course has no lab {lab!r}")
            moodle.read(course, sheet, its.grade_column)
        if its.canvas:
            canvas.read(course, its.canvas, its.canvas_columns)
    except SheetError as error:
        raise UsageError(str(error)) from error


def refuse_ours(its: Sheets, out: Path, ours: Collection[str]) -> None:
    """Raise UsageError for a sheet that is one of our outputs, which have these names in `out`."""
    given = [("--moodle-sheet", sheet) for sheet in its.moodle.values()]
    given += [("--canvas-sheet", its.canvas)] if its.canvas else []
    made = {out.resolve() / name for name in ours} if given else set()
    for option, sheet in given:
        if sheet.resolve() in made:
            raise UsageError(
                f"{option}: {sheet} is what tcplab grade makes, and makes anew: name the sheet "
                "that you downloaded, or copy this one elsewhere and name the copy"
            )


def outputs(names: Sequence[str], its: Sheets, course: Course) -> list[str]:
    """What `exported` may write, below its folder."""
    found = [name for lab in its.moodle for name in moodle.outputs(lab or None)]
    for name in names:
        if name != MOODLE:
            found += _module(name).outputs(course)
    return found


def exported(
    names: Sequence[str],
    its: Sheets,
    course: Course,
    students: Iterable[StudentGrade],
    out: Path,
    step: Step,
) -> list[Path]:
    """Write these formats; the paths. Raises OSError.

    students: can be gone through once for each. step: told what is written, of how many.
    """
    written: list[Path] = []
    for name in names:
        counted = partial(_counted, students, f"writing {name}", len(course.students), step)
        if name == MOODLE:
            for lab, sheet in its.moodle.items():
                written += moodle.write(
                    course, counted(), out, sheet, lab or None, its.grade_column
                )
        elif name == CANVAS and its.canvas:
            written += canvas.write(course, counted(), out, its.canvas, its.canvas_columns)
        else:
            written += _module(name).write(course, counted(), out)
    return written


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"grading.exports.{FORMATS[name]}")


def _counted(
    students: Iterable[StudentGrade], what: str, total: int, step: Step
) -> Iterator[StudentGrade]:
    for number, one in enumerate(students, 1):
        yield one
        step(what, number, total)


def shown(names: Sequence[str], out: Path) -> str:
    """What of these formats is for the terminal, too: the statistics."""
    return f"\n{(out / statistics.TEXT).read_text()}" if "statistics" in names else ""


def _labelled(text: str) -> tuple[str, Path]:
    """`LAB=FILE` or `FILE`, which may have an equals sign in its name where it is a path."""
    lab, equals, file = text.partition("=")
    return (lab, Path(file)) if equals and "/" not in lab else ("", Path(text))
