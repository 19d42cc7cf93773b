"""From verdicts to points: a lab's report and answers held against its rubric."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import attrgetter

import msgspec

from checkers.finding import Finding
from checkers.verdict import Verdict
from grading.answers import Judged
from grading.grades import ZERO, ItemGrade, Status, rounded_down
from grading.overrides import Override
from grading.plain import plain, plains
from labs.catalog import Item, Question
from labs.catalog.rubric import SECRECY, Visibility

STATUS: Mapping[Verdict, Status] = {
    Verdict.PASS: "earned",
    Verdict.INCONCLUSIVE: "pending",
    Verdict.ERROR: "pending",
    Verdict.FAIL: "lost",
}
NAMES = {verdict: verdict.name for verdict in Verdict}  # each look at an enum's own is two calls
NOTHING = Item(points=0)

_verdict = attrgetter("verdict")


class Sheet(msgspec.Struct, frozen=True):
    """All that decides about one submission's points.

    findings: of each check, by its name. judged: each question, by its name. hidden: items of the
    course that students don't see. overrides: by item. attempt: which of the student's, from 1.
    """

    questions: Sequence[Question]
    rubric: Mapping[str, Item]
    findings: Mapping[str, Sequence[Finding]]
    judged: Mapping[str, Judged]
    hidden: Sequence[str] = ()
    overrides: Mapping[str, Override] = {}
    attempt: int = 1


def items(sheet: Sheet) -> tuple[ItemGrade, ...]:
    """The grade of every check, then of every question, in the lab's order.

    An item whose need is lost or skipped is skipped: it earns nothing, and is not failed twice. One
    whose need is pending is pending. A person's override stands above all of that.
    """
    asked = {question.name: question for question in sheet.questions}
    graded: dict[str, ItemGrade] = {}
    return tuple([_item(name, sheet, asked, graded) for name in (*sheet.findings, *asked)])


# Not a function inside `items`: one that calls itself is garbage that only the collector finds, and
# with it all that was found out about a submission.
def _item(
    name: str, sheet: Sheet, asked: Mapping[str, Question], graded: dict[str, ItemGrade]
) -> ItemGrade:
    """An item's grade, after those that it needs; graded: those that are known, each by name."""
    if name not in graded:
        item, question = sheet.rubric.get(name, NOTHING), asked.get(name)
        its = _question(sheet, question, item) if question else _check(sheet, name, item)
        if item.needs:
            its = _after_needs(its, [_item(need, sheet, asked, graded) for need in item.needs])
        graded[name] = _decided(sheet, its) if sheet.overrides else its
    return graded[name]


def unjudged(sheet: Sheet, status: Status, because: str) -> tuple[ItemGrade, ...]:
    """The grade of every item of a lab that could not be judged, or was never handed in."""
    asked = {question.name: question for question in sheet.questions}
    graded = []
    for name in (*sheet.findings, *asked):
        item, question = sheet.rubric.get(name, NOTHING), asked.get(name)
        bare = ItemGrade(
            name=name,
            of="question" if question else "check",
            status=status,
            points=ZERO,
            max_points=Decimal(item.points),
            visibility=_visibility(sheet, name, item),
            because=because,
            ask=question.ask if question else "",
        )
        graded.append(_decided(sheet, bare))
    return tuple(graded)


def _visibility(sheet: Sheet, name: str, item: Item) -> Visibility:
    """As secret as the most secret of all that the item needs: whether it is skipped would tell."""
    if name in sheet.hidden:
        return "hidden"
    needs = [_visibility(sheet, one, sheet.rubric.get(one, NOTHING)) for one in item.needs]
    return max((item.visibility, *needs), key=SECRECY.index)


def _check(sheet: Sheet, name: str, item: Item) -> ItemGrade:
    findings = sheet.findings[name] or [_silent(name)]
    shown = max(findings, key=_verdict)  # of those that are as bad, the first
    verdict, points = shown.verdict, Decimal(item.points)
    passed = verdict is Verdict.PASS
    subject = f"{shown.subject}: " if shown.subject else ""
    expected, observed, place = plains(f"{subject}{shown.expected}", shown.observed, shown.place)
    return ItemGrade(
        name=name,
        of="check",
        status=STATUS[verdict],
        points=points if passed else ZERO,
        max_points=points,
        verdict=NAMES[verdict],
        expected=expected,
        observed=observed,
        place=place,
        hint="" if passed else _hint(shown.hint, item),
        visibility=_visibility(sheet, name, item),
        reference=shown.reference,
        hints=() if passed else item.hints[: sheet.attempt],
    )


def _silent(name: str) -> Finding:
    return Finding(name, Verdict.ERROR, "a finding", "the check said nothing")


def _question(sheet: Sheet, question: Question, item: Item) -> ItemGrade:
    judged = sheet.judged[question.name]
    verdict, most = judged.verdict, Decimal(item.points)
    share, of = judged.mark.share.as_integer_ratio()
    points = rounded_down(most * share / of)
    partly: Status = "partial" if points else "lost"
    passed = verdict is Verdict.PASS
    expected, observed, place, because = plains(
        judged.expected, judged.observed, judged.place, judged.mark.why
    )
    return ItemGrade(
        name=question.name,
        of="question",
        status=partly if verdict is Verdict.FAIL else STATUS[verdict],
        points=points,
        max_points=most,
        verdict=NAMES[verdict],
        expected=expected,
        observed=observed,
        place=place,
        hint="" if passed else _hint("", item),
        visibility=_visibility(sheet, question.name, item),
        because=because,
        ask=question.ask,
        hints=() if passed else item.hints[: sheet.attempt],
    )


def _hint(found: str, item: Item) -> str:
    """The check's hint and the rubric's."""
    return plain(" ".join(filter(None, (found, item.hint))), 2000)


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
