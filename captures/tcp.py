"""The TCP header of one packet, read with care: the slow path (RFC 9293, 3.1)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from captures import options
from captures.errors import CaptureError
from captures.segment import ACK

if TYPE_CHECKING:
    from captures.decode import Decoded
    from captures.recording import Frame

PROTOCOL = 6
HEADER = 20
PORTS = 4
# Behind the ports: sequence, acknowledgment, data offset, flags, window.
FIELDS = Struct(">4xIIBBH").unpack_from
# The header up to its flags, and up to its window: with less there is no segment to show.
UP_TO_FLAGS, UP_TO_WINDOW = 14, 16


class Packet(NamedTuple):
    """What the IP header says of the segment in it.

    addresses: source and destination, 4 bytes each (IPv4) or 16 (IPv6). ip: where its header
    begins in the frame. start, end: the segment's place. fragment: it is a first fragment, and may
    end inside the TCP header.
    """

    ip: int
    addresses: bytes
    tos: int
    start: int
    end: int
    fragment: bool


def decode(frame: Frame, packet: Packet, found: Decoded) -> None:
    """Add the packet's segment to `found`; raises CaptureError naming the frame."""
    at, held = packet.start, len(frame.data) - packet.start
    size = packet.end - at
    if size < HEADER:
        _short(frame, packet, f"{size} bytes of TCP, {HEADER} needed", found)
        return
    if held < UP_TO_FLAGS:
        found.clipped += 1
        return
    seq, ack, offset, flags, window = FIELDS(
        frame.data if held >= UP_TO_WINDOW else frame.data + bytes(2), at
    )
    header = (offset >> 4) * 4
    if header < HEADER:
        raise CaptureError(
            f"frame {frame.number}: TCP data offset {offset >> 4}, at least 5 needed"
        )
    if header > size:
        _short(frame, packet, f"TCP header of {header} bytes, but {size} in the packet", found)
        return
    found.segment(
        frame,
        packet.addresses + frame.data[at : at + PORTS],
        flags=flags,
        seq=seq,
        ack=ack if flags & ACK else None,
        payload=size - header,
        window=window if held >= UP_TO_WINDOW else None,
        options=_options(frame, at, header),
        tos=packet.tos,
    )


def _options(frame: Frame, at: int, header: int) -> bytes | None:
    """The checked option bytes of the TCP header at `at`; None where the snapshot cut them."""
    raw = frame.data[at + HEADER : at + header]
    if len(raw) < header - HEADER:
        return None
    try:
        options.check(raw)
    except CaptureError as error:
        raise CaptureError(f"frame {frame.number}: {error}") from error
    return raw


def _short(frame: Frame, packet: Packet, reason: str, found: Decoded) -> None:
    """Count a first fragment that ends inside the TCP header; raise where nothing explains it."""
    if not packet.fragment:
        raise CaptureError(f"frame {frame.number}: {reason}")
    found.clipped += 1
