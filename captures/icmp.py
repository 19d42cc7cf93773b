"""ICMP 'destination unreachable' and 'packet too big', with the TCP segment that it is about.

RFC 792, RFC 1191; for IPv6: RFC 4443, 3.1 and 3.2.
"""

from struct import Struct
from typing import NamedTuple

from captures import extension
from captures.address import text
from captures.fragment import DONT_FRAGMENT
from captures.segment import Endpoint

PROTOCOL, PROTOCOL_IPV6 = 1, 58
UNREACHABLE = 3
FRAGMENTATION_NEEDED = 4  # code
UNREACHABLE_IPV6, TOO_BIG_IPV6 = 1, 2
TCP = 6

# Type, code, checksum, unused, next-hop MTU; the IP header quoted; ports and sequence number.
HEADER = Struct(">BBHHH")
HEADER_IPV6 = Struct(">BBHI")
QUOTED = Struct(">BxHHHxBxx4s4s")
QUOTED_IPV6 = Struct(">4xHBx16s16s")
SEGMENT = Struct(">HHI")


class Unreachable(NamedTuple):
    """`sender` tells `receiver` that a segment from `source` to `destination` went no further.

    code: of the ICMP message. mtu: next-hop MTU in bytes where the segment was too big; None where
    the router tells none. seq: the segment's sequence number. total: bytes of its datagram, IP
    header included. too_big: ICMP's 'fragmentation needed', ICMPv6's 'packet too big'.
    """

    frame: int
    time_ns: int
    sender: str
    receiver: str
    code: int
    mtu: int | None
    source: Endpoint
    destination: Endpoint
    seq: int
    total: int
    dont_fragment: bool
    too_big: bool


class Quoted(NamedTuple):
    """What a message quotes of a segment and its IP header."""

    source: Endpoint
    destination: Endpoint
    seq: int
    total: int
    dont_fragment: bool


def decode(frame: int, time_ns: int, ends: bytes, message: bytes) -> Unreachable | None:
    """Read an ICMP message from the first to the second of `ends`, 4 bytes each.

    None where it is no 'unreachable' that quotes a TCP header's start.
    """
    if len(message) < HEADER.size or message[0] != UNREACHABLE:
        return None
    _, code, _, _, mtu = HEADER.unpack_from(message)
    quoted = _quoted(message)
    if quoted is None:
        return None
    too_big = code == FRAGMENTATION_NEEDED
    told = (mtu or None) if too_big else None
    sender, receiver = text(ends[:4]), text(ends[4:])
    return Unreachable(frame, time_ns, sender, receiver, code, told, *quoted, too_big)


def decode_ipv6(frame: int, time_ns: int, ends: bytes, message: bytes) -> Unreachable | None:
    """Read an ICMPv6 message from the first to the second of `ends`, 16 bytes each.

    None where it is no 'unreachable' or 'too big' that quotes a TCP header's start.
    """
    if len(message) < HEADER_IPV6.size or message[0] not in (UNREACHABLE_IPV6, TOO_BIG_IPV6):
        return None
    kind, code, _, mtu = HEADER_IPV6.unpack_from(message)
    quoted = _quoted_ipv6(message)
    if quoted is None:
        return None
    too_big = kind == TOO_BIG_IPV6
    told = (mtu or None) if too_big else None
    sender, receiver = text(ends[:16]), text(ends[16:])
    return Unreachable(frame, time_ns, sender, receiver, code, told, *quoted, too_big)


# By protocol and the bytes of both addresses.
READERS = {(PROTOCOL, 8): decode, (PROTOCOL_IPV6, 32): decode_ipv6}


def _quoted(message: bytes) -> Quoted | None:
    if len(message) < HEADER.size + QUOTED.size:
        return None
    first, total, _, place, protocol, *ends = QUOTED.unpack_from(message, HEADER.size)
    at = HEADER.size + (first & 15) * 4
    if protocol != TCP or len(message) < at + SEGMENT.size:
        return None
    source_port, destination_port, seq = SEGMENT.unpack_from(message, at)
    source, destination = map(text, ends)
    return Quoted(
        source=Endpoint(source, source_port),
        destination=Endpoint(destination, destination_port),
        seq=seq,
        total=total,
        dont_fragment=bool(place & DONT_FRAGMENT),
    )


def _quoted_ipv6(message: bytes) -> Quoted | None:
    at = HEADER_IPV6.size + QUOTED_IPV6.size
    if len(message) < at:
        return None
    size, protocol, *ends = QUOTED_IPV6.unpack_from(message, HEADER_IPV6.size)
    while protocol in extension.EXTENSIONS and len(message) >= at + extension.SHORTEST:
        protocol, step = extension.decode(message, protocol, at)
        at += step
    if protocol != TCP or len(message) < at + SEGMENT.size:
        return None
    source_port, destination_port, seq = SEGMENT.unpack_from(message, at)
    source, destination = map(text, ends)
    return Quoted(
        source=Endpoint(source, source_port),
        destination=Endpoint(destination, destination_port),
        seq=seq,
        total=QUOTED_IPV6.size + size,
        dont_fragment=True,  # no router fragments an IPv6 packet
    )
