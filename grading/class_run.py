"""A whole class: from what was handed in to each student's grades, and what a person must see.

Grades go to files as they are made, and are read again a student at a time, so that memory doesn't
grow with them. The files are the same however many work on them, and however often that is
interrupted.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from grading import results
from grading.bulk import HandedIn, Task
from grading.copies import Collected, Copy
from grading.doubts import UNDECIDED, Doubt, settlement
from grading.exports.cells import Table
from grading.feedback import Moment, page
from grading.grade import Grading, nobodys, not_handed_in
from grading.grades import ZERO, ItemGrade, LabGrade, StudentGrade
from grading.hand_in import Checked, ClaimedGrade, Claims, Grades
from grading.student import counted, numbered, student_grade, timed
from grading.workers import Workers, outcomes

UNCLAIMED, PENDING, COPIES, FEEDBACK = "unclaimed.csv", "pending.csv", "copies.csv", "feedback"
NUMBERS = re.compile("([0-9]+)")
MOST_SHOWN = 10  # of a kind on the terminal; the files have all of them


class Progress(Protocol):
    """Who is told how far it is."""

    def step(self, what: str, done: int, total: int) -> None:
        """So many of so many are done."""


@dataclass
class LabTally:
    """What became of a lab in the class. percent: the sum over those that are decided."""

    handed_in: int = 0
    missing: int = 0
    waiting: int = 0
    decided: int = 0
    percent: Decimal = ZERO

    def add(self, grade: LabGrade) -> None:
        """Count a student's grade."""
        self.handed_in += bool(grade.source)
        self.missing += not grade.source and not grade.problem
        if grade.open or grade.problem:
            self.waiting += bool(grade.source or grade.problem)
        elif grade.total:
            self.decided += 1
            self.percent += 100 * grade.earned / grade.total


class Unclaimed(NamedTuple):
    """What belongs to nobody's lab, or to nothing that is graded, and why."""

    source: str
    why: str


class Pending(NamedTuple):
    """What a person has to decide."""

    student: str
    lab: str
    item: str
    points: Decimal
    reason: str
    source: str


class Doubtful(NamedTuple):
    """What may be a student's, and can't be graded as that: for a person, and for the student."""

    about: str
    told: str


@dataclass
class Tally:
    """What the terminal tells of a graded class: counts of everything, the first few of each.

    untimed: hand-ins of labs with a due date, of which nobody knows when they came. unfound:
    sources that persons decided about, of which nothing was handed in.
    """

    labs: dict[str, LabTally]
    hand_ins: int = 0
    untimed: int = 0
    unfound: list[str] = field(default_factory=list)
    reused: int = 0
    unclaimed: list[Unclaimed] = field(default_factory=list)
    unclaimed_count: int = 0
    pending: list[Pending] = field(default_factory=list)
    pending_count: int = 0
    open_students: int = 0
    copies: list[Copy] = field(default_factory=list)


