"""tshark's sequence analysis beside the suite's labels, and each way in which they may differ.

docs/differences.md explains the classes; `CLASSES` has them as predicates. What is in none of
them must be the same.
"""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from captures.capture import Capture
from captures.labels import Label, words
from captures.segment import FIN, SEQUENCE_SPACE, SYN, Segment

NAMES = """retransmission fast_retransmission spurious_retransmission out_of_order lost_segment
    ack_lost_segment duplicate_ack keep_alive keep_alive_ack zero_window zero_window_probe
    zero_window_probe_ack window_full""".split()
PROBES = Label.KEEP_ALIVE | Label.WINDOW_PROBE
AGAIN = {"retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order"}

# What is compared: the suite's labels, and tshark's names for the same.
COMPARED: dict[str, tuple[int, set[str]]] = {
    "again": (int(Label.RETRANSMISSION | Label.OUT_OF_ORDER), AGAIN),
    "spurious": (int(Label.SPURIOUS), {"spurious_retransmission"}),
    "gap": (int(Label.AFTER_GAP), {"lost_segment"}),
    "unseen": (int(Label.ACKED_UNSEEN), {"ack_lost_segment"}),
    "duplicate ACK": (int(Label.DUPLICATE_ACK), {"duplicate_ack"}),
    "keep-alive": (int(Label.KEEP_ALIVE), {"keep_alive"}),
    "keep-alive answer": (int(Label.KEEP_ALIVE_ANSWER), {"keep_alive_ack"}),
    "zero window": (int(Label.ZERO_WINDOW), {"zero_window"}),
    "probe": (int(Label.WINDOW_PROBE), {"zero_window_probe"}),
    "probe answer": (int(Label.PROBE_ANSWER), {"zero_window_probe_ack"}),
    "window full": (int(Label.WINDOW_FULL), {"window_full"}),
}


def analysis(data: bytes) -> dict[int, set[str]]:
    """What tshark's analysis says of each frame of a capture."""
    command = ["tshark", "-n", "-r", "-", "-T", "fields", "-e", "frame.number"]
    command += [word for name in NAMES for word in ("-e", f"tcp.analysis.{name}")]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    return {
        int(number): {name for name, value in zip(NAMES, values, strict=True) if value}
        for number, *values in rows
    }


def after(number: int, other: int) -> int:
    """How far `number` is behind `other` (< 0: before it), modulo 2^32."""
    half = SEQUENCE_SPACE // 2
    return (number - other + half) % SEQUENCE_SPACE - half


@dataclass
class Way:
    """One direction so far, as its segments say.

    top: the number after the highest that was captured. acked, most_acked: the other end's last
    and highest ACK. broken: some of it didn't begin at its top, and still was new.
    astray: more of it was acknowledged, once, than was captured: tshark goes on to wait for that.
    window: its end's last. edge, edge_now: how far the other end's windows let it go, at most and
    at last. probe_end: the number after its last window probe. took: tshark took a probe for data.
    frame, ours, theirs: its last segment, and what both said of it. repeats: duplicate ACKs by
    tshark's count.
    """

    top: int | None = None
    acked: int | None = None
    most_acked: int | None = None
    broken: bool = False
    window: int | None = None
    edge: int | None = None
    edge_now: int | None = None
    ours: int = 0
    theirs: set[str] = field(default_factory=set)
    repeats: int = 0
    frame: int = 0
    astray: bool = False
    probe_end: int | None = None
    took: bool = False

    @property
    def unseen(self) -> bool:
        """Whether the other end acknowledged more than was captured."""
        most, top = self.most_acked, self.top
        return most is not None and top is not None and after(most, top) > 0


class Seen(NamedTuple):
    """A segment, what both say of it, and its own and the other direction before it."""

    segment: Segment
    ours: int
    theirs: set[str]
    mine: Way
    peers: Way

    @property
    def ahead(self) -> int:
        """How far it begins behind the highest number of its direction so far."""
        return 0 if self.mine.top is None else after(self.segment.seq or 0, self.mine.top)

    @property
    def byte_before(self) -> bool:
        """Whether it looks like a keep-alive: at most a byte, at the number before the top."""
        plain = not self.segment.flags & (SYN | FIN)
        return plain and self.ahead == -1 and self.segment.payload <= 1

    @property
    def right_behind(self) -> bool:
        """Whether it is the first segment of its end behind the other end's last."""
        return self.peers.frame > self.mine.frame

    @property
    def beyond(self) -> int:
        """How many numbers it acknowledges beyond what was captured."""
        ack, top = self.segment.ack, self.peers.top
        return 0 if ack is None or top is None else max(0, after(ack, top))

    @property
    def outstanding(self) -> bool:
        """Whether something that the other end sent isn't acknowledged by this segment."""
        ack, top = self.segment.ack, self.peers.top
        return ack is not None and top is not None and after(top, ack) > 0


