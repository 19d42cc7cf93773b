"""The programs that a class handed in, for labs of kind `program`."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from grading.bulk import HandedIn
from grading.content import sha256
from grading.pieces import PROGRAM
from grading.plain import crash, plain
from grading.submissions import Finder, Submission
from labs import catalog


class Program(NamedTuple):
    """A student's program of a lab. sha256: of its file, in hexadecimal."""

    student: str
    lab: str
    sha256: str


class Found(NamedTuple):
    """A program that was handed in: its file, readable until the next is asked for."""

    program: Program
    file: Path
    source: str


class Unplayable(NamedTuple):
    """What can't be played, and why."""

    source: str
    why: str


class Placed(Protocol):
    """Where a submission can be read, and what it is."""

    @property
    def place(self) -> Path:
        """A run directory, or a file."""

    @property
    def kind(self) -> str:
        """`program` where it is nothing else."""


@lru_cache(maxsize=1)
def labs() -> frozenset[str]:
    """The catalog's labs that run a student's program."""
    return frozenset(catalog.of_kind(catalog.PROGRAM))


def program_file(submission: Placed) -> Path | None:
    """The program of a submission; None where it has none."""
    file = submission.place if submission.kind == "program" else submission.place / PROGRAM
    return file if file.is_file() and not file.is_symlink() else None


def programs(finder: Finder, handed: HandedIn) -> Iterator[Found | Unplayable]:
    """The programs of a hand-in, and what of it may be of such a lab and can't be played."""
    try:
        with finder.opened(handed) as opened:
            for one in opened.submissions:
                if _meant(one):
                    yield _found(one)
    except Exception as error:  # noqa: BLE001  one hand-in never stops the others
        yield Unplayable(plain(handed.source), f"it can't be opened: {crash(error)}")


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
    return Found(Program(one.student, one.lab, sha256(file)), file, source)
