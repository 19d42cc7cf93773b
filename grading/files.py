"""The files of one student on the disk: archives unpacked, links and foreign files left out.

Everything handed in is either a File or left out with a reason.
"""

import os
import shutil
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from grading.archives import (
    HEAD_BYTES,
    LeftOut,
    Spent,
    Unpacked,
    is_archive,
    unpack,
    unpack_entries,
)
from grading.bulk import MOST_NAMES, Item, Names
from grading.members import LINK, OF_A_STUDENT, SPECIAL, ArchiveError, judged_place, shown

# A student's zip, and in it the zip that `tcplab pack` made or a learning system gave back.
MOST_ARCHIVES_DEEP = 2

# Twenty labs, each zipped by itself, and some attempts more; opening thousands takes its time.
MOST_ARCHIVES = 100

# A file system in memory makes and removes folders ten times as fast as a disk's. Used where it
# holds what a student may hand in several times over, for each core has a hand-in open.
MEMORY = Path("/dev/shm")  # noqa: S108  (folders of our own are made in it, by mkdtemp)
MEMORY_BYTES = 8 * OF_A_STUDENT.total_bytes

# What no archive of ours is: these are told by their names, and not looked into.
PLAIN = frozenset({".json", ".jsonl", ".yaml", ".yml", ".txt"})

FOREIGN_NAMES = {
    "__macosx": "macOS's own",
    ".ds_store": "macOS's own",
    "thumbs.db": "Windows' own",
    "desktop.ini": "Windows' own",
    ".git": "version control",
    "__pycache__": "Python's own",
}
FOREIGN_START = "._"  # macOS's, beside every file of an archive


class File(NamedTuple):
    """A file as it was handed in: its names from the student's folder down, and where it is.

    head: its first bytes. size_bytes: of all of it.
    """

    names: Names
    path: Path
    head: bytes
    size_bytes: int

    @property
    def name(self) -> str:
        """Its own name."""
        return self.names[-1]

    @property
    def folder(self) -> Names:
        """The names of the folders that it lies in."""
        return self.names[:-1]

    @property
    def shown(self) -> str:
        """Its names as text."""
        return "/".join(map(shown, self.names))


class RefusedArchive(NamedTuple):
    """An archive of which nothing came, and why."""

    names: Names
    path: Path
    problem: str


@dataclass
class Files:
    """What was found of one student. impure: folders on the instructor's disk that hold links."""

    files: list[File] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    refused: list[RefusedArchive] = field(default_factory=list)
    impure: set[Path] = field(default_factory=set)


class Scratch:
    """A folder of ours that is made when first needed, and goes with its context."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._count = 0

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def new(self) -> Path:
        """A new, empty folder in it."""
        if self._folder is None:
            made = TemporaryDirectory(prefix="tcplab-", dir=fast_place())
            self._folder = Path(self._stack.enter_context(made))
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        return folder


def fast_place() -> Path | None:
    """Where temporary folders are made and removed fast; None for the usual place."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= MEMORY_BYTES else None


def collect(items: Sequence[Item], scratch: Scratch) -> Files:
    """All files of these items, archives unpacked into scratch; raises OSError."""
    found = Files()
    collecting = _Collecting(found, scratch)
    for item in items:
        if item.entry is None:
            collecting.add(item.names, item.path, 0)
    zipped = [item for item in items if item.entry is not None]
    for path, of_it in groupby(zipped, key=lambda item: item.path):
        collecting.add_entries(path, list(of_it))
    return found


class _Collecting:
    """Files while they are found; deep: how many archives these files lay in."""

    def __init__(self, found: Files, scratch: Scratch) -> None:
        self._found, self._scratch = found, scratch
        self._spent, self._archives = Spent(), 0

    def add(self, names: Names, path: Path, deep: int) -> None:
        try:
            self._add(names, path, deep)
        except PermissionError:
            self._leave_out(names, "it can't be read: permission denied")

    def _add(self, names: Names, path: Path, deep: int) -> None:
        mode = path.lstat().st_mode
        foreign = _foreign(names)
        if foreign:
            self._leave_out(names, foreign, foreign=True)
        elif len(names) > MOST_NAMES:
            self._leave_out(names, f"more than {MOST_NAMES} folders deep")
        elif stat.S_ISDIR(mode):
            for child in sorted(path.iterdir()):
                self.add((*names, child.name), child, deep)
        elif not stat.S_ISREG(mode):
            self._found.impure.update(path.parents)
            self._leave_out(names, LINK if stat.S_ISLNK(mode) else SPECIAL)
        else:
            self._add_file(names, path, deep)

    def add_entries(self, path: Path, items: list[Item]) -> None:
        """Entries of a download: unpacked together, under the names that they have in it."""
        folder = self._scratch.new()
        entries = [item.entry for item in items if item.entry]
        names = {entry.name: item.names for item in items if (entry := item.entry)}
        try:
            with path.open("rb") as file:
                done = unpack_entries(file, entries, folder, spent=self._spent)
        except ArchiveError as error:
            self._found.refused.append(RefusedArchive((), path, str(error)))
            return
        places = {judged_place(name)[0]: name for name in reversed(names)}
        for left in done.left_out:
            self._leave_out(names[left.name], left.reason)
        for place in done.files:
            self.add(names[places[place]], folder / place, 0)

    def _add_file(self, names: Names, path: Path, deep: int) -> None:
        size_bytes = path.stat().st_size
        head = b"" if path.suffix in PLAIN else _head(path)
        if is_archive(head):
            self._open(names, path, deep)
        else:
            self._found.files.append(File(names, path, head, size_bytes))

    def _open(self, names: Names, path: Path, deep: int) -> None:
        self._archives += 1
        folder = self._scratch.new()
        try:
            self._hold_to_limits(deep)
            done = unpack(path, folder, spent=self._spent)
        except ArchiveError as error:
            shutil.rmtree(folder)
            self._found.refused.append(RefusedArchive(names, path, str(error)))
            return
        self._add_unpacked(names, path, folder, done, deep + 1)

    def _hold_to_limits(self, deep: int) -> None:
        if deep == MOST_ARCHIVES_DEEP:
            raise ArchiveError(f"an archive in {deep} others: hand it in by itself")
        if self._archives > MOST_ARCHIVES:
            raise ArchiveError(f"more than {MOST_ARCHIVES} archives were handed in at once")

    def _add_unpacked(
        self, names: Names, path: Path, folder: Path, done: Unpacked, deep: int
    ) -> None:
        for left in done.left_out:
            self._leave_out((*names, left.name), left.reason)
        for place in done.files:
            self.add((*names, *place.split("/")), folder / place, deep)
        if not done.files:
            first = done.left_out[0] if done.left_out else None
            problem = f"{shown(first.name)}: {first.reason}" if first else "an empty archive"
            self._found.refused.append(RefusedArchive(names, path, problem))

    def _leave_out(self, names: Names, reason: str, *, foreign: bool = False) -> None:
        self._found.left_out.append(LeftOut("/".join(map(shown, names)), reason, foreign))


def _foreign(names: Names) -> str:
    """Whose a file is that no student meant to hand in; '' for the others."""
    for name in names:
        folded = name.casefold()
        if folded in FOREIGN_NAMES:
            return FOREIGN_NAMES[folded]
    return "macOS's own" if names and names[-1].startswith(FOREIGN_START) else ""


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
