"""`tcplab variant`: tickets for the students of a course, and what stands on them."""

import sys
from pathlib import Path

from cli.exits import UsageError
from grading import course as courses
from grading import variants
from grading.course import Course
from labs.catalog.yaml_file import YamlFileError


def variant(course: Path, student: str | None, out: Path | None) -> int:
    """Write tickets to a folder, or print one; the exit status. Raises UsageError, OSError."""
    try:
        its = courses.load(course)
    except YamlFileError as error:
        raise UsageError(str(error)) from error
    if student is not None and student not in its.students:
        raise UsageError(f"{course}: no student {student!r} in this course")
    if out is not None:
        _write(its, [student] if student else list(its.students), out)
    elif student is not None:
        sys.stdout.write(variants.write(variants.ticket(its, student)).decode())
    else:
        raise UsageError("give --student ID to see a ticket, or -o DIR to write everybody's")
    return 0


def _write(course: Course, students: list[str], out: Path) -> None:
    for student in students:
        folder = out / student
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ticket.json").write_bytes(variants.write(variants.ticket(course, student)))
    sys.stderr.write(
        f"{len(students)} ticket(s) in {out}: give each student the file ticket.json in the "
        "folder of their id\n"
    )
