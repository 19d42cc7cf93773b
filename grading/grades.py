"""Grades as plain data: of an item, of a lab, of a student. Points are exact, in hundredths."""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Literal

import msgspec

from labs.catalog.rubric import Visibility

Status = Literal["earned", "partial", "lost", "pending", "skipped"]

ZERO = Decimal(0)
HUNDREDTH = Decimal("0.01")


def rounded_down(points: Decimal) -> Decimal:
    """Points in whole hundredths, never more than was earned."""
    return points.quantize(HUNDREDTH, rounding=ROUND_FLOOR)


def points_text(points: Decimal) -> str:
    """`7`, `7.5`, `0.33`."""
    text = str(points)
    if text.isdigit():  # nearly always, and faster than the format
        return text
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class ItemGrade(msgspec.Struct, frozen=True):
    """What one check or question earned.

    verdict: PASS, FAIL, INCONCLUSIVE or ERROR; '' where it wasn't judged. expected, observed,
    place: what the worst finding, or the answer, says; nothing in them steers a terminal.
    hints: those of the rubric that are due after so many attempts. because: what it was skipped
    for or waits for, or who overrode it and why. blocked_by: the items that it was skipped for or
    waits for. ask: the question, '' for a check.
    """

    name: str
    of: Literal["check", "question"]
    status: Status
    points: Decimal
    max_points: Decimal
    verdict: str = ""
    expected: str = ""
    observed: str = ""
    place: str = ""
    hint: str = ""
    visibility: Visibility = "visible"
    because: str = ""
    ask: str = ""
    reference: str = ""
    hints: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()


class LabGrade(msgspec.Struct, frozen=True, dict=True):
    """One submission of a lab, graded; its sums are made once.

    problem: why it could not be graded, in one line, or ''; all of it is pending then. notes: what
    a person should know. evidence: SHA-256 of each file that was judged. checked: when it was
    graded, handed_in: when it came (ISO 8601, '' for unknown). late_percent: of what was earned,
    taken off for being late.
    """

    student: str
    lab: str
    items: tuple[ItemGrade, ...]
    catalog_version: str
    problem: str = ""
    notes: tuple[str, ...] = ()
    evidence: dict[str, str] = {}
    checked: str = ""
    handed_in: str = ""
    attempt: int = 1
    late_days: int = 0
    late_percent: Decimal = ZERO
    source: str = ""

    @cached_property
    def total(self) -> Decimal:
        """What there was to earn."""
        return _sum(item.max_points for item in self.items)

    @cached_property
    def pending(self) -> Decimal:
        """What a person has to decide."""
        return _sum(item.max_points for item in self.items if item.status == "pending")

    @cached_property
    def earned(self) -> Decimal:
        """What was earned, less what being late costs."""
        return self._less_lateness(_sum(item.points for item in self.items))

    @cached_property
    def most(self) -> Decimal:
        """What it comes to where a person decides all that is pending for the student."""
        points = _sum(
            one.max_points if one.status == "pending" else one.points for one in self.items
        )
        return self._less_lateness(points)

    @cached_property
    def lost(self) -> Decimal:
        """What was neither earned nor is pending."""
        return self.total - self.earned - self.pending

    @cached_property
    def text(self) -> str:
        """`7 of 10, 2 pending`."""
        pending = f", {points_text(self.pending)} pending" if self.open else ""
        return f"{points_text(self.earned)} of {points_text(self.total)}{pending}"

    @cached_property
    def open(self) -> bool:
        """Whether a person has to decide about some of it."""
        return any(item.status == "pending" and item.max_points for item in self.items)

    def _less_lateness(self, points: Decimal) -> Decimal:
        return rounded_down(points * (100 - self.late_percent) / 100)


class StudentGrade(msgspec.Struct, frozen=True):
    """A student's labs by name; final: percent of all, None while anything is pending."""

    student: str
    labs: dict[str, LabGrade]
    final: Decimal | None = None


def _sum(points: Iterable[Decimal]) -> Decimal:
    return sum(points, ZERO)
