"""Frames to columns: TCP segments, and ARP, ICMP and fragments beside them.

Strict: a header that contradicts itself raises `CaptureError` naming the frame. A frame that
the capture's snapshot length cut is not malformed: what lies behind the cut is unknown.

Nearly all frames of nearly all captures are Ethernet, IP without options, and TCP, whole up to
its options. These take a short way, in a loop as flat as can be; each of the others goes through
its link type's functions (`LINKS`), which know everything and name what is wrong.
"""

from collections.abc import Iterable
from struct import Struct

import msgspec

from captures import arp, columns, options
from captures.columns import UNKNOWN, Columns, Row
from captures.ends import Ends, reverse
from captures.errors import CaptureError
from captures.fragment import FRAGMENT_OFFSET, MORE_FRAGMENTS, Fragment
from captures.icmp import Unreachable
from captures.links import ETHERNET, LINKS, unknown_link
from captures.recording import Frame, Record, Recording
from captures.segment import ACK

# So many rows take more memory than arrays save time.
MANY = 2048
# The short way reads a frame's headers up to the TCP window in one go (RFC 791, 8200, 9293).
# EtherType, version and header length, TOS, total length, fragment, protocol; ...
OVER_IPV4 = Struct(">12xHBBH2xHxB2x12sIIBBH").unpack_from
# EtherType, version with traffic class and flow label, payload length, next header; ...
OVER_IPV6 = Struct(">12xHIHBx36sIIBBH").unpack_from
# ... then addresses and ports, sequence, acknowledgment, data offset, flags, window.
TYPE_IPV4, TYPE_IPV6 = 0x0800, 0x86DD
# Where a TCP header of 20 bytes ends.
BEHIND_IPV4, BEHIND_IPV6 = 54, 74
PLAIN_IPV4, TCP = 0x45, 6
FRAGMENT = MORE_FRAGMENTS | FRAGMENT_OFFSET


class Decoded(msgspec.Struct):
    """What the frames hold: TCP segments, ARP packets, and how many frames of the rest.

    unreachables: ICMP messages about segments. fragments: of IP datagrams, first ones too.
    others: frames of another kind. clipped: cut by the snapshot length (or a tiny first fragment)
    before the TCP flags. rows: segments that are not in the arrays yet; many: those that are.
    """

    rows: list[Row] = []
    ends: Ends = msgspec.field(default_factory=Ends)
    many: Columns | None = None
    flows: dict[bytes, int] = {}
    arps: list[arp.Arp] = []
    unreachables: list[Unreachable] = []
    fragments: list[Fragment] = []
    others: int = 0
    clipped: int = 0

    def segment(
        self,
        frame: Frame,
        ends: bytes,
        *,
        flags: int,
        seq: int,
        ack: int | None,
        payload: int,
        window: int | None,
        options: bytes | None,
        tos: int,
    ) -> None:
        """Add a segment; `ends` are source and destination address, then both ports."""
        known = (UNKNOWN if number is None else number for number in (seq, ack, window, tos))
        seq, ack, window, tos = known
        flow = self.flow(ends)
        self.rows.append(
            (frame.number, frame.time_ns, flow, flags, seq, ack, payload, window, options, tos)
        )

    def flow(self, key: bytes) -> int:
        """The number of the flow from the first to the second of both ends, new or known."""
        flow = self.flows.get(key)
        return self._new_flow(key) if flow is None else flow

    def _new_flow(self, key: bytes) -> int:
        flow = self.flows[key] = len(self.ends)
        self.ends.keys.append(key)
        # A socket connected to itself has one flow, not two.
        self.flows.setdefault(reverse(key), flow + 1)
        return flow

    def columns(self) -> Columns:
        """All segments as columns."""
        return self.arrays() if self.many else columns.few(self.rows, self.ends)

    def arrays(self) -> Columns:
        """All segments as columns of arrays, to which more can be added."""
        if self.many is None:
            self.many = columns.arrays(self.ends)
        self.many.extend(self.rows)
        self.rows.clear()
        return self.many


def decode(recording: Recording) -> Decoded:
    """Decode frames in order; raises CaptureError for malformed headers, naming the frame."""
    found = Decoded()
    for batch in recording.batches:
        decode_records(batch, found)
        if len(found.rows) >= MANY:
            found.arrays()
    return found


def decode_records(records: Iterable[Record], found: Decoded) -> None:
    """Decode frames into `found`. Raises CaptureError."""
    flows, add = found.flows, found.rows.append
    for record in records:
        number, time_ns, link_type, data, length = record
        held = len(data)
        if link_type != ETHERNET or held < BEHIND_IPV4:
            slowly(record, found)
            continue
        kind, first, tos, total, place, protocol, ends, seq, ack, offset, flags, window = OVER_IPV4(
            data
        )
        # What follows the TCP header of 20 bytes, on the wire: options and data.
        if kind == TYPE_IPV4 and first == PLAIN_IPV4 and not place & FRAGMENT:
            behind, rest = BEHIND_IPV4, total - 40
        elif kind == TYPE_IPV6 and held >= BEHIND_IPV6 and first >> 4 == 6:
            _, word, total, protocol, ends, seq, ack, offset, flags, window = OVER_IPV6(data)
            behind, rest, tos = BEHIND_IPV6, total - 20, word >> 20 & 0xFF
        else:
            slowly(record, found)
            continue
        size = (offset >> 2 & 60) - 20
        end = behind + size
        if protocol != TCP or not 0 <= size <= rest or behind + rest > length or end > held:
            slowly(record, found)
            continue
        raw = data[behind:end]
        if size and (size != 12 or not raw.startswith(options.TIMESTAMP_ALONE)):
            try:
                options.check(raw)
            except CaptureError:
                slowly(record, found)
                continue
        flow = flows.get(ends)
        if flow is None:
            flow = found.flow(ends)
        if not flags & ACK:
            ack = UNKNOWN
        add((number, time_ns, flow, flags, seq, ack, rest - size, window, raw, tos))


def slowly(record: Record, found: Decoded) -> None:
    """Decode one frame of any kind, by its link type's functions."""
    frame = Frame._make(record)
    link = LINKS.get(frame.link_type)
    if link is None:
        raise unknown_link(frame)
    link(frame, found)
