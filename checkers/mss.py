"""The named check `mss`: maximum segment size of each direction (TCP/IP Illustrated 18.4)."""

from collections.abc import Mapping
from functools import partial

from captures.segment import MSS, Endpoint, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome, counted
from checkers.offload import LARGEST, PUT_TOGETHER
from checkers.parties import is_host, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict
from checkers.volume import cut, volume, with_data

REFERENCE = "RFC 9293 3.7.1"

DEFAULT_MSS = 536  # bytes, where the peer announced none
HEADERS = 40  # bytes of an IPv4 and a TCP header without options

SEND_MORE = "Send something larger than the limit: only data shows what a segment may hold."

Announcements = Mapping[str, int | None]
Limits = Mapping[str, int]


def mss(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    announces: Announcements,
    limits: Limits | None = None,
    sends: Limits | None = None,
    connection: int | None = None,
) -> Outcome:
    """Each end announces its MSS, and never gets a larger segment than it announced.

    client, server: `host` or `host.port`. announces: host to bytes, or null for a SYN without the
    option; where run.json tells the interface's MTU, never above that less 40. limits: host to the
    most bytes that it may send in a segment, and once must, since a smaller one shows no limit; a
    host without a limit gets what its peer announced, else 536. sends: host to the bytes of data
    that it sends at least, with one segment of just its limit among them. connection: which of
    several between them, from 1.
    Raises ExpectationError for an unknown service or a host that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    _check_hosts({*announces, *(limits or {}), *(sends or {})}, [end.host for end in ends])
    judge = partial(_judge, announces, limits or {}, sends or {})
    return best_of(evidence, at, *ends, judge, connection)


def _check_hosts(named: set[str], ends: list[str]) -> None:
    strangers = sorted(named.difference(ends))
    if strangers:
        raise ExpectationError(f"{', '.join(strangers)}: neither {ends[0]} nor {ends[1]}")


def _judge(announces: Announcements, limits: Limits, sends: Limits, sighting: Sighting) -> Outcome:
    findings = [
        _announced(sighting, end, host, announces[host])
        for host in announces
        for end in _ends(sighting, host)
    ]
    for end, peer in _directions(sighting):
        findings += _fits_mtu(sighting, end)
        limit = next((limits[host] for host in limits if _on(sighting, end, host)), None)
        findings += _data(sighting, end, peer, limit)
    for host, least in sends.items():
        findings += [_volume(sighting, end, host, least, limits) for end in _ends(sighting, host)]
    return Outcome(tuple(findings))


def _directions(sighting: Sighting) -> list[tuple[Endpoint, Endpoint]]:
    return [(sighting.client, sighting.server), (sighting.server, sighting.client)]


def _on(sighting: Sighting, end: Endpoint, host: str) -> bool:
    return is_host(end, host, sighting.evidence.names)


def _ends(sighting: Sighting, host: str) -> list[Endpoint]:
    ends = (sighting.client, sighting.server)
    return [end for end in ends if _on(sighting, end, host)]


def _value(syn: Segment) -> int | None:
    """The MSS that a SYN announces; None for none."""
    option = syn.option(MSS)
    return option.value[0] if option else None


def _text(value: int | None) -> str:
    return "no MSS option" if value is None else f"MSS {value}"


def _announced(sighting: Sighting, end: Endpoint, host: str, value: int | None) -> Finding:
    """Whether every SYN of this end announces just this."""
    syns = sighting.syns_of(end)
    expected = f"{_text(value)} in the SYN of {host}"
    if not syns:
        inside = bool(sighting.sent_by(end))
        return sighting.absent(expected, f"no SYN from {host}", inside=inside)
    blind = _blind(sighting, host, syns)
    if blind:
        return sighting.finding(Verdict.INCONCLUSIVE, expected, blind, *syns)
    for syn in syns:
        if _value(syn) != value:
            return sighting.finding(Verdict.FAIL, expected, _text(_value(syn)), syn)
    return sighting.finding(Verdict.PASS, expected, _text(value), *syns)


def _blind(sighting: Sighting, host: str, syns: list[Segment]) -> str:
    """Why the SYNs can't tell what the host announces; '' where they do."""
    for syn in syns:
        if syn.options is None:
            return f"this capture doesn't show the options of frame {syn.frame}"
    return sighting.evidence.why_degraded("mss", "options", host=host)


