"""The named check `reopened`: a SYN for a socket pair in TIME_WAIT (TCP/IP Illustrated 18.6)."""

from captures.segment import ACK, FIN, RST, SYN, Segment, plus, precedes
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import wanted
from checkers.sighting import Sighting, best_of, following
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.6.1; RFC 6191"
TIME_WAIT_NS = 60_000_000_000  # Linux's: no shorter one is in use


def reopened(evidence: Evidence, at: str, client: str, server: str) -> Outcome:
    """A new SYN opens a socket pair again whose server is in TIME_WAIT, if its ISN is higher.

    The server closed the connection before, less than a minute ago; the ISN of the new SYN is
    above the last sequence number that the client used then; the server accepts it, with an ISN
    above the last that it used itself.
    client, server: `host` or `host.port`. Raises ExpectationError for an unknown service.
    """
    names = evidence.names
    return best_of(evidence, at, wanted(client, names), wanted(server, names), _judge)


def _judge(before: Sighting) -> Outcome:
    """Judge the pair's next connection after this one."""
    again = following(before)
    if again is None:
        expected = "a second connection of the same socket pair"
        return Outcome((before.absent(expected, "only one", before.segments[0]),))
    wrong = _not_in_time_wait(again, before) or _wrong_isn(again, before)
    return Outcome((wrong or _answer(again, before),))


def _not_in_time_wait(sighting: Sighting, previous: Sighting) -> Finding | None:
    """Why the server isn't in TIME_WAIT when the new SYN comes; None if it is."""
    server, syn = sighting.host(sighting.server), sighting.segments[0]
    before = previous.segments
    expected = f"{server} in TIME_WAIT"
    reset = next((segment for segment in before if segment.has(RST)), None)
    if reset:
        return sighting.finding(Verdict.FAIL, expected, "a reset before", reset, syn)
    fins = [segment for segment in before if segment.has(FIN)]
    if not fins or fins[0].source != sighting.server:
        told = f"no FIN from {server} first, so no TIME_WAIT there"
        return previous.absent(expected, told, *fins[:1], syn, inside=True)
    if not sighting.vantage.capture.timed:
        told = "this capture doesn't show times"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, before[-1], syn)
    age_ns = syn.time_ns - before[-1].time_ns
    if age_ns > TIME_WAIT_NS:
        told = f"a SYN {age_ns / 1e9:.1f} s after the last segment"
        return sighting.finding(Verdict.FAIL, expected, told, before[-1], syn)
    return None


def _wrong_isn(sighting: Sighting, before: Sighting) -> Finding | None:
    syn = sighting.segments[0]
    if syn.flags & (SYN | ACK) != SYN:
        return sighting.absent("a SYN first", "another segment", syn)
    last = _after_last(before.sent_by(sighting.client))
    if last is None or syn.seq is None:
        told = "a capture that doesn't show sequence numbers"
        return sighting.finding(Verdict.INCONCLUSIVE, "an ISN to compare", told, syn)
    if precedes(syn.seq, last):
        expected = f"an ISN of {last} or more, modulo 2^32"
        hint = "A lower ISN could be an old duplicate: a host in TIME_WAIT doesn't take it."
        return sighting.finding(Verdict.FAIL, expected, f"ISN {syn.seq}", syn, hint=hint)
    return None


def _after_last(segments: list[Segment]) -> int | None:
    """The sequence number after the last of these; None if the capture doesn't show it."""
    last: int | None = None
    for segment in segments:
        after = segment.following
        if segment.rest is None:
            return None
        if after is not None:
            last = after if last is None or precedes(last, after) else last
    return last


def _answer(sighting: Sighting, before: Sighting) -> Finding:
    syn = sighting.segments[0]
    expected = f"{sighting.host(sighting.server)} to accept the new SYN"
    answers = sighting.sent_by(sighting.server)
    if not answers:
        return sighting.absent(expected, "no answer", syn)
    answer = answers[0]
    if not answer.has(SYN | ACK):
        return sighting.finding(Verdict.FAIL, expected, _told(answer), syn, answer)
    if syn.seq is not None and answer.ack != plus(syn.seq, 1):
        return sighting.finding(Verdict.FAIL, expected, f"ack {answer.ack}", syn, answer)
    last = _after_last(before.sent_by(sighting.server))
    if last is not None and answer.seq is not None and precedes(answer.seq, last):
        higher = f"an ISN of {last} or more from {sighting.host(sighting.server)}"
        return sighting.finding(Verdict.FAIL, higher, f"ISN {answer.seq}", answer)
    told = f"ISN {syn.seq}, above the last sequence number before, and a SYN+ACK"
    return sighting.finding(Verdict.PASS, expected, told, syn, answer)


def _told(segment: Segment) -> str:
    return "a reset" if segment.has(RST) else "a segment without SYN"
