"""The IP header of one packet, read with care: the slow path (RFC 791)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from captures import arp, fragment, icmp, tcp
from captures.errors import CaptureError
from captures.fragment import FRAGMENT_OFFSET, MORE_FRAGMENTS

if TYPE_CHECKING:
    from captures.decode import Decoded
    from captures.recording import Frame

IPV4_HEADER = 20

# Version and header length, type of service, total length, fragment, protocol (RFC 791, 3.1).
IPV4_FIELDS = Struct(">BBH2xHxB").unpack_from


def ipv4(frame: Frame, start: int, found: Decoded) -> None:
    """Decode the IPv4 packet that begins at `start`; raises CaptureError naming the frame."""
    data = frame.data
    if len(data) < start + IPV4_HEADER:
        short(frame, start + IPV4_HEADER, "an IPv4 header", found)
        return
    first, tos, total, place, protocol = IPV4_FIELDS(data, start)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < IPV4_HEADER or total < header or start + total > frame.length:
        raise _bad_ipv4(frame, start, first, total)
    if place & (MORE_FRAGMENTS | FRAGMENT_OFFSET):
        found.fragments.append(fragment.decode(frame.number, frame.time_ns, data[start:]))
    if place & FRAGMENT_OFFSET:
        return
    if protocol == tcp.PROTOCOL:
        addresses, more = data[start + 12 : start + 20], bool(place & MORE_FRAGMENTS)
        packet = tcp.Packet(addresses, tos, start + header, start + total, more)
        tcp.decode(frame, packet, found)
    else:
        _other(frame, start, start + header, start + total, found)


def _other(frame: Frame, ip: int, at: int, end: int, found: Decoded) -> None:
    """Keep an ICMP message about a segment; count every other packet that isn't TCP."""
    data = frame.data
    message = None
    if data[ip + 9] == icmp.PROTOCOL:
        ends = arp.dotted(data[ip + 12 : ip + 16]), arp.dotted(data[ip + 16 : ip + 20])
        message = icmp.decode(frame.number, frame.time_ns, *ends, data[at:end])
    if message:
        found.unreachables.append(message)
    else:
        found.others += 1


def _bad_ipv4(frame: Frame, start: int, first: int, total: int) -> CaptureError:
    header = (first & 15) * 4
    if first >> 4 != 4:
        reason = f"IP version {first >> 4} where IPv4 belongs"
    elif header < IPV4_HEADER:
        reason = f"IPv4 header length {header}, at least {IPV4_HEADER} needed"
    elif total < header:
        reason = f"IPv4 total length {total}, but the header alone has {header} bytes"
    else:
        reason = f"IPv4 total length {total}, but the frame holds {frame.length - start}"
    return CaptureError(f"frame {frame.number}: {reason}")


def short(frame: Frame, needed: int, what: str, found: Decoded) -> None:
    """Count a frame that the snapshot cut; raise CaptureError for one that was never longer."""
    if frame.length >= needed:
        found.clipped += 1
        return
    raise CaptureError(f"frame {frame.number}: {frame.length} bytes, {what} ends at {needed}")
