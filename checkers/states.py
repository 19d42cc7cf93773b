"""The check `states`: the states that one end went through, as recorded and as captured."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from captures.connections import Connection
from captures.segment import Endpoint
from captures.states import follows, walk_connection
from checkers.errors import ExpectationError
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.histories import History, counting, histories, stall
from checkers.parties import is_host, near
from checkers.recorded import STATES_FILE
from checkers.sighting import Sighting, no_vantage_point
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.3.2"


def states(
    evidence: Evidence,
    at: str,
    host: str,
    path: Sequence[str],
    seen: Sequence[str] = (),
    port: int | None = None,
    connection: int | None = None,
) -> Outcome:
    """One end of a connection goes through these states, as recorded and as the segments show.

    path: every state in order, without CLOSED and LISTEN at its ends if one likes. seen: states
    that must have been recorded. port: the socket's local or foreign port. connection: which of
    several, from 1; else the best counts. at: '' leaves the segments out.
    Raises ExpectationError for a path that TCP can't go.
    """
    check_path(tuple(path))
    findings = [_recorded(evidence, host, path, seen, port, connection)]
    if at:
        findings.append(_captured(evidence, at, host, path, port, connection))
    return Outcome(tuple(findings))


# A course's labs have a few dozen paths, and all of its students the same.
@lru_cache(maxsize=256)
def check_path(path: tuple[str, ...]) -> None:
    """Raises ExpectationError for a step that isn't in the table of RFC 9293's figure."""
    for state, after in pairwise(path):
        if not follows(state, after):
            raise ExpectationError(f"path: TCP can't go from {state} to {after}")


def _recorded(
    evidence: Evidence,
    host: str,
    path: Sequence[str],
    seen: Sequence[str],
    port: int | None,
    connection: int | None,
) -> Finding:
    expected = f"a socket of {host} to go {_text(path)}"
    if not evidence.states.get(host):
        hint = "A run directory has states.jsonl; a capture by itself has none."
        observed = f"no socket states of {host} are recorded"
        return Finding("", Verdict.INCONCLUSIVE, expected, observed, hint=hint)
    every = histories(evidence, host, port)
    listening = {its.local.port for its in every if "LISTEN" in its.states}
    sockets = [its for its in counting(evidence, every) if its.states != ["LISTEN"]]
    if connection is not None:
        sockets = sockets[connection - 1 : connection]
    judged = [
        _judge(its, expected, path, seen, its.local.port in listening, _unsure(evidence, host, its))
        for its in sockets
    ]
    nothing = _no_socket(evidence, host, expected, seen)
    return min(judged, key=lambda finding: finding.verdict, default=nothing)


def _unsure(evidence: Evidence, host: str, history: History) -> str:
    """Why a state of the socket may not have been recorded, in words; '' for no reason."""
    return stall(evidence, host, history) or evidence.goes_on


def _no_socket(evidence: Evidence, host: str, expected: str, seen: Sequence[str]) -> Finding:
    stalled = stall(evidence, host)
    verdict = Verdict.FAIL if seen and not stalled and evidence.over else Verdict.INCONCLUSIVE
    lines = f"{STATES_FILE} to line {evidence.states[host][-1].line}"
    observed = "; ".join(filter(None, ("no such socket recorded", stalled)))
    return Finding("", verdict, expected, observed, record=lines)


def _judge(
    history: History,
    expected: str,
    path: Sequence[str],
    seen: Sequence[str],
    listening: bool,
    unsure: str,
) -> Finding:
    observed = f"{_text(history.states)} recorded"
    record = history.record
    if not _within(history.states, path):
        return Finding("", Verdict.FAIL, expected, observed, record=record)
    known = {*history.states, *(["LISTEN"] if listening else [])}
    for state in seen:
        if state not in known:
            # A state that nobody looked at when it was there isn't the student's fault.
            verdict = Verdict.INCONCLUSIVE if unsure else Verdict.FAIL
            told = "; ".join(filter(None, (observed, unsure)))
            return Finding("", verdict, f"{state} to be seen", told, record=record)
    return Finding("", Verdict.PASS, expected, observed, record=record)


def _within(observed: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the observed states are some of the path's, in its order; CLOSED is no socket."""
    rest = iter(path)
    return all(state in rest for state in observed if state != "CLOSED")


def _captured(
    evidence: Evidence,
    at: str,
    host: str,
    path: Sequence[str],
    port: int | None,
    connection: int | None,
) -> Finding:
    vantage = evidence.at(at)
    if vantage is None:
        return no_vantage_point(evidence, at)
    found = [
        (one, end)
        for one in evidence.connections_at(vantage)
        if port in (None, one.client.port, one.server.port)
        for end in one.ends
        if is_host(end, host, evidence.names)
    ]
    if connection is not None:
        found = found[connection - 1 : connection]
    if not found:
        return _none_captured(evidence, vantage, host)
    judged = (_walked(evidence, vantage, at, path, *each) for each in found)
    return min(judged, key=lambda finding: finding.verdict)


def _none_captured(evidence: Evidence, vantage: Vantage, host: str) -> Finding:
    sure = evidence.ended and vantage.complete
    verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
    expected = f"a connection of {host}"
    return Finding("", verdict, expected, "none captured", vantage=vantage.point)


def _walked(
    evidence: Evidence,
    vantage: Vantage,
    at: str,
    path: Sequence[str],
    connection: Connection,
    end: Endpoint,
) -> Finding:
    """The states that this end's segments show, against the path."""
    sighting = Sighting(evidence, vantage, connection, *connection.ends)
    every = walk_connection(connection, near(connection, at, evidence.names))
    steps = [step for step in every if step.end == end]
    shown = as_path([step.state for step in steps], path)
    expected = f"the segments of {sighting.host(end)} to show {_text(path)}"
    observed = f"{_text(shown)} shown"
    frames = {step.frame for step in steps}
    segments = [segment for segment in connection.segments if segment.frame in frames]
    wanted = as_path(list(path), path)
    if shown == wanted:
        return sighting.finding(Verdict.PASS, expected, observed, *segments)
    # Which of two crossing segments came first, later ones show.
    inside = evidence.over and shown != wanted[: len(shown)]
    return sighting.absent(expected, observed, *segments, inside=inside)


def as_path(shown: list[str], path: Sequence[str]) -> list[str]:
    """States without what `path` leaves out: CLOSED or LISTEN first, CLOSED after LAST_ACK.

    Nor does a segment show how TIME_WAIT ends.
    """
    for first in ("CLOSED", "LISTEN"):
        if shown[:1] == [first] and path[0] != first:
            shown = shown[1:]
    left_out = shown[-2:] == ["LAST_ACK", "CLOSED"] and path[-1] != "CLOSED"
    if left_out or shown[-2:] == ["TIME_WAIT", "CLOSED"]:
        shown = shown[:-1]
    return shown


def _text(path: Sequence[str]) -> str:
    return " ".join(path) or "no state"
