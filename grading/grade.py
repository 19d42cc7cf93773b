"""One submission of one lab to its grade: pure, but for reading what was handed in."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from captures.names import Names
from captures.place import Place, below, start_of
from captures.run import Run, misnamed
from checkers.answers import right_answers
from checkers.evidence import Evidence
from checkers.placing import placed
from checkers.recorded import STATES_FILE, TRANSCRIPTS
from checkers.verdict import Verdict
from grading import answers_file, claims, own_values, rubric, variants
from grading.answers import Judged, judge
from grading.answers_file import AnswersError, Given
from grading.content import sha256
from grading.copies import Traces, traces
from grading.course import Course
from grading.doubts import NO_DOUBT, Doubt, Settlement
from grading.grades import LabGrade
from grading.late import late, late_text
from grading.overrides import Override, Overrides
from grading.own_labs import its_rubric, own_lab
from grading.pieces import PROGRAM
from grading.plain import plain, plains
from grading.played import Runs, standing_in
from grading.traced import evidence_at, traces_of, with_program
from labs import catalog

RUN = "run.json"
PLAYED = "graded by the instructor's run of the program that was handed in"
HEADER = ("lab", "student", "mail")  # what an answers.yaml may say of itself


class Submission(Protocol):
    """What was handed in, as grading needs it."""

    @property
    def student(self) -> str | None:
        """Whose it is."""

    @property
    def lab(self) -> str | None:
        """Of which lab."""

    @property
    def place(self) -> Place:
        """A run directory, or a capture."""

    @property
    def kind(self) -> str:
        """`run` or `capture`; what is of another kind holds no packets."""

    @property
    def answers(self) -> Place | None:
        """The answers.yaml that goes with it; a run directory may have its own."""

    @property
    def handed_in(self) -> datetime.datetime | None:
        """When, with a time zone; None where nobody knows."""

    @property
    def source(self) -> str:
        """Where it comes from, as the instructor knows it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about it."""

    @property
    def problem(self) -> str:
        """Why it can't be graded, or ''."""

    @property
    def doubt(self) -> Doubt:
        """Whose it may be, where that isn't decided."""

    @property
    def settled(self) -> bool:
        """Whether a person decided whose it is, whatever it says itself."""


@dataclass(frozen=True)
class Grading:
    """What stays the same for a whole class.

    book: the names of the book's addresses. checked: when it is graded, in ISO 8601.
    played: the instructor's own runs of students' programs; None where there is no folder of them.
    settled: whose things are by a person's decision.
    """

    course: Course
    book: Names
    checked: str
    overrides: Overrides
    played: Runs | None = None
    settled: tuple[Settlement, ...] = ()


class UngradableError(ValueError):
    """Why a submission can't be graded, in one line."""


class Examined(NamedTuple):
    """A submission graded, what of it would show up in a copy, and whose it may be."""

    grade: LabGrade
    traces: Traces = Traces()
    doubt: Doubt = NO_DOUBT


def grade(grading: Grading, submission: Submission, attempt: int = 1) -> LabGrade:
    """The grade of one submission; what can't be graded is pending, under its `problem`.

    attempt: which of the student's at this lab, from 1.
    """
    return examined(grading, submission, attempt).grade


def examined(grading: Grading, submission: Submission, attempt: int = 1) -> Examined:
    """A submission's grade, as `grade` says, and its traces."""
    student, name = submission.student or "", submission.lab or ""
    bare = LabGrade(
        student=student,
        lab=name,
        items=(),
        catalog_version=catalog.VERSION,
        notes=tuple(map(plain, submission.notes)),
        checked=grading.checked,
        handed_in=submission.handed_in.isoformat() if submission.handed_in else "",
        attempt=attempt,
        source=plain(submission.source),
    )
    problem = nobodys(grading.course, student, name)
    if problem:
        unclaimed = msgspec.structs.replace(bare, problem=submission.problem or problem)
        own = with_program(_undecided_traces(grading, submission), submission, name)
        return Examined(unclaimed, own, submission.doubt)
    lab = own_lab(grading.course, student, name)
    sheet = _sheet(grading, student, lab, attempt)
    try:
        found = _graded(grading, submission, lab, sheet, bare)
    except UngradableError as error:
        found = Examined(_ungraded(bare, sheet, plain(str(error))))
    timed = _with_lateness(grading.course, submission.handed_in, found.grade)
    return found._replace(grade=timed, traces=with_program(found.traces, submission, name))


def _ungraded(bare: LabGrade, sheet: rubric.Sheet, told: str) -> LabGrade:
    """The grade of what can't be graded: pending, unless a person decided all of it."""
    grade = msgspec.structs.replace(bare, items=rubric.unjudged(sheet, "pending", told))
    if grade.open:
        return msgspec.structs.replace(grade, problem=told)
    return msgspec.structs.replace(grade, notes=(*grade.notes, told))


