"""The named check `half_close`: one direction ends, the other goes on (TCP/IP Illustrated 18.5)."""

from functools import partial

from captures.segment import FIN, RST, SEQUENCE_SPACE, Endpoint, Segment, covers, precedes
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
    Data that it sent before it had the FIN, and then again, is nothing more.
    Raises ExpectationError for an unknown service, or a `first` that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    if first not in (end.host for end in ends):
        raise ExpectationError(f"first: {first} is neither {ends[0].host} nor {ends[1].host}")
    return best_of(evidence, at, *ends, partial(_judge, first, owes), connection)


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
    later, top = _since(theirs, end, fin.frame)
    expected = f"data from {peer} behind the FIN of {first}"
    data = _fresh(later, top)
    if not data:
        sent = next((each for each in later if each.payload), None)
        told = "only data that it had sent before" if sent else "no data"
        return Outcome((sighting.absent(expected, told, fin, *([sent] if sent else later[:1])),))
    received = _received(sighting, first, expected, [fin, *data], ours, top)
    return Outcome((received,) if owes is None else (received, _paid(sighting, other, owes)))


def _since(theirs: list[Segment], end: int, frame: int) -> tuple[list[Segment], int | None]:
    """What an end sent once it had the FIN, and the number after the highest of what was before."""
    later, top = [], None
    for segment in (each for each in theirs if not each.has(RST)):
        if covers(segment.ack, end) and segment.frame > frame:
            later.append(segment)
        elif segment.following is not None and (top is None or precedes(top, segment.following)):
            top = segment.following
    return later, top


def _fresh(later: list[Segment], top: int | None) -> list[Segment]:
    """Those that bring data behind the number `top`, and behind each other."""
    fresh = []
    for segment in (each for each in later if each.payload):
        end = segment.after_data
        if end is None or top is None or precedes(top, end):
            fresh.append(segment)
            top = top if end is None else end
    return fresh


def _received(
    sighting: Sighting,
    first: str,
    expected: str,
    shown: list[Segment],
    ours: list[Segment],
    top: int | None,
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
    begin = next(each for each in (top, *(one.seq for one in shown[1:])) if each is not None)
    told = f"{(end - begin) % SEQUENCE_SPACE} bytes, acknowledged"
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
