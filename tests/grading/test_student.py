"""A student's attempts and labs: what counts, and when a grade is final."""

from decimal import Decimal

import msgspec
import pytest

from grading.grades import ItemGrade, LabGrade, Status
from grading.student import counted, student_grade
from tests.grading.handed_in import a_course


def lab(earned: int, attempt: int = 1, pending: int = 0, problem: str = "") -> LabGrade:
    parts: list[tuple[Status, int, int]] = [
        ("earned", earned, earned),
        ("pending", 0, pending),
        ("lost", 0, 10 - earned - pending),
    ]
    items = tuple(
        ItemGrade(status, "check", status, Decimal(points), Decimal(most))
        for status, points, most in parts
    )
    return LabGrade("ahn", "connection", items, "1", attempt=attempt, problem=problem)


def test_the_best_attempt_counts_or_the_last() -> None:
    attempts = [lab(4, 1), lab(9, 2), lab(6, 3)]
    best = counted(a_course(), attempts)
    assert (best.attempt, best.notes) == (2, ("attempt 2 of 3 counts (best)",))
    assert counted(a_course(attempts="last"), attempts).attempt == 3
    assert counted(a_course(), [lab(9, 1), lab(9, 2)]).attempt == 1
    assert counted(a_course(), [lab(9)]).notes == ()


def test_an_attempt_that_could_become_better_is_said() -> None:
    best = counted(a_course(), [lab(7, 1), lab(2, 2, pending=8)])
    assert best.attempt == 1
    assert best.notes[-1] == "attempt 2 could still earn more"
    assert not any("could" in note for note in counted(a_course(), [lab(7), lab(2, 2, 3)]).notes)


def test_no_attempt_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no attempt"):
        counted(a_course(), [])


def test_labs_count_by_their_weights() -> None:
    grade = student_grade(a_course(), "ahn", {"connection": lab(10), "mss": lab(5)})
    assert grade.final == Decimal("62.50")


@pytest.mark.parametrize(
    "labs",
    [
        {"connection": lab(10)},
        {"connection": lab(10), "mss": lab(5, pending=1)},
        {"connection": lab(10), "mss": lab(5, problem="damaged")},
    ],
)
def test_a_grade_is_open_while_anything_is_missing_or_pending(labs: dict[str, LabGrade]) -> None:
    assert student_grade(a_course(), "ahn", labs).final is None


def test_a_grade_that_was_changed_has_sums_of_its_own() -> None:
    grade = lab(4, pending=2)
    assert (grade.earned, grade.total) == (Decimal(4), Decimal(10))
    assert grade.text == "4 of 10, 2 pending"
    late = msgspec.structs.replace(grade, late_percent=Decimal(50))
    assert late.earned == Decimal(2)
    assert late.text == "2 of 10, 2 pending"
    assert late != grade
    assert grade == lab(4, pending=2)