class ClassRun:
    """Grades what was handed in into a folder; `grading` knows when that is.

    published: whether the grades are out, so that feedback tells what waits for that. language: of
    the students' pages, and of nothing else.
    """

    def __init__(
        self,
        grading: Grading,
        directory: Path,
        shown: Progress,
        published: bool = False,
        language: str = "en",
    ) -> None:
        self.tally = Tally({lab: LabTally() for lab in grading.course.labs})
        self._grading, self._directory, self._shown = grading, directory, shown
        now = datetime.datetime.fromisoformat(grading.checked)
        self._moment, self._language = Moment(now, published, grading.course.late), language
        self._places: dict[str, list[Path]] = defaultdict(list)
        self._doubts: dict[str, list[tuple[str, Doubtful]]] = defaultdict(list)
        self._copies = Collected(grading.course)
        self._kept: set[Path] = set()
        self._unfound = {one.source: one for one in grading.settled}

    def close(self) -> None:
        """Forget what tells copies; what was graded is in the folder."""
        self._copies.close()

    def grade(self, handed: Sequence[HandedIn], workers: Workers[bytes | None]) -> None:
        """Grade all that isn't graded yet; raises OSError."""
        with ExitStack() as files:
            table = _table(files, self._directory / UNCLAIMED, ("source", "why"))
            tasks = map(self._task, range(len(handed)), handed)
            for task, found in outcomes(workers, tasks, len(handed)):
                self._note(task, found, table)
                self._shown.step("hand-ins", task.number + 1, len(handed))

    def _task(self, number: int, handed: HandedIn) -> Task:
        # All of it must be there to be read again, not only its key.
        known = results.read_hand_in(
            results.hand_in_path(self._directory, handed), Checked[LabGrade]
        )
        return Task(number, handed, known.key if known else "")

    def _note(self, task: Task, found: bytes | None, table: Table) -> None:
        path = results.hand_in_path(self._directory, task.handed)
        self.tally.hand_ins += 1
        if found is None:
            self.tally.reused += 1
            claims = results.read_hand_in(path, Claims)
            assert claims is not None  # noqa: S101  (its key was read a moment ago)
        else:
            claims = msgspec.json.decode(found, type=Claims)
            results.write(path, found)
        self._kept.add(path)
        self._claim(path, claims, table)

    def _claim(self, path: Path, found: Claims, table: Table) -> None:
        """Remember whose it is, and what of it is nobody's."""
        course = self._grading.course
        owners, untimed = set(), False
        for grade, traces, doubt in zip(found.grades, found.traces, found.doubts, strict=True):
            self._find(grade.source)
            nobody = nobodys(course, grade.student, grade.lab)
            holder = doubt.holder if nobody else grade.student
            if holder:
                self._copies.add(holder, grade.lab, grade.source, traces)
            if not nobody:
                owners.add(grade.student)
                untimed |= course.labs[grade.lab].due is not None and not grade.handed_in
                continue
            self._unclaimed(table, Unclaimed(grade.source, grade.problem or nobody))
            self._doubt(grade, doubt)
        self.tally.untimed += untimed
        for left in found.left_out:
            if not left.foreign:
                self._unclaimed(table, Unclaimed(left.name, left.reason))
        for owner in sorted(owners):
            self._places[owner].append(path)

    def _find(self, source: str) -> None:
        """Note that there is what a person decided about."""
        if self._unfound:
            found = settlement(self._unfound.values(), source)
            self._unfound.pop(found.source if found else "", None)

    def _doubt(self, grade: ClaimedGrade, doubt: Doubt) -> None:
        """Remember whose labs it may be of: of this one, or of any where that isn't told."""
        about = f"{grade.source}: {grade.problem}"
        if grade.student in self._grading.course.students and not grade.lab:
            self._doubts[grade.student].append(("", Doubtful(about, about)))
        for student in doubt.students:
            self._doubts[student].append((grade.lab, Doubtful(about, UNDECIDED)))

    def _unclaimed(self, table: Table, one: Unclaimed) -> None:
        table.row(one)
        self.tally.unclaimed_count += 1
        if len(self.tally.unclaimed) < MOST_SHOWN:
            self.tally.unclaimed.append(one)

    def finish(self) -> list[Path]:
        """Add up every student's grades, and write what a person must see; the files."""
        directory, course = self._directory, self._grading.course
        (directory / FEEDBACK).mkdir(exist_ok=True)
        written = [directory / name for name in (UNCLAIMED, PENDING, COPIES)]
        self.tally.unfound = sorted(self._unfound)
        with ExitStack() as files:
            table = _table(files, directory / PENDING, Pending._fields)
            for number, student in enumerate(course.students, 1):
                grade = self._student(student)
                place = directory / results.RESULTS / f"{student}.json"
                results.write(place, msgspec.json.encode(grade))
                written.append(directory / FEEDBACK / f"{student}.html")
                told = page(course, grade, self._moment, self._language)
                results.write(written[-1], told.encode())
                self._kept.add(place)
                self._count(grade, table)
                self._shown.step("students", number, len(course.students))
            table = _table(files, directory / COPIES, Copy._fields)
            self.tally.copies = self._copies.copies()
            for copy in self.tally.copies:
                table.row(copy)
        results.forget(directory, self._kept)
        return written

    def _student(self, student: str) -> StudentGrade:
        course = self._grading.course
        attempts = self._attempts(student)
        labs = {}
        for lab in course.labs:
            told = "; ".join(dict.fromkeys(one.told for one in self._doubtful(student, lab)))
            labs[lab] = (
                _doubted(counted(course, attempts[lab]), told)
                if lab in attempts
                else _untimed(not_handed_in(self._grading, student, lab, told))
            )
        return student_grade(course, student, labs)

    def _doubtful(self, student: str, lab: str) -> list[Doubtful]:
        """What may be the student's of this lab."""
        return [one for of, one in self._doubts.get(student, ()) if of in ("", lab)]

    def _attempts(self, student: str) -> dict[str, list[LabGrade]]:
        """A student's submissions by lab, in the order in which they were handed in."""
        found: dict[str, list[LabGrade]] = defaultdict(list)
        for path in self._places.get(student, ()):
            its = results.read_hand_in(path, Grades)
            for grade in its.grades if its else ():
                if grade.student == student and grade.lab in self._grading.course.labs:
                    found[grade.lab].append(grade)
        return {
            lab: [numbered(one, place) for place, one in enumerate(_in_order(every), 1)]
            for lab, every in found.items()
        }

    def _count(self, grade: StudentGrade, table: Table) -> None:
        self.tally.open_students += grade.final is None
        for lab in grade.labs.values():
            self.tally.labs[lab.lab].add(lab)
            for one in _pending(lab, self._doubtful(lab.student, lab.lab)):
                table.row(one)
                self.tally.pending_count += 1
                if len(self.tally.pending) < MOST_SHOWN:
                    self.tally.pending.append(one)


