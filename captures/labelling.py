"""The rules by which segments get their labels: one connection, in the order of the capture.

The sentence of each rule stands above the code that holds it. Numbers compare modulo 2^32.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from captures.columns import UNKNOWN, Columns
from captures.labels import Label, Labelled
from captures.segment import ACK, FIN, RST, SYN
from captures.ways import HALF, MASK, SPECIAL, Way, captured, losses, opening, signed, windows

CHECKED = SYN | RST | ACK
COPY_NS = 1_000_000  # no retransmission timer is as short (RFC 6298; RFC 8985 7.2 as built)
FAST = 3  # duplicate ACKs that start a fast retransmit (RFC 5681, 3.2)

PROBES = int(Label.KEEP_ALIVE | Label.WINDOW_PROBE)


class _Now(NamedTuple):
    """The segment that is being judged, and where it stands."""

    columns: Columns
    rows: Sequence[int]
    place: int
    bits: int
    seq: int
    ack: int
    size: int
    window: int

    @property
    def length(self) -> int:
        """Sequence numbers that it occupies."""
        return self.size + bool(self.bits & SYN) + bool(self.bits & FIN)


def label(columns: Columns, rows: Sequence[int]) -> Labelled:
    """Label the segments of one connection, `rows` of the capture's columns in their order."""
    first = columns.flow[rows[0]]
    source, destination = columns.ends[first]
    one = Way(first)
    # A socket that is connected to itself sends and receives in the same direction.
    other = one if source == destination else Way(first ^ 1)
    labels = array("I", bytes(4 * len(rows)))
    for place, flow, bits, seq, ack, size, window in _taken(columns, rows):
        if flow == first:
            me, peer = one, other
        else:
            me, peer = other, one
        # The short way for an ordinary segment, which no rule below has a name for: next in
        # order, acknowledging what was captured, between two open windows, and not idle.
        length = size + (bits & FIN)  # the bit of FIN is 1
        gained = (ack - me.ack) & MASK
        if (
            seq == me.next
            and (bits & CHECKED) == ACK
            and peer.ready
            and window > 0
            and size <= me.limit
            and ((peer.next - ack) & MASK < HALF > gained if gained else length)
            and (not length or peer.edge < 0 or 0 < (peer.edge - seq - length) & MASK < HALF)
        ):
            if length:
                me.next = (seq + length) & MASK
                me.sent += length
            if gained:
                me.ack = ack
                me.copies = 0
            me.window = window
            me.ready = True
            if me.scale >= 0:
                edge = (ack + (window << me.scale)) & MASK
                if (edge - me.edge) & MASK < HALF or me.edge < 0:
                    me.edge = edge
            continue
        if bits & SYN and me.next < 0:
            labels[place] = opening(me, peer, columns.options[rows[place]], bits, seq, ack, size)
            windows(me, peer, bits, seq, ack, 0, window)
        else:
            now = _Now(columns, rows, place, bits, seq, ack, size, window)
            labels[place] = _judge(me, peer, now)
    lost = losses(labels, one, other) if one.holes or other.holes else ()
    even, odd = (other, one) if first & 1 else (one, other)
    return Labelled(labels, lost or (), captured(even), captured(odd))


def seamless(columns: Columns, rows: Sequence[int]) -> bool:
    """Whether a connection has no losses, as is soon told of most; where it isn't, `label` tells.

    Both ends open it by a SYN. Every other segment begins where its end's last one ended. Each
    acknowledges numbers that are captured, and leaves the window open, so that none is a probe.
    """
    first = columns.flow[rows[0]]
    following = {first: UNKNOWN, first ^ 1: UNKNOWN}
    for _, flow, bits, seq, ack, size, window in _taken(columns, rows):
        if bits & (SYN | RST) == RST:
            continue  # takes no numbers, and its window means nothing
        own, other = following[flow], following[flow ^ 1]
        opens = own < 0 and bits & SPECIAL == SYN
        if not (opens or (seq == own and bits & (SYN | ACK) == ACK)) or seq < 0 or window <= 0:
            return False
        if bits & ACK and (ack < 0 or other < 0 or (other - ack) & MASK >= HALF):
            return False
        following[flow] = (seq + size + bool(bits & (SYN | FIN))) & MASK
    return True


