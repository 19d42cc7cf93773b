"""The check `attempts`: when a client tries again to connect, by its own schedule."""

from collections.abc import Sequence
from itertools import pairwise

from captures import seconds as decimal
from captures.connections import Connection
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.parties import fitting, is_host, wanted
from checkers.sighting import no_vantage_point
from checkers.verdict import Verdict

SECOND_NS = 1_000_000_000
# A timer is never early but for what clocks and captures round; a busy machine makes it late.
EARLY_S, EARLY_PART, LATE_S = 0.05, 0.05, 0.5


def attempts(
    evidence: Evidence, at: str, client: str, server: str, gaps: Sequence[float] = ()
) -> Outcome:
    """The client tries to connect once more than there are gaps, and waits so long in between.

    client, server: `host` or `host.port`. gaps: seconds, each from the last segment of an attempt
    to the SYN of the next. A SYN that TCP itself sends again is of the same attempt.
    Raises ExpectationError for an unknown service.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    here, there = wanted(client, evidence.names), wanted(server, evidence.names)
    asked = fitting(there, evidence.names)
    found = [
        one
        for one in vantage.capture.connections
        if is_host(one.client, here.host, evidence.names) and asked(one.server)
    ]
    ends = f"from {here.text(evidence.names)} to {there.text(evidence.names)}"
    count = _count(evidence, vantage, f"{len(gaps) + 1} attempt(s) to connect {ends}", found, gaps)
    if not vantage.capture.timed:
        timed = [_untimed(vantage, gaps)] if gaps else []
    else:
        both = zip(pairwise(found), gaps, strict=False)
        timed = [_gap(vantage, place, *each) for place, each in enumerate(both, 1)]
    return Outcome((count, *timed))


def _count(
    evidence: Evidence,
    vantage: Vantage,
    expected: str,
    found: Sequence[Connection],
    gaps: Sequence[float],
) -> Finding:
    frames = tuple(one.segments[0].frame for one in found)
    observed = f"{len(found)}"
    verdict = Verdict.PASS if len(found) == len(gaps) + 1 else Verdict.FAIL
    if len(found) <= len(gaps):
        # A capture that was stopped early, or has losses, lacks whole attempts.
        lacks = vantage.lacks or evidence.goes_on
        if not (lacks or evidence.ended):
            lacks = "others may not be captured"
        verdict = Verdict.INCONCLUSIVE if lacks else Verdict.FAIL
        observed += f"; {lacks}" if lacks else ""
    return Finding("attempts", verdict, expected, observed, "", frames, vantage.point)


def _untimed(vantage: Vantage, gaps: Sequence[float]) -> Finding:
    expected = f"gaps of {', '.join(f'{gap:g}' for gap in gaps)} s"
    observed = "this capture doesn't show times"
    return Finding("attempts", Verdict.INCONCLUSIVE, expected, observed, vantage=vantage.point)


def _gap(
    vantage: Vantage, place: int, pair: tuple[Connection, Connection], gap_s: float
) -> Finding:
    last, first = pair[0].segments[-1], pair[1].segments[0]
    low_s = gap_s - max(EARLY_S, EARLY_PART * gap_s)
    high_s = gap_s + LATE_S
    gap_ns = first.time_ns - last.time_ns
    right = low_s * SECOND_NS <= gap_ns <= high_s * SECOND_NS
    verdict = Verdict.PASS if right else Verdict.FAIL
    observed = f"{decimal.text(gap_ns, 3)} s"
    if not right and vantage.lacks:
        verdict, observed = Verdict.INCONCLUSIVE, f"{observed}; {vantage.lacks}"
    frames = last.frame, first.frame
    expected = f"{gap_s:g} s ({low_s:g} to {high_s:g}) before the next attempt"
    return Finding("attempts", verdict, expected, observed, f"gap {place}", frames, vantage.point)
