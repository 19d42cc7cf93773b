"""The rules by which segments get their labels: one connection, in the order of the capture.

The sentence of each rule stands above the code that holds it. Numbers compare modulo 2^32.
"""

from array import array
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from captures.columns import UNKNOWN, Columns
from captures.labels import Label, Labelled, Loss
from captures.segment import ACK, END_OF_LIST, FIN, MSS, NOP, RST, SYN, WINDOW_SCALE

MASK, HALF = 2**32 - 1, 2**31
SPECIAL = SYN | FIN | RST
CHECKED = SYN | RST | ACK
UNLIMITED = 1 << 40
DEFAULT_MSS = 536  # RFC 9293, 3.7.1: of an end whose SYN carries no MSS option
LARGEST_SHIFT = 14  # RFC 7323, 2.3
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


class _Way:
    """One direction of a connection while its segments go by.

    next: the number after the highest one captured; sent: how many numbers lie between the first
    and that, so that it never wraps. holes: (start, end, row) of numbers not captured, counted as
    `sent` is; what lies before the first segment of a capture that begins in the middle is one.
    ack, window, edge: what this end said last: next number expected, window as on the wire, and
    the highest number (after the last) that it ever allowed. limit: the other end's MSS.
    offered: the shift in this end's SYN (0: none). scale: the shift in force.
    probe: the KEEP_ALIVE or WINDOW_PROBE sent last, until it's answered; probed: the number after
    a probe's byte. copies: duplicate ACKs in a row. reset: the row of the first reset of any end.
    """

    __slots__ = (
        *("ack", "answered", "begun_before", "copies", "edge", "flow", "holes", "isn", "limit"),
        *("next", "offered", "probe", "probed", "reset", "scale", "sent", "window"),
    )

    def __init__(self, flow: int) -> None:
        self.flow = flow
        self.isn = self.next = self.ack = self.window = UNKNOWN
        self.edge = self.scale = self.offered = self.probed = UNKNOWN
        self.limit = self.reset = UNLIMITED
        self.sent = self.copies = self.probe = 0
        self.answered = self.begun_before = False
        self.holes: list[tuple[int, int, int]] = []


def label(columns: Columns, rows: Sequence[int]) -> Labelled:
    """Label the segments of one connection, `rows` of the capture's columns in their order."""
    first = columns.flow[rows[0]]
    source, destination = columns.ends[first]
    one = _Way(first)
    # A socket that is connected to itself sends and receives in the same direction.
    other = one if source == destination else _Way(first ^ 1)
    labels = array("I", bytes(4 * len(rows)))
    taken = _taken(columns, rows)
    for place, (flow, bits, seq, ack, size, window) in enumerate(zip(*taken, strict=True)):
        me, peer = (one, other) if flow == first else (other, one)
        # The short way for an ordinary segment, which no rule below has a name for: next in
        # order, acknowledging what was captured, between two open windows, and not idle.
        if (
            seq == me.next
            and (bits & CHECKED) == ACK
            and window > 0 < peer.window
            and not peer.probe
            and size <= me.limit
            and (size or ack != me.ack or bits & FIN)
            and (ack == me.ack or ((peer.next - ack) & MASK < HALF > (ack - me.ack) & MASK))
        ):
            length = size + (bits & FIN)  # the bit of FIN is 1
            after = (seq + length) & MASK
            if not length or peer.edge < 0 or 0 < (peer.edge - after) & MASK < HALF:
                if length:
                    me.next = after
                    me.sent += length
                if ack != me.ack:
                    me.ack = ack
                    me.copies = 0
                me.window = window
                me.probe = 0
                if me.scale >= 0:
                    edge = (ack + (window << me.scale)) & MASK
                    if (edge - me.edge) & MASK < HALF or me.edge < 0:
                        me.edge = edge
                continue
        now = _Now(columns, rows, place, bits, seq, ack, size, window)
        labels[place] = _judge(me, peer, now)
    ways = [one] if other is one else [one, other]
    numbers = {way.flow: _captured(way) for way in ways}
    return Labelled(labels, _all_losses(labels, one, other), numbers)


