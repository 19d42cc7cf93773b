"""Fragments of IP datagrams, first ones too (RFC 791, 3.2; RFC 8200, 4.5)."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple, TypeAlias

from captures.address import text
from captures.tcp import Packet

MORE_FRAGMENTS, DONT_FRAGMENT, FRAGMENT_OFFSET = 0x2000, 0x4000, 0x1FFF
OFFSET_UNIT = 8  # bytes

# Version and header length, total length, identification, flags and offset, protocol, addresses.
FIELDS = Struct(">BxHHHxBxx4s4s")
# IPv6's extension header: protocol of the datagram, offset and flag, identification.
EXTENSION = Struct(">BxHI")
IPV6_OFFSET, IPV6_MORE = 0xFFF8, 1

# What the fragments of one datagram have in common: source, destination, protocol, identification.
Datagram: TypeAlias = tuple[str, str, int, int]


class Fragment(NamedTuple):
    """One fragment: `offset` and `size` in bytes of the datagram's data, without its header.

    identification: the same in all fragments of a datagram. total: bytes with the IP header.
    last: no fragment comes behind it. dont_fragment: set, though it is a fragment; IPv6 has no
    such bit, only the sender makes fragments.
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


def rests(fragments: Sequence[Fragment]) -> dict[int, int | None]:
    """Behind each first fragment, by its frame: how many bytes its datagram's others hold.

    None where the capture doesn't tell: the last one is missing, or the identification was used
    for datagrams of several sizes.
    """
    firsts = [piece for piece in fragments if not piece.offset]
    ends: dict[Datagram, int | None] = dict.fromkeys(map(_datagram, firsts))
    several = set()
    for piece in fragments:
        datagram = _datagram(piece)
        if piece.last and datagram in ends:
            if ends[datagram] not in (None, piece.end):
                several.add(datagram)
            ends[datagram] = piece.end
    ends |= dict.fromkeys(several)
    return {piece.frame: _rest(piece, ends[_datagram(piece)]) for piece in firsts}


def _datagram(piece: Fragment) -> Datagram:
    return piece.source, piece.destination, piece.protocol, piece.identification


def _rest(first: Fragment, end: int | None) -> int | None:
    return None if end is None or end < first.end else end - first.end


def decode(frame: int, time_ns: int, header: bytes) -> Fragment:
    """Read a fragment's IPv4 header of at least 20 bytes, already checked."""
    first, total, identification, place, protocol, *ends = FIELDS.unpack_from(header)
    source, destination = map(text, ends)
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


def decode_ipv6(frame: int, time_ns: int, extension: bytes, behind: Packet) -> Fragment | None:
    """Read the fragment header of 8 bytes in front of `behind`.

    None where it makes no fragment: a whole datagram may carry one (RFC 6946).
    """
    protocol, place, identification = EXTENSION.unpack(extension)
    if not place & (IPV6_OFFSET | IPV6_MORE):
        return None
    size = behind.end - behind.start
    return Fragment(
        frame=frame,
        time_ns=time_ns,
        source=text(behind.addresses[:16]),
        destination=text(behind.addresses[16:]),
        protocol=protocol,
        identification=identification,
        offset=place & IPV6_OFFSET,
        size=size,
        total=behind.end - behind.ip,
        last=not place & IPV6_MORE,
        dont_fragment=False,
    )