def _taken(columns: Columns, rows: Sequence[int]) -> Iterator[Any]:
    """Place, flow, flags, seq, ack, payload and window of each of these rows."""
    wanted = columns[2:8]
    if len(rows) == 1:
        return iter([(0, *(column[rows[0]] for column in wanted))])
    take = itemgetter(*rows)
    return zip(range(len(rows)), *map(take, wanted), strict=True)


def _judge(me: Way, peer: Way, now: _Now) -> int:
    """The label of a segment from `me` to `peer`, by all rules; both remember it."""
    label = int(Label.SUPER_SEGMENT) if now.size > me.limit else 0
    if now.bits & RST:
        # A reset takes no numbers, and its window means nothing (RFC 9293, 3.5.2).
        me.reset = peer.reset = min(me.reset, now.rows[now.place])
        return label
    # A retransmitted SYN repeats its ISN (RFC 9293, 3.5).
    if now.bits & SYN and now.seq != me.isn:
        return int(Label.ISN_MISMATCH)
    probe = _probe(me, peer, now)
    label |= probe or _numbers(me, peer, now)
    label |= _acknowledgment(me, peer, now)
    me.probe = probe & PROBES
    size = 0 if me.probe else now.size
    return label | windows(me, peer, now.bits, now.seq, now.ack, size, now.window)


def _probe(me: Way, peer: Way, now: _Now) -> int:
    """KEEP_ALIVE, WINDOW_PROBE or an answer to one, else 0; none of them moves `me.next`.

    A keep-alive has the number before the next one, and one garbage byte or none, on a connection
    where all is acknowledged (RFC 9293, 3.8.4): without a byte it may else be an ACK that was
    overtaken. Towards a zero window the same segment, or one byte of new data, is a window probe
    (3.8.6.1).
    """
    if now.bits & SPECIAL or now.seq < 0 or me.next < 0:
        return 0
    ahead = (now.seq - me.next) & MASK
    if now.size <= 1 and ahead == MASK and peer.ack == me.next:
        return int(Label.WINDOW_PROBE if peer.window == 0 else Label.KEEP_ALIVE)
    if now.size == 1 and not ahead and peer.window == 0:
        me.probed = (now.seq + 1) & MASK
        return int(Label.WINDOW_PROBE)
    return _answer(me, peer, now) if not now.size and not ahead else 0


def _answer(me: Way, peer: Way, now: _Now) -> int:
    """KEEP_ALIVE_ANSWER, or PROBE_ANSWER: the ACK right behind a probe that takes nothing new."""
    probe, peer.probe = 0 if peer.ready else peer.probe, 0
    peer.ready = peer.window > 0
    if not probe or now.ack != peer.next:
        return 0
    if probe == Label.KEEP_ALIVE:
        return int(Label.KEEP_ALIVE_ANSWER)
    return int(Label.PROBE_ANSWER) if now.window == 0 else 0


def _numbers(me: Way, peer: Way, now: _Now) -> int:
    """What the segment's sequence numbers are: new, captured before, or missed before."""
    if now.seq < 0:
        return 0
    length = now.length
    if me.next < 0:
        # What was sent before the first segment, a capture that begins in the middle lacks.
        me.next = now.seq
        me.begun_before = True
        me.holes.append((-HALF, 0, UNKNOWN))
    ahead = signed(now.seq - me.next)
    if ahead >= 0:
        return _new(me, ahead, length, now)
    if not length or _simultaneous(me, now):
        return 0
    start, end = me.sent + ahead, me.sent + ahead + length
    missed = _fill(me, start, min(end, me.sent))
    old = min(end, me.sent) - start - missed
    label = int(Label.OUT_OF_ORDER) if missed else 0
    if end > me.sent:
        _new(me, 0, end - me.sent, now)
    if old:
        label |= _again(me, peer, now)
        if missed or old < length:
            label |= int(Label.OVERLAP)
    return label


def _new(me: Way, ahead: int, length: int, now: _Now) -> int:
    """Take new numbers; AFTER_GAP where those before them haven't been captured."""
    if ahead:
        me.holes.append((me.sent, me.sent + ahead, now.rows[now.place]))
    me.sent += ahead + length
    me.next = (me.next + ahead + length) & MASK
    return int(Label.AFTER_GAP) if ahead else 0


def _simultaneous(me: Way, now: _Now) -> bool:
    """Whether this is the first SYN+ACK of an end whose SYN crossed the other's.

    It repeats the SYN's number, but isn't sent for want of an answer (RFC 9293, 3.5).
    """
    first = now.bits & (SYN | ACK) == SYN | ACK and now.seq == me.isn and not me.answered
    me.answered = me.answered or first
    return first