def _taken(columns: Columns, rows: Sequence[int]) -> list[Any]:
    """The columns that matter, at the rows alone."""
    wanted = columns[2:8]
    if len(rows) == 1:
        return [(column[rows[0]],) for column in wanted]
    take = itemgetter(*rows)
    return [take(column) for column in wanted]


def _judge(me: _Way, peer: _Way, now: _Now) -> int:
    """The label of a segment from `me` to `peer`, by all rules; both remember it."""
    if now.bits & SYN and me.next < 0:
        return _opening(me, peer, now)
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
    label |= _windows(me, peer, now, bool(probe & PROBES))
    me.probe = probe & PROBES
    return label


def _opening(me: _Way, peer: _Way, now: _Now) -> int:
    """Take the first segment of a direction, a SYN: ISN, MSS, and scale.

    ISN_MISMATCH: a SYN+ACK acknowledges something else than the other's SYN (RFC 9293, 3.5).
    """
    me.isn, me.sent = now.seq, now.length
    me.next = (now.seq + me.sent) & MASK
    if peer.ack < 0:
        peer.ack = now.seq  # the other end has acknowledged nothing of this one yet
    _agree(me, peer, now)
    if now.bits & ACK and peer.isn >= 0 and now.ack != (peer.isn + 1) & MASK:
        return int(Label.ISN_MISMATCH)
    me.answered = bool(now.bits & ACK)
    if me.answered:
        me.ack = now.ack
    return _windows(me, peer, now, probes=False)


def _agree(me: _Way, peer: _Way, now: _Now) -> None:
    """The MSS that the other end must keep to, and the window's scale once both SYNs are seen."""
    raw = now.columns.options[now.rows[now.place]]
    if raw is None:
        return
    mss, me.offered = _announced(raw)
    peer.limit = mss
    if peer.offered >= 0:
        # Windows are scaled only if both SYNs carry the option (RFC 7323, 2.2).
        both = me.offered > 0 < peer.offered
        me.scale, peer.scale = (me.offered - 1, peer.offered - 1) if both else (0, 0)


def _announced(raw: bytes) -> tuple[int, int]:
    """The MSS, and the window's shift plus one (0: no such option), of a SYN's options."""
    mss, offered, at = DEFAULT_MSS, 0, 0
    while at < len(raw) and raw[at] != END_OF_LIST:
        kind = raw[at]
        if kind == MSS:
            mss = raw[at + 2] << 8 | raw[at + 3]
        elif kind == WINDOW_SCALE:
            offered = min(raw[at + 2], LARGEST_SHIFT) + 1
        at += 1 if kind == NOP else raw[at + 1]
    return mss, offered


def _probe(me: _Way, peer: _Way, now: _Now) -> int:
    """KEEP_ALIVE, WINDOW_PROBE or an answer to one, else 0; none of them moves `me.next`.

    A keep-alive has the number before the next one, and one garbage byte or none, on a connection
    where all is acknowledged (RFC 9293, 3.8.4). Towards a zero window the same segment, or one
    byte of new data, is a window probe (3.8.6.1).
    """
    if now.bits & SPECIAL or now.seq < 0 or me.next < 0:
        return 0
    ahead = (now.seq - me.next) & MASK
    if now.size <= 1 and ahead == MASK:
        if peer.window == 0:
            return int(Label.WINDOW_PROBE)
        return int(Label.KEEP_ALIVE) if not now.size or peer.ack == me.next else 0
    if now.size == 1 and not ahead and peer.window == 0:
        me.probed = (now.seq + 1) & MASK
        return int(Label.WINDOW_PROBE)
    return _answer(me, peer, now) if not now.size and not ahead else 0


