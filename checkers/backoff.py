"""The check `backoff`: when a segment is sent again, and again (TCP/IP Illustrated 18.3)."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from captures import seconds as decimal
from captures.connections import Connection
from captures.segment import FIN, RST, Segment
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import wanted
from checkers.schedules import DOUBLING, FIXED, Misfit, Schedule, misfit, schedule
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict
from checkers.words import ScheduleName

REFERENCE = "RFC 6298 5.5; TCP/IP Illustrated 18.3"

SYNS, DATA, FINS = "syn", "data", "fin"


def backoff(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    schedule: ScheduleName,
    of: str = SYNS,
    retransmissions: int | None = None,
    only: bool = False,
    connection: int | None = None,
) -> Outcome:
    """One segment is sent again at the gaps of a named schedule, with the same sequence number.

    Gaps that another system's schedule has, too, prove neither: so one retransmission doesn't
    tell SunOS from BSD, and two do.
    client, server: `host` or `host.port`; the client's segment is meant. of: `syn`, `data` or
    `fin`. retransmissions: so many at least. only: nothing else passes between the two hosts at
    the server's port. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    judge = partial(_judge, schedule, of, retransmissions, only)
    return best_of(evidence, at, *ends, judge, connection)


def _judge(
    name: ScheduleName, of: str, retransmissions: int | None, only: bool, sighting: Sighting
) -> Outcome:
    sent = _transmissions(sighting, of)
    findings = [_changed(sighting, of, sent) or _series(sighting, name, of, sent, retransmissions)]
    if only:
        findings.append(_alone(sighting, of, sent))
    return Outcome(tuple(findings))


def _transmissions(sighting: Sighting, of: str) -> list[Segment]:
    """Every transmission of the client's SYN, its FIN, or the data that it sent most often."""
    sent = sighting.sent_by(sighting.client)
    if of == SYNS:
        return [segment for segment in sent if _is_syn(segment)]
    if of == FINS:
        return [segment for segment in sent if segment.has(FIN)]
    data = [segment for segment in sent if segment.payload]
    often = Counter(segment.seq for segment in data).most_common(1)
    return [segment for segment in data if segment.seq == often[0][0]]


def _is_syn(segment: Segment) -> bool:
    return segment.opens and not segment.flags & (RST | FIN)


def _number(segment: Segment, of: str) -> int | None:
    """What all transmissions have in common: the ISN, the FIN's own number, the data's first."""
    return segment.after_data if of == FINS else segment.seq


def _changed(sighting: Sighting, of: str, sent: Sequence[Segment]) -> Finding | None:
    """A FAIL if a retransmission has another sequence number."""
    for again in sent[1:]:
        first, second = _number(sent[0], of), _number(again, of)
        if first is not None and second not in (None, first):
            word = "ISN" if of == SYNS else "sequence number"
            expected = f"a retransmission to repeat the {word} {first}"
            return sighting.finding(Verdict.FAIL, expected, str(second), sent[0], again)
    return None


def _series(
    sighting: Sighting,
    name: ScheduleName,
    of: str,
    sent: Sequence[Segment],
    retransmissions: int | None,
) -> Finding:
    host = sighting.host(sighting.client)
    expected = f"the {of} of {host} sent again by the schedule {name}"
    chosen = schedule(name, sighting.evidence, host)
    why = _blind(sighting, host, of, sent, chosen)
    if not why and len(sent) - 1 < (retransmissions or 0):
        expected += f", {retransmissions} times at least"
        return sighting.absent(expected, f"{len(sent) - 1} retransmission(s)", *sent)
    if not why and len(sent) < 2:
        why = f"{len(sent)} transmission(s): it takes two for a gap"
    if why or chosen is None:
        return sighting.finding(Verdict.INCONCLUSIVE, expected, why, *sent)
    return _fitted(sighting, chosen, expected, sent)


def _alike(chosen: Schedule, gaps_ns: Sequence[int]) -> list[str]:
    """The other systems' schedules that these gaps don't tell from the chosen one.

    None for a schedule that run.json tells, and for `doubling`, which several systems keep.
    """
    if chosen is DOUBLING or chosen is not FIXED.get(chosen.name):
        return []
    systems = [one for one in FIXED.values() if one not in (chosen, DOUBLING)]
    return [one.name for one in systems if misfit(one, gaps_ns) is None]


def _blind(
    sighting: Sighting, host: str, of: str, sent: Sequence[Segment], chosen: Schedule | None
) -> str:
    """Why the gaps can't tell; '' where they do."""
    if not sighting.vantage.capture.timed:
        return "this capture doesn't show times"
    if any(_number(segment, of) is None for segment in sent):
        return f"this capture doesn't show the number of each {of}"
    if chosen is None:
        fits = _fitting(_gaps_ns(sent)) or "no schedule"
        return f"run.json doesn't tell tcp_syn sysctls of {host} that are Linux's; {fits} would fit"
    return sighting.evidence.why_degraded("syn_timers", host=host) if of == SYNS else ""


