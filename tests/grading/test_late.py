"""What being late costs, to the minute."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.course import LatePolicy
from grading.late import IN_TIME, closes, late
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


MICROSECOND = timedelta(microseconds=1)


@given(
    st.builds(
        LatePolicy,
        grace_minutes=st.integers(0, 5000),
        percent_a_day=st.one_of(st.just(0.0), st.floats(0.5, 100)),
        days=st.none() | st.integers(0, 9),
    )
)
def test_after_it_closes_nothing_is_earned_and_until_then_something(policy: LatePolicy) -> None:
    last = closes(policy, DUE)
    if last is None:
        assert late(policy, DUE, DUE + timedelta(days=9999)).percent == 0
        return
    assert late(policy, DUE, last).percent < 100
    assert late(policy, DUE, last + MICROSECOND).percent == 100


@pytest.mark.parametrize(
    ("policy", "behind"),
    [
        (LatePolicy(grace_minutes=15, percent_a_day=10, days=5), timedelta(days=5)),
        (LatePolicy(grace_minutes=15, days=0), timedelta(minutes=15)),
        (LatePolicy(percent_a_day=10), timedelta(days=9)),
        (LatePolicy(percent_a_day=40, days=7), timedelta(days=2)),
        (LatePolicy(percent_a_day=100), timedelta(0)),
    ],
)
def test_when_it_closes(policy: LatePolicy, behind: timedelta) -> None:
    assert closes(policy, DUE) == DUE + behind


def test_moments_that_nobody_knows_are_in_time() -> None:
    assert late(POLICY, None, DUE) == late(POLICY, DUE, None) == IN_TIME
