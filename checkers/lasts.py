"""The check `lasts`: how long a socket stayed in a state."""

from msgspec import structs

from captures import seconds as decimal
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.histories import History, Stay, counting, histories, stall, stalled
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
    Where a look came late, the state may have begun or ended at any time since the one before: what
    could have lasted so long doesn't fail.
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
    end_ns = _known_until_ns(evidence, host)
    findings = [_judge(end_ns, expected, bounds, *each) for each in stays]
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


def _known_until_ns(evidence: Evidence, host: str) -> int:
    """Until when the record tells of a host's sockets; a late look at another host doesn't."""
    others = (each[-1].time_ns - each[-1].late_ns for each in evidence.states.values() if each)
    return max(evidence.states[host][-1].time_ns, *others)


def _judge(
    end_ns: int, expected: str, bounds: tuple[int, int], history: History, stay: Stay
) -> Finding:
    """What one stay says; one that the record doesn't see end is too long, or can't tell."""
    shortest_ns, longest_ns = bounds
    lasted_ns = (end_ns if stay.gone is None else stay.gone.time_ns) - stay.since_ns
    observed = f"{decimal.text(lasted_ns, 3)} s"
    beyond_ns = max(shortest_ns - lasted_ns, lasted_ns - longest_ns)
    verdict = Verdict.PASS if beyond_ns <= 0 else Verdict.FAIL
    if stay.gone is None:
        observed = f"{observed} and still so at the end of the record"
        verdict = Verdict.FAIL if lasted_ns > longest_ns else Verdict.INCONCLUSIVE
    else:
        look = stay.gone if lasted_ns > longest_ns else stay.seen
        if 0 < beyond_ns <= look.late_ns:
            verdict, observed = Verdict.INCONCLUSIVE, f"{observed}; {stalled(look)}"
    record = f"{STATES_FILE} line {stay.line}"
    subject = f"{history.local.host}.{history.local.port}"
    return Finding("lasts", verdict, expected, observed, subject, record=record)
