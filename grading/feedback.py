"""One page a student: what was earned, what wasn't and why, and what to look at next.

Nothing hidden is told: not its verdict, nor by a total; what depends on it is hidden as well.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

import msgspec

from grading.answers import NO_ANSWER
from grading.course import Course, CourseLab, LatePolicy
from grading.grades import ZERO, ItemGrade, LabGrade, StudentGrade, points_text
from grading.late import closes
from grading.plain import plain
from grading.remembered import Remembered
from labs.catalog.rubric import Visibility
from languages.sentences import LANGUAGES, Language, language

LONGEST = 4000
FRAME = Template((Path(__file__).parent / "feedback.html").read_text().rstrip())


class Moment(NamedTuple):
    """When feedback is read: visibility depends on it. published: the grades are out.

    late: how long what is handed in after the due date still earns something.
    """

    now: datetime.datetime
    published: bool = False
    late: LatePolicy = LatePolicy()

    def after_due(self, lab: CourseLab) -> bool:
        """Whether the lab was due; one without a date is due when grades are published."""
        return self.published if lab.due is None else self.now > lab.due

    def answers_told(self, lab: CourseLab) -> bool:
        """Whether right answers are: grades are out, or no attempt could earn anything by them."""
        last = None if lab.due is None else closes(self.late, lab.due)
        return self.published or (last is not None and self.now > last)


class ItemView(msgspec.Struct, frozen=True):
    """An item as its student sees it; expected and place are '' while they aren't told."""

    item: ItemGrade
    expected: str
    place: str
    points: str


class LabView(msgspec.Struct, frozen=True):
    """A lab as its student sees it."""

    name: str
    headline: str
    points: str
    problem: str
    notes: Sequence[str]
    items: Sequence[ItemView]


def page(course: Course, grade: StudentGrade, moment: Moment, code: str = "en") -> str:
    """A student's feedback as HTML that needs no other file; code: of its language."""
    labs = (lab_view(course.labs[name], one, moment) for name, one in grade.labs.items())
    return FRAME.substitute(
        code=html(code),
        title=html(course.title),
        name=html(course.students[grade.student].name),
        labs="".join(map(_pieces(code).lab, labs)),
    )


def html(text: str) -> str:
    """Anybody's text as HTML in which nothing acts: control characters are spelled out, too."""
    return escape(plain(text, LONGEST))


def _whole(its: Language, text: str) -> str:
    return its(text)


def _told(its: Language, text: str) -> str:
    """What an item says, in the language: `segment 4: a FIN` by what stands before and behind."""
    head, colon, rest = text.partition(": ")
    whole = its(text)
    return whole if whole != text or not colon else f"{its(head)}: {its(rest)}"


def _as_it_is(_: Language, text: str) -> str:
    return text


def _answered(its: Language, text: str) -> str:
    """What a student answered, as it is; that there is no answer is ours to say."""
    return its(text) if text == NO_ANSWER else text


# How what stands beside a label is translated: what a student answered isn't.
ROWS: Mapping[str, Callable[[Language, str], str]] = {
    "expected": _told,
    "observed": _whole,
    "answered": _answered,
    "seen in": _whole,
    "because": _told,
    "read": _as_it_is,
}

POINTS, HINT = "points:", "Hint {number}:"
UNGRADED = "This could not be graded, so a person will look at it:"
LABELS = (*ROWS, POINTS, HINT, UNGRADED)  # what catalogs translate of a page itself


class Pieces:
    """The pieces of a page in a language. Only `html` puts text into one.

    They are remembered: most of what a page says, others say as well.
    """

    def __init__(self, code: str) -> None:
        self._its = language(code)
        self._said = Remembered(self._new_said)
        self._headings = Remembered(self._new_heading)
        self._rows = {label: Remembered(partial(self._new_row, label)) for label in ROWS}

    def lab(self, view: LabView) -> str:
        """A lab."""
        return "".join((*self._about(view), *map(self._item, view.items)))

    def _about(self, view: LabView) -> Iterator[str]:
        said = self._said
        yield f"<h2>{html(view.name)}</h2>\n"
        yield f'<p><span class="points">{said[view.points]}</span> {said[POINTS]} '
        yield f"{said[view.headline]}</p>\n"
        if view.problem:
            yield f'<p class="problem">{said[UNGRADED]} {self._told(view.problem)}</p>\n'
        for note in view.notes:
            yield f'<p class="note">{self._told(note)}</p>\n'

    def _item(self, view: ItemView) -> str:
        item, rows, said = view.item, self._rows, self._said
        told = [self._headings[item.name, item.status, view.points]]
        if item.ask:
            told.append(f"<p>{said[item.ask]}</p>\n")
        told.append("<dl>\n")
        if view.expected:
            told.append(rows["expected"][view.expected])
        if item.observed:
            label = "answered" if item.of == "question" else "observed"
            told.append(rows[label][item.observed])
        if view.place:
            told.append(rows["seen in"][view.place])
        if item.because:
            told.append(rows["because"][item.because])
        if item.reference and item.status != "earned":
            told.append(rows["read"][item.reference])
        told.append("</dl>\n")
        if item.hint and item.status != "earned":
            told.append(f"<p>{said[item.hint]}</p>\n")
        told += map(self._hint, range(1, len(item.hints) + 1), item.hints)
        told.append("</section>\n")
        return "".join(told)

    def _hint(self, number: int, hint: str) -> str:
        numbered = self._its(HINT).format(number=number)
        return f"<p>{html(numbered)} {self._said[hint]}</p>\n"

    def _told(self, text: str) -> str:
        return html(_told(self._its, text))

    def _new_said(self, text: str) -> str:
        return html(self._its(text))

    def _new_row(self, label: str, text: str) -> str:
        told = html(ROWS[label](self._its, text))
        return f"<dt>{self._said[label]}</dt><dd>{told}</dd>\n"

    def _new_heading(self, its: tuple[str, str, str]) -> str:
        name, status, points = its
        told = f"{html(name)}: {self._said[status]}, {self._said[points]}"
        return "".join((f'<section class="item {html(status)}">\n', f"<h3>{told}</h3>\n"))


_pieces = lru_cache(maxsize=len(LANGUAGES))(Pieces)


def visible(lab: CourseLab, moment: Moment) -> set[Visibility]:
    """Which items of a lab a student sees now."""
    seen: set[Visibility] = {"visible"}
    if moment.after_due(lab):
        seen.add("after_due_date")
    if moment.published:
        seen.add("after_published")
    return seen


def lab_view(lab: CourseLab, grade: LabGrade, moment: Moment) -> LabView:
    """What a student sees of a lab's grade."""
    told = visible(lab, moment)
    seen = [item for item in grade.items if item.visibility in told]
    answers_told = moment.answers_told(lab)
    return LabView(
        name=grade.lab,
        headline=_headline(grade, seen),
        points=_points(grade, seen),
        problem=grade.problem,
        notes=grade.notes,
        items=[item_view(item, answers_told) for item in seen],
    )


def _headline(grade: LabGrade, seen: Sequence[ItemGrade]) -> str:
    """How it went, in one line; 'all passed' only where nothing is hidden, late or pending."""
    statuses = [item.status for item in seen]
    passed, pending = statuses.count("earned"), statuses.count("pending")
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


def item_view(item: ItemGrade, answers_told: bool) -> ItemView:
    """An item without a question's right answer, where that isn't told yet."""
    told = item.of == "check" or item.status == "earned" or answers_told
    return ItemView(
        item=item,
        expected=item.expected if told else "",
        place=item.place if told else "",
        points=f"{points_text(item.points)} of {points_text(item.max_points)}",
    )
