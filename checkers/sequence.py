"""The named check `sequence`: whether the segments of a capture follow from each other.

A capture that was damaged or made up seldom adds up: each segment must begin where its end left
off, and acknowledge what the other end has sent.
"""

from typing import NamedTuple

import msgspec

from captures.connections import Connection
from captures.segment import (
    ACK,
    FIN,
    RST,
    SEQUENCE_SPACE,
    SYN,
    Segment,
    plus,
    precedes,
)
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.sighting import Sighting, no_vantage_point
from checkers.verdict import Verdict
from checkers.words import ONLY_IN_SYNS

REFERENCE = "RFC 9293 3.4, 3.10.7.4"

SHORTEST_TIMER_NS = 1_000_000  # no end sends a segment again so soon
HALF_SPACE = SEQUENCE_SPACE // 2


def sequence(evidence: Evidence, at: str, resets: bool = True) -> Outcome:
    """Every segment follows from those before it: its flags, sequence number, acknowledgment.

    It is about all connections at the vantage point. resets: false where none is expected.
    A segment begins where its end's last one ended, or is sent again; nothing new follows a FIN or
    a reset of its end. It acknowledges no less than that end did before. An end sends more than
    SYNs once the other has acknowledged its own. Every segment but a first SYN and a reset has the
    ACK flag; MSS, window scale and SACK-permitted stand in SYNs alone. A reset has its end's next
    number, or the one that the segment it answers acknowledges, or 0 where it answers a SYN. What
    was sent is acknowledged in the end, unless a reset came or nobody answered at all.
    Numbers that were acknowledged or skipped and never captured, a datagram that lacks fragments,
    and a segment that comes twice within a millisecond, give no verdict: then the capture itself is
    in doubt.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    connections = vantage.capture.connections
    if not connections:
        return Outcome((_nothing(evidence, vantage),))
    for connection in connections:
        wrong = _first_wrong(connection, resets)
        if wrong:
            sighting = Sighting(evidence, vantage, connection, *connection.ends)
            return Outcome((_finding(sighting, wrong),))
    return Outcome((_passed(vantage, connections),))


class _Wrong(NamedTuple):
    """What is wrong with a segment; doubtful: it may be the capture and not the TCP.

    still: what comes later may mend it.
    """

    expected: str
    observed: str
    segments: tuple[Segment, ...]
    doubtful: bool = False
    still: bool = False


class _End(msgspec.Struct):
    """One end so far: its ISN, the number after its highest, its last acknowledgment and segment.

    fin: the number after its FIN. reset: whether it sent one.
    answered: whether the other end sent something since that segment.
    said: each number that it acknowledged, and the last sequence number with which it did.
    syns: how many of its SYNs have no answer.
    """

    isn: int | None = None
    following: int | None = None
    acked: int | None = None
    fin: int | None = None
    reset: bool = False
    last: Segment | None = None
    answered: bool = True
    said: dict[int, int | None] = {}
    syns: int = 0


def _nothing(evidence: Evidence, vantage: Vantage) -> Finding:
    verdict = Verdict.FAIL if evidence.ended and vantage.complete else Verdict.INCONCLUSIVE
    told = "no segment of TCP"
    return Finding("", verdict, "the segments of a connection", told, vantage=vantage.point)


def _passed(vantage: Vantage, connections: list[Connection]) -> Finding:
    frames = tuple(segment.frame for one in connections for segment in one.segments)
    observed = f"{len(frames)} segments in {len(connections)} connection(s), and each does"
    expected = "each segment to follow from those before it"
    return Finding("", Verdict.PASS, expected, observed, "", frames, vantage.point)


def _finding(sighting: Sighting, wrong: _Wrong) -> Finding:
    reason = sighting.gaps.earlier or ("does the capture lack segments?" if wrong.doubtful else "")
    reason = reason or (sighting.evidence.goes_on if wrong.still else "")
    observed = f"{wrong.observed}; {reason}" if reason else wrong.observed
    verdict = Verdict.INCONCLUSIVE if reason else Verdict.FAIL
    return sighting.finding(verdict, wrong.expected, observed, *wrong.segments)


def _first_wrong(connection: Connection, resets: bool) -> _Wrong | None:
    ends = {end: _End() for end in connection.ends}
    for segment in connection.segments:
        sender, receiver = ends[segment.source], ends[segment.destination]
        if _next(segment, sender, receiver):
            continue
        if not resets and segment.flags & RST:
            return _Wrong("no reset", "a reset", (segment,))
        wrong = _wrong(segment, sender, receiver)
        if wrong:
            return wrong
        _note(segment, sender, receiver)
    if connection.segments[0].flags & (SYN | ACK) != SYN:
        return _Wrong("a SYN first", "another segment", (connection.segments[0],), doubtful=True)
    return _unacknowledged(connection, *ends.values())


def _next(segment: Segment, sender: _End, receiver: _End) -> bool:
    """Whether it is a segment that no rule below has anything against; both ends note it then.

    The short way for most of them: next in order, without SYN, reset or options, acknowledging
    something that was captured, and no less than before.
    """
    seq, ack, last = segment.seq, segment.ack, sender.last
    if (
        segment.flags & (SYN | RST | ACK) != ACK
        or seq is None
        or seq != sender.following
        or ack is None
        or receiver.following is None
        or receiver.isn is None
        or receiver.acked is None
        or last is None
        or (last.seq == seq and last.ack == ack)
        or segment.rest != 0
        or segment.options
        or sender.fin is not None
        or sender.reset
    ):
        return False
    unseen = (receiver.following - ack) % SEQUENCE_SPACE
    known = (ack - receiver.isn) % SEQUENCE_SPACE
    gained = 0 if sender.acked is None else (ack - sender.acked) % SEQUENCE_SPACE
    length = segment.payload + (segment.flags & FIN)  # the bit of FIN is 1
    if max(unseen, known, gained, length) >= HALF_SPACE or not known:
        return False
    sender.following = (seq + length) % SEQUENCE_SPACE
    if segment.flags & FIN:
        sender.fin = sender.following
    sender.acked = ack
    sender.said[ack] = seq
    receiver.syns = 0
    sender.last, sender.answered, receiver.answered = segment, False, True
    return True


def _wrong(segment: Segment, sender: _End, receiver: _End) -> _Wrong | None:
    """The first thing that is wrong with a segment."""
    if sender.last is None and _opens(segment, receiver):
        return None
    if segment.flags & RST:
        numbers = _reset(segment, sender, receiver)
    else:
        numbers = (
            _order(segment, sender, receiver)
            or _seq(segment, sender)
            or _ack(segment, sender, receiver)
        )
    return _flags(segment) or _whole(segment) or numbers or _twice(segment, sender)


def _opens(segment: Segment, receiver: _End) -> bool:
    """Whether this first segment of an end is a SYN, and acknowledges the other's, if anything."""
    if segment.flags & (SYN | FIN | RST) != SYN or segment.rest is None:
        return False
    if segment.ack is None:
        return True
    return receiver.isn is not None and segment.ack == receiver.following == plus(receiver.isn, 1)


