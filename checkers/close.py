"""The named check `close`: connection termination (TCP/IP Illustrated 18.2)."""

from captures.segment import FIN, RST, Endpoint, Segment, covers, precedes
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import is_host, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.6"


def close(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    first: str | None = None,
    connection: int | None = None,
) -> Outcome:
    """Each end sends a FIN, and each FIN is acknowledged; nobody resets the connection.

    client, server: `host` or `host.port`. first: the host whose FIN comes first, where that
    matters. connection: which of several between them, from 1.
    A half-close that never ends fails, since one FIN is missing.
    Raises ExpectationError for an unknown service, or a `first` that is neither end.
    """
    names = evidence.names
    ends = wanted(client, names), wanted(server, names)
    if first is not None and first not in (end.host for end in ends):
        raise ExpectationError(f"first: {first} is neither {ends[0].host} nor {ends[1].host}")
    return best_of(evidence, at, *ends, lambda sighting: _judge(sighting, first), connection)


def _judge(sighting: Sighting, first: str | None) -> Outcome:
    if reset := cut_off(sighting):
        return Outcome((_aborted(sighting, reset),))
    ends = sighting.client, sighting.server
    findings = [_closed(sighting, *pair) for pair in (ends, ends[::-1])]
    if first is not None:
        findings.append(_order(sighting, first))
    return Outcome(tuple(findings))


def cut_off(sighting: Sighting) -> Segment | None:
    """The reset that cuts the connection off; None for none.

    None does once each FIN is acknowledged: the end that closed last knows the connection no more,
    and so answers an ACK that was overtaken by another (RFC 9293 3.10.7.1), as a busy Linux sends.
    """
    fins: dict[Endpoint, int | None] = {}
    acknowledged: set[Endpoint] = set()
    for segment in sighting.segments:
        if segment.has(RST) and len(acknowledged) < 2:
            return segment
        if segment.has(FIN):
            fins.setdefault(segment.source, segment.following)
        if covers(segment.ack, fins.get(segment.destination)):
            acknowledged.add(segment.destination)
    return None


def _aborted(sighting: Sighting, reset: Segment) -> Finding:
    return sighting.finding(
        Verdict.FAIL,
        "a FIN from each end",
        f"a reset from {sighting.host(reset.source)}",
        reset,
        hint="A reset aborts the connection instead of closing it (section 18.7).",
    )


def _closed(sighting: Sighting, end: Endpoint, peer: Endpoint) -> Finding:
    """Whether an end sent its FIN and the peer acknowledged it."""
    name, other = sighting.host(end), sighting.host(peer)
    fins = [segment for segment in sighting.sent_by(end) if segment.has(FIN)]
    if not fins:
        observed = f"no FIN from {name}"
        return sighting.absent(f"a FIN from {name}", observed, *sighting.segments[-1:])
    last = fins[0].following
    if last is None:
        observed = f"a FIN whose number this capture doesn't show, in frame {fins[0].frame}"
        return sighting.finding(Verdict.INCONCLUSIVE, f"a FIN from {name}", observed, fins[0])
    expected = f"{other} to acknowledge the FIN of {name} with ack {last}"
    replies = [each for each in sighting.sent_by(peer) if each.frame > fins[0].frame]
    acknowledged = next((segment for segment in replies if segment.ack == last), None)
    if acknowledged:
        told = "a FIN and its acknowledgment"
        return sighting.finding(Verdict.PASS, expected, told, fins[0], acknowledged)
    for reply in replies:
        if reply.ack is not None and precedes(last, reply.ack):
            return sighting.finding(Verdict.FAIL, expected, f"ack {reply.ack}", fins[0], reply)
    return sighting.absent(expected, "no such ACK", *fins, *replies[-1:])


def _order(sighting: Sighting, first: str) -> Finding:
    expected = f"the first FIN from {first}"
    fins = [segment for segment in sighting.segments if segment.has(FIN)]
    if not fins:
        return sighting.absent(expected, "no FIN", *sighting.segments[-1:])
    if is_host(fins[0].source, first, sighting.evidence.names):
        return sighting.finding(Verdict.PASS, expected, f"the first from {first}", fins[0])
    other = sighting.host(fins[0].source)
    if sighting.gaps.earlier:
        return sighting.absent(expected, f"the first from {other}", fins[0])
    return sighting.finding(Verdict.FAIL, expected, f"the first from {other}", fins[0])
