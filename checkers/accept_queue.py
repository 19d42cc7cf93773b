"""The named check `accept_queue`: the incoming connection request queue (TCP/IP Illustrated 18.11).

A full queue is silent: the SYN is dropped, so that the client tries again. A reset would tell it
that nobody listens.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from captures.connections import Connection
from captures.segment import ACK, FIN, RST, SYN, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.parties import Wanted, is_host, wanted
from checkers.sighting import no_vantage_point
from checkers.verdict import Verdict

REFERENCE = "TCP/IP Illustrated 18.11"


# The verdict, what was observed, the segments that show it, a hint.
Judgement = tuple[Verdict, str, Sequence[Segment], str]


class Fate(Enum):
    """What became of a client's first SYN, in words."""

    QUEUED = "complete"
    DROPPED = "dropped"
    REFUSED = "a reset"
    ANSWERED = "its SYN was answered, and it didn't complete the handshake"
    ALONE = "its SYN was neither answered nor sent again in this capture"
    UNSEEN = "a connection that began before the capture"


def accept_queue(evidence: Evidence, at: str, server: str, holds: int) -> Outcome:
    """So many connections are complete when the first SYN is dropped, silently.

    A SYN was dropped if the client sent it again before there was an answer. A connection leaves
    the queue with the server's FIN or a reset.
    server: `host.port`, a server that doesn't accept meanwhile. holds: connections in its queue.
    One client more must have tried, else there is no verdict.
    Raises ExpectationError for an unknown service.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    end = wanted(server, evidence.names)
    expected = f"{holds} connection(s) in the queue of {end.text(evidence.names)}"
    requests = list(_requests(evidence, vantage, end))
    why = vantage.damage or vantage.unseen(vantage.losses(requests))
    judged = (Verdict.INCONCLUSIVE, why, (), "") if why else _judge(requests, holds)
    if not requests and evidence.ended and not why:
        judged = Verdict.FAIL, f"no SYN to {end.text(evidence.names)}", (), ""
    verdict, observed, shown, hint = judged
    if verdict is Verdict.FAIL and not evidence.over:
        verdict = Verdict.INCONCLUSIVE  # clients may still come, and be dropped
    frames = tuple(segment.frame for segment in shown)
    finding = Finding("", verdict, expected, observed, "", frames, vantage.point, hint=hint)
    return Outcome((finding,))


def _requests(evidence: Evidence, vantage: Vantage, end: Wanted) -> Iterator[Connection]:
    """The connections that were requested of this server, in the order of their first SYNs."""
    for connection in vantage.capture.connections:
        ours = is_host(connection.server, end.host, evidence.names)
        if ours and end.port in (None, connection.server.port):
            yield connection


def _judge(requests: Sequence[Connection], holds: int) -> Judgement:
    """What is to say of the first client that wasn't queued."""
    complete: list[Connection] = []
    for number, request in enumerate(requests, 1):
        first = request.segments[0]
        queued = [one.segments[0] for one in complete if not _left(one, first.frame)]
        fate = _fate(request)
        if fate is Fate.QUEUED:
            complete.append(request)
        elif fate is Fate.DROPPED:
            verdict = Verdict.PASS if len(queued) == holds else Verdict.FAIL
            told = f"{len(queued)} complete when the SYN of client {number} was dropped"
            return verdict, told, [*queued, first], ""
        else:
            return _otherwise(fate, number, request, len(queued) < holds)
    return _none_dropped(complete, holds)


def _otherwise(fate: Fate, number: int, request: Connection, room: bool) -> Judgement:
    """What is to say of a client that was neither queued nor dropped."""
    shown = request.segments[:2]
    if fate is Fate.REFUSED:
        hint = "A reset means that nobody listens; a full queue is silent."
        return Verdict.FAIL, fate.value, shown, hint
    sure = fate is Fate.ANSWERED and not room
    return (
        Verdict.FAIL if sure else Verdict.INCONCLUSIVE,
        f"client {number}: {fate.value}",
        shown,
        "",
    )


def _none_dropped(complete: list[Connection], holds: int) -> Judgement:
    """What is to say where every client got into the queue."""
    firsts = [one.segments[0] for one in complete]
    last = firsts[-1].frame if firsts else 0
    queued = [one.segments[0] for one in complete if not _left(one, last)]
    if len(queued) > holds:
        return Verdict.FAIL, f"{len(queued)} complete and none dropped", queued, ""
    told = f"{len(complete)} client(s), and none of their SYNs was dropped"
    hint = f"Start {holds + 1} clients while the server doesn't accept."
    return Verdict.INCONCLUSIVE, told, firsts, hint


def _left(connection: Connection, before: int) -> bool:
    """Whether the connection had left the queue before this frame."""
    return any(
        segment.has(RST) or (segment.has(FIN) and segment.source == connection.server)
        for segment in connection.segments
        if segment.frame < before
    )


def _fate(connection: Connection) -> Fate:
    syn, *later = connection.segments
    if syn.flags & (SYN | ACK | RST) != SYN:
        return Fate.UNSEEN
    answer = next((each for each in later if each.source == connection.server), None)
    ours = [each for each in later if each.source == connection.client]
    if any(_repeats(each, syn) and _comes(each, answer) for each in ours):
        return Fate.DROPPED
    if answer is None:
        return Fate.ALONE
    if answer.has(RST):
        return Fate.REFUSED
    third = next((each for each in ours if not _comes(each, answer)), None)
    if answer.has(SYN | ACK) and third and third.has(ACK) and not third.has(RST):
        return Fate.QUEUED
    return Fate.ANSWERED


def _comes(segment: Segment, answer: Segment | None) -> bool:
    """Whether the segment comes before the answer, if there is one."""
    return answer is None or segment.frame < answer.frame


def _repeats(segment: Segment, syn: Segment) -> bool:
    return segment.flags == syn.flags and segment.seq == syn.seq
