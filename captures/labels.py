"""What the segments of a connection are: retransmissions, duplicate ACKs, probes, and losses.

A label says what the captured numbers prove, and nothing that a guess about timers would add.
Where RFCs leave no choice it means what Wireshark's analysis means; docs/labels.md has the rules
side by side. The sentence of each rule stands above the code that holds it.
"""

from array import array
from collections.abc import Sequence
from enum import IntFlag
from typing import NamedTuple

import msgspec


class Label(IntFlag):
    """What one segment is, as far as its connection's captured numbers prove it."""

    RETRANSMISSION = 1 << 0
    SPURIOUS = 1 << 1
    FAST_RETRANSMISSION = 1 << 2
    DUPLICATE = 1 << 3
    OVERLAP = 1 << 4
    OUT_OF_ORDER = 1 << 5
    AFTER_GAP = 1 << 6
    ACKED_UNSEEN = 1 << 7
    DUPLICATE_ACK = 1 << 8
    KEEP_ALIVE = 1 << 9
    KEEP_ALIVE_ANSWER = 1 << 10
    ZERO_WINDOW = 1 << 11
    WINDOW_PROBE = 1 << 12
    PROBE_ANSWER = 1 << 13
    WINDOW_FULL = 1 << 14
    BEYOND_WINDOW = 1 << 15
    SUPER_SEGMENT = 1 << 16
    ISN_MISMATCH = 1 << 17


# What a reader is told; of a label that sharpens another one, the sharper.
WORDS = {
    Label.DUPLICATE: "duplicate",
    Label.FAST_RETRANSMISSION: "fast retransmission",
    Label.SPURIOUS: "spurious retransmission",
    Label.RETRANSMISSION: "retransmission",
    Label.OVERLAP: "partly new",
    Label.OUT_OF_ORDER: "out of order",
    Label.AFTER_GAP: "after a gap",
    Label.ACKED_UNSEEN: "ACK of data not captured",
    Label.DUPLICATE_ACK: "duplicate ACK",
    Label.KEEP_ALIVE: "keep-alive",
    Label.KEEP_ALIVE_ANSWER: "answer to keep-alive",
    Label.PROBE_ANSWER: "answer to window probe",
    Label.ZERO_WINDOW: "zero window",
    Label.WINDOW_PROBE: "window probe",
    Label.WINDOW_FULL: "window full",
    Label.BEYOND_WINDOW: "beyond the window",
    Label.SUPER_SEGMENT: "larger than the MSS",
    Label.ISN_MISMATCH: "wrong ISN",
}
SHARPER = int(Label.DUPLICATE | Label.FAST_RETRANSMISSION | Label.SPURIOUS)


def words(label: int) -> list[str]:
    """A segment's labels in words, in a fixed order; [] for an ordinary segment."""
    if label & SHARPER:
        label &= ~Label.RETRANSMISSION
    return [word for each, word in WORDS.items() if label & each]


class Loss(NamedTuple):
    """Sequence numbers that the receiver acknowledged and the capture doesn't have.

    flow: the direction that sent them. first: the first number; size: how many.
    row: the segment by which the gap shows.
    """

    flow: int
    first: int
    size: int
    row: int


class Labelled(msgspec.Struct, frozen=True, gc=False):
    """One label a segment (a `Label` as an int), and what the capture lacks of the connection.

    even, odd: how many different sequence numbers were captured of the flow of even number, and of
    the other.
    """

    labels: "array[int]"
    losses: Sequence[Loss]
    even: int
    odd: int

    def numbers(self, flow: int) -> int:
        """How many different sequence numbers were captured of one direction."""
        return self.odd if flow & 1 else self.even