def _flags(segment: Segment) -> _Wrong | None:
    special = segment.flags & (SYN | FIN | RST)
    if special & (special - 1):  # more than one bit
        return _Wrong("one of SYN, FIN and RST at most", "two of them", (segment,))
    if not segment.flags & (SYN | RST | ACK):
        return _Wrong("an ACK in each segment but a SYN or a reset", "none", (segment,))
    if segment.options and not segment.flags & SYN:
        kinds = {option.kind for option in segment.options}
        if kinds & {*ONLY_IN_SYNS}:
            told = "an option that only a SYN may carry"
            return _Wrong("no such option behind the SYNs", told, (segment,))
    return None


def _whole(segment: Segment) -> _Wrong | None:
    if segment.rest is None:
        told = "one without its last fragment"
        return _Wrong("whole datagrams", told, (segment,), doubtful=True)
    return None


def _order(segment: Segment, sender: _End, receiver: _End) -> _Wrong | None:
    """Nothing before the end's own SYN is acknowledged, nothing new behind its FIN or its reset."""
    if segment.flags & SYN:
        return None
    if sender.isn is not None and receiver.acked is None:
        told = "a segment before its SYN is acknowledged"
        return _Wrong("SYNs alone", told, (segment,), doubtful=True)
    if sender.reset:
        return _Wrong("nothing behind its reset", "a segment of that end", (segment,))
    end = segment.following
    if sender.fin is None or end is None:
        return None
    if precedes(sender.fin, end) or (segment.payload and end == sender.fin != _fin(segment)):
        return _Wrong("nothing new behind its FIN", f"data to {end}", (segment,))
    return None


def _fin(segment: Segment) -> int | None:
    """The number after the segment's FIN."""
    return segment.following if segment.flags & FIN else None


