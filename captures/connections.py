"""Segments grouped into connections."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from captures import fast
from captures.columns import Columns, Numbers
from captures.ends import Pair
from captures.labelling import label, seamless
from captures.labels import Labelled, Loss
from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment

# From so many segments on, numpy saves more time than it takes to load.
MANY = 200_000
BEGINS_OR_ENDS = SYN | FIN | RST
# Of so many connections the ends are kept, once made: they are asked for again and again. Those of
# a scan would take six times the file.
KEPT = 4096


class Connection(msgspec.Struct, eq=False, gc=False):
    """One connection of a capture; its segments are made when they are first asked for.

    number: 1-based, in the order of first segments. rows: the 0-based entries of the capture's
    columns. turned: whether the first segment went from the server to the client.

    A scan has one for every segment: it holds nothing that the columns tell as quickly.
    """

    number: int
    turned: bool
    rows: array[int]
    columns: Columns
    _ends: Pair | None = None
    _segments: list[Segment] | None = None
    _labelled: Labelled | None = None
    _losses: Sequence[Loss] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, rows: array[int]) -> Connection:
        """Other segments under the number and ends of this connection; the first stays.

        They are labelled anew, which `structs.replace` wouldn't do.
        """
        return Connection(self.number, self.turned, rows, self.columns)

    @property
    def client(self) -> Endpoint:
        """Who did the active open: the sender of the first SYN (in a simultaneous open both did).

        Where the capture lacks the SYN, the receiver of a first SYN+ACK, else the sender of the
        first segment.
        """
        return (self._ends or self._looked_up())[0]

    @property
    def server(self) -> Endpoint:
        """The other end."""
        return (self._ends or self._looked_up())[1]

    @property
    def ends(self) -> Pair:
        """Client and server."""
        return self._ends or self._looked_up()

    def _looked_up(self) -> Pair:
        ends = self.columns.ends[self.columns.flow[self.rows[0]] ^ self.turned]
        if self.number <= KEPT:
            self._ends = ends
        return ends

    @property
    def segments(self) -> list[Segment]:
        """The segments of both directions, in the order of the capture."""
        if self._segments is None:
            self._segments = self.columns.segments_of(self.rows)
        return self._segments

    def segment(self, place: int) -> Segment:
        """One of the segments, by its place among them; the others needn't be made for it."""
        if self._segments is None:
            return self.columns.segment(self.rows[place])
        return self._segments[place]

    @property
    def labelled(self) -> Labelled:
        """What each of the segments is, and what the capture lacks of the connection."""
        if self._labelled is None:
            self._labelled = label(self.columns, self.rows)
        return self._labelled

    @property
    def losses(self) -> Sequence[Loss]:
        """What was acknowledged of it and is in none of its segments."""
        if self._losses is None:
            self._losses = () if seamless(self.columns, self.rows) else self.labelled.losses
        return self._losses


class Incarnation:
    """A connection while its segments are being collected.

    A socket pair can carry several connections one after the other (RFC 9293, 3.4). The next one
    begins, once both FINs or an RST have ended the last, with a SYN or SYN+ACK of another ISN;
    before that, with a SYN of another ISN than one that was answered, or of a direction that has
    sent before without a captured SYN.

    senders: the flows of its segments so far; kept up to date only where a SYN asks for it.
    """

    __slots__ = ("client_flow", "closed", "isns", "opened", "senders")

    def __init__(self, flow: int, flags: int) -> None:
        self.client_flow = flow ^ _answers(flags)
        self.opened = False
        self.isns: dict[int, int] = {}
        self.closed: set[int] = set()
        self.senders: set[int] = set()

    def ended_before(self, flow: int, flags: int, seq: int) -> bool:
        """Whether the segment is a SYN of the socket pair's next connection."""
        if len(self.closed) == 2:
            return self.isns.get(flow) != seq
        if flags & ACK:
            return False
        if flow not in self.isns:
            # In a simultaneous open the other end's SYN comes first, and nothing from this one.
            return flow in self.senders
        # While nobody answers, another ISN is a retransmission's fault, which checks must see.
        return self.isns[flow] != seq and not self.senders <= {flow}

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
    found = list(_connections(columns, pairs))
    found.sort(key=_first_row)
    for number, one in enumerate(found, 1):
        one.number = number
    return found


def _connections(
    columns: Columns, pairs: Iterable[tuple[array[int], bool]]
) -> Iterator[Connection]:
    """The connections, not in order and not numbered.

    pairs: of each socket pair the rows, and whether they are known to be of one connection, whose
    first SYN, if it has one, is its first segment or answered by that.
    """
    flags = columns.flags
    for rows, single in pairs:
        if single:
            yield Connection(0, _answers(flags[rows[0]]), rows, columns)
        elif rows:
            yield from _incarnations(columns, rows)


def _answers(flags: int) -> bool:
    """Whether it is a SYN+ACK, whose receiver is the client."""
    return flags & (SYN | ACK) == SYN | ACK


def _rows_of_pairs(columns: Columns) -> Iterator[tuple[array[int], bool]]:
    """The rows of each socket pair, in the order of the pairs' numbers."""
    pairs = [array("I") for _ in range(len(columns.ends) // 2)]
    # One short step a segment; all else is done for the few that begin or end something.
    adds = [rows.append for rows in pairs]
    for row, flow in enumerate(columns.flow):
        adds[flow >> 1](row)
    del adds
    return ((rows, bool(rows) and _opened_once(columns.flags, rows)) for rows in pairs)


def _opened_once(flags: Numbers, rows: array[int]) -> bool:
    """Whether the SYNs among these rows, if any, are the first one, and the next that answers it.

    Then nothing can begin a second connection, whatever else is between: as nearly always.
    """
    syns = [row for row in rows if flags[row] & SYN]
    if len(syns) < 2:
        return not syns or syns[0] == rows[0]
    answered = flags[rows[0]] & BEGINS_OR_ENDS == SYN and _answers(flags[rows[1]])
    return answered and syns == [*rows[:2]]


def _incarnations(columns: Columns, rows: array[int]) -> Iterator[Connection]:
    """The connections of one socket pair, whose segments are `rows`."""
    flows, flags = columns.flow, columns.flags
    one, begin, done = Incarnation(flows[rows[0]], flags[rows[0]]), 0, 0
    for place in [place for place, row in enumerate(rows) if flags[row] & BEGINS_OR_ENDS]:
        row = rows[place]
        flow, bits, seq = flows[row], flags[row], columns.seq[row]
        if bits & SYN and place:
            one.senders.update([flows[row] for row in rows[done:place]])
            done = place
            if one.ended_before(flow, bits, seq):
                yield _made(one, rows[begin:place], columns)
                one, begin = Incarnation(flow, bits), place
        one.note(flow, bits, seq)
    yield _made(one, rows[begin:] if begin else rows, columns)


def _made(one: Incarnation, rows: array[int], columns: Columns) -> Connection:
    return Connection(0, one.client_flow != columns.flow[rows[0]], rows, columns)


def _first_row(found: Connection) -> int:
    return found.rows[0]
