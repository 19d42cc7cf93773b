"""One direction of a connection while its segments go by: numbers, windows, and what is lost."""

from collections.abc import Sequence
from functools import lru_cache

from captures.columns import UNKNOWN
from captures.labels import Label, Loss
from captures.segment import ACK, END_OF_LIST, FIN, MSS, NOP, RST, SYN, WINDOW_SCALE

MASK, HALF = 2**32 - 1, 2**31
SPECIAL = SYN | FIN | RST
UNLIMITED = 1 << 40
DEFAULT_MSS = 536  # RFC 9293, 3.7.1: of an end whose SYN carries no MSS option
LARGEST_SHIFT = 14  # RFC 7323, 2.3


class Way:
    """One direction of a connection while its segments go by.

    next: the number after the highest one captured; sent: how many numbers lie between the first
    and that, so that it never wraps. holes: (start, end, row) of numbers not captured, counted as
    `sent` is; what lies before the first segment of a capture that begins in the middle is one.
    ack, window, edge: what this end said last: next number expected, window as on the wire, and
    the highest number (after the last) that it ever allowed. limit: the other end's MSS.
    offered: the shift in this end's SYN (0: none). scale: the shift in force.
    probe: the KEEP_ALIVE or WINDOW_PROBE sent last, until it's answered; probed: the number after
    a probe's byte. copies: duplicate ACKs in a row. reset: the row of the first reset of any end.
    ready: its window is open and no probe of it waits for an answer.
    """

    __slots__ = (
        *("ack", "answered", "begun_before", "copies", "edge", "flow", "holes", "isn", "limit"),
        *("next", "offered", "probe", "probed", "ready", "reset", "scale", "sent", "window"),
    )

    def __init__(self, flow: int) -> None:
        self.flow = flow
        self.isn = self.next = self.ack = self.window = UNKNOWN
        self.edge = self.scale = self.offered = self.probed = UNKNOWN
        self.limit = self.reset = UNLIMITED
        self.sent = self.copies = self.probe = 0
        self.answered = self.begun_before = self.ready = False
        self.holes: list[tuple[int, int, int]] = []


def opening(
    me: Way, peer: Way, options: bytes | None, bits: int, seq: int, ack: int, size: int
) -> int:
    """Take the first segment of a direction, a SYN: ISN, MSS, and scale.

    ISN_MISMATCH: a SYN+ACK acknowledges something else than the other's SYN (RFC 9293, 3.5).
    """
    me.isn, me.sent = seq, size + 1
    me.next = (seq + me.sent) & MASK
    if peer.ack < 0:
        peer.ack = seq  # the other end has acknowledged nothing of this one yet
    if options is not None:
        _agree(me, peer, options)
    if not bits & ACK:
        return 0
    if peer.isn >= 0 and ack != (peer.isn + 1) & MASK:
        return int(Label.ISN_MISMATCH)
    me.answered, me.ack = True, ack
    return 0


def _agree(me: Way, peer: Way, options: bytes) -> None:
    """The MSS that the other end must keep to, and the window's scale once both SYNs are seen."""
    peer.limit, me.offered = _announced(options)
    if peer.offered >= 0:
        # Windows are scaled only if both SYNs carry the option (RFC 7323, 2.2).
        both = me.offered > 0 < peer.offered
        me.scale, peer.scale = (me.offered - 1, peer.offered - 1) if both else (0, 0)


# Of at most 40 bytes each, and one system's differ in timestamps alone.
@lru_cache(maxsize=256)
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


def windows(me: Way, peer: Way, bits: int, seq: int, ack: int, size: int, window: int) -> int:
    """ZERO_WINDOW, WINDOW_FULL, BEYOND_WINDOW; the last two where the window's scale is known."""
    label = 0
    if size and peer.edge >= 0 <= seq:
        # A sender may send up to the highest edge that it was ever allowed: a receiver should
        # not take back what it offered (RFC 9293, 3.8.6).
        room = signed(peer.edge - seq - size)
        label = int(Label.WINDOW_FULL) if room == 0 else 0
        label = int(Label.BEYOND_WINDOW) if room < 0 else label
    if window < 0:
        return label
    me.window, me.ready = window, window > 0 and not me.probe
    if bits & ACK and me.scale >= 0:
        # The window of a SYN is never scaled (RFC 7323, 2.2).
        edge = (ack + (window << (0 if bits & SYN else me.scale))) & MASK
        if me.edge < 0 or signed(edge - me.edge) > 0:
            me.edge = edge
    return label if window or bits & SPECIAL else label | int(Label.ZERO_WINDOW)


def captured(way: Way) -> int:
    """How many different numbers were captured; what lies before the first one is a hole, too."""
    total = way.sent
    for low, high, _ in way.holes:
        total -= high - low
    return total + (HALF if way.begun_before else 0)


def losses(labels: Sequence[int], one: Way, other: Way) -> list[Loss]:
    """The losses of both directions.

    Where ISNs contradict each other, or once a reset was sent, an odd ACK proves nothing.
    """
    found = _of_direction(one, other) + (_of_direction(other, one) if other is not one else [])
    if found and any(label & Label.ISN_MISMATCH for label in labels):
        return []
    return [loss for loss in found if loss.row < one.reset]


def _of_direction(sender: Way, receiver: Way) -> list[Loss]:
    """What the receiver acknowledged of the holes that nothing has filled."""
    if receiver.ack < 0 or sender.next < 0:
        return []
    acknowledged = sender.sent + signed(receiver.ack - sender.next)
    zero = sender.next - sender.sent
    return [
        Loss(sender.flow, (zero + low) & MASK, min(high, acknowledged) - low, row)
        for low, high, row in sender.holes
        if row != UNKNOWN and low < acknowledged
    ]


def signed(difference: int) -> int:
    """A difference of sequence numbers, as far as it goes ahead (> 0) or back (RFC 9293, 3.4)."""
    return ((difference + HALF) & MASK) - HALF