def _answer(me: _Way, peer: _Way, now: _Now) -> int:
    """KEEP_ALIVE_ANSWER, or PROBE_ANSWER: the ACK right behind a probe that takes nothing new."""
    probe, peer.probe = peer.probe, 0
    if not probe or now.ack != peer.next:
        return 0
    if probe == Label.KEEP_ALIVE:
        return int(Label.KEEP_ALIVE_ANSWER)
    return int(Label.PROBE_ANSWER) if now.window == 0 else 0


def _numbers(me: _Way, peer: _Way, now: _Now) -> int:
    """What the segment's sequence numbers are: new, captured before, or missed before."""
    if now.seq < 0:
        return 0
    length = now.length
    if me.next < 0:
        # What was sent before the first segment, a capture that begins in the middle lacks.
        me.next = now.seq
        me.begun_before = True
        me.holes.append((-HALF, 0, UNKNOWN))
    ahead = _signed(now.seq - me.next)
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


def _new(me: _Way, ahead: int, length: int, now: _Now) -> int:
    """Take new numbers; AFTER_GAP where those before them haven't been captured."""
    if ahead:
        me.holes.append((me.sent, me.sent + ahead, now.rows[now.place]))
    me.sent += ahead + length
    me.next = (me.next + ahead + length) & MASK
    return int(Label.AFTER_GAP) if ahead else 0


def _simultaneous(me: _Way, now: _Now) -> bool:
    """Whether this is the first SYN+ACK of an end whose SYN crossed the other's.

    It repeats the SYN's number, but isn't sent for want of an answer (RFC 9293, 3.5).
    """
    first = now.bits & (SYN | ACK) == SYN | ACK and now.seq == me.isn and not me.answered
    me.answered = me.answered or first
    return first


def _fill(me: _Way, start: int, end: int) -> int:
    """Take [start, end) out of the holes; how many numbers of it were in one."""
    filled = 0
    left: list[tuple[int, int, int]] = []
    for low, high, row in me.holes:
        filled += max(0, min(end, high) - max(start, low))
        left += [
            piece
            for piece in ((low, min(high, start), row), (max(low, end), high, row))
            if piece[0] < piece[1]
        ]
    me.holes = left
    return filled


def _again(me: _Way, peer: _Way, now: _Now) -> int:
    """RETRANSMISSION: numbers that were captured before; and what more is certain of it.

    SPURIOUS: the capture shows the acknowledgment of them all before. FAST_RETRANSMISSION: of the
    number that three duplicate ACKs asked for (RFC 5681, 3.2). DUPLICATE: a copy in all fields
    right behind the first, sooner than any retransmission timer.
    """
    label = int(Label.RETRANSMISSION)
    if peer.ack >= 0 and _signed(peer.ack - now.seq - now.length) >= 0:
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


def _acknowledgment(me: _Way, peer: _Way, now: _Now) -> int:
    """DUPLICATE_ACK, ACKED_UNSEEN or ISN_MISMATCH by what the segment acknowledges."""
    if not now.bits & ACK or now.ack < 0:
        return 0
    if peer.next < 0:
        return _first_ack(me, peer, now)
    if _half_open(me, peer, now):
        return int(Label.ISN_MISMATCH)
    label = _unseen(peer, now)
    if me.ack < 0 or _signed(now.ack - me.ack) > 0:
        me.ack, me.copies = now.ack, 0
    elif _repeats(me, peer, now):
        me.copies += 1
        label |= int(Label.DUPLICATE_ACK)
    return label


def _first_ack(me: _Way, peer: _Way, now: _Now) -> int:
    """The acknowledgment of a direction of which nothing is captured yet.

    Where this end's SYN is captured, the other's should be, too; else the capture begins in the
    middle.
    """
    me.ack = now.ack
    if me.isn < 0 or now.bits & SYN:
        return 0
    peer.next = (now.ack - 1) & MASK
    return _unseen(peer, now)


