"""Unpacks what students hand in, zip or tar, into memory: hostile or broken, it is held.

Nothing is ever written anywhere else, but for large files in a folder of ours. A member that is
refused doesn't keep the others from being unpacked; an archive that is too much is refused as a
whole, before much of it is kept.
"""

import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from grading import tar_file, zip_file
from grading.held import HeldFile, HeldFolder, Scratch
from grading.members import (
    HARMLESS_BYTES,
    LINK,
    MIB,
    OF_A_STUDENT,
    SPECIAL,
    ArchiveError,
    Limits,
    Member,
    MemberError,
    judged_place,
)
from grading.zip_file import Entry

HEAD_BYTES = 512  # what tells a file's kind: a tar has its magic at 257

# Archives that are told, so that the answer is better than 'no capture'.
UNREAD = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
ANY_MAGIC = (*zip_file.MAGICS, tar_file.GZIP_MAGIC, *UNREAD)


class LeftOut(NamedTuple):
    """A file that isn't graded: its name as it was handed in, and why, in one line.

    foreign: no student meant to hand it in.
    """

    name: str
    reason: str
    foreign: bool = False


class Placed(NamedTuple):
    """A file that was unpacked: the folder that it is in, and its member's place and name."""

    place: str
    name: str
    file: HeldFile
    folder: HeldFolder


class Unpacked(NamedTuple):
    """What came of an archive: files below the folder, and members that were left out."""

    files: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]


@dataclass
class Spent:
    """What the archives of one hand-in came to so far: all of them together have one limit."""

    members: int = 0
    total_bytes: int = 0


def is_archive(head: bytes) -> bool:
    """Whether a file whose first HEAD_BYTES are these is an archive, be it one that isn't read."""
    return head.startswith(ANY_MAGIC) or tar_file.is_tar(head)


def unpack(
    file: BinaryIO,
    folder: HeldFolder,
    scratch: Scratch,
    limits: Limits = OF_A_STUDENT,
    spent: Spent | None = None,
) -> Unpacked:
    """Unpack an archive into an empty folder of its name; raises ArchiveError, OSError.

    Its content decides what it is, never its name. spent: by the hand-in's other archives; grows.
    """
    spent = spent or Spent()
    most = max(0, limits.members - spent.members)
    head = file.read(HEAD_BYTES)
    for magic, kind in UNREAD.items():
        if head.startswith(magic):
            raise ArchiveError(f"a {kind} archive, which isn't read: hand in a zip")
    if head.startswith(zip_file.MAGICS):
        found = zip_file.entries(file, most)
        return unpack_entries(file, found, folder, scratch, limits, spent)
    budget = _Budget(limits, spent, file.seek(0, 2))
    file.seek(0)
    return _unpack(tar_file.members(file, folder.name, most), folder, scratch, budget)


def unpack_entries(
    file: BinaryIO,
    entries: Sequence[Entry],
    folder: HeldFolder,
    scratch: Scratch,
    limits: Limits = OF_A_STUDENT,
    spent: Spent | None = None,
) -> Unpacked:
    """Unpack some of a zip's entries into an empty folder; raises ArchiveError, OSError."""
    spent = spent or Spent()
    refuse_bombs(entries, limits, spent)
    return _unpack(_members(file, entries), folder, scratch, _Budget(limits, spent))


def refuse_bombs(entries: Sequence[Entry], limits: Limits, spent: Spent | None = None) -> None:
    """What a zip says of itself is enough to refuse it; what it doesn't say comes out later."""
    for entry in entries:
        limit_bytes = max(HARMLESS_BYTES, limits.ratio * entry.packed_bytes)
        if entry.size_bytes > limit_bytes:
            raise ArchiveError(
                f"a file in it unpacks to more than {limits.ratio} times its size, as in a zip bomb"
            )
    total_bytes = spent.total_bytes if spent else 0
    for entry in entries:
        total_bytes += entry.size_bytes
        _hold_to(limits, entry.size_bytes, total_bytes)


def _hold_to(limits: Limits, member_bytes: int, total_bytes: int) -> None:
    """Raise ArchiveError where a member, or what was handed in, is too much."""
    if member_bytes > limits.member_bytes:
        raise ArchiveError(f"a file in it is larger than {limits.member_bytes // MIB} MiB")
    if total_bytes > limits.total_bytes:
        most = limits.total_bytes // MIB
        raise ArchiveError(f"what was handed in unpacks to more than {most} MiB")


class _Budget:
    """How many bytes an archive may still unpack to."""

    def __init__(self, limits: Limits, spent: Spent, packed_bytes: int | None = None) -> None:
        self._limits, self._spent = limits, spent
        self._own_bytes = self._member_bytes = 0
        size_bytes = limits.total_bytes if packed_bytes is None else packed_bytes
        self._bomb_bytes = max(HARMLESS_BYTES, limits.ratio * size_bytes)

    def begin(self, size_bytes: int) -> None:
        """A member of this size is next."""
        self._member_bytes = 0
        self._spent.members += 1
        _hold_to(self._limits, size_bytes, 0)

    def spend(self, size_bytes: int) -> None:
        """So many bytes more were unpacked; raises ArchiveError where that is too many."""
        self._member_bytes += size_bytes
        self._own_bytes += size_bytes
        self._spent.total_bytes += size_bytes
        _hold_to(self._limits, self._member_bytes, self._spent.total_bytes)
        if self._own_bytes > self._bomb_bytes:
            ratio = self._limits.ratio
            raise ArchiveError(f"it unpacks to more than {ratio} times its size, as a bomb does")


def _members(file: BinaryIO, entries: Iterable[Entry]) -> Iterator[Member]:
    for entry in entries:
        if not is_folder(entry):
            place, refused = judged_place(entry.name)
            chunks = zip_file.chunks(file, entry)
            yield Member(
                entry.name, place, entry.size_bytes, refused or _special(entry.mode), chunks
            )


def is_folder(entry: Entry) -> bool:
    """Whether an entry of a zip is a folder, which needs no unpacking."""
    return stat.S_ISDIR(entry.mode) or entry.name.endswith(("/", "\\"))


def _special(mode: int) -> str:
    """Why an entry of this POSIX mode isn't unpacked; '' for a plain file, and for no mode."""
    if stat.S_ISLNK(mode):
        return LINK
    return "" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else SPECIAL


def _unpack(
    members: Iterable[Member], folder: HeldFolder, scratch: Scratch, budget: _Budget
) -> Unpacked:
    files: list[Placed] = []
    left_out: list[LeftOut] = []
    for member in members:
        budget.begin(member.size_bytes)
        try:
            files.append(_placed(member, folder, scratch, budget))
        except FileExistsError:
            left_out.append(LeftOut(member.name, "a second file of this name: the first counts"))
        except MemberError as error:
            left_out.append(LeftOut(member.name, str(error)))
    return Unpacked(tuple(files), tuple(left_out))


def _placed(member: Member, folder: HeldFolder, scratch: Scratch, budget: _Budget) -> Placed:
    """A member at its place, whole; raises MemberError, FileExistsError, and ArchiveError."""
    if member.refused:
        raise MemberError(member.refused)
    names = member.place.split("/")
    inner = folder.folder_for(names)
    content = scratch.keep(member.chunks, budget.spend)
    return Placed(member.place, member.name, inner.add(names[-1], content), inner)