def _reset(segment: Segment, sender: _End, receiver: _End) -> _Wrong | None:
    """RFC 9293, 3.10.7.1: what answers a SYN has number 0; all others, the number waited for."""
    seq, expected = segment.seq, sender.following
    if expected is None and segment.has(ACK):
        expected = 0
    if seq is None or expected in (None, seq) or _waited_for(seq, sender, receiver):
        return None
    if seq == 0 and segment.has(ACK) and receiver.syns:
        return None
    return _Wrong(f"a reset with seq {expected}", f"seq {seq}", (segment,))


def _waited_for(seq: int, sender: _End, receiver: _End) -> bool:
    """Whether a segment that the sender may be answering acknowledges just this number.

    It is less than the sender's next where it crossed the sender's last. A segment is answered
    once the sender acknowledges what lies behind its number.
    """
    if seq == receiver.acked:
        return True
    if seq not in receiver.said:
        return False
    said = receiver.said[seq]
    return said is None or sender.acked is None or not precedes(said, sender.acked)


def _seq(segment: Segment, sender: _End) -> _Wrong | None:
    seq, expected = segment.seq, sender.following
    if seq is None or expected is None:
        return None
    if segment.flags & SYN and seq != sender.isn:
        return _Wrong(f"each SYN with the ISN {sender.isn}", f"seq {seq}", (segment,))
    if precedes(expected, seq):
        return _Wrong(f"seq {expected}", f"seq {seq}", (segment,), doubtful=True)
    # One less is a keep-alive or a window probe (RFC 9293, 3.8.4).
    old = not segment.length and precedes(seq, plus(expected, -1))
    if not old or _overtaken(segment, sender.last):
        return None
    return _Wrong(f"seq {expected}", f"seq {seq} in a segment without data", (segment,))


def _overtaken(segment: Segment, last: Segment | None) -> bool:
    """Whether it only acknowledges, and was made before the one that came first (Linux)."""
    pure = segment.flags == ACK and not segment.payload
    return pure and last is not None and (last.seq, last.ack) == (segment.seq, segment.ack)


def _ack(segment: Segment, sender: _End, receiver: _End) -> _Wrong | None:
    ack, following, isn = segment.ack, receiver.following, receiver.isn
    if ack is None or following is None:
        return None
    expected, doubtful = "", False
    if precedes(following, ack):
        expected, doubtful = f"ack {following} at most", True
    elif isn is not None and not precedes(isn, ack):
        expected = f"an ack behind the ISN {isn}"
    elif sender.acked is not None and precedes(ack, sender.acked):
        expected = f"ack {sender.acked} at least"
    elif segment.flags & SYN and isn is not None and ack != plus(isn, 1):
        expected = f"a SYN+ACK with ack {plus(isn, 1)}"
    told = f"ack {ack}, of what was never captured" if doubtful else f"ack {ack}"
    return _Wrong(expected, told, (segment,), doubtful) if expected else None


def _twice(segment: Segment, sender: _End) -> _Wrong | None:
    last = sender.last
    if last is None or (sender.answered and not segment.length):
        return None
    same = (last.flags, last.seq, last.ack, last.payload, last.window) == (
        segment.flags,
        segment.seq,
        segment.ack,
        segment.payload,
        segment.window,
    )
    if not same or segment.time_ns - last.time_ns >= SHORTEST_TIMER_NS:
        return None
    return _Wrong("no segment twice at once", "the same again", (last, segment), doubtful=True)


def _note(segment: Segment, sender: _End, receiver: _End) -> None:
    flags = segment.flags
    if flags & SYN:
        sender.isn = segment.seq
        sender.syns += not flags & ACK
    end = None if flags & RST else segment.following
    if end is not None and (sender.following is None or precedes(sender.following, end)):
        sender.following = end
    if flags & ACK:
        receiver.syns = max(0, receiver.syns - 1) if flags & RST else 0
    if segment.ack is not None and not flags & RST:
        sender.acked = segment.ack
        sender.said[segment.ack] = sender.following if segment.seq is None else segment.seq
    if flags & FIN:
        sender.fin = end
    if flags & RST and sender.isn is not None:
        sender.reset = True
    sender.last, sender.answered, receiver.answered = segment, False, True


def _unacknowledged(connection: Connection, client: _End, server: _End) -> _Wrong | None:
    """What was sent and never acknowledged; a reset ends all that, and silence is no answer."""
    if any(segment.has(RST) for segment in connection.segments):
        return None
    for end, peer in ((client, server), (server, client)):
        known = None not in (end.following, peer.acked)
        if end.last and peer.last and known and end.following != peer.acked:
            expected = f"ack {end.following} in the end"
            return _Wrong(expected, f"ack {peer.acked}", (end.last, peer.last), still=True)
    return None
