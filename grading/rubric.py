"""From verdicts to points: a lab's report and answers held against its rubric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from checkers.finding import Finding
from checkers.verdict import Verdict, worst
from grading.answers import Judged
from grading.grades import ZERO, ItemGrade, Status, rounded_down
from grading.overrides import Override
from grading.plain import plain
from labs.catalog import Item, Question

STATUS: Mapping[Verdict, Status] = {
    Verdict.PASS: "earned",
    Verdict.INCONCLUSIVE: "pending",
    Verdict.ERROR: "pending",
    Verdict.FAIL: "lost",
}
NOTHING = Item(points=0)


@dataclass(frozen=True)
class Sheet:
    """All that decides about one submission's points.

    findings: of each check, by its name. judged: each question, by its name. hidden: items of the
    course that students don't see. overrides: by item. attempt: which of the student's, from 1.
    """

    questions: Sequence[Question]
    rubric: Mapping[str, Item]
    findings: Mapping[str, Sequence[Finding]]
    judged: Mapping[str, Judged]
    hidden: Sequence[str] = ()
    overrides: Mapping[str, Override] = field(default_factory=dict)
    attempt: int = 1


def items(sheet: Sheet) -> tuple[ItemGrade, ...]:
    """The grade of every check, then of every question, in the lab's order.

    An item whose need is lost or skipped is skipped: it earns nothing, and is not failed twice. One
    whose need is pending is pending. A person's override stands above all of that.
    """
    graded: dict[str, ItemGrade] = {}
    asked = {question.name: question for question in sheet.questions}

    def grade(name: str) -> ItemGrade:
        if name not in graded:
            needs = [grade(need) for need in _item(sheet, name).needs]
            alone = _question(sheet, asked[name]) if name in asked else _check(sheet, name)
            graded[name] = _decided(sheet, _after_needs(alone, needs) if needs else alone)
        return graded[name]

    return tuple(grade(name) for name in (*sheet.findings, *asked))


def unjudged(sheet: Sheet, status: Status, because: str) -> tuple[ItemGrade, ...]:
    """The grade of every item of a lab that could not be judged, or was never handed in."""
    asked = {question.name: question for question in sheet.questions}
    graded = []
    for name in (*sheet.findings, *asked):
        bare = _bare(sheet, name, asked.get(name))
        told = msgspec.structs.replace(bare, status=status, because=because)
        graded.append(_decided(sheet, told))
    return tuple(graded)


def _item(sheet: Sheet, name: str) -> Item:
    return sheet.rubric.get(name, NOTHING)


def _bare(sheet: Sheet, name: str, question: Question | None) -> ItemGrade:
    item = _item(sheet, name)
    return ItemGrade(
        name=name,
        of="question" if question else "check",
        status="pending",
        points=ZERO,
        max_points=Decimal(item.points),
        visibility="hidden" if name in sheet.hidden else item.visibility,
        ask=question.ask if question else "",
    )


def _check(sheet: Sheet, name: str) -> ItemGrade:
    findings = sheet.findings[name] or [_silent(name)]
    verdict = worst(finding.verdict for finding in findings)
    shown = next(one for one in findings if one.verdict is verdict)
    bare = _bare(sheet, name, None)
    subject = f"{shown.subject}: " if shown.subject else ""
    return msgspec.structs.replace(
        bare,
        status=STATUS[verdict],
        points=bare.max_points if verdict is Verdict.PASS else ZERO,
        verdict=verdict.name,
        expected=plain(f"{subject}{shown.expected}"),
        observed=plain(shown.observed),
        place=plain(shown.place),
        reference=shown.reference,
        **_hints(sheet, name, verdict, shown.hint),
    )


def _silent(name: str) -> Finding:
    return Finding(name, Verdict.ERROR, "a finding", "the check said nothing")


def _question(sheet: Sheet, question: Question) -> ItemGrade:
    judged = sheet.judged[question.name]
    bare = _bare(sheet, question.name, question)
    share = judged.mark.share
    points = rounded_down(bare.max_points * share.numerator / share.denominator)
    partly: Status = "partial" if points else "lost"
    return msgspec.structs.replace(
        bare,
        status=partly if judged.verdict is Verdict.FAIL else STATUS[judged.verdict],
        points=points,
        verdict=judged.verdict.name,
        expected=plain(judged.expected),
        observed=plain(judged.observed),
        place=plain(judged.place),
        because=plain(judged.mark.why),
        **_hints(sheet, question.name, judged.verdict, ""),
    )


def _hints(sheet: Sheet, name: str, verdict: Verdict, found: str) -> dict[str, object]:
    """The check's hint and the rubric's, and one staged hint more after each attempt."""
    item = _item(sheet, name)
    if verdict is Verdict.PASS:
        return {}
    hint = " ".join(filter(None, (found, item.hint)))
    return {"hint": plain(hint, 2000), "hints": item.hints[: sheet.attempt]}


def _after_needs(alone: ItemGrade, needs: Sequence[ItemGrade]) -> ItemGrade:
    lost = tuple(need.name for need in needs if need.status in ("lost", "skipped"))
    waits = tuple(need.name for need in needs if need.status == "pending")
    if lost:
        because = f"needs {', '.join(lost)}, which was not earned"
        return _blocked(alone, "skipped", because, lost)
    if waits:
        because = f"waits for {', '.join(waits)}, which is pending"
        return _blocked(alone, "pending", because, waits)
    return alone


def _blocked(alone: ItemGrade, status: Status, because: str, by: tuple[str, ...]) -> ItemGrade:
    return msgspec.structs.replace(
        alone, status=status, points=ZERO, because=because, blocked_by=by
    )


def _decided(sheet: Sheet, grade: ItemGrade) -> ItemGrade:
    """The item as a person decided it, where one did."""
    override = sheet.overrides.get(grade.name)
    if override is None:
        return grade
    points = override.exact_points
    status: Status = "partial" if points else "lost"
    return msgspec.structs.replace(
        grade,
        status="earned" if points == grade.max_points else status,
        points=points,
        because=f"decided by {override.because}",
    )
