"""Tar archives that strangers made, plain or gzipped, and single files that were gzipped."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, BinaryIO, cast

from grading.members import LINK, SPECIAL, ArchiveError, Member, judged_place

GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257  # POSIX.1-1988; GNU's is the same, with a blank
CHUNK_BYTES = 1 << 16

# Long names stand in headers of their own, which the standard library reads into memory whole.
HEADERS_BYTES = 1 << 20

SINGLE = "gunzipped"  # a file that was gzipped by itself, under a name that can't be kept


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar archive."""
    return head[TAR_MAGIC_AT:].startswith(TAR_MAGIC)


def members(raw: BinaryIO, name: str, most: int) -> Iterator[Member]:
    """The files of a tar of this name in order, each to be read before the next is asked for.

    A file that is gzipped by itself is a member, too, of a size that isn't known (0).
    Raises ArchiveError where the archive is broken or has more than `most` entries, OSError.
    """
    gzipped = raw.read(2) == GZIP_MAGIC
    raw.seek(0)
    file = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if gzipped else raw)
    with _damage_said():
        yield from _members(PurePath(name).stem, file, most)


def _members(stem: str, file: IO[bytes], most: int) -> Iterator[Member]:
    head = file.read(512)
    file.seek(0)
    if not is_tar(head):
        yield Member(stem, judged_place(stem)[0] or SINGLE, 0, "", _chunks(file))
        return
    metered = _Metered(file)
    with tarfile.open(fileobj=cast(IO[bytes], metered), mode="r|", errors="replace") as archive:
        for number in range(most + 1):
            metered.left_bytes = HEADERS_BYTES
            info = archive.next()
            if info is None:
                return
            if number == most:
                raise ArchiveError(f"more than {most} files in it")
            metered.left_bytes = info.size + HEADERS_BYTES
            if not info.isdir():
                yield _member(archive, info)


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    place, refused = judged_place(info.name)
    refused = refused or _special(info)
    content = None if refused else archive.extractfile(info)
    chunks = _chunks(content) if content else iter(())
    return Member(info.name, place, info.size, refused, chunks)


def _special(info: tarfile.TarInfo) -> str:
    """Why a member that is no plain file isn't unpacked; '' for a plain one."""
    if info.issym() or info.islnk():
        return LINK
    return "" if info.isreg() and not info.issparse() else SPECIAL


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with _damage_said():
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def _damage_said() -> Iterator[None]:
    """Whatever the standard library says of broken bytes becomes an ArchiveError."""
    try:
        yield
    except ArchiveError:
        raise
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise ArchiveError(f"a damaged archive: {error}") from error


class _Metered:
    """A file of which only `left_bytes` may be read, until more are granted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.left_bytes = HEADERS_BYTES

    def read(self, size_bytes: int) -> bytes:
        data = self._file.read(min(size_bytes, CHUNK_BYTES))
        self.left_bytes -= len(data)
        if self.left_bytes < 0:
            raise ArchiveError(f"headers of more than {HEADERS_BYTES} bytes, as in a bomb")
        return data
