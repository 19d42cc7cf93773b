"""Gradescope's results.json: every check and question is a test of one submission.

Fields: gradescope-autograders.readthedocs.io, Autograder Specifications. What is pending has no
score: Gradescope then adds up those of the others, and a person enters the rest.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from grading.course import Course, CourseLab
from grading.exports import of_course
from grading.feedback import ItemView, Moment, item_view, lab_view
from grading.grades import ZERO, LabGrade, StudentGrade
from grading.late import late_text
from grading.plain import plain
from labs.catalog.rubric import SECRECY, Visibility
from labs.publishing import publish

RESULTS = "results.json"
FOLDER = "gradescope"
LARGEST_BYTES = 1_000_000
LENGTHS = (4000, 1000, 200, 40, 0)  # of an output, tried until all fit
STATUS: Mapping[str, Literal["passed", "failed"]] = {"earned": "passed"}

SHOWN_WHEN_OUT: Collection[Visibility] = ("after_published", "hidden")  # if at all

Format = Literal["text"]


class Test(msgspec.Struct, frozen=True, omit_defaults=True):
    """A test of Gradescope's; without scores and status it only informs."""

    name: str
    number: str
    output: str
    visibility: Visibility
    score: Decimal | None = None
    max_score: Decimal | None = None
    status: Literal["passed", "failed"] | None = None


class Results(msgspec.Struct, frozen=True, omit_defaults=True):
    """Gradescope's results.json; score: left out while something is pending."""

    output: str
    tests: tuple[Test, ...]
    score: Decimal | None = None
    extra_data: dict[str, object] = {}
    # Without default values, so that they are written: nothing of strangers is ever rendered.
    output_format: Format = msgspec.field(default_factory=lambda: "text")
    test_output_format: Format = msgspec.field(default_factory=lambda: "text")
    test_name_format: Format = msgspec.field(default_factory=lambda: "text")
    stdout_visibility: Visibility = msgspec.field(default_factory=lambda: "hidden")


def outputs(course: Course) -> list[str]:
    """What `write` may write, below its folder."""
    return [f"{FOLDER}/{student}/{RESULTS}" for student in course.students]


def write(course: Course, students: Iterable[StudentGrade], folder: Path) -> list[Path]:
    """Write gradescope/<id>/results.json for each student; the paths. Raises OSError."""
    written = []
    for one in of_course(course, students):
        path = folder / FOLDER / one.student / RESULTS
        publish(path, encoded(results(course, one.labs.values())))
        written.append(path)
    return written


def results(course: Course, labs: Iterable[LabGrade]) -> Results:
    """The results of one student's labs; visibility is that of the time when they were graded."""
    graded = list(labs)
    tests, told = list[Test](), list[str]()
    for number, lab in enumerate(graded, 1):
        tests += _tests(course, lab, number, len(graded) > 1)
        told.append(_told(course, lab))
    if any(test.visibility == "hidden" for test in tests):
        tests.append(_keeper(len(graded) + 1))
    closed = not any(lab.open or lab.problem for lab in graded)
    return Results(
        output="\n\n".join(told) or "nothing was graded",
        tests=tuple(tests),
        score=sum((lab.earned for lab in graded), ZERO) if closed and graded else None,
        extra_data={lab.lab: _evidence(lab) for lab in graded},
    )


def encoded(found: Results) -> bytes:
    """The file, of 1 MB at most: outputs are shortened until it fits."""
    encoder = msgspec.json.Encoder(decimal_format="number")
    for longest in LENGTHS:
        data = encoder.encode(_shortened(found, longest))
        if len(data) < LARGEST_BYTES:
            return data + b"\n"
    bare = msgspec.structs.replace(_shortened(found, 0), extra_data={})
    return encoder.encode(bare) + b"\n"


def rules_of(course: Course, lab: LabGrade) -> CourseLab:
    """The course's rules for a lab; those for any where it isn't one of the course's."""
    return course.labs.get(lab.lab, CourseLab())