def observed(capture: Capture, theirs: Mapping[int, set[str]]) -> Iterator[Seen]:
    """Every segment of every connection, with what was before it."""
    for connection in capture.connections:
        ways = {connection.client: Way(), connection.server: Way()}
        for segment, label in zip(connection.segments, connection.labelled.labels, strict=True):
            mine, peers = ways[segment.source], ways[segment.destination]
            seen = Seen(segment, label, theirs[segment.frame], replace(mine), replace(peers))
            yield seen
            note(seen, mine, peers)


def note(seen: Seen, mine: Way, peers: Way) -> None:
    """Take the segment into both directions."""
    segment = seen.segment
    end = segment.following or 0
    if mine.top is None or after(end, mine.top) > 0:
        mine.broken = mine.broken or (mine.top is not None and seen.ahead != 0)
        if not seen.theirs & {"zero_window_probe"}:
            mine.top = end
    if segment.ack is not None:
        if segment.ack != peers.acked:
            mine.repeats = 0
        mine.repeats += "duplicate_ack" in seen.theirs
        peers.acked = segment.ack
        if peers.most_acked is None or after(segment.ack, peers.most_acked) > 0:
            peers.most_acked = segment.ack
        peers.astray = peers.astray or peers.unseen
        peers.edge_now = (segment.ack + (segment.window or 0)) % SEQUENCE_SPACE
        if peers.edge is None or after(peers.edge_now, peers.edge) > 0:
            peers.edge = peers.edge_now
    mine.window = segment.window
    if seen.ours & Label.WINDOW_PROBE or "zero_window_probe" in seen.theirs:
        mine.probe_end = end
        mine.took = mine.took or not seen.theirs & {"zero_window_probe", "keep_alive"}
    mine.ours, mine.theirs, mine.frame = seen.ours, seen.theirs, segment.frame


class Class(NamedTuple):
    """One way to differ: what is compared, who says it and the other doesn't, and where."""

    compared: str
    who: str
    where: Callable[[Seen], bool]


