"""Members of archives that strangers made: what is too much, and what name is harmless."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MIB = 1 << 20


class Limits(NamedTuple):
    """The most that an archive may unpack to.

    members: files and folders. member_bytes, total_bytes: unpacked. ratio: unpacked to packed.
    """

    members: int
    member_bytes: int
    total_bytes: int
    ratio: int


# What one student hands in at once. Twenty labs are some 150 files of 5 MB together; 4,000 files
# and 256 MiB leave room for whoever captured the whole afternoon. Packets and socket states
# shrink some twenty times, so 200 times is nothing that was captured.
OF_A_STUDENT = Limits(members=4_000, member_bytes=128 * MIB, total_bytes=256 * MIB, ratio=200)

# A learning system's download: 2,000 students with 20 labs are 300,000 files where the packs come
# unpacked. Its size is no matter, since only one student's part is unpacked at a time.
OF_A_CLASS = Limits(members=400_000, member_bytes=1 << 63, total_bytes=1 << 63, ratio=1 << 31)

# Below this, a good ratio is no bomb: an empty socket table, a file of zeros.
HARMLESS_BYTES = MIB

MOST_FOLDERS = 16  # a run directory in a pack in a student's own folders: six or seven
NAME_BYTES = 255  # what Linux's file systems keep of a name
PATH_BYTES = 1_024  # far below PATH_MAX, so that no path is too long below a folder of ours
SHOWN_CHARACTERS = 100

LINK, SPECIAL = "a link", "a device or another special file"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # all that Unicode has, category Cc
ORDINARY = re.compile(rf"(?:[\w-][\w.-]*/){{,{MOST_FOLDERS - 1}}}[\w-][\w.-]*", re.ASCII)
DRIVE = re.compile(r"[A-Za-z]:")


class ArchiveError(ValueError):
    """An archive that is refused as a whole: one line for whoever reads the gradebook."""


class MemberError(ValueError):
    """A member that is refused, the others not: one line, without its name."""


class Member(NamedTuple):
    """A file of an archive: its name as the archive has it, its place, and its bytes in chunks.

    refused: why it isn't unpacked; '' where it is. Reading `chunks` raises MemberError.
    """

    name: str
    place: str
    size_bytes: int
    refused: str
    chunks: Iterator[bytes]


def place_of(name: str) -> str:
    """Where a member of this name goes, below a folder of ours: `a/b/c`, in NFC.

    Windows' separators are taken for what they mean. Raises MemberError for a name that leads out,
    that no file system takes, or that tricks whoever reads it.
    """
    if len(name) <= NAME_BYTES and ORDINARY.fullmatch(name):
        return name  # nearly always: nothing below would change or refuse it
    if CONTROL.search(name):
        raise MemberError("a control character in its name")
    plain = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if plain.startswith("/") or DRIVE.match(plain):
        raise MemberError("an absolute path")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise MemberError("a path that leads out of its folder")
    if not parts:
        raise MemberError("no name")
    _hold_to_limits(parts)
    return "/".join(parts)


def judged_place(name: str) -> tuple[str, str]:
    """The place of a member, and why it is refused; one of the two is ''."""
    try:
        return place_of(name), ""
    except MemberError as error:
        return "", str(error)


def _hold_to_limits(parts: list[str]) -> None:
    if len(parts) > MOST_FOLDERS:
        raise MemberError(f"more than {MOST_FOLDERS} folders deep")
    lengths = [len(part.encode(errors="replace")) for part in parts]
    if max(lengths) > NAME_BYTES or sum(lengths) > PATH_BYTES:
        raise MemberError(f"a name of more than {NAME_BYTES} bytes, or a path of {PATH_BYTES}")


def shown(name: str) -> str:
    """A stranger's text on one line, without what moves a cursor or turns letters around."""
    cut = name[: SHOWN_CHARACTERS + 1]
    if cut.isprintable():  # nearly always: letters, marks, digits, signs and spaces
        safe = cut
    else:
        safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return safe if len(name) <= SHOWN_CHARACTERS else safe[:SHOWN_CHARACTERS] + "..."