def _fits_mtu(sighting: Sighting, end: Endpoint) -> list[Finding]:
    """A finding if a SYN announces more than the interface can take."""
    mtu = sighting.evidence.mtu(end.host)
    host = sighting.host(end)
    for syn in sighting.syns_of(end):
        value = _value(syn)
        if mtu is not None and value is not None and value > mtu - HEADERS:
            expected = f"an MSS of {mtu - HEADERS} at most from {host} (MTU {mtu} - {HEADERS})"
            return [_unless_degraded(sighting, host, expected, f"MSS {value}", syn)]
    return []


def _data(sighting: Sighting, end: Endpoint, peer: Endpoint, limit: int | None) -> list[Finding]:
    """Whether this end's segments keep to the limit; no finding if there is nothing to limit."""
    host = sighting.host(end)
    sent = [segment for segment in sighting.sent_by(end) if segment.payload]
    if not sent:
        return [] if limit is None else [_no_data(sighting, host)]
    if limit is not None:
        return [_within(sighting, peer, sent, limit, reached=True)]
    syns = sighting.syns_of(peer)
    if not syns or any(syn.options is None for syn in syns):
        return [_unknown_limit(sighting, host, sighting.host(peer), sent)]
    limit = min(_value(syn) or DEFAULT_MSS for syn in syns)
    return [_within(sighting, peer, sent, limit)]


def _volume(sighting: Sighting, end: Endpoint, host: str, least: int, limits: Limits) -> Finding:
    """Whether an end sent so much data, and filled a segment to its limit with it."""
    full = limits.get(host)
    sent = with_data(sighting, end)
    expected = f"{counted(least, 'byte')} of data from {host}" + (
        f", {full} in a segment" if full else ""
    )
    largest = max((one.data or 0 for one in sent), default=0)
    count = volume(sent)
    observed = f"{counted(count, 'byte')}, {largest} in the largest segment"
    if count < least or (full and largest < full):
        if unknown := cut(sent):
            return sighting.finding(Verdict.INCONCLUSIVE, expected, unknown, *sent)
        return sighting.absent(expected, observed, *sent)
    return sighting.finding(Verdict.PASS, expected, observed, *sent)


def _no_data(sighting: Sighting, host: str) -> Finding:
    expected = f"data from {host}"
    told = "not one segment with data"
    return sighting.finding(Verdict.INCONCLUSIVE, expected, told, hint=SEND_MORE)


def _unknown_limit(sighting: Sighting, host: str, peer: str, sent: list[Segment]) -> Finding:
    expected = f"no segment of {host} larger than what {peer} announced"
    observed = f"this capture doesn't show what {peer} announced"
    return sighting.finding(Verdict.INCONCLUSIVE, expected, observed, *sent)


def _within(
    sighting: Sighting, peer: Endpoint, sent: list[Segment], limit: int, reached: bool = False
) -> Finding:
    """Whether no segment is larger; reached: and one is as large, without which nothing shows."""
    host = sighting.host(sent[0].source)
    expected = f"at most {limit} bytes in each segment of {host}"
    for segment in sent:
        size = segment.payload if segment.data is None else segment.data
        if size > limit:
            observed = counted(size, "byte")
            if size > LARGEST:
                told = f"{observed}; {PUT_TOGETHER}"
                return sighting.finding(Verdict.INCONCLUSIVE, expected, told, segment)
            return _unless_degraded(sighting, sighting.host(peer), expected, observed, segment)
    if unknown := cut(sent):
        return sighting.finding(Verdict.INCONCLUSIVE, expected, unknown, *sent)
    largest = max(segment.data or 0 for segment in sent)
    observed = f"{counted(largest, 'byte')} in the largest"
    if reached and largest < limit:
        return sighting.finding(Verdict.INCONCLUSIVE, expected, observed, *sent, hint=SEND_MORE)
    return sighting.finding(Verdict.PASS, expected, observed, *sent)


def _unless_degraded(
    sighting: Sighting, host: str, expected: str, observed: str, segment: Segment
) -> Finding:
    """FAIL, unless this machine could not give `host` its MSS."""
    why = sighting.evidence.why_degraded("mss", "options", host=host)
    if why:
        told = f"{observed}; {why}"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, segment)
    return sighting.finding(Verdict.FAIL, expected, observed, segment)
