"""Zip archives that strangers made (APPNOTE.TXT 6.3.10), read entry by entry.

The standard library's reader lists every entry before any can be counted, refuses an archive for
one name that is no UTF-8, and finds overlapping entries in its newer releases only.
"""

import zlib
from collections.abc import Iterator
from struct import Struct, error, unpack_from
from typing import BinaryIO, NamedTuple

from grading.members import ArchiveError, MemberError

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # of an archive with entries, of an empty one
CHUNK_BYTES = 1 << 16

END, END_BYTES = b"PK\x05\x06", 22  # end of central directory, section 4.3.16
LONGEST_COMMENT = 0xFFFF
END_64_LOCATOR, END_64 = b"PK\x06\x07", b"PK\x06\x06"  # sections 4.3.15 and 4.3.14
CENTRAL_MAGIC, CENTRAL = b"PK\x01\x02", Struct("<4xH2x2H4x3I3H4x2I")  # section 4.3.12
LOCAL, LOCAL_BYTES = b"PK\x03\x04", 30  # section 4.3.7

STORED, DEFLATED = 0, 8  # section 4.4.5
ENCRYPTED, UTF_8 = 0x0001, 0x0800  # section 4.4.4
UNIX = 3  # section 4.4.2: whose file attributes hold a POSIX mode
ZIP64_EXTRA = 0x0001
IN_EXTRA = 0xFFFFFFFF


class Entry(NamedTuple):
    """One entry of the central directory.

    offset: of its local header in the file. mode: POSIX, 0 where not told.
    """

    name: str
    offset: int
    packed_bytes: int
    size_bytes: int
    crc: int
    method: int
    encrypted: bool
    mode: int


class _Directory(NamedTuple):
    """Where the central directory lies. before: bytes that stand before the archive itself."""

    offset: int
    size_bytes: int
    entries: int
    before: int


def entries(file: BinaryIO, most: int) -> list[Entry]:
    """The entries of a zip, at most `most` of them; raises ArchiveError."""
    directory = _directory(file)
    if directory.entries > most:
        raise ArchiveError(f"{directory.entries} files in it: at most {most} are read")
    file.seek(directory.offset)
    found: list[Entry] = []
    end = directory.offset + directory.size_bytes
    while file.tell() < end:
        if len(found) == most:
            raise ArchiveError(f"more than {most} files in it")
        found.append(_entry(file, directory.before))
    _refuse_overlaps(found, directory.offset)
    return found


