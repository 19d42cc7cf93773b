"""GitHub Classroom's result: what a grading step gives its reporter, JSON in base64.

Fields as github.com/classroom-resources/autograding-grading-reporter reads them: it adds up
the scores of all tests, and shows names and messages to the student. So what a student doesn't
see isn't in it, and then it never says `pass` as a whole.
"""

import base64
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from grading.course import Course
from grading.exports import of_course
from grading.exports.gradescope import item_text, moment_of, rules_of
from grading.feedback import ItemView, lab_view
from grading.grades import ZERO, LabGrade, StudentGrade
from grading.late import late_text
from grading.plain import plain
from labs.publishing import publish

FOLDER = "classroom"
VERSION = 1
NOT_ALL = "more is graded than is shown here: your instructor has the rest"
PENDING = "pending: a person will decide"

Outcome = Literal["pass", "fail", "error"]
OUTCOMES: dict[str, Outcome] = {"earned": "pass", "pending": "error"}


class Test(msgspec.Struct, frozen=True):
    """A test of GitHub Classroom's; score: 0 while it is pending, which the message says."""

    name: str
    status: Outcome
    score: Decimal
    message: str
    test_code: str = ""
    filename: str = ""
    line_no: int = 0
    duration: int = 0


class Result(msgspec.Struct, frozen=True):
    """GitHub Classroom's result; status: pass only where nothing is lost, pending or hidden."""

    version: int
    status: Outcome
    max_score: Decimal
    tests: tuple[Test, ...]


def outputs(course: Course) -> list[str]:
    """What `write` may write, below its folder."""
    return [f"{FOLDER}/{student}.txt" for student in course.students]


def write(course: Course, students: Iterable[StudentGrade], folder: Path) -> list[Path]:
    """Write classroom/<id>.txt for each student, in base64; the paths. Raises OSError."""
    written = []
    for one in of_course(course, students):
        path = folder / FOLDER / f"{one.student}.txt"
        publish(path, encoded(result(course, one.labs.values())))
        written.append(path)
    return written


def encoded(one: Result) -> bytes:
    """The result as the step's output has it."""
    return base64.b64encode(msgspec.json.Encoder(decimal_format="number").encode(one))


def result(course: Course, labs: Iterable[LabGrade]) -> Result:
    """The result of one student's labs, as the student may see it when they were graded."""
    tests, most = list[Test](), ZERO
    for lab in labs:
        seen = lab_view(rules_of(course, lab), lab, moment_of(course, lab)).items
        tests += [_test(lab, view) for view in seen]
        most += sum((view.item.max_points for view in seen), ZERO)
        tests += _rest(lab, seen)
    return Result(VERSION, _status(tests), most, tuple(tests))


def _test(lab: LabGrade, view: ItemView) -> Test:
    item = view.item
    outcome = OUTCOMES.get(item.status, "fail")
    return Test(f"{_name(lab)}: {plain(item.name)}", outcome, item.points, item_text(view))


def _rest(lab: LabGrade, seen: Iterable[ItemView]) -> list[Test]:
    """What isn't an item of its own: being late, a problem, and that there is more."""
    shown = [view.item for view in seen]
    found = []
    if lab.late_percent and len(shown) == len(lab.items):
        cost = lab.earned - sum((item.points for item in shown), ZERO)
        told = late_text(lab.late_days, lab.late_percent)
        found.append(Test(f"{_name(lab)}: late", "fail", cost, told))
    if lab.problem:
        problem = f"{PENDING}: {plain(lab.problem)}"
        found.append(Test(f"{_name(lab)}: submission", "error", ZERO, problem))
    if len(shown) < len(lab.items):
        found.append(Test(f"{_name(lab)}: the rest", "error", ZERO, NOT_ALL))
    return found


def _status(tests: Iterable[Test]) -> Outcome:
    found = {test.status for test in tests}
    if "fail" in found:
        return "fail"
    return "pass" if found == {"pass"} else "error"


def _name(lab: LabGrade) -> str:
    return plain(lab.lab) or "submission"
