"""Frames to columns: Ethernet or raw IP, IPv4, TCP, and ARP beside it.

Strict: a header that contradicts itself raises `CaptureError` naming the frame. A frame that
the capture's snapshot length cut is not malformed: what lies behind the cut is unknown (None).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct

from captures import arp, fragment, icmp, options
from captures.columns import Columns, Row, columns
from captures.errors import CaptureError
from captures.fragment import FRAGMENT_OFFSET, MORE_FRAGMENTS, Fragment
from captures.icmp import Unreachable
from captures.recording import Frame
from captures.segment import ACK, Endpoint

ETHERNET, RAW_IP, RAW_IPV4 = 1, 101, 228
ETHERNET_HEADER, IPV4_HEADER, TCP_HEADER = 14, 20, 20
TYPE_IPV4, TYPE_ARP = b"\x08\x00", b"\x08\x06"
TCP = 6

# Version and header length, total length, fragment, protocol (RFC 791, 3.1).
IPV4_FIELDS = Struct(">BxH2xHxB").unpack_from
# Behind the ports: sequence, acknowledgment, data offset, flags, window (RFC 9293, 3.1).
TCP_FIELDS = Struct(">4xIIBBH").unpack_from
# The TCP header up to its flags, and up to its window: with less there is no segment to show.
UP_TO_FLAGS, UP_TO_WINDOW = 14, 16


@dataclass
class Decoded:
    """What the frames hold: TCP segments, ARP packets, and how many frames of the rest.

    unreachables: ICMP messages about segments. fragments: of IPv4 datagrams, first ones too.
    others: frames of another kind. clipped: cut by the snapshot length (or a tiny first fragment)
    before the TCP flags.
    """

    rows: list[Row] = field(default_factory=list)
    ends: list[tuple[Endpoint, Endpoint]] = field(default_factory=list)
    flows: dict[bytes, int] = field(default_factory=dict)
    arps: list[arp.Arp] = field(default_factory=list)
    unreachables: list[Unreachable] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    others: int = 0
    clipped: int = 0

    def columns(self) -> Columns:
        """The segments as columns."""
        return columns(self.rows, self.ends)

    def flow(self, addresses: bytes, ports: bytes) -> int:
        """The number of the flow from the first to the second of both, new or known."""
        key = addresses + ports
        flow = self.flows.get(key)
        return self._new_flow(key) if flow is None else flow

    def _new_flow(self, key: bytes) -> int:
        flow = len(self.ends)
        source = Endpoint(arp.dotted(key[:4]), int.from_bytes(key[8:10], "big"))
        destination = Endpoint(arp.dotted(key[4:8]), int.from_bytes(key[10:], "big"))
        self.ends += [(source, destination), (destination, source)]
        self.flows[key] = flow
        # A socket connected to itself has one flow, not two.
        self.flows.setdefault(key[4:8] + key[:4] + key[10:] + key[8:10], flow + 1)
        return flow


def decode(frames: list[Frame]) -> Decoded:
    """Decode frames in order; raises CaptureError for malformed headers, naming the frame."""
    found = Decoded()
    for frame in frames:
        link = LINKS.get(frame.link_type)
        if link is None:
            raise CaptureError(
                f"frame {frame.number}: link type {frame.link_type} is neither Ethernet (1) nor "
                "raw IP (101, 228): capture on the interface itself, not on 'any'"
            )
        link(frame, found)
    return found


def _ethernet(frame: Frame, found: Decoded) -> None:
    kind = frame.data[12:14]
    if kind == TYPE_IPV4:
        _ipv4(frame, ETHERNET_HEADER, found)
    elif len(kind) < 2:
        _short(frame, ETHERNET_HEADER, "an Ethernet header", found)
    elif kind == TYPE_ARP:
        _arp(frame, found)
    else:
        found.others += 1


def _raw(frame: Frame, found: Decoded) -> None:
    version = frame.data[0] >> 4 if frame.data else 4
    if version == 6:
        found.others += 1
    else:
        _ipv4(frame, 0, found)


def _arp(frame: Frame, found: Decoded) -> None:
    packet = frame.data[ETHERNET_HEADER:]
    if len(packet) < arp.SIZE and frame.length > len(frame.data):
        found.clipped += 1
        return
    one = arp.decode(frame.number, frame.time_ns, packet)
    if one is None:
        found.others += 1
    else:
        found.arps.append(one)


def _ipv4(frame: Frame, start: int, found: Decoded) -> None:
    data = frame.data
    if len(data) < start + IPV4_HEADER:
        _short(frame, start + IPV4_HEADER, "an IPv4 header", found)
        return
    first, total, place, protocol = IPV4_FIELDS(data, start)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < IPV4_HEADER or total < header or start + total > frame.length:
        raise _bad_ipv4(frame, start, first, total)
    if place & (MORE_FRAGMENTS | FRAGMENT_OFFSET):
        found.fragments.append(fragment.decode(frame.number, frame.time_ns, data[start:]))
    if place & FRAGMENT_OFFSET:
        return
    if protocol == TCP:
        _tcp(frame, start, start + header, start + total, found)
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


def _tcp(frame: Frame, ip: int, at: int, end: int, found: Decoded) -> None:
    """Decode the TCP header at `at`; the IPv4 packet is from `ip` to `end`."""
    data = frame.data
    held = len(data) - at
    if end - at < TCP_HEADER:
        _short_tcp(frame, ip, f"{end - at} bytes of TCP, {TCP_HEADER} needed", found)
        return
    if held < UP_TO_FLAGS:
        found.clipped += 1
        return
    seq, ack, offset, flags, window = TCP_FIELDS(
        data if held >= UP_TO_WINDOW else data + bytes(2), at
    )
    header = (offset >> 4) * 4
    if header < TCP_HEADER:
        raise CaptureError(
            f"frame {frame.number}: TCP data offset {offset >> 4}, at least 5 needed"
        )
    if at + header > end:
        _short_tcp(frame, ip, f"TCP header of {header} bytes, but {end - at} in the packet", found)
        return
    found.rows.append(
        (
            frame.number,
            frame.time_ns,
            found.flow(data[ip + 12 : ip + 20], data[at : at + 4]),
            flags,
            seq,
            ack if flags & ACK else None,
            end - at - header,
            window if held >= UP_TO_WINDOW else None,
            _options(frame, at, header) if header > TCP_HEADER else b"",
            data[ip + 1],
        )
    )


def _options(frame: Frame, at: int, header: int) -> bytes | None:
    """The checked option bytes of the TCP header at `at`; None where the snapshot cut them."""
    raw = frame.data[at + TCP_HEADER : at + header]
    if len(raw) < header - TCP_HEADER:
        return None
    try:
        options.check(raw)
    except CaptureError as error:
        raise CaptureError(f"frame {frame.number}: {error}") from error
    return raw


def _short_tcp(frame: Frame, ip: int, reason: str, found: Decoded) -> None:
    """Count a first fragment that ends inside the TCP header; raise where nothing explains it."""
    if not frame.data[ip + 6] << 8 & MORE_FRAGMENTS:
        raise CaptureError(f"frame {frame.number}: {reason}")
    found.clipped += 1


def _short(frame: Frame, needed: int, what: str, found: Decoded) -> None:
    if frame.length >= needed:
        found.clipped += 1
        return
    raise CaptureError(f"frame {frame.number}: {frame.length} bytes, {what} ends at {needed}")


LINKS: dict[int, Callable[[Frame, Decoded], None]] = {
    ETHERNET: _ethernet,
    RAW_IP: _raw,
    RAW_IPV4: _raw,
}
