"""The named checks `simultaneous_open` and `simultaneous_close` (TCP/IP Illustrated 18.8, 18.9).

Two segments cross when each was sent before the other came: then neither acknowledges the other.
"""

from captures.segment import ACK, FIN, RST, SYN, Segment, covers
from captures.states import walk_connection
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import near, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict

OPEN_REFERENCE = "RFC 9293 3.5; TCP/IP Illustrated 18.8"
CLOSE_REFERENCE = "RFC 9293 3.6; TCP/IP Illustrated 18.9"


def simultaneous_open(
    evidence: Evidence, at: str, client: str, server: str, connection: int | None = None
) -> Outcome:
    """Both ends send a SYN before the other's comes, and each acknowledges the other's.

    Four segments make one connection. Each end repeats its SYN with the acknowledgment. A
    handshake, where the server's only SYN acknowledges the client's, fails; so does a reset before
    both ends are ESTABLISHED.
    client, server: `host` or `host.port`. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    return best_of(evidence, at, *ends, _opened, connection)


def _opened(sighting: Sighting) -> Outcome:
    return Outcome(_crossed(sighting, SYN, "SYN"))


def simultaneous_close(
    evidence: Evidence, at: str, client: str, server: str, connection: int | None = None
) -> Outcome:
    """Both ends send a FIN before the other's comes, and each then acknowledges the other's.

    A FIN answers the other FIN if it, or what its end sent before it, acknowledges that one: then
    the close is an ordinary one, and fails.
    client, server: `host` or `host.port`. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    return best_of(evidence, at, *ends, _closed, connection)


def _closed(sighting: Sighting) -> Outcome:
    return Outcome(_crossed(sighting, FIN, "FIN"))


def _crossed(sighting: Sighting, flag: int, name: str) -> tuple[Finding, ...]:
    """The two segments of this flag crossed, and each was acknowledged."""
    ends = sighting.client, sighting.server
    firsts = [
        next((each for each in sighting.sent_by(end) if each.has(flag)), None) for end in ends
    ]
    ours, theirs = firsts
    for end, first in zip(ends, firsts, strict=True):
        if first is None:
            host = sighting.host(end)
            told = f"no {name} from {host}"
            return (sighting.absent(f"a {name} from {host}", told, *sighting.segments[-1:]),)
    if ours is None or theirs is None:
        raise AssertionError("both were found")
    reset = next((each for each in sighting.segments if each.has(RST)), None)
    if reset and not (flag == SYN and _established(sighting)):
        return (sighting.finding(Verdict.FAIL, f"no reset at the {name}s", "a reset", reset),)
    both = _both_early(sighting, flag, name, ours, theirs)
    if both.verdict is not Verdict.PASS:
        return (both,)
    return (
        both,
        _acknowledged(sighting, name, ours, theirs),
        _acknowledged(sighting, name, theirs, ours),
    )


def _established(sighting: Sighting) -> bool:
    """Whether both ends came to be ESTABLISHED: a reset of theirs then aborts what was opened."""
    connection, names = sighting.connection, sighting.evidence.names
    steps = walk_connection(connection, near(connection, sighting.vantage.point, names))
    return {step.end for step in steps if step.state == "ESTABLISHED"} == {*connection.ends}


def _both_early(
    sighting: Sighting, flag: int, name: str, ours: Segment, theirs: Segment
) -> Finding:
    """Whether neither of the two, nor what its end sent before it, acknowledges the other."""
    expected = f"two {name}s that cross: neither acknowledges the other"
    for one, other in ((ours, theirs), (theirs, ours)):
        if other.following is None or (one.has(ACK) and one.ack is None):
            told = f"this capture doesn't show the numbers of frame {other.frame}"
            return sighting.finding(Verdict.INCONCLUSIVE, expected, told, ours, theirs)
        answer = _answer(sighting, flag, one, other)
        if answer:
            told = f"the {name} of {sighting.host(one.source)} answers the other"
            shown = (ours, theirs) if answer.frame == one.frame else (other, answer, one)
            return sighting.absent(expected, told, *shown, inside=True)
    return sighting.finding(Verdict.PASS, expected, "just that", ours, theirs)


def _answer(sighting: Sighting, flag: int, one: Segment, other: Segment) -> Segment | None:
    """What acknowledges `other`: `one`, or a segment that its end sent before it.

    An ACK that overtook its end's FIN has the number behind it, and was sent behind it.
    """
    if flag == SYN:
        return one if one.has(ACK) else None
    for segment in sighting.sent_by(one.source):
        if segment.frame > one.frame:
            break
        if covers(segment.ack, other.following) and not covers(segment.seq, one.following):
            return segment
    return None


def _acknowledged(sighting: Sighting, name: str, sent: Segment, peers: Segment) -> Finding:
    """Whether the peer acknowledges this SYN or FIN exactly, behind its own."""
    peer = sighting.host(peers.source)
    last = sent.following
    expected = f"{peer} to acknowledge the {name} of {sighting.host(sent.source)} with ack {last}"
    later = [
        each
        for each in sighting.sent_by(peers.source)
        if each.frame > max(sent.frame, peers.frame) and each.has(ACK)
    ]
    if not later:
        return sighting.absent(expected, "no ACK", sent, peers)
    if later[0].ack != last:
        told = f"ack {later[0].ack}"
        return sighting.finding(Verdict.FAIL, expected, told, sent, later[0])
    if name == "SYN" and not later[0].has(SYN):
        return sighting.absent("a SYN with that ACK", "an ACK without SYN", sent, later[0])
    return sighting.finding(Verdict.PASS, expected, "just that", sent, later[0])
