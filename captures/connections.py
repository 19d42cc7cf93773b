"""Segments grouped into connections."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

import msgspec

from captures import fast
from captures.columns import Columns
from captures.labelling import label
from captures.labels import Labelled
from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment

# From so many segments on, numpy saves more time than it takes to load.
MANY = 200_000

# A connection's client flow and rows. An Incarnation more for each would keep the garbage
# collector busy.
Found: TypeAlias = "tuple[int, array[int]]"


class Connection(msgspec.Struct, eq=False, dict=True):
    """One connection of a capture; its segments are made when they are first asked for.

    number: 1-based, in the order of first segments. client: who did the active open, that is the
    sender of the first SYN (in a simultaneous open both did); where the capture lacks the SYN,
    the receiver of a first SYN+ACK, else the sender of the first segment.
    rows: the 0-based entries of the capture's columns.
    """

    number: int
    client: Endpoint
    server: Endpoint
    rows: array[int]
    columns: Columns

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments of both directions, in the order of the capture."""
        return [self.columns.segment(row) for row in self.rows]

    @cached_property
    def labelled(self) -> Labelled:
        """What each of the segments is, and what the capture lacks of the connection."""
        return label(self.columns, self.rows)


class Incarnation:
    """A connection while its segments are being collected.

    A socket pair can carry several connections one after the other (RFC 9293, 3.4). The next one
    begins, once both FINs or an RST have ended the last, with a SYN or SYN+ACK of another ISN;
    before that, with a SYN of another ISN than one that was answered, or of a direction that has
    sent before without a captured SYN.
    """

    __slots__ = ("client_flow", "closed", "isns", "opened", "rows")

    def __init__(self, flow: int, flags: int) -> None:
        self.rows = array("I")
        self.client_flow = flow ^ 1 if flags & (SYN | ACK) == SYN | ACK else flow
        self.opened = False
        self.isns: dict[int, int] = {}
        self.closed: set[int] = set()

    def ended_before(self, flow: int, flags: int, seq: int, columns: Columns) -> bool:
        """Whether the segment is a SYN of the socket pair's next connection."""
        if not flags & SYN:
            return False
        if len(self.closed) == 2:
            return self.isns.get(flow) != seq
        if flags & ACK:
            return False
        if flow not in self.isns:
            # In a simultaneous open the other end's SYN comes first, and nothing from this one.
            return any(columns.flow[row] == flow for row in self.rows)
        # While nobody answers, another ISN is a retransmission's fault, which checks must see.
        return self.isns[flow] != seq and any(columns.flow[row] != flow for row in self.rows)

    def note(self, flow: int, flags: int, seq: int) -> None:
        """Remember what a segment with SYN, FIN or RST tells."""
        if flags & SYN:
            self.isns[flow] = seq
            if not flags & ACK and not self.opened:
                self.client_flow, self.opened = flow, True
        if flags & FIN:
            self.closed.add(flow)
        if flags & RST:
            self.closed |= {flow, flow ^ 1}


def group(columns: Columns) -> list[Connection]:
    """Group the segments of a capture, connections in the order of their first segments."""
    vectors = fast.vectors() if len(columns.flow) >= MANY else None
    pairs = vectors.rows_of_pairs(columns) if vectors else _rows_of_pairs(columns)
    found = [one for rows in pairs if rows for one in _incarnations(columns, rows)]
    found.sort(key=_first_row)
    return [
        Connection(number, *columns.ends[client_flow], rows, columns)
        for number, (client_flow, rows) in enumerate(found, 1)
    ]


def _rows_of_pairs(columns: Columns) -> list[array[int]]:
    """The rows of each socket pair, in the order of the pairs' numbers."""
    pairs = [array("I") for _ in range(len(columns.ends) // 2)]
    # One short step a segment; all else is done for the few that begin or end something.
    adds = [rows.append for rows in pairs]
    for row, flow in enumerate(columns.flow):
        adds[flow >> 1](row)
    return pairs


def _incarnations(columns: Columns, rows: array[int]) -> Iterator[Found]:
    """The connections of one socket pair, whose segments are `rows`."""
    flows, flags = columns.flow, columns.flags
    one, done = Incarnation(flows[rows[0]], flags[rows[0]]), 0
    for place in [place for place, row in enumerate(rows) if flags[row] & (SYN | FIN | RST)]:
        row = rows[place]
        flow, bits, seq = flows[row], flags[row], columns.seq[row]
        if bits & SYN and place:
            one.rows.extend(rows[done:place])
            done = place
            if one.ended_before(flow, bits, seq, columns):
                yield one.client_flow, one.rows
                one = Incarnation(flow, bits)
        one.note(flow, bits, seq)
    one.rows.extend(rows[done:])
    yield one.client_flow, one.rows


def _first_row(found: Found) -> int:
    return found[1][0]
