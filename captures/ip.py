"""The IP header of one packet, read with care: the slow path (RFC 791, RFC 8200)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from captures import extension, fragment, icmp, tcp
from captures.errors import CaptureError
from captures.fragment import FRAGMENT_OFFSET, MORE_FRAGMENTS
from captures.tcp import Packet

if TYPE_CHECKING:
    from captures.decode import Decoded
    from captures.recording import Frame

IPV4_HEADER, IPV6_HEADER = 20, 40

# Version and header length, type of service, total length, fragment, protocol (RFC 791, 3.1).
IPV4_FIELDS = Struct(">BBH2xHxB").unpack_from
# Version, traffic class and flow label; payload length, next header (RFC 8200, 3).
IPV6_FIELDS = Struct(">IHB").unpack_from


def either(frame: Frame, start: int, found: Decoded) -> None:
    """Decode the IP packet at `start`, whose first four bits tell the version."""
    if frame.data[start : start + 1].hex().startswith("6"):
        ipv6(frame, start, found)
    else:
        ipv4(frame, start, found)


def ipv4(frame: Frame, start: int, found: Decoded) -> None:
    """Decode the IPv4 packet that begins at `start`; raises CaptureError naming the frame."""
    data = frame.data
    if len(data) < start + IPV4_HEADER:
        short(frame, start + IPV4_HEADER, "an IPv4 header", found)
        return
    first, tos, total, place, protocol = IPV4_FIELDS(data, start)
    piece = place & (MORE_FRAGMENTS | FRAGMENT_OFFSET)
    header = (first & 15) * 4
    if not total and not piece:
        total = frame.length - start  # a super-segment too long for the field
    if first >> 4 != 4 or header < IPV4_HEADER or total < header or start + total > frame.length:
        raise _bad_ipv4(frame, start, first, total)
    if piece:
        found.fragments.append(fragment.decode(frame.number, frame.time_ns, data[start:]))
    if not place & FRAGMENT_OFFSET:
        addresses = data[start + 12 : start + 20]
        packet = Packet(start, addresses, tos, start + header, start + total, bool(piece))
        _inside(frame, protocol, packet, extension.IPV4_EXTENSIONS, found)


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


def ipv6(frame: Frame, start: int, found: Decoded) -> None:
    """Decode the IPv6 packet that begins at `start`; raises CaptureError naming the frame."""
    data, at = frame.data, start + IPV6_HEADER
    if len(data) < at:
        short(frame, at, "an IPv6 header", found)
        return
    first, size, protocol = IPV6_FIELDS(data, start)
    if first >> 28 != 6:
        raise CaptureError(f"frame {frame.number}: IP version {first >> 28} where IPv6 belongs")
    # 0 is said of a jumbogram and of a super-segment too long for the field (RFC 2675).
    size = size or frame.length - at
    if at + size > frame.length:
        raise CaptureError(
            f"frame {frame.number}: IPv6 payload length {size}, but the frame holds "
            f"{frame.length - at}"
        )
    packet = Packet(start, data[start + 8 : at], first >> 20 & 255, at, at + size, fragment=False)
    _inside(frame, protocol, packet, extension.EXTENSIONS, found)


def _inside(
    frame: Frame, protocol: int, packet: Packet, extensions: set[int], found: Decoded
) -> None:
    """Step over the packet's extension headers and decode what is behind them."""
    step: tuple[int, Packet] | None = (protocol, packet)
    while step and step[0] in extensions:
        step = _step(frame, *step, found)
    if step and step[0] == tcp.PROTOCOL:
        tcp.decode(frame, step[1], found)
    elif step:
        _other(frame, *step, found)


def _step(frame: Frame, protocol: int, packet: Packet, found: Decoded) -> tuple[int, Packet] | None:
    """Step over one extension header; None where nothing to be decoded is behind it."""
    at = packet.start
    needed = at + extension.SHORTEST
    one = extension.decode(frame.data + bytes(2), protocol, at) if len(frame.data) > at else None
    if one and len(frame.data) >= needed:
        needed = at + one.size
    if needed > packet.end:
        _too_long(frame, packet, f"extension header {protocol}", found)
        return None
    if one is None or len(frame.data) < needed:
        found.clipped += 1
        return None
    behind = packet._replace(start=needed)
    if protocol != extension.FRAGMENT:
        return one.protocol, behind
    return _fragment(frame, one.protocol, behind, found)


def _fragment(
    frame: Frame, protocol: int, behind: Packet, found: Decoded
) -> tuple[int, Packet] | None:
    """Keep an IPv6 fragment; only the first has anything to be decoded."""
    header = frame.data[behind.start - extension.SHORTEST : behind.start]
    one = fragment.decode_ipv6(frame.number, frame.time_ns, header, behind)
    if one is None:
        return protocol, behind
    found.fragments.append(one)
    return None if one.offset else (protocol, behind._replace(fragment=True))


def _too_long(frame: Frame, packet: Packet, what: str, found: Decoded) -> None:
    if not packet.fragment:
        raise CaptureError(f"frame {frame.number}: {what} runs beyond the packet")
    found.clipped += 1


def _other(frame: Frame, protocol: int, packet: Packet, found: Decoded) -> None:
    """Keep an ICMP message about a segment; count every other packet that isn't TCP."""
    message = None
    read = icmp.READERS.get((protocol, len(packet.addresses)))
    if read:
        body = frame.data[packet.start : packet.end]
        message = read(frame.number, frame.time_ns, packet.addresses, body)
    if message:
        found.unreachables.append(message)
    else:
        found.others += 1


def short(frame: Frame, needed: int, what: str, found: Decoded) -> None:
    """Count a frame that the snapshot cut; raise CaptureError for one that was never longer."""
    if frame.length >= needed:
        found.clipped += 1
        return
    raise CaptureError(f"frame {frame.number}: {frame.length} bytes, {what} ends at {needed}")