def not_handed_in(grading: Grading, student: str, lab: str, doubt: str = "") -> LabGrade:
    """The grade of a lab that a student didn't hand in: lost when it is due, pending before.

    The course may leave it pending for good (`missing: pending`). doubt: what may be the student's
    of this lab and can't be graded; it is pending, then.
    """
    due = grading.course.labs[lab].due
    now = datetime.datetime.fromisoformat(grading.checked)
    over = due is not None and now > due and grading.course.missing == "zero" and not doubt
    told = f"not handed in when it was due, {due.isoformat()}" if over and due else "not handed in"
    told += f", unless it is this: {doubt}" if doubt else ""
    its = own_lab(grading.course, student, lab)
    items = rubric.unjudged(_sheet(grading, student, its, 1), "lost" if over else "pending", told)
    bare = LabGrade(student, lab, items, catalog.VERSION, checked=grading.checked)
    if doubt and bare.open:
        return msgspec.structs.replace(bare, problem=told)
    return msgspec.structs.replace(bare, notes=(told,))


def nobodys(course: Course, student: str, lab: str) -> str:
    """Why a submission belongs to nobody's lab of the course; '' where it does."""
    if student not in course.students:
        return f"{plain(student)} is no student of the course" if student else "whose is this?"
    if lab not in course.labs:
        return f"{plain(lab)} is no lab of the course" if lab else "which lab is this of?"
    return ""


def _sheet(grading: Grading, student: str, lab: catalog.Lab, attempt: int) -> rubric.Sheet:
    """The sheet of a submission before anything of it is judged."""
    return rubric.Sheet(
        questions=lab.questions,
        rubric=its_rubric(lab.name),
        findings={one.name: [] for one in lab.expect},
        judged={},
        hidden=grading.course.labs[lab.name].hidden,
        overrides=_overrides(grading.overrides, student, lab.name),
        attempt=attempt,
    )


def _overrides(overrides: Overrides, student: str, lab: str) -> dict[str, Override]:
    return {key.item: one for key, one in overrides.items() if key[:2] == (student, lab)}


