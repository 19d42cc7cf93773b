"""The states of TCP (RFC 9293, 3.3.2, figure 5) as a table, and walked by a connection's segments.

What happens inside a host is known from its segments alone: what it sends, it sends in a state
that allows it; what the other end sent, it has certainly received once it acknowledges that.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from captures.connections import Connection
from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment, covers, plus

SEND_SYN, SEND_FIN, SEND_RST = "send SYN", "send FIN", "send RST"
RECEIVE_SYN, RECEIVE_SYN_ACK = "receive SYN", "receive SYN+ACK"
RECEIVE_ACK_OF_SYN, RECEIVE_ACK_OF_FIN = "receive ACK of SYN", "receive ACK of FIN"
RECEIVE_FIN, RECEIVE_RST = "receive FIN", "receive RST"
PASSIVE_OPEN, CLOSE, TIMEOUT = "passive open", "close", "timeout"

# (state, event): the next state. An event that isn't here changes nothing: a retransmission, say.
TRANSITIONS = {
    ("CLOSED", PASSIVE_OPEN): "LISTEN",
    ("CLOSED", SEND_SYN): "SYN_SENT",
    ("LISTEN", RECEIVE_SYN): "SYN_RCVD",
    ("LISTEN", SEND_SYN): "SYN_SENT",
    ("LISTEN", CLOSE): "CLOSED",
    ("SYN_SENT", RECEIVE_SYN): "SYN_RCVD",
    ("SYN_SENT", RECEIVE_SYN_ACK): "ESTABLISHED",
    ("SYN_SENT", RECEIVE_RST): "CLOSED",
    ("SYN_SENT", SEND_RST): "CLOSED",  # closed, then reached by a SYN+ACK
    ("SYN_SENT", CLOSE): "CLOSED",
    ("SYN_SENT", TIMEOUT): "CLOSED",
    ("SYN_RCVD", RECEIVE_ACK_OF_SYN): "ESTABLISHED",
    ("SYN_RCVD", SEND_FIN): "FIN_WAIT_1",
    ("SYN_RCVD", RECEIVE_RST): "LISTEN",  # CLOSED after an active open (RFC 9293, 3.10.7.4)
    ("SYN_RCVD", SEND_RST): "CLOSED",
    ("SYN_RCVD", TIMEOUT): "CLOSED",
    ("ESTABLISHED", SEND_FIN): "FIN_WAIT_1",
    ("ESTABLISHED", RECEIVE_FIN): "CLOSE_WAIT",
    ("FIN_WAIT_1", RECEIVE_ACK_OF_FIN): "FIN_WAIT_2",
    ("FIN_WAIT_1", RECEIVE_FIN): "CLOSING",
    ("FIN_WAIT_2", RECEIVE_FIN): "TIME_WAIT",
    ("CLOSING", RECEIVE_ACK_OF_FIN): "TIME_WAIT",
    ("CLOSE_WAIT", SEND_FIN): "LAST_ACK",
    ("LAST_ACK", RECEIVE_ACK_OF_FIN): "CLOSED",
    ("TIME_WAIT", RECEIVE_RST): "CLOSED",
    ("TIME_WAIT", TIMEOUT): "CLOSED",
} | {
    (state, event): "CLOSED"
    for state in ("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK")
    for event in (SEND_RST, RECEIVE_RST, TIMEOUT)
}


# Every two states of which one transition leads from the first to the second.
NEIGHBOURS = {(start, to) for (start, _), to in TRANSITIONS.items()} | {("SYN_RCVD", "CLOSED")}


def follows(state: str, after: str) -> bool:
    """Whether one transition leads from `state` to `after`."""
    return (state, after) in NEIGHBOURS


class Step(NamedTuple):
    """An end came into a state; time_ns and frame of the segment by which it shows.

    sure: False where it shows only if the last segments captured have reached this end.
    """

    time_ns: int
    frame: int
    end: Endpoint
    state: str
    sure: bool = True


# So many segments at most are held to be under way to an end: no window of a lab's hosts is as
# large, and who acknowledges nothing would make each segment look through all that came before.
UNDER_WAY = 128


class _End(msgspec.Struct):
    """One end while the segments go by. queue: what the peer sent and this end may not have yet."""

    end: Endpoint
    near: bool
    state: str = "CLOSED"
    passive: bool = False
    syn_end: int | None = None
    fin_end: int | None = None
    queue: deque[Segment] = msgspec.field(default_factory=deque)
    steps: list[Step] = []


def walk_connection(connection: Connection, near: set[Endpoint]) -> list[Step]:
    """The states of both ends that a connection's segments show, in the order they show.

    near: the ends on the host that captured, which has received a segment once it's captured; of
    any other end only what it sends later shows what it has received.
    Every end starts in CLOSED, or in LISTEN if its SYN answers one; that is its first step. One
    whose SYN isn't captured starts in ESTABLISHED, if it sends anything but resets.
    """
    columns, rows = connection.columns, connection.rows
    flags, flow = columns.flags, columns.flow
    first = connection.segment(0)
    pair = [
        _started(
            first, end, end in near, (flags[r] for r in rows if columns.ends[flow[r]][0] == end)
        )
        for end in connection.ends
    ]
    for place, row in enumerate(rows):
        # A long connection is quick: in ESTABLISHED only SYN, FIN and RST change a state.
        quiet = pair[0].state == pair[1].state == "ESTABLISHED"
        if not quiet or flags[row] & (SYN | FIN | RST):
            _step(pair, connection.segment(place))
    return _ended(pair, connection.segment(-1))


def _started(first: Segment, end: Endpoint, near: bool, sent: Iterable[int]) -> _End:
    """An end before its first segment; sent: the flags of each of its segments."""
    state = "CLOSED"
    for flags in sent:
        if flags & SYN:
            state = "LISTEN" if flags & ACK else "CLOSED"
            break
        if not flags & RST:
            state = "ESTABLISHED"
    one = _End(end, near, passive=state == "LISTEN")
    _enter(one, state, first)
    return one


def _step(pair: Sequence[_End], segment: Segment) -> None:
    sender, receiver = pair if segment.source == pair[0].end else pair[::-1]
    _acknowledge(sender, segment)
    _send(sender, segment)
    receiver.queue.append(segment)
    if receiver.near or len(receiver.queue) > UNDER_WAY:
        _receive(receiver, segment)


def _ended(pair: Sequence[_End], last: Segment) -> list[Step]:
    """Let every end receive what is under way to it, which nothing shows any more."""
    for one in pair:
        known = len(one.steps)
        while one.queue:
            _receive(one, last)
        one.steps[known:] = [step._replace(sure=False) for step in one.steps[known:]]
    return sorted((step for one in pair for step in one.steps), key=lambda step: step.frame)


def _enter(one: _End, state: str, segment: Segment) -> None:
    one.state = state
    one.steps.append(Step(segment.time_ns, segment.frame, one.end, state))


def _happens(one: _End, event: str, segment: Segment) -> None:
    after = TRANSITIONS.get((one.state, event))
    if after == "LISTEN" and not one.passive:
        after = "CLOSED"
    if after:
        _enter(one, after, segment)


def _send(one: _End, segment: Segment) -> None:
    flags = segment.flags & (SYN | FIN | RST)
    if not flags:
        return
    if flags & SYN:
        one.syn_end = _end(segment)
        _happens(one, SEND_SYN, segment)
    if flags & FIN:
        one.fin_end = _end(segment)
        _happens(one, SEND_FIN, segment)
    if flags & RST:
        _happens(one, SEND_RST, segment)


def _acknowledge(one: _End, segment: Segment) -> None:
    """Receive what this segment of the end acknowledges, and all that came before that.

    Pure ACKs next in the queue are received too: nothing ever acknowledges those.
    """
    waiting = len(one.queue)
    for behind in reversed(one.queue):  # the last that is acknowledged is nearly always the last
        if behind.length and covers(segment.ack, _end(behind)):
            break
        waiting -= 1
    for _ in range(waiting):
        _receive(one, segment)
    while one.queue and not one.queue[0].length and not one.queue[0].has(RST):
        _receive(one, segment)


def _end(segment: Segment) -> int | None:
    """The number after the segment's last.

    Of a datagram that is captured in part, the number after that part: an ACK covers both or none,
    since only whole datagrams reach TCP.
    """
    return plus(segment.seq, segment.length) if segment.rest is None else segment.following


def _receive(one: _End, shown_by: Segment) -> None:
    """Take the first segment from the queue, in the order of RFC 9293, 3.10.7."""
    segment = one.queue.popleft()
    flags = segment.flags
    acknowledges_syn = covers(segment.ack, one.syn_end)
    if flags & RST:
        _happens(one, RECEIVE_RST, shown_by)
        return
    if flags & SYN and one.state in ("LISTEN", "SYN_SENT"):
        _happens(one, RECEIVE_SYN_ACK if acknowledges_syn else RECEIVE_SYN, shown_by)
        return
    if acknowledges_syn:
        _happens(one, RECEIVE_ACK_OF_SYN, shown_by)
    if covers(segment.ack, one.fin_end):
        _happens(one, RECEIVE_ACK_OF_FIN, shown_by)
    if flags & FIN:
        _happens(one, RECEIVE_FIN, shown_by)
