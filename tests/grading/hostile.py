"""Archives as no honest program writes them, and what is left of a folder after they were read."""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from struct import pack, pack_into

ZERO = (1980, 1, 1, 0, 0, 0)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files; a name that ends in / is a folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, ZERO)
            info.filename = name  # as given: not cut at a NUL
            info.compress_type = method
            archive.writestr(info, data)
    return target.getvalue()


def special_zip(name: str, mode: int, data: bytes = b"/etc/passwd") -> bytes:
    """A zip of one entry with this POSIX mode, and of a harmless one."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo(name, ZERO)
        info.create_system = 3
        info.external_attr = (mode | 0o644) << 16
        archive.writestr(info, data)
        archive.writestr("good.txt", b"good")
    return target.getvalue()


def raw_entry(name: bytes, data: bytes, **fields: int) -> tuple[bytes, bytes]:
    """A local record, and the central one of it whose offset is still to be told.

    fields: crc, flags, method, size (as claimed), packed (as claimed).
    """
    method = fields.get("method", 8)
    body = deflated(data) if method == 8 else data
    numbers = (
        fields.get("flags", 0),
        method,
        0,
        0x21,
        fields.get("crc", zlib.crc32(data)),
        fields.get("packed", len(body)),
        fields.get("size", len(data)),
        len(name),
    )
    local = b"PK\x03\x04" + pack("<5H3I2H", 20, *numbers, 0) + name + body
    central = b"PK\x01\x02" + pack("<6H3I5H2I", 0x314, 20, *numbers, 0, 0, 0, 0, 0, 0) + name
    return local, central


def raw_zip(records: Iterable[tuple[bytes, bytes]], **end: int) -> bytes:
    """A zip of raw entries; end: what its end claims otherwise (count, size, start)."""
    locals_, directory, count = b"", b"", 0
    for local, central in records:
        entry = bytearray(central)
        pack_into("<I", entry, 42, len(locals_))
        locals_ += local
        directory += entry
        count += 1
    return locals_ + directory + end_record(count, directory, len(locals_), **end)


def end_record(count: int, directory: bytes, offset: int, **end: int) -> bytes:
    """The end of central directory; end: what it claims otherwise."""
    count = min(end.get("count", count), 0xFFFF)
    size, start = end.get("size", len(directory)), end.get("start", offset)
    return b"PK\x05\x06" + pack("<4H2IH", 0, 0, count, count, size, start, 0)


def overlapping(copies: int, data: bytes) -> bytes:
    """A zip whose entries are all the same bytes: small, and large once unpacked."""
    local, central = raw_entry(b"a", data)
    names = [b"%05d" % number for number in range(copies)]
    directory = b"".join(renamed(central, name) for name in names)
    return local + directory + end_record(copies, directory, len(local))


def renamed(central: bytes, name: bytes) -> bytes:
    """A central record under another name."""
    entry = bytearray(central[:46])
    pack_into("<H", entry, 28, len(name))
    return bytes(entry) + name


def crowd(count: int) -> bytes:
    """A zip of so many empty files."""
    local, central = raw_entry(b"00000000", b"", method=0)
    locals_ = local * count
    directory = bytearray()
    for number in range(count):
        entry = bytearray(central)
        pack_into("<I", entry, 42, number * len(local))
        directory += entry
    return locals_ + bytes(directory) + end_record(count, bytes(directory), len(locals_))


def deflated(data: bytes) -> bytes:
    """Raw deflate data."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def tarred(members: Iterable[tuple[tarfile.TarInfo, bytes]], gzipped: bool = True) -> bytes:
    """A tar of these members, gzipped unless told otherwise."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(target.getvalue(), mtime=0) if gzipped else target.getvalue()


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """A member of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def everything(folder: Path) -> dict[str, str]:
    """All below a folder: what kind it is, or for a file its content's checksum."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        told = f"file {zlib.crc32(path.read_bytes())}" if stat.S_ISREG(mode) else str(mode)
        found[str(path.relative_to(folder))] = told
    return found
