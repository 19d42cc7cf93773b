"""What being late costs, to the minute."""

from datetime import timedelta
from decimal import Decimal

import pytest

from grading.course import LatePolicy
from grading.late import IN_TIME, late
from tests.grading.handed_in import DUE

POLICY = LatePolicy(grace_minutes=10, percent_a_day=12.5, days=5)


@pytest.mark.parametrize(
    ("behind", "days", "percent"),
    [
        (timedelta(minutes=-1), 0, "0"),
        (timedelta(minutes=10), 0, "0"),
        (timedelta(minutes=10, seconds=1), 1, "12.5"),
        (timedelta(days=1), 1, "12.5"),
        (timedelta(days=1, seconds=1), 2, "25"),
        (timedelta(days=5), 5, "62.5"),
        (timedelta(days=5, seconds=1), 6, "100"),
    ],
)
def test_days_begun_after_the_due_date(behind: timedelta, days: int, percent: str) -> None:
    assert late(POLICY, DUE, DUE + behind) == (days, Decimal(percent))


def test_it_never_costs_more_than_everything() -> None:
    assert late(LatePolicy(percent_a_day=40), DUE, DUE + timedelta(days=9)).percent == 100


def test_moments_that_nobody_knows_are_in_time() -> None:
    assert late(POLICY, None, DUE) == late(POLICY, DUE, None) == IN_TIME
