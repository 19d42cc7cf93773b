"""The check `lasts`: how long a socket stayed in a state."""

from msgspec import structs

from captures import seconds as decimal
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.histories import History, Stay, counting, histories, stall
from checkers.recorded import STATES_FILE
from checkers.verdict import Verdict
from checkers.words import TOLERANCE_S

REFERENCE = "RFC 9293 3.4.2, 3.6"

SECOND_NS = 1_000_000_000


def lasts(
    evidence: Evidence,
    host: str,
    state: str,
    seconds: float,
    tolerance: float = TOLERANCE_S,
    port: int | None = None,
    connection: int | None = None,
) -> Outcome:
    """A socket of the host stays in a state for so long, as states.jsonl recorded it.

    seconds, tolerance: how long, give or take. port: its local or foreign port. connection: which
    of several sockets in that state, from 1; if left out, the best counts.
    """
    expected = f"{state} of {host} for {seconds:g} s ±{tolerance:g}"
    if not evidence.states.get(host):
        return Outcome((_nothing(expected, f"no socket states of {host} are recorded"),))
    stays = [
        (history, stay)
        for history in counting(evidence, histories(evidence, host, port))
        for stay in history.stays
        if stay.state == state
    ]
    if connection is not None:
        stays = stays[connection - 1 : connection]
    bounds = int((seconds - tolerance) * SECOND_NS), int((seconds + tolerance) * SECOND_NS)
    findings = [_judge(evidence, expected, bounds, *each) for each in stays]
    best = min(findings, key=lambda finding: finding.verdict, default=None)
    if best:
        return Outcome((_unless_degraded(evidence, host, state, best),))
    return Outcome((_never_seen(evidence, host, expected),))


def _unless_degraded(evidence: Evidence, host: str, state: str, found: Finding) -> Finding:
    """INCONCLUSIVE instead of FAIL where this machine has not the timer that ends the state."""
    why = evidence.why_degraded("syn_timers", host=host) if state == "SYN_SENT" else ""
    if not why or found.verdict is not Verdict.FAIL:
        return found
    observed = f"{found.observed}; {why}"
    return structs.replace(found, verdict=Verdict.INCONCLUSIVE, observed=observed)


def _nothing(expected: str, observed: str) -> Finding:
    hint = "A run directory has states.jsonl; a capture by itself has none."
    return Finding("lasts", Verdict.INCONCLUSIVE, expected, observed, hint=hint)


def _never_seen(evidence: Evidence, host: str, expected: str) -> Finding:
    lines = f"{STATES_FILE} to line {evidence.states[host][-1].line}"
    stalled = stall(evidence, host)
    observed = "; ".join(filter(None, ("no such socket in that state", stalled)))
    verdict = Verdict.INCONCLUSIVE if stalled or not evidence.over else Verdict.FAIL
    return Finding("lasts", verdict, expected, observed, record=lines)


def _judge(
    evidence: Evidence, expected: str, bounds: tuple[int, int], history: History, stay: Stay
) -> Finding:
    """What one stay says; one that the record doesn't see end is too long, or can't tell."""
    shortest_ns, longest_ns = bounds
    end_ns = stay.until_ns or max(each[-1].time_ns for each in evidence.states.values() if each)
    lasted_ns = end_ns - stay.since_ns
    observed = f"{decimal.text(lasted_ns, 3)} s"
    verdict = Verdict.PASS if shortest_ns <= lasted_ns <= longest_ns else Verdict.FAIL
    if stay.until_ns is None:
        observed = f"{observed} and still so at the end of the record"
        verdict = Verdict.FAIL if lasted_ns > longest_ns else Verdict.INCONCLUSIVE
    record = f"{STATES_FILE} line {stay.line}"
    subject = f"{history.local.host}.{history.local.port}"
    return Finding("lasts", verdict, expected, observed, subject, record=record)
