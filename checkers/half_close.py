"""The named check `half_close`: one direction ends, the other goes on (TCP/IP Illustrated 18.5)."""

from functools import partial

from captures.segment import FIN, Endpoint, Segment, covers
from checkers.close import cut_off
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome, counted
from checkers.parties import is_host, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict
from checkers.volume import cut, volume, with_data

REFERENCE = "RFC 9293 3.6; TCP/IP Illustrated 18.5"


def half_close(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    first: str,
    owes: int | None = None,
    connection: int | None = None,
) -> Outcome:
    """One end sends its FIN; the other acknowledges it, and still sends data that is acknowledged.

    client, server: `host` or `host.port`. first: the host that closes its direction first.
    owes: bytes of data that the other end sends in all, before and behind that FIN; how many of
    them come behind it depends on who is faster, so one alone shows no server that sends them all.
    connection: which of several between them, from 1.
    A server that has nothing more to say, and a reset that cuts the second direction off, fail.
    Raises ExpectationError for an unknown service, or a `first` that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    if first not in (end.host for end in ends):
        raise ExpectationError(f"first: {first} is neither {ends[0].host} nor {ends[1].host}")
    return best_of("half_close", evidence, at, *ends, partial(_judge, first, owes), connection)


def _judge(first: str, owes: int | None, sighting: Sighting) -> Outcome:
    ends = sighting.client, sighting.server
    closer, other = ends if is_host(ends[0], first, sighting.evidence.names) else ends[::-1]
    ours, theirs = sighting.sent_by(closer), sighting.sent_by(other)
    peer = sighting.host(other)
    fin = next((segment for segment in ours if segment.has(FIN)), None)
    if fin is None:
        told = f"no FIN from {first}"
        return Outcome((sighting.absent(f"a FIN from {first}", told, *sighting.segments[-1:]),))
    end = fin.following
    if end is None:
        told = f"a FIN whose number this capture doesn't show, in frame {fin.frame}"
        blind = sighting.finding(Verdict.INCONCLUSIVE, f"a FIN from {first}", told, fin)
        return Outcome((blind,))
    later = [each for each in theirs if covers(each.ack, end) and each.frame > fin.frame]
    expected = f"data from {peer} behind the FIN of {first}"
    data = [segment for segment in later if segment.payload]
    if not data:
        return Outcome((sighting.absent(expected, "no data", fin, *later[:1]),))
    received = _received(sighting, first, expected, [fin, *data], ours)
    return Outcome((received,) if owes is None else (received, _paid(sighting, other, owes)))


def _received(
    sighting: Sighting, first: str, expected: str, shown: list[Segment], ours: list[Segment]
) -> Finding:
    """Whether the end that closed acknowledges what comes after its FIN."""
    last = shown[-1]
    if reset := cut_off(sighting):
        hint = "A reset ends both directions (section 18.7)."
        return sighting.finding(Verdict.FAIL, expected, "a reset", *shown[:1], reset, hint=hint)
    end = last.after_data
    if end is None:
        told = f"data whose end this capture doesn't show, in frame {last.frame}"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, last)
    acks = [each for each in ours if covers(each.ack, end) and each.frame > last.frame]
    if not acks:
        return sighting.absent(f"{first} to acknowledge it with ack {end}", "no such ACK", last)
    told = f"{sum(segment.data or 0 for segment in shown[1:])} bytes, acknowledged"
    return sighting.finding(Verdict.PASS, expected, told, *shown, acks[0])


def _paid(sighting: Sighting, end: Endpoint, owes: int) -> Finding:
    """Whether an end sent all that it owes."""
    sent = with_data(sighting, end)
    expected = f"{counted(owes, 'byte')} of data from {sighting.host(end)}"
    observed = counted(volume(sent), "byte")
    if volume(sent) >= owes:
        return sighting.finding(Verdict.PASS, expected, observed, sent[-1])
    if unknown := cut(sent):
        return sighting.finding(Verdict.INCONCLUSIVE, expected, unknown, *sent)
    return sighting.absent(expected, observed, *sent[-1:])
