"""pcap files: bytes to frames (draft-ietf-opsawg-pcap)."""

from struct import Struct

from captures.errors import CaptureError
from captures.recording import LONGEST_FRAME, Frame, Recording

# The first four bytes: byte order, and the nanoseconds that one unit of a fraction stands for.
MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
HEADER_SIZE = 24
RECORD_SIZE = 16


def read(data: bytes) -> Recording:
    """Read a whole pcap file. A last record that is cut off is left out, and `cut_short` set.

    Raises CaptureError, naming frame and offset, for lengths that can't be.
    """
    order, unit_ns = MAGICS[data[:4]]
    link_type = _link_type(data, order)
    record = Struct(order + "4I").unpack_from
    frames: list[Frame] = []
    at, size = HEADER_SIZE, len(data)
    while at + RECORD_SIZE <= size:
        seconds, fraction, kept, length = record(data, at)
        if kept > LONGEST_FRAME or kept > length:
            raise _nonsense(len(frames) + 1, at, kept, length)
        start = at + RECORD_SIZE
        if start + kept > size:
            break
        at = start + kept
        time_ns = seconds * 1_000_000_000 + fraction * unit_ns
        frames.append(Frame(len(frames) + 1, time_ns, link_type, data[start:at], length))
    return Recording("pcap", frames, cut_short=at < size)


def _link_type(data: bytes, order: str) -> int:
    if len(data) < HEADER_SIZE:
        raise CaptureError(f"pcap header of {len(data)} bytes, {HEADER_SIZE} needed: capture again")
    major, minor, network = Struct(order + "4x2H12xI").unpack_from(data)
    if major != 2:
        raise CaptureError(f"pcap version {major}.{minor}, only 2.4 is known")
    # The upper half holds the length of the frame check sequence, if any.
    return int(network & 0xFFFF)


def _nonsense(number: int, at: int, kept: int, length: int) -> CaptureError:
    return CaptureError(
        f"frame {number} at offset {at}: {kept} bytes captured of {length}: "
        "these can't be lengths, the file is damaged from here on"
    )
