"""One hand-in to the grades of all that is in it: what a worker of a class does.

Nothing that a student hands in ends a worker's process, but for what the kernel ends; and whatever
goes wrong with one submission is told under that one.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

from grading import played, zip_file
from grading.archives import LeftOut
from grading.bulk import HandedIn, Item, Task
from grading.content import take, tree
from grading.copies import Traces
from grading.doubts import Doubt
from grading.grade import Examined, Grading, examined
from grading.grades import LabGrade
from grading.members import MemberError
from grading.plain import crash, plain
from grading.submissions import Finder, Submission
from labs import catalog

RESULTS_VERSION = 4  # of what is kept of a hand-in; another one's is graded again
EVERY_HINT = 1000  # which of them is due is known when all attempts are

G = TypeVar("G")


class Checked(msgspec.Struct, Generic[G], frozen=True):
    """A hand-in graded. key: of its content, the course and the catalog.

    grades: each a LabGrade, or what is looked at of it. traces, doubts: of each of the grades.
    left_out: files that are part of nothing, and why.
    """

    key: str
    grades: tuple[G, ...]
    traces: tuple[Traces, ...]
    doubts: tuple[Doubt, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class ClaimedGrade(msgspec.Struct, frozen=True):
    """Of a LabGrade, what tells whose it is."""

    student: str
    lab: str
    problem: str = ""
    handed_in: str = ""
    source: str = ""


# What is looked at when a hand-in comes from its worker: all but what was earned.
Claims = Checked[ClaimedGrade]


class Grades(msgspec.Struct, frozen=True):
    """Of a Checked, what is looked at when a student's grades are added up."""

    grades: tuple[LabGrade, ...]


@dataclass(frozen=True)
class Grader:
    """Grades the hand-ins of a class, wherever it is sent.

    What comes back is a Checked in JSON, as it is kept: that is sent faster than its parts are.
    """

    grading: Grading
    finder: Finder

    @cached_property
    def stamp(self) -> bytes:
        """Changes with everything that grades depend on, but for what was handed in."""
        grading = self.grading
        decided = (list(grading.overrides.values()), grading.settled)
        its = (self.finder.lab, grading.course, decided, played.told(grading.played))
        parts = (RESULTS_VERSION, catalog.VERSION, *its)
        return hashlib.sha256(msgspec.json.encode(parts)).digest()

    def outcome(self, task: Task) -> bytes | None:
        """The grades of a hand-in; None where those that are known are still right."""
        handed = task.handed
        try:
            key = content_key(handed, self.stamp)
            if key == task.known:
                return None
            return msgspec.json.encode(_checked(self, handed, key))
        except Exception as error:  # noqa: BLE001  one hand-in never stops the others
            return self.failed(handed, f"it can't be opened: {crash(error)}")

    def failed(self, handed: HandedIn, problem: str) -> bytes:
        """What stands for a hand-in that couldn't be graded at all; it is tried again next time."""
        owner = handed.owners[0] if len(handed.owners) == 1 else ""
        source = plain(handed.where)
        grade = LabGrade(owner, "", (), catalog.VERSION, problem=problem, source=source)
        doubt = Doubt() if owner else Doubt(handed.owners)
        return msgspec.json.encode(Checked("", (grade,), (Traces(),), (doubt,)))


def _checked(grader: Grader, handed: HandedIn, key: str) -> Checked[LabGrade]:
    with grader.finder.opened(handed) as opened:
        found = [_examined(grader.grading, one) for one in opened.submissions]
        return Checked(
            key=key,
            grades=tuple(one.grade for one in found),
            traces=tuple(one.traces for one in found),
            doubts=tuple(one.doubt for one in found),
            left_out=opened.left_out,
        )


def _examined(grading: Grading, submission: Submission) -> Examined:
    try:
        return examined(grading, submission, EVERY_HINT)
    except Exception as error:  # noqa: BLE001  a crash is ours, and pending
        return examined(grading, replace(submission, problem=f"grading failed: {crash(error)}"))


def content_key(handed: HandedIn, stamp: bytes) -> str:
    """Changes with every byte of a hand-in, its names, and the stamp; raises OSError."""
    told = hashlib.sha256(stamp)
    about = (handed.source, handed.above, handed.owners, handed.called, handed.handed_in)
    told.update(msgspec.json.encode((*about, handed.notes, handed.problem)))
    for item in handed.items:
        take(told, _parts(item))
    return told.hexdigest()


def _parts(item: Item) -> Iterator[bytes]:
    yield os.fsencode("/".join(item.names))
    if item.entry is None:
        yield from tree(item.path)
        return
    yield repr(item.entry._replace(offset=0)).encode(errors="surrogateescape")
    with item.path.open("rb") as file:
        try:
            yield from zip_file.packed(file, item.entry)
        except MemberError as error:
            yield str(error).encode()
