"""The named check `accept_queue`: the incoming connection request queue (TCP/IP Illustrated 18.11).

A full queue is silent: the SYN is dropped, so that the client tries again. A reset would tell it
that nobody listens.
"""

from collections.abc import Iterator

from captures.connections import Connection
from captures.segment import ACK, RST, SYN, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.parties import Wanted, is_host, wanted
from checkers.verdict import Verdict

REFERENCE = "TCP/IP Illustrated 18.11"


def accept_queue(evidence: Evidence, at: str, server: str, holds: int) -> Outcome:
    """So many connections are complete when the first SYN is dropped, silently.

    server: `host.port`, a server that doesn't accept meanwhile. holds: connections in its queue.
    One client more must have tried, else there is no verdict.
    Raises ExpectationError for an unknown service.
    """
    vantage = evidence.at(at)
    end = wanted(server, evidence.names)
    expected = f"{holds} connection(s) in the queue of {end.text(evidence.names)}"
    if vantage is None:
        return _unknown(expected, f"no capture at {at}", at)
    requests = list(_requests(evidence, vantage, end))
    lacks = vantage.damage or vantage.unseen(vantage.losses(requests))
    why = lacks or evidence.why_degraded("accept_queue", host=end.host)
    if why:
        return _unknown(expected, why, at)
    if not requests and evidence.run:
        told = f"no SYN to {end.text(evidence.names)}"
        return Outcome((Finding("", Verdict.FAIL, expected, told, vantage=at),))
    return Outcome((_judge(requests, holds, expected, at),))


def _unknown(expected: str, observed: str, at: str) -> Outcome:
    return Outcome((Finding("", Verdict.INCONCLUSIVE, expected, observed, vantage=at),))


def _requests(evidence: Evidence, vantage: Vantage, end: Wanted) -> Iterator[Connection]:
    """The connections that were requested of this server, in the order of their first SYNs."""
    for connection in vantage.capture.connections:
        ours = is_host(connection.server, end.host, evidence.names)
        if ours and end.port in (None, connection.server.port):
            yield connection


def _judge(requests: list[Connection], holds: int, expected: str, at: str) -> Finding:
    def finding(verdict: Verdict, observed: str, *segments: Segment, hint: str = "") -> Finding:
        frames = tuple(segment.frame for segment in segments)
        return Finding("", verdict, expected, observed, "", frames, at, hint=hint)

    for place, connection in enumerate(requests):
        syn, *later = connection.segments
        if syn.flags & (SYN | ACK) != SYN:
            return finding(Verdict.INCONCLUSIVE, "a connection that began before the capture", syn)
        if later and later[0].has(RST) and later[0].source == connection.server:
            hint = "A reset means that nobody listens; a full queue is silent."
            return finding(Verdict.FAIL, "a reset", syn, later[0], hint=hint)
        if not _complete(connection):
            verdict = Verdict.PASS if place == holds else Verdict.FAIL
            told = f"{place} complete when the SYN of client {place + 1} was dropped"
            return finding(verdict, told, *(one.segments[0] for one in requests[: place + 1]))
    if len(requests) > holds:
        told = f"{len(requests)} complete and none dropped"
        return finding(Verdict.FAIL, told, *(one.segments[0] for one in requests))
    return finding(
        Verdict.INCONCLUSIVE,
        f"{len(requests)} client(s), and none of their SYNs was dropped",
        hint=f"Start {holds + 1} clients while the server doesn't accept.",
    )


def _complete(connection: Connection) -> bool:
    """Whether the first SYN was answered at once, and the answer acknowledged."""
    opening = connection.segments[:3]
    if len(opening) < 3:
        return False
    _, answer, third = opening
    answered = answer.has(SYN | ACK) and answer.source == connection.server
    return answered and third.has(ACK) and not third.has(RST) and third.source == connection.client