def _graded(
    grading: Grading,
    submission: Submission,
    lab: catalog.Lab,
    sheet: rubric.Sheet,
    bare: LabGrade,
) -> Examined:
    """Judge what was handed in; raises UngradableError."""
    if submission.problem:
        raise UngradableError(submission.problem)
    file = submission.answers
    if file is None and submission.place.is_dir():
        file = submission.place / answers_file.NAME
    try:
        again, unseen = standing_in(grading.played, bare.student, lab, submission)
        _refuse_empty(submission, again, unseen)
        place = again or submission.place
        evidence = placed(evidence_at(place, grading.book), lab.expect)
        _refuse_foreign(grading, evidence.run, bare, submission.settled)
        its = variants.values(grading.course, bare.student, lab.name)
        others = own_values.differences(evidence, lab, its, bare.student)
        notes = _notes(evidence, others)
        believed = grading.course.accept_degraded or again is not None
        found = claims.findings(lab, evidence, believed, unseen)
        if evidence.run and evidence.run.catalog_version != catalog.VERSION:
            found = claims.softened(found, notes[0])
        given, more = _answers(file)
        judged = _judged(lab, sheet, evidence, given)
        if others and not submission.settled:
            why = own_values.why(lab.name, bare.student)
            found = claims.softened(found, why, Verdict.PASS)
            judged = own_values.doubted(judged, why)
        digests = _digests(place, evidence, file)
        own = traces_of(submission, grading.book, its) if again else traces(evidence, its)
    except UngradableError:
        raise
    except OSError as error:
        raise UngradableError(f"{submission.source}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # CaptureError is one
        raise UngradableError(_told(error, submission)) from error
    notes += [PLAYED] * (again is not None) + [*more, *_unknown(given, lab)]
    items = rubric.items(msgspec.structs.replace(sheet, findings=found, judged=judged))
    graded = msgspec.structs.replace(
        bare, items=items, notes=(*bare.notes, *map(plain, notes)), evidence=digests
    )
    return Examined(graded, own)


def _refuse_empty(submission: Submission, again: Path | None, unseen: str) -> None:
    """Raise UngradableError for what holds no packets and has no run that stands for it."""
    if again is None and submission.kind not in ("run", "capture"):
        told = f"no capture came with it ({submission.kind} alone)"
        raise UngradableError(f"{told}; {unseen}" if unseen else told)


def _told(error: Exception, submission: Submission) -> str:
    """The error's message, with the place as the instructor knows it."""
    return str(error).replace(str(submission.place), submission.source)


def _undecided_traces(grading: Grading, submission: Submission) -> Traces:
    """What of something that isn't decided yet would show up in a copy, if its holder copied it."""
    holder, lab = submission.doubt.holder, submission.lab
    if not holder or lab not in grading.course.labs:
        return Traces()
    return traces_of(submission, grading.book, variants.values(grading.course, holder, lab))


def _refuse_foreign(grading: Grading, run: Run | None, bare: LabGrade, settled: bool) -> None:
    """Raise UngradableError for a run of another lab or student, or on other addresses.

    settled: a person decided that it is this student's.
    """
    if run is None:
        return
    if run.lab != bare.lab:
        raise UngradableError(f"this is a run of {plain(run.lab)}, not of {bare.lab}")
    owner = grading.course.students[bare.student]
    if run.student and not (owner.called(run.student) or settled):
        raise UngradableError(f"run.json says that {plain(run.student)} played this")
    wrong = misnamed(run, grading.book)
    if wrong:
        raise UngradableError(wrong)


def _notes(evidence: Evidence, others: Sequence[str]) -> list[str]:
    """What a person should know of a run.json; another catalog's version comes first.

    others: what of it was played with other values than the student's.
    """
    run, notes = evidence.run, []
    if run is None:
        return [*_notes_of_bare(evidence), *others]
    if run.catalog_version != catalog.VERSION:
        told = f"played under catalog version {run.catalog_version}, graded under {catalog.VERSION}"
        notes.append(told)
    notes += others
    notes += [f"degraded, as run.json says: {one.aspect} of {one.host}" for one in run.degraded]
    return [*notes, evidence.doubt] if evidence.doubt else notes


def _notes_of_bare(evidence: Evidence) -> list[str]:
    """What a person should know of a capture that came alone."""
    notes = ["a capture without run.json: nothing tells whether it is complete"]
    if evidence.taken_for:
        notes.append(
            f"it fits {' or '.join(evidence.taken_for)} best, and is graded as one of there"
        )
    return notes


def _answers(file: Place | None) -> tuple[dict[str, Given] | AnswersError, list[str]]:
    """The answers, or why they can't be read; and what to note of them."""
    if file is None or file.is_symlink() or not file.is_file():
        return {}, [f"no {answers_file.NAME}"]
    data = start_of(file, answers_file.LARGEST_BYTES + 1)
    try:
        return answers_file.parse(data), []
    except AnswersError as error:
        return error, [str(error)]


def _judged(
    lab: catalog.Lab,
    sheet: rubric.Sheet,
    evidence: Evidence,
    given: dict[str, Given] | AnswersError,
) -> dict[str, Judged]:
    judged = {}
    for question in lab.questions:
        if isinstance(given, AnswersError):
            judged[question.name] = Judged.unreadable(str(given))
            continue
        partial = sheet.rubric.get(question.name, rubric.NOTHING).partial
        its = given.get(question.name)
        right = right_answers(evidence, question)
        judged[question.name] = judge(question, partial, its, right, evidence.names)
    return judged


def _unknown(given: dict[str, Given] | AnswersError, lab: catalog.Lab) -> list[str]:
    if isinstance(given, AnswersError):
        return []
    known = {question.name for question in lab.questions}
    return [
        f"{answers_file.NAME}:{each.line}: {lab.name} has no question {name!r}"
        for name, each in given.items()
        if name not in known and name not in HEADER
    ]


def _digests(place: Place, evidence: Evidence, answers: Place | None) -> dict[str, str]:
    """SHA-256 of every file that was judged, by its name below the place."""
    files: dict[str, Place] = {place.name: place}
    if evidence.run is not None:
        names = [RUN, STATES_FILE, *([PROGRAM] if evidence.run.programs else ())]
        names += [point.file for point in evidence.run.vantage_points]
        names += [f"{TRANSCRIPTS}/{host}.txt" for host in evidence.transcripts]
        files = {name: below(place, name) for name in names}
    if answers is not None and not answers.is_symlink():
        files[answers_file.NAME] = answers
    names = sorted(files)
    digests = [sha256(files[name]) for name in names]
    return {name: told for name, told in zip(plains(*names), digests, strict=True) if told}


def _with_lateness(
    course: Course, handed_in: datetime.datetime | None, graded: LabGrade
) -> LabGrade:
    due = course.labs[graded.lab].due
    days, percent = late(course.late, due, handed_in)
    note = late_text(days, percent) if days else ""
    if due is not None and handed_in is None:
        note = "nobody knows when this was handed in: taken as in time"
    notes = (*graded.notes, note) if note else graded.notes
    return msgspec.structs.replace(graded, late_days=days, late_percent=percent, notes=notes)
