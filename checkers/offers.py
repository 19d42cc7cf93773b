"""The named check `offers`: the window and the MSS that each host offers (TCP/IP Illustrated 18.2).

Both are a system's fingerprint: a host offers them in its SYN, the window in all that follows.
"""

from collections.abc import Mapping, Sequence, Set

from captures import options
from captures.columns import UNKNOWN
from captures.segment import MSS, RST, SYN
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.sighting import no_vantage_point
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.1, 3.7.1, 3.8.6"

Rows = Sequence[int]  # of the capture's columns: a host sends many segments, and few are odd


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
    sent = _sent(evidence, vantage, {*windows, *mss})
    findings = [_windows(evidence, vantage, *each, sent[each[0]]) for each in windows.items()]
    findings += [_mss(evidence, vantage, *each, sent[each[0]]) for each in mss.items()]
    return Outcome(tuple(findings))


def _sent(evidence: Evidence, vantage: Vantage, hosts: Set[str]) -> dict[str, Rows]:
    """The segments from each of these hosts, in the order of their frames."""
    columns = vantage.capture.columns
    sources = [source.host for source, _ in columns.ends]
    found: dict[str, Rows] = {}
    for host in hosts:
        its = evidence.names.addresses(host)
        flows = {flow for flow, source in enumerate(sources) if source in its}
        rows = [row for row, flow in enumerate(columns.flow) if flow in flows]
        found[host] = sorted(rows, key=columns.frame.__getitem__)
    return found


def _windows(evidence: Evidence, vantage: Vantage, host: str, window: int, rows: Rows) -> Finding:
    flags, offers = vantage.capture.columns.flags, vantage.capture.columns.window
    sent = [row for row in rows if not flags[row] & RST]
    expected = f"{host} to offer a window of {window}, and no other at its SYN"
    why = evidence.why_degraded("window", host=host) or _unknown(vantage, "window", sent)
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for row in sent:
        offered = offers[row]
        right = offered == window if flags[row] & SYN else 0 < offered <= window
        if not right:
            return _finding(vantage, Verdict.FAIL, expected, f"win {offered}", [row])
    return _all(evidence, vantage, host, expected, sent)


def _mss(evidence: Evidence, vantage: Vantage, host: str, mss: int | None, rows: Rows) -> Finding:
    columns = vantage.capture.columns
    syns = [row for row in rows if columns.flags[row] & SYN]
    expected = f"{_mss_text(mss)} in each SYN of {host}"
    why = evidence.why_degraded("mss", host=host) or _unknown(vantage, "options", syns)
    if why:
        return _finding(vantage, Verdict.INCONCLUSIVE, expected, why)
    for row in syns:
        offered = _mss_in(columns.options[row] or b"")
        if offered != mss:
            return _finding(vantage, Verdict.FAIL, expected, _mss_text(offered), [row])
    return _all(evidence, vantage, host, expected, syns)


def _mss_in(raw: bytes) -> int | None:
    """The MSS among a SYN's options; None for none."""
    return next((each.value[0] for each in options.decode(raw) if each.kind == MSS), None)


def _mss_text(mss: int | None) -> str:
    return "no MSS option" if mss is None else f"MSS {mss}"


def _unknown(vantage: Vantage, field: str, rows: Rows) -> str:
    """Why a field can't be told; '' where every segment shows it."""
    columns = vantage.capture.columns
    column = getattr(columns, field)
    shown = [column[row] for row in rows]
    for unknown in (UNKNOWN, None):
        if unknown in shown:
            frame = columns.frame[rows[shown.index(unknown)]]
            return f"this capture doesn't show the {field} of frame {frame}"
    return ""


def _all(evidence: Evidence, vantage: Vantage, host: str, expected: str, rows: Rows) -> Finding:
    """A PASS, if there is a SYN of the host at all."""
    flags = vantage.capture.columns.flags
    if any(flags[row] & SYN for row in rows):
        return _finding(vantage, Verdict.PASS, expected, "just that", rows)
    sure = evidence.ended and vantage.complete
    verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
    observed = f"no SYN from {host}" + (f"; {vantage.lacks}" if vantage.lacks else "")
    return _finding(vantage, verdict, expected, observed)


def _finding(
    vantage: Vantage, verdict: Verdict, expected: str, observed: str, rows: Rows = ()
) -> Finding:
    frame = vantage.capture.columns.frame
    frames = tuple(frame[row] for row in rows)
    return Finding("", verdict, expected, observed, "", frames, vantage.point)
