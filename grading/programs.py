"""The programs that a class handed in, for labs of kind `program`."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from captures.place import Place, start_of
from grading.bulk import HandedIn, Task
from grading.pieces import PROGRAM
from grading.plain import crash, plain
from grading.submissions import Finder, Submission
from labs import catalog
from labs.catalog.program_file import LONGEST_BYTES, held_to_length, program_text

MOST_PROGRAMS = 10  # of a student for one lab: each may take as long as it likes to its limit

T = TypeVar("T")


class Program(NamedTuple):
    """A student's program of a lab. sha256: of its file, in hexadecimal."""

    student: str
    lab: str
    sha256: str


class Found(NamedTuple):
    """A program that was handed in: its file as it is, and where it was."""

    program: Program
    text: bytes
    source: str


class Unplayable(NamedTuple):
    """What can't be played, and why."""

    source: str
    why: str


class Placed(Protocol):
    """Where a submission can be read, and what it is."""

    @property
    def place(self) -> Place:
        """A run directory, or a file."""

    @property
    def kind(self) -> str:
        """`program` where it is nothing else."""


@lru_cache(maxsize=1)
def labs() -> frozenset[str]:
    """The catalog's labs that run a student's program."""
    return frozenset(catalog.of_kind(catalog.PROGRAM))


def program_file(submission: Placed) -> Place | None:
    """The program of a submission; None where it has none."""
    file = submission.place if submission.kind == "program" else submission.place / PROGRAM
    return file if file.is_file() and not file.is_symlink() else None


def text_of(file: Place) -> bytes:
    """A program's text, as who plays it reads it; raises OSError."""
    if isinstance(file, Path):
        return program_text(file)
    return held_to_length(start_of(file, LONGEST_BYTES + 1), str(file))


@dataclass(frozen=True)
class Collector:
    """Takes the programs out of hand-ins, wherever it is sent."""

    finder: Finder

    def outcome(self, task: Task) -> list[Found | Unplayable]:
        """The programs of a hand-in, and what of it may be of such a lab and can't be played."""
        taken: dict[Program, Found] = {}
        try:
            with self.finder.opened(task.handed) as opened:
                meant = [_found(one) for one in opened.submissions if _meant(one)]
        except Exception as error:  # noqa: BLE001  one hand-in never stops the others
            return self.failed(task.handed, f"it can't be opened: {crash(error)}")
        left = list(kept(meant, taken, lambda one: one))
        return [*taken.values(), *left]

    def failed(self, handed: HandedIn, problem: str) -> list[Found | Unplayable]:
        """What stands for a hand-in that nobody could open."""
        return [Unplayable(plain(handed.where), problem)]


def kept(
    found: Iterable[Found | Unplayable], taken: dict[Program, T], take: Callable[[Found], T]
) -> Iterator[Unplayable]:
    """Take each program once, and so many of a student for a lab at most; what is left over."""
    for one in found:
        if isinstance(one, Unplayable):
            yield one
        elif one.program not in taken:
            others = sum(other[:2] == one.program[:2] for other in taken)
            if others == MOST_PROGRAMS:
                yield Unplayable(one.source, f"more than {MOST_PROGRAMS} programs for one lab")
            else:
                taken[one.program] = take(one)


def _meant(one: Submission) -> bool:
    if one.lab is None:
        return one.kind in ("program", "unreadable")
    return one.lab in labs() and one.kind != "answers"


def _found(one: Submission) -> Found | Unplayable:
    source = plain(one.source)
    if one.problem or one.student is None or one.lab is None:
        return Unplayable(source, plain(one.problem))
    file = program_file(one)
    if file is None:
        return Unplayable(source, f"no program came with it ({PROGRAM} in the run directory)")
    try:
        text = text_of(file)
    except OSError as error:
        return Unplayable(source, plain(str(error).removeprefix(f"{file}: ")))
    return Found(Program(one.student, one.lab, hashlib.sha256(text).hexdigest()), text, source)
