"""A student's attempts and labs: what counts, and when a grade is final."""

from decimal import Decimal

import msgspec
import pytest

from grading.grades import ItemGrade, LabGrade, Status
from grading.student import UNTIMED, counted, student_grade
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


def test_an_attempt_that_could_become_the_best_waits_for_a_person() -> None:
    best = counted(a_course(), [lab(7, 1), lab(2, 2, pending=8)])
    assert (best.attempt, best.open) == (2, True)
    assert best.notes[-1] == "attempt 1 counts instead, unless this one comes to more"
    assert counted(a_course(), [lab(7), lab(2, 2, pending=5)]).attempt == 1
    assert counted(a_course(), [lab(1, 1, pending=6), lab(2, 2, pending=5)]).notes == (
        "attempt 2 of 2 counts (best)",
    )


def test_what_is_pending_is_worth_less_when_it_was_late() -> None:
    late = msgspec.structs.replace(lab(0, 2, pending=10), late_percent=Decimal(40))
    assert late.most == Decimal(6)
    assert counted(a_course(), [lab(7, 1), late]).attempt == 1
    assert counted(a_course(), [lab(5, 1), late]).attempt == 2


def test_the_last_by_name_alone_is_said() -> None:
    rule = a_course(attempts="last")
    assert counted(rule, [lab(4, 1), lab(9, 2)]).notes[1:] == (UNTIMED,)
    at = [msgspec.structs.replace(lab(4, n), handed_in=f"2026-10-0{n}T00:00Z") for n in (1, 2)]
    assert counted(rule, at).notes == ("attempt 2 of 2 counts (last)",)
    assert counted(rule, [at[0], lab(9, 2)]).notes[1:] == (UNTIMED,)


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
