"""From verdicts to points: needs, pending, hidden, exact sums."""

from decimal import Decimal
from fractions import Fraction

import pytest

from checkers.finding import Finding
from checkers.verdict import Verdict
from grading.answers import Judged, Mark
from grading.grades import ItemGrade, LabGrade, points_text
from grading.rubric import Sheet, items
from labs.catalog import Item, Question

PASS, INCONCLUSIVE, ERROR, FAIL = Verdict
QUESTION = Question("q", "Which?", "list", "options", "", "", 0, True, {}, "questions.yaml:1")


def finding(verdict: Verdict, observed: str = "that", name: str = "a") -> Finding:
    return Finding(name, verdict, "this", observed, frames=(1,))


def graded(rubric: dict[str, Item], hidden: tuple[str, ...] = (), **checks: Verdict) -> LabGrade:
    findings = {name: [finding(verdict, name=name)] for name, verdict in checks.items()}
    found = items(Sheet((), rubric, findings, {}, hidden))
    return LabGrade("ahn", "sample", found, "1")


def by_name(grade: LabGrade) -> dict[str, ItemGrade]:
    return {item.name: item for item in grade.items}


@pytest.mark.parametrize(
    ("verdict", "status", "text"),
    [
        (PASS, "earned", "3 of 3"),
        (FAIL, "lost", "0 of 3"),
        (INCONCLUSIVE, "pending", "0 of 3, 3 pending"),
        (ERROR, "pending", "0 of 3, 3 pending"),
    ],
)
def test_a_verdict_in_points(verdict: Verdict, status: str, text: str) -> None:
    grade = graded({"a": Item(3)}, a=verdict)
    assert (by_name(grade)["a"].status, grade.text) == (status, text)


def test_the_total_names_what_is_pending() -> None:
    rubric = {"a": Item(7), "b": Item(1), "c": Item(2)}
    grade = graded(rubric, a=PASS, b=FAIL, c=INCONCLUSIVE)
    assert grade.text == "7 of 10, 2 pending"
    points = (grade.earned, grade.lost, grade.pending, grade.total)
    assert list(map(points_text, points)) == ["7", "1", "2", "10"]


def test_the_worst_finding_of_a_check_speaks() -> None:
    several = {"a": [finding(PASS), finding(FAIL, "wrong"), finding(INCONCLUSIVE, "blind")]}
    (item,) = items(Sheet((), {"a": Item(1)}, several, {}))
    assert (item.status, item.verdict, item.observed) == ("lost", "FAIL", "wrong")


@pytest.mark.parametrize(("verdict", "hint", "hints"), [(FAIL, "look", ("a", "b")), (PASS, "", ())])
def test_hints_are_for_what_was_not_earned(
    verdict: Verdict, hint: str, hints: tuple[str, ...]
) -> None:
    rubric = {"x": Item(1, hint="look", hints=("a", "b", "c"))}
    findings = {"x": [finding(verdict)]}
    (item,) = items(Sheet((), rubric, findings, {}, attempt=2))
    assert (item.hint, item.hints) == (hint, hints)


def test_a_check_that_says_nothing_is_pending() -> None:
    (item,) = items(Sheet((), {"a": Item(1)}, {"a": []}, {}))
    assert (item.status, item.observed) == ("pending", "the check said nothing")


CHAIN = {"c": Item(1, needs=("b",)), "b": Item(2, needs=("a",)), "a": Item(4)}


@pytest.mark.parametrize(
    ("first", "second", "statuses"),
    [
        (PASS, PASS, ["earned", "earned", "earned"]),
        (FAIL, PASS, ["lost", "skipped", "skipped"]),
        (FAIL, INCONCLUSIVE, ["lost", "skipped", "skipped"]),
        (INCONCLUSIVE, PASS, ["pending", "pending", "pending"]),
        (INCONCLUSIVE, FAIL, ["pending", "pending", "pending"]),
        (PASS, FAIL, ["earned", "lost", "skipped"]),
        (PASS, INCONCLUSIVE, ["earned", "pending", "pending"]),
    ],
)
def test_what_needs_what(first: Verdict, second: Verdict, statuses: list[str]) -> None:
    grade = graded(CHAIN, a=first, b=second, c=PASS)
    assert [item.status for item in grade.items] == statuses
    assert grade.earned + grade.lost + grade.pending == grade.total == 7


def test_a_skipped_item_names_what_it_needs() -> None:
    one = by_name(graded(CHAIN, a=FAIL, b=PASS, c=PASS))["b"]
    assert (one.because, one.blocked_by) == ("needs a, which was not earned", ("a",))
    waits = by_name(graded(CHAIN, a=ERROR, b=PASS, c=PASS))["b"]
    assert waits.because == "waits for a, which is pending"


def test_the_course_hides_what_the_rubric_shows() -> None:
    rubric = {"a": Item(1), "b": Item(1, visibility="after_due_date")}
    found = by_name(graded(rubric, ("a",), a=PASS, b=PASS))
    assert (found["a"].visibility, found["b"].visibility) == ("hidden", "after_due_date")


def test_what_needs_a_hidden_item_is_hidden_too() -> None:
    """Whether it was skipped would tell."""
    rubric = CHAIN | {"d": Item(1), "e": Item(1, needs=("d",), visibility="after_published")}
    found = by_name(graded(rubric, ("a",), a=FAIL, b=PASS, c=PASS, d=PASS, e=PASS))
    seen = {name: one.visibility for name, one in found.items()}
    assert seen == {**dict.fromkeys("abc", "hidden"), "d": "visible", "e": "after_published"}
    later = {"a": Item(1, visibility="after_due_date"), "b": Item(1, needs=("a",))}
    assert by_name(graded(later, a=PASS, b=PASS))["b"].visibility == "after_due_date"


def test_what_the_rubric_does_not_name_is_worth_nothing() -> None:
    grade = graded({"a": Item(1)}, a=PASS, b=FAIL)
    assert grade.text == "1 of 1"


@pytest.mark.parametrize(
    ("share", "points", "status"),
    [
        (Fraction(1, 3), "0.66", "partial"),
        (Fraction(2, 3), "1.33", "partial"),
        (Fraction(1, 1000), "0", "lost"),
        (Fraction(0), "0", "lost"),
    ],
)
def test_parts_are_exact_hundredths_rounded_down(share: Fraction, points: str, status: str) -> None:
    judged = {"q": Judged(FAIL, Mark(share, "2 of 3 right"), "x", "y", "")}
    (item,) = items(Sheet((QUESTION,), {"q": Item(2)}, {}, judged))
    assert (points_text(item.points), item.status) == (points, status)
    assert (item.because, item.ask) == ("2 of 3 right", "Which?")


def test_sums_are_exact() -> None:
    tenth = ItemGrade("a", "check", "partial", Decimal("0.10"), Decimal(1))
    grade = LabGrade("ahn", "sample", (tenth,) * 3, "1")
    assert grade.earned == Decimal("0.3")
    assert grade.text == "0.3 of 3"


def test_text_of_strangers_is_made_harmless() -> None:
    odd = {"a": [finding(FAIL, "\x1b[2J\u202e<b>\n" + "x" * 1000)]}
    (item,) = items(Sheet((), {"a": Item(1)}, odd, {}))
    assert item.observed.startswith("\\x1b[2J\\u202e<b>\\n")
    assert item.observed.isprintable()
    assert len(item.observed) < 400
