"""The files of one student: archives unpacked, links and foreign files left out.

Everything handed in is either a File or left out with a reason.
"""

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from captures.place import Place, start_of
from grading.archives import (
    HEAD_BYTES,
    LeftOut,
    Placed,
    Spent,
    Unpacked,
    is_archive,
    unpack,
    unpack_entries,
)
from grading.bulk import MOST_NAMES, Item, Names
from grading.held import HeldFile, HeldFolder, Scratch
from grading.members import LINK, SPECIAL, ArchiveError, shown

# A student's zip, and in it the zip that `tcplab pack` made or a learning system gave back.
MOST_ARCHIVES_DEEP = 2

# Twenty labs, each zipped by itself, and some attempts more; opening thousands takes its time.
MOST_ARCHIVES = 100

# What no archive of ours is: these are told by their names, and not looked into.
PLAIN = (".json", ".jsonl", ".yaml", ".yml", ".txt")

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

    parent: the folder that it is in there. head: its first bytes. size_bytes: of all of it.
    """

    names: Names
    place: HeldFile | Path
    parent: HeldFolder | Path
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
    place: HeldFile | Path
    problem: str


@dataclass
class Files:
    """What was found of one student. impure: folders on the instructor's disk that hold links."""

    files: list[File] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    refused: list[RefusedArchive] = field(default_factory=list)
    impure: set[Path] = field(default_factory=set)


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
        found = path.lstat()
        if self._refused(names):
            return
        if stat.S_ISDIR(found.st_mode):
            for child in sorted(path.iterdir()):
                self.add((*names, child.name), child, deep)
        elif not stat.S_ISREG(found.st_mode):
            self._found.impure.update(path.parents)
            self._leave_out(names, LINK if stat.S_ISLNK(found.st_mode) else SPECIAL)
        else:
            head = _head(path)
            self._add_file(File(names, path, path.parent, head, found.st_size), deep)

    def add_entries(self, path: Path, items: list[Item]) -> None:
        """Entries of a download: unpacked together, under the names that they have in it."""
        entries = [item.entry for item in items if item.entry]
        names = {entry.name: item.names for item in items if (entry := item.entry)}
        folder = HeldFolder(str(path))
        try:
            with path.open("rb") as file:
                done = unpack_entries(file, entries, folder, self._scratch, spent=self._spent)
        except ArchiveError as error:
            self._found.refused.append(RefusedArchive((), path, str(error)))
            return
        for left in done.left_out:
            self._leave_out(names[left.name], left.reason)
        for one in done.files:
            self._add_placed(names[one.name], one, 0)

    def _add_placed(self, names: Names, one: Placed, deep: int) -> None:
        """A file of an archive."""
        if not self._refused(names):
            head = _head(one.file)
            self._add_file(File(names, one.file, one.folder, head, one.file.size_bytes), deep)

    def _refused(self, names: Names) -> bool:
        """Whether what has these names is left out, whatever it is."""
        foreign = _foreign(names)
        if foreign:
            self._leave_out(names, foreign, foreign=True)
        elif len(names) > MOST_NAMES:
            self._leave_out(names, f"more than {MOST_NAMES} folders deep")
        else:
            return False
        return True

    def _add_file(self, file: File, deep: int) -> None:
        if is_archive(file.head):
            self._open(file, deep)
        else:
            self._found.files.append(file)

    def _open(self, archive: File, deep: int) -> None:
        self._archives += 1
        folder = HeldFolder(str(archive.place), archive.place.name)
        try:
            self._hold_to_limits(deep)
            with archive.place.open("rb") as file:
                done = unpack(file, folder, self._scratch, spent=self._spent)
        except ArchiveError as error:
            refused = RefusedArchive(archive.names, archive.place, str(error))
            self._found.refused.append(refused)
            return
        self._add_unpacked(archive, done, deep + 1)

    def _hold_to_limits(self, deep: int) -> None:
        if deep == MOST_ARCHIVES_DEEP:
            raise ArchiveError(f"an archive in {deep} others: hand it in by itself")
        if self._archives > MOST_ARCHIVES:
            raise ArchiveError(f"more than {MOST_ARCHIVES} archives were handed in at once")

    def _add_unpacked(self, archive: File, done: Unpacked, deep: int) -> None:
        for left in done.left_out:
            self._leave_out((*archive.names, left.name), left.reason)
        for one in done.files:
            self._add_placed((*archive.names, *one.place.split("/")), one, deep)
        if not done.files:
            first = done.left_out[0] if done.left_out else None
            problem = f"{shown(first.name)}: {first.reason}" if first else "an empty archive"
            self._found.refused.append(RefusedArchive(archive.names, archive.place, problem))

    def _leave_out(self, names: Names, reason: str, *, foreign: bool = False) -> None:
        self._found.left_out.append(LeftOut("/".join(map(shown, names)), reason, foreign))


def _foreign(names: Names) -> str:
    """Whose a file is that no student meant to hand in; '' for the others."""
    for folded in map(str.casefold, names):
        if folded in FOREIGN_NAMES:
            return FOREIGN_NAMES[folded]
    return "macOS's own" if names and names[-1].startswith(FOREIGN_START) else ""


def _head(place: Place) -> bytes:
    """The first bytes of what may be an archive; none of what isn't looked into."""
    plain = place.name.endswith(PLAIN) and place.name not in PLAIN
    return b"" if plain else start_of(place, HEAD_BYTES)