def moment_of(course: Course, lab: LabGrade) -> Moment:
    """When a lab was graded; one that doesn't say so was graded before it was due."""
    earliest = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    now = datetime.datetime.fromisoformat(lab.checked) if lab.checked else earliest
    return Moment(now if now.tzinfo else now.replace(tzinfo=datetime.UTC), late=course.late)


def item_text(view: ItemView) -> str:
    """What a student reads of an item: outcome, expected, observed, why, and hints."""
    item = view.item
    pending = "pending: a person will decide, and nothing is lost yet"
    lines = [pending if item.status == "pending" else f"{item.status}: {view.points} points"]
    parts = (
        ("", item.ask),
        ("because ", item.because),
        ("expected ", view.expected),
        ("answered " if item.of == "question" else "observed ", item.observed),
        ("seen in ", view.place),
        ("see ", item.reference),
        ("", item.hint),
    )
    lines += [f"{label}{plain(text)}" for label, text in parts if text]
    lines += [f"hint {number}: {plain(hint)}" for number, hint in enumerate(item.hints, 1)]
    return "\n".join(lines)


def _tests(course: Course, lab: LabGrade, number: int, named: bool) -> Iterator[Test]:
    told_now = moment_of(course, lab).answers_told(rules_of(course, lab))
    name = f"{lab.lab}: " if named else ""
    for place, item in enumerate(lab.items, 1):
        told = told_now or item.visibility in SHOWN_WHEN_OUT
        yield _test(f"{name}{plain(item.name)}", f"{number}.{place}", item_view(item, told))
    if not lab.items:
        yield Test(f"{name}submission", f"{number}.1", _told(course, lab), "visible")
    elif lab.late_percent:
        yield _late(f"{name}late", f"{number}.{len(lab.items) + 1}", lab)


def _test(name: str, number: str, view: ItemView) -> Test:
    item = view.item
    bare = Test(name, number, item_text(view), item.visibility)
    if item.status == "pending":
        return bare
    return msgspec.structs.replace(
        bare,
        score=item.points,
        max_score=item.max_points,
        status=STATUS.get(item.status, "failed"),
    )


def _late(name: str, number: str, lab: LabGrade) -> Test:
    """What being late costs; as secret as the most secret of the points that it is a part of."""
    cost = lab.earned - sum((item.points for item in lab.items), ZERO)
    secrecy = max((item.visibility for item in lab.items), key=SECRECY.index)
    told = late_text(lab.late_days, lab.late_percent)
    return Test(name, number, told, secrecy, score=cost, status="failed")


def _keeper(number: int) -> Test:
    """Keeps a total from telling about hidden tests.

    Gradescope shows no total to students while a test is still to be shown; about those that never
    are, editions of its documents differ.
    """
    told = "More is graded than is shown; the total is shown when grades are published."
    return Test("total", str(number), told, "after_published")


def _told(course: Course, lab: LabGrade) -> str:
    view = lab_view(rules_of(course, lab), lab, moment_of(course, lab))
    lines = [f"{plain(lab.lab) or 'submission'}: {view.points} points: {view.headline}"]
    if lab.problem:
        told = plain(lab.problem)
        lines.append(f"This could not be graded, so a person will look at it: {told}")
    return "\n".join([*lines, *map(plain, lab.notes)])


def _evidence(lab: LabGrade) -> dict[str, object]:
    """What is kept for disputes: when, of which files, under which catalog. Nobody is shown it."""
    return {
        "checked": lab.checked,
        "handed_in": lab.handed_in,
        "attempt": lab.attempt,
        "catalog_version": plain(lab.catalog_version),
        "evidence": {plain(name): plain(digest) for name, digest in lab.evidence.items()},
    }


def _shortened(found: Results, longest: int) -> Results:
    tests = tuple(
        msgspec.structs.replace(test, output=_cut(test.output, longest)) for test in found.tests
    )
    output = _cut(found.output, max(longest, LENGTHS[-2]) * 10)
    return msgspec.structs.replace(found, tests=tests, output=output)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… (cut here: Gradescope takes 1 MB)"