def _fill(me: Way, start: int, end: int) -> int:
    """Take [start, end) out of the holes; how many numbers of it were in one.

    The holes lie in the order of their numbers and don't overlap.
    """
    filled = 0
    left: list[tuple[int, int, int]] = []
    first = after = max(0, bisect_left(me.holes, (start, 0, 0)) - 1)
    while after < len(me.holes) and me.holes[after][0] < end:
        low, high, row = me.holes[after]
        filled += max(0, min(end, high) - max(start, low))
        left += [
            piece
            for piece in ((low, min(high, start), row), (max(low, end), high, row))
            if piece[0] < piece[1]
        ]
        after += 1
    me.holes[first:after] = left
    return filled


def _again(me: Way, peer: Way, now: _Now) -> int:
    """RETRANSMISSION: numbers that were captured before; and what more is certain of it.

    SPURIOUS: the capture shows the acknowledgment of them all before. FAST_RETRANSMISSION: of the
    number that three duplicate ACKs asked for (RFC 5681, 3.2). DUPLICATE: a copy in all fields
    right behind the first, sooner than any retransmission timer.
    """
    label = int(Label.RETRANSMISSION)
    if peer.ack >= 0 and signed(peer.ack - now.seq - now.length) >= 0:
        label |= int(Label.SPURIOUS)
    if peer.copies >= FAST and peer.ack == now.seq:
        label |= int(Label.FAST_RETRANSMISSION)
    if _copied(now):
        label |= int(Label.DUPLICATE)
    return label


def _copied(now: _Now) -> bool:
    columns, here = now.columns, now.rows[now.place]
    before = now.rows[now.place - 1]
    gap_ns = columns.time_ns[here] - columns.time_ns[before]
    if not columns.time_ns[here] or not 0 <= gap_ns < COPY_NS:
        return False
    return all(column[here] == column[before] for column in columns[2:10])


def _acknowledgment(me: Way, peer: Way, now: _Now) -> int:
    """DUPLICATE_ACK, ACKED_UNSEEN or ISN_MISMATCH by what the segment acknowledges."""
    if not now.bits & ACK or now.ack < 0:
        return 0
    if peer.next < 0:
        return _first_ack(me, peer, now)
    if _half_open(me, peer, now):
        return int(Label.ISN_MISMATCH)
    label = _unseen(peer, now)
    if me.ack < 0 or signed(now.ack - me.ack) > 0:
        me.ack, me.copies = now.ack, 0
    elif _repeats(me, peer, now):
        me.copies += 1
        label |= int(Label.DUPLICATE_ACK)
    return label


def _first_ack(me: Way, peer: Way, now: _Now) -> int:
    """The acknowledgment of a direction of which nothing is captured yet.

    Where this end's SYN is captured, the other's should be, too; else the capture begins in the
    middle.
    """
    me.ack = now.ack
    if me.isn < 0 or now.bits & SYN:
        return 0
    peer.next = (now.ack - 1) & MASK
    return _unseen(peer, now)


def _unseen(peer: Way, now: _Now) -> int:
    """ACKED_UNSEEN: numbers that no captured segment has are acknowledged (RFC 9293, 3.4).

    An ACK may take the byte of a window probe, which `peer.next` doesn't count.
    """
    ahead = signed(now.ack - peer.next)
    if ahead <= 0:
        return 0
    if now.ack == peer.probed:
        _new(peer, 0, ahead, now)
        return 0
    _new(peer, ahead, 0, now)
    return int(Label.ACKED_UNSEEN)


def _half_open(me: Way, peer: Way, now: _Now) -> bool:
    """Whether an end that hasn't sent a SYN answers one for an older connection.

    It acknowledges something else than the SYN (RFC 9293, 3.5.1).
    """
    begins = me.isn < 0 <= peer.isn and peer.next == (peer.isn + 1) & MASK
    return begins and not now.bits & SYN and now.ack != peer.next


def _repeats(me: Way, peer: Way, now: _Now) -> bool:
    """Whether it's a duplicate ACK: the same ACK and window again, without data, SYN or FIN,
    while data is outstanding (RFC 5681, 2).
    """
    outstanding = signed(peer.next - now.ack) > 0
    bare = not now.size and not now.bits & SPECIAL
    return outstanding and bare and now.ack == me.ack and now.window == me.window