def _unseen(peer: _Way, now: _Now) -> int:
    """ACKED_UNSEEN: numbers that no captured segment has are acknowledged (RFC 9293, 3.4).

    An ACK may take the byte of a window probe, which `peer.next` doesn't count.
    """
    ahead = _signed(now.ack - peer.next)
    if ahead <= 0:
        return 0
    if now.ack == peer.probed:
        _new(peer, 0, ahead, now)
        return 0
    _new(peer, ahead, 0, now)
    return int(Label.ACKED_UNSEEN)


def _half_open(me: _Way, peer: _Way, now: _Now) -> bool:
    """Whether an end that hasn't sent a SYN answers one for an older connection.

    It acknowledges something else than the SYN (RFC 9293, 3.5.1).
    """
    begins = me.isn < 0 <= peer.isn and peer.next == (peer.isn + 1) & MASK
    return begins and not now.bits & SYN and now.ack != peer.next


def _repeats(me: _Way, peer: _Way, now: _Now) -> bool:
    """Whether it's a duplicate ACK: the same ACK and window again, without data, SYN or FIN,
    while data is outstanding (RFC 5681, 2).
    """
    outstanding = _signed(peer.next - now.ack) > 0
    bare = not now.size and not now.bits & SPECIAL
    return outstanding and bare and now.ack == me.ack and now.window == me.window


def _windows(me: _Way, peer: _Way, now: _Now, probes: bool) -> int:
    """ZERO_WINDOW, WINDOW_FULL, BEYOND_WINDOW; the last two where the window's scale is known."""
    label = 0
    if now.size and not probes and peer.edge >= 0 <= now.seq:
        # A sender may send up to the highest edge that it was ever allowed: a receiver should
        # not take back what it offered (RFC 9293, 3.8.6).
        room = _signed(peer.edge - now.seq - now.size)
        label = int(Label.WINDOW_FULL) if room == 0 else 0
        label = int(Label.BEYOND_WINDOW) if room < 0 else label
    if now.window < 0:
        return label
    me.window = now.window
    if now.bits & ACK and me.scale >= 0:
        # The window of a SYN is never scaled (RFC 7323, 2.2).
        shift = 0 if now.bits & SYN else me.scale
        edge = (now.ack + (now.window << shift)) & MASK
        if me.edge < 0 or _signed(edge - me.edge) > 0:
            me.edge = edge
    return label if now.window or now.bits & SPECIAL else label | int(Label.ZERO_WINDOW)


def _captured(way: _Way) -> int:
    """How many different numbers were captured; what lies before the first one is a hole, too."""
    total = way.sent
    for low, high, _ in way.holes:
        total -= high - low
    return total + (HALF if way.begun_before else 0)


def _all_losses(labels: Sequence[int], one: _Way, other: _Way) -> list[Loss]:
    """The losses of both directions.

    Where ISNs contradict each other, or once a reset was sent, an odd ACK proves nothing.
    """
    losses = _losses(one, other) + (_losses(other, one) if other is not one else [])
    if losses and any(label & Label.ISN_MISMATCH for label in labels):
        return []
    return [loss for loss in losses if loss.row < one.reset]


def _losses(sender: _Way, receiver: _Way) -> list[Loss]:
    """What the receiver acknowledged of the holes that nothing has filled."""
    if receiver.ack < 0 or sender.next < 0:
        return []
    acknowledged = sender.sent + _signed(receiver.ack - sender.next)
    zero = sender.next - sender.sent
    return [
        Loss(sender.flow, (zero + low) & MASK, min(high, acknowledged) - low, row)
        for low, high, row in sender.holes
        if row != UNKNOWN and low < acknowledged
    ]


def _signed(difference: int) -> int:
    """A difference of sequence numbers, as far as it goes ahead (> 0) or back (RFC 9293, 3.4)."""
    return ((difference + HALF) & MASK) - HALF
