"""The named check `offers`: the window and the MSS that each host offers (TCP/IP Illustrated 18.2).

Both are a system's fingerprint: a host offers them in its SYN, the window in all that follows.
"""

from collections.abc import Mapping

from captures.segment import MSS, RST, SYN, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.sighting import no_vantage_point
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.1, 3.7.1, 3.8.6"


def offers(
    evidence: Evidence,
    at: str,
    windows: Mapping[str, int],
    mss: Mapping[str, int | None] | None = None,
) -> Outcome:
    """Each SYN of these hosts offers this window and MSS; no window is larger later, or closed.

    It is about all connections at the vantage point. windows: host to bytes; of a host that scales
    its windows, leave it out. mss: host to bytes, or null for a SYN without the option.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    mss = mss or {}
    sent = {host: _sent(evidence, vantage, host) for host in (*windows, *mss)}
    findings = [_windows(evidence, vantage, *each, sent[each[0]]) for each in windows.items()]
    findings += [_mss(evidence, vantage, *each, sent[each[0]]) for each in mss.items()]
    return Outcome(tuple(findings))


def _sent(evidence: Evidence, vantage: Vantage, host: str) -> list[Segment]:
    """The segments from a host, in the order they were captured."""
    hosts = evidence.names.addresses(host)
    sent = [
        segment
        for one in vantage.capture.connections
        if one.client.host in hosts or one.server.host in hosts
        for segment in one.segments
        if segment.source.host in hosts
    ]
    return sorted(sent, key=lambda segment: segment.frame)


def _windows(
    evidence: Evidence, vantage: Vantage, host: str, window: int, segments: list[Segment]
) -> Finding:
    sent = [segment for segment in segments if not segment.flags & RST]
    expected = f"{host} to offer a window of {window}, and no other at its SYN"
    why = evidence.why_degraded("window", host=host) or _unknown(sent, "window")
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for segment in sent:
        offered = segment.window or 0
        right = offered == window if segment.flags & SYN else 0 < offered <= window
        if not right:
            return _finding(vantage, Verdict.FAIL, expected, f"win {offered}", segment)
    return _all(evidence, vantage, host, expected, sent)


def _mss(
    evidence: Evidence, vantage: Vantage, host: str, mss: int | None, segments: list[Segment]
) -> Finding:
    syns = [segment for segment in segments if segment.flags & SYN]
    expected = f"{_mss_text(mss)} in each SYN of {host}"
    why = evidence.why_degraded("mss", host=host) or _unknown(syns, "options")
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for syn in syns:
        option = syn.option(MSS)
        offered = option.value[0] if option else None
        if offered != mss:
            return _finding(vantage, Verdict.FAIL, expected, _mss_text(offered), syn)
    return _all(evidence, vantage, host, expected, syns)


def _mss_text(mss: int | None) -> str:
    return "no MSS option" if mss is None else f"MSS {mss}"


def _unknown(segments: list[Segment], field: str) -> str:
    """Why a field can't be told; '' where every segment shows it."""
    for segment in segments:
        if getattr(segment, field) is None:
            return f"this capture doesn't show the {field} of frame {segment.frame}"
    return ""


def _all(
    evidence: Evidence, vantage: Vantage, host: str, expected: str, sent: list[Segment]
) -> Finding:
    """A PASS, if there is a SYN of the host at all."""
    if any(segment.has(SYN) for segment in sent):
        return _finding(vantage, Verdict.PASS, expected, "just that", *sent)
    sure = evidence.ended and vantage.complete
    verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
    observed = f"no SYN from {host}" + (f"; {vantage.lacks}" if vantage.lacks else "")
    return _finding(vantage, verdict, expected, observed)


def _finding(
    vantage: Vantage, verdict: Verdict, expected: str, observed: str, *segments: Segment
) -> Finding:
    frames = tuple(segment.frame for segment in segments)
    return Finding("", verdict, expected, observed, "", frames, vantage.point)