OURS, THEIRS = "ours", "theirs"
CLASSES: dict[str, Class] = {
    # Which segments were sent again.
    "a byte before the next is a keep-alive, acknowledged or not": Class(
        "again", OURS, lambda one: one.byte_before and "keep_alive" in one.theirs
    ),
    "new data that begins a byte back, as behind a probe": Class(
        "again", OURS, lambda one: one.ahead == -1 and one.segment.payload > 1
    ),
    "a byte and a FIN towards a closed window": Class(
        "again", OURS, lambda one: one.segment.has(FIN) and "zero_window_probe" in one.theirs
    ),
    "late, behind an ACK of it": Class(
        "again", OURS, lambda one: one.mine.unseen and bool(one.ours & Label.OUT_OF_ORDER)
    ),
    "a probe behind an ACK of what was never captured": Class(
        "again", THEIRS, lambda one: one.mine.astray and (bool(one.ours & PROBES) or one.mine.took)
    ),
    "acknowledged before it was captured": Class(
        "spurious", THEIRS, lambda one: not one.ours & Label.RETRANSMISSION
    ),
    "a SYN or FIN alone": Class("spurious", OURS, lambda one: not one.segment.payload),
    "a byte before the next, acknowledged": Class(
        "spurious", OURS, lambda one: one.byte_before and "keep_alive" in one.theirs
    ),
    # Gaps, and ACKs of what wasn't captured.
    "a gap that an ACK told before": Class("gap", THEIRS, lambda one: one.mine.unseen),
    "behind a probe that was behind a gap": Class(
        "gap", OURS, lambda one: bool(one.mine.ours & Label.WINDOW_PROBE)
    ),
    "behind a gap or partly new data": Class("unseen", THEIRS, lambda one: one.peers.broken),
    "what a probe brought was taken after all": Class(
        "unseen", THEIRS, lambda one: one.segment.ack == one.peers.probe_end
    ),
    "behind duplicate ACKs of the sender": Class("unseen", OURS, lambda one: one.peers.repeats > 0),
    "behind one that was told before": Class("unseen", OURS, lambda one: one.peers.astray),
    # Duplicate ACKs.
    "nothing is outstanding": Class("duplicate ACK", THEIRS, lambda one: not one.outstanding),
    "only what tshark didn't take for a probe is outstanding": Class(
        "duplicate ACK", THEIRS, lambda one: one.peers.took
    ),
    "with a closed window": Class("duplicate ACK", OURS, lambda one: one.segment.window == 0),
    "with another number than the next": Class("duplicate ACK", OURS, lambda one: one.ahead != 0),
    "an answer to a keep-alive": Class(
        "duplicate ACK", OURS, lambda one: "keep_alive_ack" in one.theirs
    ),
    # Keep-alives and probes.
    "towards a closed window it is a probe": Class(
        "keep-alive", THEIRS, lambda one: bool(one.ours & Label.WINDOW_PROBE)
    ),
    "a byte that isn't acknowledged, or wasn't captured": Class(
        "keep-alive",
        THEIRS,
        lambda one: bool(one.ours & (Label.RETRANSMISSION | Label.OUT_OF_ORDER)),
    ),
    "no byte, while something isn't acknowledged": Class(
        "keep-alive",
        THEIRS,
        lambda one: not one.segment.payload and one.mine.most_acked != one.mine.top,
    ),
    "a keep-alive behind what was never captured": Class(
        "keep-alive", OURS, lambda one: one.mine.astray
    ),
    "a keep-alive before what was never captured": Class(
        "keep-alive", THEIRS, lambda one: one.mine.astray
    ),
    "an answer to what isn't a keep-alive": Class(
        "keep-alive answer", THEIRS, lambda one: not one.peers.ours & Label.KEEP_ALIVE
    ),
    "an answer while data is outstanding": Class(
        "keep-alive answer", THEIRS, lambda one: one.outstanding
    ),
    "an answer that isn't the first": Class(
        "keep-alive answer", THEIRS, lambda one: not one.right_behind
    ),
    "an answer that isn't a plain repetition": Class(
        "keep-alive answer",
        OURS,
        lambda one: (
            one.segment.window in (0, None)
            or (one.segment.ack, one.segment.window) != (one.peers.acked, one.mine.window)
        ),
    ),
    "an answer to a keep-alive behind what was never captured": Class(
        "keep-alive answer",
        OURS,
        lambda one: one.mine.astray or "keep_alive" not in one.peers.theirs,
    ),
    "a probe that closes its own window": Class(
        "zero window", OURS, lambda one: "zero_window_probe" in one.theirs
    ),
    "a probe with the number before the next": Class("probe", OURS, lambda one: one.byte_before),
    "a probe behind what was never captured": Class("probe", OURS, lambda one: one.mine.astray),
    "a byte that was acknowledged before": Class("probe", THEIRS, lambda one: one.mine.astray),
    "a byte with a FIN": Class("probe", THEIRS, lambda one: one.segment.has(FIN)),
    "an answer to a probe that tshark calls otherwise": Class(
        "probe answer", OURS, lambda one: "zero_window_probe" not in one.peers.theirs
    ),
    "an answer that acknowledges more": Class(
        "probe answer", OURS, lambda one: one.segment.ack != one.peers.acked
    ),
    "a probe's answer while data is outstanding": Class(
        "probe answer", THEIRS, lambda one: one.outstanding
    ),
    "an answer with a probe's number behind it": Class(
        "probe answer", OURS, lambda one: one.mine.took
    ),
    "an answer that takes the byte": Class("probe answer", THEIRS, lambda one: one.beyond == 1),
    "a probe's second answer": Class("probe answer", THEIRS, lambda one: not one.right_behind),
    "to the edge of a window that was taken back": Class(
        "window full", THEIRS, lambda one: one.mine.edge != one.mine.edge_now
    ),
    "to the highest edge of a window that was taken back": Class(
        "window full", OURS, lambda one: one.mine.edge != one.mine.edge_now
    ),
    "a probe's byte before the edge": Class(
        "window full", THEIRS, lambda one: bool(one.ours & Label.WINDOW_PROBE)
    ),
}


def unexplained(one: Seen) -> list[str]:
    """What both say otherwise of a segment, in none of the classes."""
    told = []
    for name, (mask, names) in COMPARED.items():
        ours, theirs = bool(one.ours & mask), bool(one.theirs & names)
        who = OURS if ours else THEIRS
        if ours != theirs and not any(
            each.where(one) for each in CLASSES.values() if each[:2] == (name, who)
        ):
            said = ", ".join(sorted(one.theirs)) or "nothing"
            told.append(f"frame {one.segment.frame} {name}: {words(one.ours)}, tshark {said}")
    return told
