"""pcap files: bytes to frames (draft-ietf-opsawg-pcap)."""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from captures.errors import CaptureError
from captures.recording import CHUNK_BYTES, LONGEST_FRAME, Read, Record, Recording, Stretch, ended

# The first four bytes: byte order, and the nanoseconds that one unit of a fraction stands for.
MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
HEADERS = {order: Struct(order + "4x2H12xI").unpack_from for order in "<>"}
# Seconds, their fraction, bytes kept, bytes on the wire.
RECORDS = {order: Struct(order + "4I").unpack_from for order in "<>"}
KEPT = {order: Struct(order + "8xI").unpack_from for order in "<>"}
HEADER_SIZE = 24
RECORD_SIZE = 16


class Header(NamedTuple):
    """What the file's header says: byte order, unit of fractions, and all frames' link type."""

    order: str
    unit_ns: int
    link_type: int


def read(data: bytes, more: Read = ended) -> Recording:
    """Read a pcap file that begins with `data`, at least its header, and goes on with `more`.

    A last record that is cut off is left out, and `cut_short` set. Raises CaptureError, naming
    frame and offset, for lengths that can't be.
    """
    recording = Recording("pcap")
    recording.batches = _batches(recording, header(data), Stretch(data, more))
    return recording


def header(data: bytes) -> Header:
    """Read the file's header; raises CaptureError where there is none."""
    order, unit_ns = MAGICS[data[:4]]
    if len(data) < HEADER_SIZE:
        raise CaptureError(f"pcap header of {len(data)} bytes, {HEADER_SIZE} needed: capture again")
    major, minor, network = HEADERS[order](data)
    if major != 2:
        raise CaptureError(f"pcap version {major}.{minor}, only 2.4 is known")
    # The upper half holds the length of the frame check sequence, if any.
    return Header(order, unit_ns, network & 0xFFFF)


def _batches(recording: Recording, header: Header, stretch: Stretch) -> Iterator[list[Record]]:
    at, going = HEADER_SIZE, True
    while going:
        # Of a stretch that is longer than usual a part at a time, for the sake of memory.
        records, at = whole(stretch.data, at, recording.count, header, at + CHUNK_BYTES)
        if records:
            recording.count += len(records)
            yield records
        else:
            check(recording.count + 1, stretch, at, header)
            going, at, rest = stretch.advance(at), 0, len(stretch.data) - at
    recording.cut_short = rest > 0


def whole(data: bytes, at: int, number: int, header: Header, stop: int) -> tuple[list[Record], int]:
    """The whole records that begin from `at` to `stop`, behind frame `number`, and their end."""
    unpack, unit_ns, link_type = RECORDS[header.order], header.unit_ns, header.link_type
    records: list[Record] = []
    add, size = records.append, len(data)
    stop = min(stop, size - RECORD_SIZE + 1)
    while at < stop:
        seconds, fraction, kept, length = unpack(data, at)
        start = at + RECORD_SIZE
        end = start + kept
        if kept > length or end > size or kept > LONGEST_FRAME:
            break
        number += 1
        time_ns = seconds * 1_000_000_000 + fraction * unit_ns
        add((number, time_ns, link_type, data[start:end], length))
        at = end
    return records, at


def check(number: int, stretch: Stretch, at: int, header: Header) -> None:
    """Raise CaptureError where the lengths of the record at `at`, frame `number`, can't be."""
    if at + RECORD_SIZE > len(stretch.data):
        return
    _, _, kept, length = RECORDS[header.order](stretch.data, at)
    if kept > LONGEST_FRAME or kept > length:
        raise CaptureError(
            f"frame {number} at offset {stretch.offset + at}: {kept} bytes captured of {length}: "
            "these can't be lengths, the file is damaged from here on"
        )
