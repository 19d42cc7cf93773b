"""A student's attempts to one grade a lab, and the labs to one grade of the course."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import attrgetter

import msgspec

from grading.course import Course
from grading.grades import ZERO, LabGrade, StudentGrade, rounded_down

UNTIMED = "nobody knows when each attempt came: the last is the last by its name"


def counted(course: Course, attempts: Sequence[LabGrade]) -> LabGrade:
    """Of a student's attempts at a lab, in their order, the one that counts by the course's rule.

    best: the one that comes to most if all that is pending is decided for the student, then the one
    that earned most, then the first. So nothing pending is out of sight as long as it could count.
    Raises ValueError for none.
    """
    if not attempts:
        raise ValueError("no attempt to count")
    if len(attempts) == 1:  # nearly always
        return attempts[0]
    chosen = attempts[-1] if course.attempts == "last" else max(attempts, key=_rank)
    counts = f"attempt {chosen.attempt} of {len(attempts)} counts ({course.attempts})"
    more = _untimed(attempts) if course.attempts == "last" else _surer(chosen, attempts)
    return msgspec.structs.replace(chosen, notes=(*chosen.notes, counts, *more))


def _untimed(attempts: Sequence[LabGrade]) -> list[str]:
    return [] if timed(attempts) else [UNTIMED]


def _surer(chosen: LabGrade, attempts: Sequence[LabGrade]) -> list[str]:
    """That another attempt has earned more than the one that may become the best."""
    surest = max(attempts, key=attrgetter("earned"))
    if surest.earned <= chosen.earned:
        return []
    return [f"attempt {surest.attempt} counts instead, unless this one comes to more"]


def timed(attempts: Sequence[LabGrade]) -> bool:
    """Whether it is known of all when they were handed in."""
    return all(one.handed_in for one in attempts)


def numbered(grade: LabGrade, attempt: int) -> LabGrade:
    """A grade that was made with every hint, as this attempt's: with those that are due by then."""
    items = tuple(
        msgspec.structs.replace(item, hints=item.hints[:attempt]) if item.hints else item
        for item in grade.items
    )
    return msgspec.structs.replace(grade, items=items, attempt=attempt)


def student_grade(course: Course, student: str, labs: Mapping[str, LabGrade]) -> StudentGrade:
    """All labs of a student, by weight; final None while a lab is missing here or is pending."""
    return StudentGrade(student, dict(labs), _final(course, labs))


def _rank(one: LabGrade) -> tuple[Decimal, Decimal]:
    return one.most, one.earned


def _final(course: Course, labs: Mapping[str, LabGrade]) -> Decimal | None:
    share = weights = ZERO
    for name, its in course.labs.items():
        graded = labs.get(name)
        if graded is None or graded.problem or graded.open:
            return None
        weight = Decimal(str(its.weight))
        weights += weight
        share += weight * graded.earned / graded.total if graded.total else weight
    return rounded_down(100 * share / weights)
