"""Frames to columns: TCP segments, and ARP, ICMP and fragments beside them.

Strict: a header that contradicts itself raises `CaptureError` naming the frame. A frame that
the capture's snapshot length cut is not malformed: what lies behind the cut is unknown (None).
"""

from dataclasses import dataclass, field

from captures.address import text
from captures.arp import Arp
from captures.columns import Columns, Row, columns
from captures.fragment import Fragment
from captures.icmp import Unreachable
from captures.links import LINKS, unknown_link
from captures.recording import Frame
from captures.segment import Endpoint


@dataclass
class Decoded:
    """What the frames hold: TCP segments, ARP packets, and how many frames of the rest.

    unreachables: ICMP messages about segments. fragments: of IP datagrams, first ones too.
    others: frames of another kind. clipped: cut by the snapshot length (or a tiny first fragment)
    before the TCP flags.
    """

    rows: list[Row] = field(default_factory=list)
    ends: list[tuple[Endpoint, Endpoint]] = field(default_factory=list)
    flows: dict[bytes, int] = field(default_factory=dict)
    arps: list[Arp] = field(default_factory=list)
    unreachables: list[Unreachable] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    others: int = 0
    clipped: int = 0

    def columns(self) -> Columns:
        """The segments as columns."""
        return columns(self.rows, self.ends)

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
        flow = self.flow(ends)
        self.rows.append(
            (frame.number, frame.time_ns, flow, flags, seq, ack, payload, window, options, tos)
        )

    def flow(self, key: bytes) -> int:
        """The number of the flow from the first to the second of both ends, new or known."""
        flow = self.flows.get(key)
        return self._new_flow(key) if flow is None else flow

    def _new_flow(self, key: bytes) -> int:
        flow = len(self.ends)
        size = (len(key) - 4) // 2
        addresses, ports = (key[:size], key[size:-4]), (key[-4:-2], key[-2:])
        ends = [
            Endpoint(text(address), int.from_bytes(port, "big"))
            for address, port in zip(addresses, ports, strict=True)
        ]
        self.ends += [(ends[0], ends[1]), (ends[1], ends[0])]
        self.flows[key] = flow
        # A socket connected to itself has one flow, not two.
        self.flows.setdefault(addresses[1] + addresses[0] + ports[1] + ports[0], flow + 1)
        return flow


def decode(frames: list[Frame]) -> Decoded:
    """Decode frames in order; raises CaptureError for malformed headers, naming the frame."""
    found = Decoded()
    for frame in frames:
        link = LINKS.get(frame.link_type)
        if link is None:
            raise unknown_link(frame)
        link(frame, found)
    return found
