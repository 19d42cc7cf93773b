"""Grades made by hand, in all the states that exports tell apart, and hostile ones."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from grading.course import Course, Student
from grading.grades import ItemGrade, LabGrade, Status, StudentGrade
from grading.student import student_grade
from tests.grading.handed_in import CHECKED, a_course

STATUSES: tuple[Status, ...] = ("earned", "partial", "lost", "pending", "skipped")

# What acts in a spreadsheet, a browser, a terminal, an XML parser or a log, if it is let.
HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "  =1",
    '"=1',
    "'=1",
    "“＝1",  # noqa: RUF001
    "a;=1+1",
    'a,"=1+1',
    "<script>alert(1)</script>",
    "]]></failure><error>",
    "&amp;&#0;",
    "\x1b[2J\x1b]0;x\x07",
    "\x00\x01\x0b\x7f\x85\ufffe\uffff",
    "abc\u202edcba\u2066",
    "\ud800 lone \udfff",
    "x" * 100_000,
    "이순신, \U0001f600",
)


def item(name: str = "handshake", status: Status = "earned", **more: Any) -> ItemGrade:
    """A check of two points."""
    points = {"earned": 2, "partial": 1}.get(status, 0)
    bare = ItemGrade(name, "check", status, Decimal(points), Decimal(2), verdict="FAIL")
    return msgspec.structs.replace(bare, **more)


def lab(*items: ItemGrade, name: str = "connection", student: str = "ahn", **more: Any) -> LabGrade:
    """A lab's grade."""
    bare = LabGrade(student, name, items, "1", checked=CHECKED, source="all.zip: ahn.zip")
    return msgspec.structs.replace(bare, **more)


def student(*labs: LabGrade, course: Course | None = None, name: str = "ahn") -> StudentGrade:
    """A student's grade of these labs."""
    return student_grade(course or a_course(), name, {one.lab: one for one in labs})


def of_every_status() -> StudentGrade:
    """A student whose one lab has an item of every status, and whose other is earned."""
    items = [item(f"{one}-item", one, observed="MSS 1460") for one in STATUSES]
    return student(lab(*items), lab(item(), name="mss"))


def a_class() -> list[StudentGrade]:
    """Two students: one with everything decided, one with a refused submission and one open."""
    refused = lab(item(status="pending"), student="berg", problem="a zip bomb")
    opened = lab(item(), item("close", "pending"), name="mss", student="berg")
    decided = student(lab(item(), item("close", "lost")), lab(item(), name="mss"))
    return [decided, student(refused, opened, name="berg")]


def hostile_class(text: str) -> list[StudentGrade]:
    """Two students, with this text wherever strangers may write."""
    items = [
        item(one, one, expected=text, observed=text, place=text, hint=text, because=text,
             verdict=text, reference=text, hints=(text,), ask=text)
        for one in STATUSES
    ]  # fmt: skip
    more: dict[str, Any] = {
        "problem": text,
        "notes": (text,),
        "evidence": {text: text},
        "source": text,
    }
    graded = [lab(*items, student=name, **more) for name in ("ahn", "berg")]
    return [student(one, name=one.student) for one in graded]


def hostile_course(text: str) -> Course:
    """A course whose students are called so."""
    students = {name: Student(name, text, text) for name in ("ahn", "berg")}
    return a_course(students=students, title=text)


ANY_TEXT = st.text(st.characters(), max_size=40)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by header."""
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))
