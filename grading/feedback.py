"""One page a student: what was earned, what wasn't and why, and what to look at next.

Nothing hidden is told: not its verdict, nor by a total, nor by what depends on it.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jinja2

from grading.course import Course, CourseLab
from grading.grades import ZERO, ItemGrade, LabGrade, StudentGrade, points_text
from grading.plain import plain
from languages.sentences import Language, language

LONGEST = 4000

# Students' text is escaped as HTML, and its control characters are spelled out.
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    finalize=lambda value: plain(value, LONGEST) if isinstance(value, str) else value,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Moment:
    """When feedback is read: visibility depends on it. published: the grades are out."""

    now: datetime.datetime
    published: bool = False

    def after_due(self, lab: CourseLab) -> bool:
        """Whether the lab was due; one without a date is due when grades are published."""
        return self.published if lab.due is None else self.now > lab.due


@dataclass(frozen=True)
class ItemView:
    """An item as its student sees it; expected and place are '' while they aren't told."""

    item: ItemGrade
    expected: str
    place: str
    because: str
    points: str


@dataclass(frozen=True)
class LabView:
    """A lab as its student sees it."""

    name: str
    headline: str
    points: str
    problem: str
    notes: Sequence[str]
    items: Sequence[ItemView]


def page(course: Course, grade: StudentGrade, moment: Moment, code: str = "en") -> str:
    """A student's feedback as HTML that needs no other file; code: of its language."""
    labs = [lab_view(course.labs[name], one, moment) for name, one in grade.labs.items()]
    its = language(code)
    return _TEMPLATES.get_template("feedback.html").render(
        title=course.title,
        name=course.students[grade.student].name,
        labs=labs,
        code=code,
        _=its,
        told=partial(_told, its),
    )


def _told(its: Language, text: str) -> str:
    """What an item says, in the language: `segment 4: a FIN` by what stands before and behind."""
    head, colon, rest = text.partition(": ")
    whole = its(text)
    return whole if whole != text or not colon else f"{its(head)}: {its(rest)}"


def shown(item: ItemGrade, lab: CourseLab, moment: Moment) -> bool:
    """Whether a student sees this item now."""
    return {
        "visible": True,
        "hidden": False,
        "after_due_date": moment.after_due(lab),
        "after_published": moment.published,
    }[item.visibility]


def lab_view(lab: CourseLab, grade: LabGrade, moment: Moment) -> LabView:
    """What a student sees of a lab's grade."""
    seen = [item for item in grade.items if shown(item, lab, moment)]
    secret = {item.name for item in grade.items if item not in seen}
    return LabView(
        name=grade.lab,
        headline=_headline(grade, seen),
        points=_points(grade, seen),
        problem=grade.problem,
        notes=grade.notes,
        items=[item_view(item, secret, moment.after_due(lab)) for item in seen],
    )


def _headline(grade: LabGrade, seen: Sequence[ItemGrade]) -> str:
    """How it went, in one line; 'all passed' only where nothing is hidden, late or pending."""
    passed = sum(item.status == "earned" for item in seen)
    pending = sum(item.status == "pending" for item in seen)
    told = f"{passed} of {len(seen)} passed"
    if grade.earned == grade.total and passed == len(seen) == len(grade.items) and seen:
        told = f"all {passed} passed"
    if pending:
        told += f", {pending} pending: a person will decide"
    if len(seen) < len(grade.items):
        told += "; more is graded than is shown here"
    return told


def _points(grade: LabGrade, seen: Sequence[ItemGrade]) -> str:
    """The lab's total, or that of what is shown where something is hidden."""
    if len(seen) == len(grade.items):
        return grade.text
    earned = sum((item.points for item in seen), ZERO)
    total = sum((item.max_points for item in seen), ZERO)
    waits = sum((item.max_points for item in seen if item.status == "pending"), ZERO)
    pending = f", {points_text(waits)} pending" if waits else ""
    return f"{points_text(earned)} of {points_text(total)}{pending} in what is shown"


def item_view(item: ItemGrade, secret: set[str], after_due: bool) -> ItemView:
    """An item without what isn't told yet: a question's right answer before the lab was due.

    secret: names of items that aren't shown.
    """
    told = item.of == "check" or item.status == "earned" or after_due
    hidden = secret.intersection(item.blocked_by)
    return ItemView(
        item=item,
        expected=item.expected if told else "",
        place=item.place if told else "",
        because="depends on what is not shown here" if hidden else item.because,
        points=f"{points_text(item.points)} of {points_text(item.max_points)}",
    )
