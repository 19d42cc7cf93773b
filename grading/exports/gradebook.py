"""The gradebook as CSV: a row a student, a row a lab of each, a row a check or question.

While anything of a lab is pending, its points are left open, and so is the final grade.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from grading.course import Course, Student
from grading.exports.cells import Cell, Table
from grading.grades import ItemGrade, LabGrade, StudentGrade
from labs.publishing import publishing

STUDENTS, LABS, ITEMS = "gradebook.csv", "labs.csv", "items.csv"

WHO = ("id", "name", "mail")
OF_A_LAB = (
    *("id", "lab", "points", "max", "pending", "so far", "problem", "notes"),
    *("handed in", "days late", "percent off", "attempt", "graded at", "source", "evidence"),
)
OF_AN_ITEM = (
    *("id", "lab", "item", "of", "status", "points", "max", "verdict"),
    *("expected", "observed", "place", "because", "reference"),
)


def outputs(course: Course) -> list[str]:
    """What `write` writes, below its folder."""
    return [STUDENTS, LABS, ITEMS]


def write(course: Course, students: Iterable[StudentGrade], folder: Path) -> list[Path]:
    """Write gradebook.csv, labs.csv and items.csv; the paths. Raises OSError."""
    paths = [folder / name for name in outputs(course)]
    with ExitStack() as files:
        headers = _header(course), OF_A_LAB, OF_AN_ITEM
        book, labs, items = (
            Table(files.enter_context(publishing(path)), header)
            for path, header in zip(paths, headers, strict=True)
        )
        for one in students:
            book.row(_student(course, one))
            labs.rows(map(_lab, one.labs.values()))
            items.rows(_item(lab, item) for lab in one.labs.values() for item in lab.items)
    return paths


def _header(course: Course) -> Iterator[Cell]:
    yield from WHO
    for lab in course.labs:
        yield from (f"{lab} points", f"{lab} max", f"{lab} pending")
    yield from ("final", "pending", "problems")


def _student(course: Course, one: StudentGrade) -> Iterator[Cell]:
    who = course.students.get(one.student, Student(one.student, ""))
    yield from (one.student, who.name, who.mail)
    for name in course.labs:
        lab = one.labs.get(name)
        yield from (_closed(lab), lab.total, lab.pending) if lab else (None, None, None)
    yield from (one.final, _pending(one), _problems(one))


def _closed(lab: LabGrade) -> Cell:
    """What was earned; nothing while a person has to decide about some of it."""
    return None if lab.open or lab.problem else lab.earned


def _pending(one: StudentGrade) -> int:
    return sum(item.status == "pending" for lab in one.labs.values() for item in lab.items)


def _problems(one: StudentGrade) -> str:
    return "; ".join(f"{lab.lab}: {lab.problem}" for lab in one.labs.values() if lab.problem)


def _lab(lab: LabGrade) -> Sequence[Cell]:
    return (
        *(lab.student, lab.lab, _closed(lab), lab.total, lab.pending, lab.text),
        *(lab.problem, "; ".join(lab.notes), lab.handed_in, lab.late_days),
        *(lab.late_percent, lab.attempt, lab.checked, lab.source),
        "; ".join(f"{name} {digest}" for name, digest in lab.evidence.items()),
    )


def _item(lab: LabGrade, item: ItemGrade) -> Sequence[Cell]:
    points = None if item.status == "pending" else item.points
    return (
        *(lab.student, lab.lab, item.name, item.of, item.status, points, item.max_points),
        *(item.verdict, item.expected, item.observed, item.place, item.because),
        item.reference,
    )