def _table(files: ExitStack, path: Path, header: Sequence[str]) -> Table:
    return Table(files.enter_context(path.open("wb")), header)


def _untimed(grade: LabGrade) -> LabGrade:
    """A grade without its time, which stands in grading.json for all of them."""
    return msgspec.structs.replace(grade, checked="")


def _doubted(grade: LabGrade, told: str) -> LabGrade:
    """A grade that stands, with what may be another attempt."""
    if not told:
        return grade
    note = f"there may be another attempt: {told}"
    return msgspec.structs.replace(grade, notes=(*grade.notes, note))


def _in_order(attempts: Sequence[LabGrade]) -> Sequence[LabGrade]:
    """By when they were handed in, where that is known of all; else by their names."""
    if not timed(attempts):
        return sorted(attempts, key=lambda one: _natural(one.source))
    return sorted(attempts, key=lambda one: datetime.datetime.fromisoformat(one.handed_in))


def _natural(name: str) -> list[str | int]:
    """What sorts names as a person does: `try 2` before `try 10`."""
    return [int(part) if part.isdecimal() else part for part in NUMBERS.split(name)]


def _pending(lab: LabGrade, doubtful: Sequence[Doubtful]) -> Iterator[Pending]:
    """What a person has to decide of a lab: not what only waits for another item.

    doubtful: what may be of this lab, told in full here, which is no student's to read.
    """
    if lab.problem:
        unless = f"not handed in, unless it is this: {'; '.join(one.about for one in doubtful)}"
        reason = lab.problem if lab.source else unless
        yield Pending(lab.student, lab.lab, "", lab.pending, reason, lab.source)
        return
    for item in lab.items if lab.source else ():
        if item.status == "pending" and item.max_points and not item.blocked_by:
            yield Pending(
                lab.student, lab.lab, item.name, item.max_points, _reason(item), lab.source
            )


def _reason(item: ItemGrade) -> str:
    seen = f"expected {item.expected}, observed {item.observed}" if item.observed else ""
    return ": ".join(filter(None, (item.verdict, item.because or seen)))