def chunks(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """An entry's bytes, never more than it says; raises MemberError where it isn't what it says."""
    crc, size_bytes = 0, 0
    for chunk in _unpacked(file, entry):
        crc = zlib.crc32(chunk, crc)
        size_bytes += len(chunk)
        if size_bytes > entry.size_bytes:
            raise MemberError(f"damaged: it is larger than the {entry.size_bytes} bytes it claims")
        yield chunk
    if size_bytes < entry.size_bytes:
        raise MemberError("damaged: it ends too soon")
    if crc != entry.crc:
        raise MemberError("damaged: its checksum is wrong")


def _directory(file: BinaryIO) -> _Directory:
    tail_offset = max(0, file.seek(0, 2) - END_BYTES - LONGEST_COMMENT)
    file.seek(tail_offset)
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        raise ArchiveError("a zip without an end: it was cut off; hand it in again")
    count, size_bytes, offset = unpack_from("<HII", tail, at + 10)
    end = tail_offset + at
    if at >= 20 and tail[at - 20 : at - 16] == END_64_LOCATOR:
        end, count, size_bytes, offset = _end_64(file, *unpack_from("<Q", tail, at - 12))
    before = end - size_bytes - offset
    if before < 0:
        raise ArchiveError("a damaged zip: its list of files lies beyond its end")
    return _Directory(offset + before, size_bytes, count, before)


def _end_64(file: BinaryIO, offset: int) -> tuple[int, int, int, int]:
    """The end record of a large archive: its own offset, entries, directory's size and offset."""
    try:
        file.seek(offset)
        record = file.read(56)
        count, size_bytes, start = unpack_from("<QQQ", record, 32)
    except (error, OSError, OverflowError) as wrong:
        raise ArchiveError("a damaged zip: no list of files") from wrong
    if record[:4] != END_64:
        raise ArchiveError("a damaged zip: no list of files")
    return offset, count, size_bytes, start


def _entry(file: BinaryIO, before: int) -> Entry:
    header = file.read(CENTRAL.size)
    if len(header) < CENTRAL.size or header[:4] != CENTRAL_MAGIC:
        raise ArchiveError("a damaged zip: its list of files is broken")
    (made_by, flags, method, crc, packed_bytes, size_bytes, *lengths, mode, offset) = (
        CENTRAL.unpack(header)
    )
    name, extra, _ = map(file.read, lengths)
    if IN_EXTRA in (size_bytes, packed_bytes, offset):
        field = _extras(extra).get(ZIP64_EXTRA, b"")
        size_bytes, packed_bytes, offset = _large(field, size_bytes, packed_bytes, offset)
    return Entry(
        _name(name, flags),
        offset + before,
        packed_bytes,
        size_bytes,
        crc,
        method,
        bool(flags & ENCRYPTED),
        mode >> 16 if made_by >> 8 == UNIX else 0,
    )


def _extras(data: bytes) -> dict[int, bytes]:
    """Extra fields by their number, section 4.5; what is broken of them is as if absent."""
    found, at = {}, 0
    while at + 4 <= len(data):
        number, length = unpack_from("<HH", data, at)
        found[number] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _large(field: bytes, *values: int) -> Iterator[int]:
    """Size, packed size and offset, from the zip64 field where 32 bits don't do (4.5.3)."""
    at = 0
    for value in values:
        if value == IN_EXTRA and len(field) >= at + 8:
            yield unpack_from("<Q", field, at)[0]
            at += 8
        else:
            yield value


def _name(raw: bytes, flags: int) -> str:
    """A name in UTF-8, which many write without saying so; else in what the format began with."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="replace") if flags & UTF_8 else raw.decode("cp437")


def _refuse_overlaps(found: list[Entry], directory_offset: int) -> None:
    """Two entries that share bytes are a bomb, or an archive that shows each reader other files."""
    ordered = sorted(found, key=lambda entry: entry.offset)
    starts = [*(entry.offset for entry in ordered[1:]), directory_offset]
    for entry, next_start in zip(ordered, starts, strict=False):
        if entry.offset + LOCAL_BYTES + entry.packed_bytes > next_start:
            raise ArchiveError("files in it overlap, as in a zip bomb")


def _unpacked(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    if entry.encrypted:
        raise MemberError("encrypted: hand it in without a password")
    if entry.method == STORED:
        return packed(file, entry)
    if entry.method == DEFLATED:
        return _inflated(packed(file, entry))
    raise MemberError(f"packed by method {entry.method}: zip it again, by deflate")


def packed(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """An entry's bytes as they lie in the file; raises MemberError where they aren't there."""
    file.seek(entry.offset)
    header = file.read(LOCAL_BYTES)
    if len(header) < LOCAL_BYTES or header[:4] != LOCAL:
        raise MemberError("damaged: it isn't where the list of files says")
    file.seek(sum(unpack_from("<HH", header, 26)), 1)
    left = entry.packed_bytes
    while left:
        chunk = file.read(min(CHUNK_BYTES, left))
        if not chunk:
            raise MemberError("damaged: it ends too soon")
        left -= len(chunk)
        yield chunk


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Deflated data unpacked, a bounded chunk at a time whatever it unpacks to."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in packed:
            yield inflater.decompress(chunk, CHUNK_BYTES)
            while inflater.unconsumed_tail:
                yield inflater.decompress(inflater.unconsumed_tail, CHUNK_BYTES)
        while not inflater.eof and (rest := inflater.decompress(b"", CHUNK_BYTES)):
            yield rest
    except zlib.error as wrong:
        raise MemberError("damaged: its packed bytes make no sense") from wrong