def _gaps_ns(sent: Sequence[Segment]) -> list[int]:
    return [after.time_ns - before.time_ns for before, after in pairwise(sent)]


def _fitted(
    sighting: Sighting, chosen: Schedule, expected: str, sent: Sequence[Segment]
) -> Finding:
    gaps_ns = _gaps_ns(sent)
    wrong, alike = misfit(chosen, gaps_ns), _alike(chosen, gaps_ns)
    if wrong is None and alike:
        told = f"gaps of {_list(gaps_ns)}, which fit {' and '.join(alike)} as well"
        hint = "Let the client go on: the next gap tells them apart."
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, *sent, hint=hint)
    if wrong is None:
        told = f"gaps of {_list(gaps_ns)}: {chosen.name} fits; {_others(chosen, gaps_ns)}"
        return sighting.finding(Verdict.PASS, expected, told, *sent)
    gap_ns = gaps_ns[wrong.place]
    observed = f"{decimal.text(gap_ns, 3)} s; {_fitting(gaps_ns) or 'no schedule'} would fit"
    lost = sighting.gaps.earlier if _too_long(wrong, gap_ns) else ""
    return sighting.finding(
        Verdict.INCONCLUSIVE if lost else Verdict.FAIL,
        _gap_text(chosen, wrong),
        f"{observed}; {lost}" if lost else observed,
        *sent[wrong.place : wrong.place + 2],
        subject=f"gap {wrong.place + 1}",
    )


def _too_long(wrong: Misfit, gap_ns: int) -> bool:
    """Whether transmissions that the capture lacks could explain the gap."""
    return wrong.expected is not None and gap_ns > wrong.expected.high_ns


def _gap_text(chosen: Schedule, wrong: Misfit) -> str:
    if wrong.expected is None:
        return f"no further retransmission by {chosen.name}"
    low, high = (decimal.text(limit_ns, 3) for limit_ns in wrong.expected[:2])
    return f"{wrong.expected.text} ({low} to {high}) by {chosen.name}"


def _list(gaps_ns: Sequence[int]) -> str:
    return f"{', '.join(decimal.text(gap_ns, 3) for gap_ns in gaps_ns)} s"


def _fitting(gaps_ns: Sequence[int]) -> str:
    """The names of the schedules that fit; '' for none."""
    fits = [name for name, one in FIXED.items() if misfit(one, gaps_ns) is None]
    return " and ".join(fits)


def _others(chosen: Schedule, gaps_ns: Sequence[int]) -> str:
    """Why the other schedules don't fit, each by its first gap that doesn't."""
    reasons = []
    for name, one in FIXED.items():
        wrong = misfit(one, gaps_ns)
        if name == chosen.name:
            continue
        if wrong is None:
            reasons.append(f"{name} would fit too")
        elif wrong.expected is None:
            reasons.append(f"{name} would have no gap {wrong.place + 1}")
        else:
            reasons.append(f"{name}: gap {wrong.place + 1} would be {wrong.expected.text}")
    return "; ".join(reasons)


def _only_syns(connection: Connection, host: str) -> bool:
    """Whether nothing but SYNs of this host is in the connection."""
    return all(segment.source.host == host and _is_syn(segment) for segment in connection.segments)


def _alone(sighting: Sighting, of: str, sent: Sequence[Segment]) -> Finding:
    """Whether no other segment passed between the two hosts at the server's port.

    Another attempt of the client that nobody answered either is no other segment.
    """
    frames = {segment.frame for segment in sent}
    ends = {sighting.client.host, sighting.server.host}
    other = [
        segment
        for connection in sighting.vantage.capture.connections
        if {connection.client.host, connection.server.host} == ends
        and sighting.server in (connection.client, connection.server)
        and not (of == SYNS and _only_syns(connection, sighting.client.host))
        for segment in connection.segments
        if segment.frame not in frames
    ]
    names = " and ".join(sighting.host(end) for end in (sighting.client, sighting.server))
    expected = f"nothing but the {of} between {names}"
    if other:
        observed = f"{len(other)} other segment(s)"
        return sighting.finding(Verdict.FAIL, expected, observed, *other[:1])
    if sighting.gaps.earlier:
        return sighting.finding(Verdict.INCONCLUSIVE, expected, sighting.gaps.earlier, *sent)
    verdict = Verdict.PASS if sent else Verdict.INCONCLUSIVE
    return sighting.finding(verdict, expected, f"just its {len(sent)} transmission(s)", *sent)
