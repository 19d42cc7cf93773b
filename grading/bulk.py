"""What an instructor has, taken apart: who handed in which files, as far as names tell.

Known are the bulk downloads of Moodle, Canvas and Gradescope, as a zip or unpacked, and any tree in
which a student's id, mail address or name stands in the name of a file or folder. Nothing is
unpacked here, and no file of a student is read.
"""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from grading import zip_file
from grading.archives import is_folder
from grading.members import OF_A_CLASS, ArchiveError, MemberError, shown
from grading.roster import Roster
from grading.systems import GRADESCOPE_SHEET, Owned, owned, sheet
from grading.zip_file import Entry

# What makes a folder, or all of a zip, one student's when it lies at its top.
OF_ONE = frozenset({"run.json", "manifest.json", "ticket.json", "answers.yaml", "pcap"})

# Three archives in each other are not as deep, and no stack of calls is in danger.
MOST_NAMES = 64

MOST_SHEET_BYTES = 64 << 20  # Gradescope writes the results of every test into it, too

Names = tuple[str, ...]
Sheets = Mapping[Names, Mapping[str, Owned]]


class Item(NamedTuple):
    """Something handed in: its names from the student's own folder down, and where it is.

    path: a file, a folder that isn't looked into yet, or the zip that `entry` is of.
    """

    names: Names
    path: Path
    entry: Entry | None = None

    def called(self, names: Names) -> "Item":
        """The same under other names; a file has one at least."""
        if names or (self.entry is None and self.path.is_dir()):
            return self._replace(names=names)
        return self._replace(names=self.names[-1:])


@dataclass(frozen=True)
class HandedIn:
    """What one student handed in at one place, as far as names tell.

    source: as the instructor knows it. above: names of the folders that it lay in, and its own.
    owners: ids of the students whom the name fits. called: that name. handed_in: where the
    learning system tells it. problem: why none of it can be read.
    """

    source: str
    above: Names
    owners: tuple[str, ...]
    called: str
    items: tuple[Item, ...]
    handed_in: datetime | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def where(self) -> str:
        """Its source, down to the name that tells whose it is."""
        named = self.source.rpartition("/")[2] == shown(self.called)
        return self.source if named or not self.called else f"{self.source}/{shown(self.called)}"


class Task(NamedTuple):
    """A hand-in to work on. known: the key of what came of it before, or ''."""

    number: int
    handed: HandedIn
    known: str = ""


@dataclass
class _Group:
    """What belongs together while it is being found."""

    above: Names
    own: Owned
    items: list[Item] = field(default_factory=list)


def handed_in(path: Path, roster: Roster) -> Iterator[HandedIn]:
    """All that was handed in at a path, by student, in the order of names; raises OSError.

    An archive of many that can't be read is one HandedIn, with its problem.
    """
    root = path.resolve().name
    try:
        items, sheets = _listed(path, root, roster)
    except ArchiveError as error:
        owners, item = roster.named(root), Item((root,), path)
        yield HandedIn(shown(root), (root,), owners, root, (item,), problem=str(error))
        return
    groups = _grouped(items, sheets, roster)
    for group in _of_one_student(groups, root, roster) or groups:
        yield _found(group)


def _listed(path: Path, root: str, roster: Roster) -> tuple[list[Item], Sheets]:
    sheets: dict[Names, Mapping[str, Owned]] = {}
    if path.is_dir():
        return list(_in_folder((root,), path, sheets, roster)), sheets
    with path.open("rb") as file:
        if file.read(4).startswith(zip_file.MAGICS):
            return _in_zip(root, path, file, sheets, roster), sheets
    return [Item((root,), path)], sheets


def _in_folder(
    names: Names, folder: Path, sheets: dict[Names, Mapping[str, Owned]], roster: Roster
) -> Iterator[Item]:
    """What lies in a folder; what is one student's or one run is an item as a whole."""
    children = [] if len(names) > MOST_NAMES else sorted(folder.iterdir())
    if not children or OF_ONE & {child.name.casefold() for child in children}:
        yield Item(names, folder)
        return
    for child in children:
        if child.name == GRADESCOPE_SHEET and _is_file(child, MOST_SHEET_BYTES):
            sheets[names] = sheet(child.read_bytes(), roster)
    for child in children:
        inner = (*names, child.name)
        if child.is_symlink() or not child.is_dir() or _told(inner, sheets, roster):
            yield Item(inner, child)
        else:
            yield from _in_folder(inner, child, sheets, roster)


