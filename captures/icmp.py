"""ICMP 'destination unreachable', with the TCP segment that it is about (RFC 792, RFC 1191)."""

from struct import Struct
from typing import NamedTuple

from captures.arp import dotted
from captures.fragment import DONT_FRAGMENT
from captures.segment import Endpoint

PROTOCOL = 1
UNREACHABLE = 3
FRAGMENTATION_NEEDED = 4  # code

# Type, code, checksum, unused, next-hop MTU; the IPv4 header quoted; ports and sequence number.
HEADER = Struct(">BBHHH")
QUOTED = Struct(">BxHHHxBxx4s4s")
SEGMENT = Struct(">HHI")
TCP = 6


class Unreachable(NamedTuple):
    """`sender` tells `receiver` that a segment from `source` to `destination` went no further.

    mtu: next-hop MTU in bytes where fragmentation is needed; None where the router tells none.
    seq: the segment's sequence number. total: bytes of its datagram, IP header included.
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


def decode(
    frame: int, time_ns: int, sender: str, receiver: str, message: bytes
) -> Unreachable | None:
    """Read an ICMP message; None where it is no 'unreachable' that quotes a TCP header's start."""
    if len(message) < HEADER.size + QUOTED.size or message[0] != UNREACHABLE:
        return None
    _, code, _, _, mtu = HEADER.unpack_from(message)
    first, total, _, place, protocol, *ends = QUOTED.unpack_from(message, HEADER.size)
    at = HEADER.size + (first & 15) * 4
    if protocol != TCP or len(message) < at + SEGMENT.size:
        return None
    source_port, destination_port, seq = SEGMENT.unpack_from(message, at)
    source, destination = map(dotted, ends)
    return Unreachable(
        frame=frame,
        time_ns=time_ns,
        sender=sender,
        receiver=receiver,
        code=code,
        mtu=(mtu or None) if code == FRAGMENTATION_NEEDED else None,
        source=Endpoint(source, source_port),
        destination=Endpoint(destination, destination_port),
        seq=seq,
        total=total,
        dont_fragment=bool(place & DONT_FRAGMENT),
    )
