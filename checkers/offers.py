"""The named check `offers`: the window and the MSS that each host offers (TCP/IP Illustrated 18.2).

Both are a system's fingerprint: a host offers them in its SYN, the window in all that follows.
"""

from collections.abc import Mapping

from captures.columns import UNKNOWN
from captures.segment import MSS, RST, SYN
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.parties import is_host
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
    findings = [_windows(evidence, vantage, *each) for each in windows.items()]
    findings += [_mss(evidence, vantage, *each) for each in (mss or {}).items()]
    return Outcome(tuple(findings))


def _sent(evidence: Evidence, vantage: Vantage, host: str) -> list[int]:
    """The rows of the segments from a host."""
    columns = vantage.capture.columns
    its = {
        flow
        for flow, (source, _) in enumerate(columns.ends)
        if is_host(source, host, evidence.names)
    }
    return [row for row, flow in enumerate(columns.flow) if flow in its]


def _windows(evidence: Evidence, vantage: Vantage, host: str, window: int) -> Finding:
    columns = vantage.capture.columns
    sent = [row for row in _sent(evidence, vantage, host) if not columns.flags[row] & RST]
    expected = f"{host} to offer a window of {window}, and no other at its SYN"
    offers = [columns.window[row] for row in sent]
    hidden = [row for row, offered in zip(sent, offers, strict=True) if offered == UNKNOWN]
    why = evidence.why_degraded("window", host=host) or _hidden(vantage, hidden, "window")
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for row, offered in zip(sent, offers, strict=True):
        right = offered == window if columns.flags[row] & SYN else 0 < offered <= window
        if not right:
            return _finding(vantage, Verdict.FAIL, expected, f"win {offered}", row)
    return _all(evidence, vantage, host, expected, sent)


def _mss(evidence: Evidence, vantage: Vantage, host: str, mss: int | None) -> Finding:
    columns = vantage.capture.columns
    syns = [row for row in _sent(evidence, vantage, host) if columns.flags[row] & SYN]
    expected = f"{_mss_text(mss)} in each SYN of {host}"
    hidden = [row for row in syns if columns.options[row] is None]
    why = evidence.why_degraded("mss", host=host) or _hidden(vantage, hidden, "options")
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for row in syns:
        option = columns.segment(row).option(MSS)
        offered = option.value[0] if option else None
        if offered != mss:
            return _finding(vantage, Verdict.FAIL, expected, _mss_text(offered), row)
    return _all(evidence, vantage, host, expected, syns)


def _mss_text(mss: int | None) -> str:
    return "no MSS option" if mss is None else f"MSS {mss}"


def _hidden(vantage: Vantage, rows: list[int], field: str) -> str:
    """Why a field can't be told; '' where every segment shows it."""
    if not rows:
        return ""
    return (
        f"this capture doesn't show the {field} of frame {vantage.capture.columns.frame[rows[0]]}"
    )


def _all(
    evidence: Evidence, vantage: Vantage, host: str, expected: str, sent: list[int]
) -> Finding:
    """A PASS, if there is a SYN of the host at all."""
    if any(vantage.capture.columns.flags[row] & SYN for row in sent):
        return _finding(vantage, Verdict.PASS, expected, "just that", *sent)
    sure = evidence.run and vantage.complete
    verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
    observed = f"no SYN from {host}" + (f"; {vantage.lacks}" if vantage.lacks else "")
    return _finding(vantage, verdict, expected, observed)


def _finding(
    vantage: Vantage, verdict: Verdict, expected: str, observed: str, *rows: int
) -> Finding:
    frames = tuple(vantage.capture.columns.frame[row] for row in rows)
    return Finding("", verdict, expected, observed, "", frames, vantage.point)
