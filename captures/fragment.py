"""Fragments of IPv4 datagrams, first ones too (RFC 791, 3.2)."""

from struct import Struct
from typing import NamedTuple

from captures.arp import dotted

MORE_FRAGMENTS, DONT_FRAGMENT, FRAGMENT_OFFSET = 0x2000, 0x4000, 0x1FFF
OFFSET_UNIT = 8  # bytes

# Version and header length, total length, identification, flags and offset, protocol, addresses.
FIELDS = Struct(">BxHHHxBxx4s4s")


class Fragment(NamedTuple):
    """One fragment: `offset` and `size` in bytes of the datagram's data, without its header.

    identification: the same in all fragments of a datagram. total: bytes with the IP header.
    last: no fragment comes behind it. dont_fragment: set, though it is a fragment.
    """

    frame: int
    time_ns: int
    source: str
    destination: str
    protocol: int
    identification: int
    offset: int
    size: int
    total: int
    last: bool
    dont_fragment: bool

    @property
    def end(self) -> int:
        """The offset behind the fragment's last byte."""
        return self.offset + self.size


def decode(frame: int, time_ns: int, header: bytes) -> Fragment:
    """Read a fragment's IPv4 header of at least 20 bytes, already checked."""
    first, total, identification, place, protocol, *ends = FIELDS.unpack_from(header)
    source, destination = map(dotted, ends)
    return Fragment(
        frame=frame,
        time_ns=time_ns,
        source=source,
        destination=destination,
        protocol=protocol,
        identification=identification,
        offset=(place & FRAGMENT_OFFSET) * OFFSET_UNIT,
        size=total - (first & 15) * 4,
        total=total,
        last=not place & MORE_FRAGMENTS,
        dont_fragment=bool(place & DONT_FRAGMENT),
    )
