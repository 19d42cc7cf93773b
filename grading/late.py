"""What being late costs."""

import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from grading.course import LatePolicy
from grading.grades import ZERO, points_text

DAY = datetime.timedelta(days=1)
ALL = Decimal(100)


class Late(NamedTuple):
    """Days begun after the due date, and the percent of what was earned that they cost."""

    days: int
    percent: Decimal


IN_TIME = Late(0, ZERO)


def closes(policy: LatePolicy, due: datetime.datetime) -> datetime.datetime | None:
    """The last moment at which something handed in still earns; None: there is none."""
    days = [] if policy.days is None else [policy.days]
    if policy.percent_a_day:
        days.append(ceil(100 / Fraction(str(policy.percent_a_day))) - 1)  # the next loses all
    if not days:
        return None
    return due + max(datetime.timedelta(minutes=policy.grace_minutes), min(days) * DAY)


def late(
    policy: LatePolicy, due: datetime.datetime | None, handed_in: datetime.datetime | None
) -> Late:
    """How late something came, and what that costs; in time where a moment isn't known.

    Days are counted from the due date; within the grace nothing is late.
    """
    if due is None or handed_in is None:
        return IN_TIME
    behind = handed_in - due
    if behind <= datetime.timedelta(minutes=policy.grace_minutes):
        return IN_TIME
    days = -(-behind // DAY)
    if policy.days is not None and days > policy.days:
        return Late(days, ALL)
    return Late(days, min(ALL, days * Decimal(str(policy.percent_a_day))))


def late_text(days: int, percent: Decimal) -> str:
    """What being late cost, in words."""
    return f"{days} day(s) late: {points_text(percent)} % less"
