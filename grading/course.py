"""A course: its students and labs."""

import datetime
from typing import Literal

import msgspec


class Student(msgspec.Struct, frozen=True):
    """One student of the roster; `id` is what tickets and gradebooks call them."""

    id: str
    name: str
    mail: str = ""


class CourseLab(msgspec.Struct, frozen=True):
    """A lab of the course: its weight among the others, when it is due, what students don't see."""

    weight: float = 1
    due: datetime.datetime | None = None
    hidden: tuple[str, ...] = ()


class LatePolicy(msgspec.Struct, frozen=True):
    """What being late costs: nothing within the grace, then a percentage for each day begun."""

    grace_minutes: int = 0
    percent_a_day: float = 0
    days: int | None = None


class Course(msgspec.Struct, frozen=True):
    """A course: its students and labs by id and name, in the file's order."""

    id: str
    title: str
    secret: bytes
    students: dict[str, Student]
    labs: dict[str, CourseLab]
    late: LatePolicy
    attempts: Literal["best", "last"]
    accept_degraded: bool