def _is_file(path: Path, most_bytes: int) -> bool:
    """Whether there is a file of so many bytes at most; a link is none, wherever it leads."""
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size <= most_bytes


def _in_zip(
    root: str,
    path: Path,
    file: BinaryIO,
    sheets: dict[Names, Mapping[str, Owned]],
    roster: Roster,
) -> list[Item]:
    items = []
    for entry in zip_file.entries(file, OF_A_CLASS.members):
        names = (root, *_parts(entry.name))
        if names[-1] == GRADESCOPE_SHEET and entry.size_bytes <= MOST_SHEET_BYTES:
            sheets[names[:-1]] = _zipped_sheet(file, entry, roster)
        if not is_folder(entry):
            items.append(Item(names, path, entry))
    return items


def _zipped_sheet(file: BinaryIO, entry: Entry, roster: Roster) -> Mapping[str, Owned]:
    try:
        return sheet(b"".join(zip_file.chunks(file, entry)), roster)
    except MemberError as error:
        raise ArchiveError(f"{GRADESCOPE_SHEET} is {error}") from error


def _parts(name: str) -> Names:
    """A name's folders and its own, for telling whose it is: never a path to be written to."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part) or (name,)


def _told(names: Names, sheets: Sheets, roster: Roster) -> Owned | None:
    """What the last of these names tells of its owner."""
    return sheets.get(names[:-1], {}).get(names[-1]) or owned(names[-1], roster)


def _grouped(items: list[Item], sheets: Sheets, roster: Roster) -> list[_Group]:
    groups: dict[tuple[Names, str], _Group] = {}
    depth = _untold_depth(items)
    for item in items:
        if item.names[-1] == GRADESCOPE_SHEET and item.names[:-1] in sheets:
            continue  # the learning system's own
        above, own, names = _placed(item.names, depth, sheets, roster)
        group = groups.setdefault((above, own.key), _Group(above, own))
        group.items.append(item.called(names))
    return list(groups.values())


def _placed(names: Names, depth: int, sheets: Sheets, roster: Roster) -> tuple[Names, Owned, Names]:
    """The folders above, the owner that the first telling name tells, and the names below it."""
    for at in range(1, len(names)):
        own = _told(names[: at + 1], sheets, roster)
        if own:
            kept = (own.file,) if own.file else ()
            return names[:at], own, (*kept, *names[at + 1 :])
    at = min(depth, len(names)) - 1
    return names[:at], Owned(names[at], (), ""), names[at + 1 :]


def _untold_depth(items: list[Item]) -> int:
    """How many names make one student's place where none tells whose it is."""
    tops = {item.names[1].casefold() for item in items if len(item.names) > 1}
    return 1 if OF_ONE & tops else 2


def _of_one_student(groups: list[_Group], root: str, roster: Roster) -> list[_Group]:
    """All as one, where the whole is called after a student and no two others are in it."""
    owners = roster.named(root)
    inner = {owner for group in groups for owner in group.own.owners}
    if not owners or len(inner) > 1:
        return []
    own = Owned(root, tuple(sorted({*owners, *inner})), root)
    items = [
        item._replace(names=group.above[1:] + item.names)
        for group in groups
        for item in group.items
    ]
    return [_Group((root,), own, items)]


def _found(group: _Group) -> HandedIn:
    own, items = group.own, tuple(group.items)
    called = own.file if own.file and not own.system else own.key
    in_its_files = all(item.names[:1] == (item.path.name,) == (called,) for item in items)
    of_it = (called,) if own.system or not own.file else ()
    return HandedIn(
        source="/".join(map(shown, group.above + (() if in_its_files else of_it))),
        above=(*group.above, called),
        owners=own.owners,
        called=called,
        items=items,
        handed_in=own.handed_in,
        notes=own.notes,
    )
