"""A capture of any origin: its segments, connections, and what it says of its completeness."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from captures.arp import Arp
from captures.columns import Columns
from captures.connections import Connection, group
from captures.fragment import Fragment, rests
from captures.icmp import Unreachable
from captures.labels import Loss
from captures.segment import SEQUENCE_SPACE, Segment


class Layout(NamedTuple):
    """How a line of a listing was printed, so that it can be written back byte for byte.

    numbered: whether the frame's number is printed. decimals: of the time.
    gap: the time since the previous line as printed, in ns, and its decimals; None: not printed.
    column: where the segment's text begins. seq_relative, ack_relative: printed relative to the
    ISN.
    """

    numbered: bool
    decimals: int
    gap: tuple[int, int] | None
    column: int
    seq_relative: bool = False
    ack_relative: bool = False


class Capture(msgspec.Struct, eq=False, dict=True):
    """What was captured: `len(capture)` segments, in the capture's order.

    kind: pcap, pcapng, listing or tcpdump text. frames: frames (or lines) in the file.
    cut_short: the file ends inside a frame. drops: frames lost, None where the file doesn't tell.
    timed: False where the frames carry no time (time_ns is 0 then, and means nothing).
    unreachables: ICMP messages about segments. fragments: of IP datagrams, first ones too; a
    listing shows neither. others: frames of another kind.
    clipped: TCP frames cut before their flags by the snapshot length.
    layouts: of each line, by frame number, where the capture is a listing.
    names: of addresses, as a pcapng tells them; its writer's word, not the network's.
    """

    kind: str
    columns: Columns
    frames: int
    arps: list[Arp] = []
    cut_short: bool = False
    drops: int | None = None
    timed: bool = True
    unreachables: list[Unreachable] = []
    fragments: list[Fragment] = []
    others: int = 0
    clipped: int = 0
    layouts: dict[int, Layout] = {}
    names: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.fragments:
            self.columns = self.columns._replace(rests=rests(self.fragments))

    def __len__(self) -> int:
        return len(self.columns.frame)

    def __iter__(self) -> Iterator[Segment]:
        return self.columns.segments()

    def segment(self, row: int) -> Segment:
        """Segment `row`, 0-based; raises IndexError beyond the last."""
        return self.columns.segment(row)

    @cached_property
    def connections(self) -> list[Connection]:
        """The connections, in the order of their first segments."""
        return group(self.columns)

    @cached_property
    def losses(self) -> list[Loss]:
        """What was acknowledged, so that it was sent and received, and isn't in the capture."""
        return self.losses_of(self.connections)

    def losses_of(self, connections: Iterable[Connection]) -> list[Loss]:
        """The losses of these of the capture's connections; the others aren't looked at.

        What captured fragments hold behind a datagram's first one isn't lost, though only the
        first is a segment.
        """
        found = [loss for one in connections for loss in one.losses]
        if not found or not self.columns.rests:
            return found
        held = self._held
        rest = ((loss, held.get((loss.flow, loss.first), 0)) for loss in found)
        return [
            loss._replace(first=(loss.first + size) % SEQUENCE_SPACE, size=loss.size - size)
            for loss, size in rest
            if loss.size > size
        ]

    @cached_property
    def _held(self) -> dict[tuple[int, int], int]:
        """How many numbers fragments hold behind the first one of their datagram: by its flow and
        the number after it."""
        columns = self.columns
        sizes = {
            row: columns.rests[frame] or 0
            for row, frame in enumerate(columns.frame)
            if frame in columns.rests
        }
        return {
            (
                columns.flow[row],
                (columns.seq[row] + columns.segment(row).length) % SEQUENCE_SPACE,
            ): size
            for row, size in sizes.items()
        }
