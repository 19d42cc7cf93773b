"""The check `states`: recorded and captured states of one end against a path."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from captures.segment import ACK, RST
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.states import states
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    POINT,
    changed,
    figure,
    ran,
    recorded,
    segments,
    without,
)

LISTENING = "0.0.0.0.9 0.0.0.0.0 LISTEN"
PAIR = "bsdi.9 svr4.1037"
PASSIVE = ["LISTEN", "SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"]
ACTIVE = ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"]


def history(*went: str) -> Evidence:
    """A server's socket that goes through these states, a second each, and is gone then."""
    lines = [(float(second), [LISTENING, f"{PAIR} {state}"]) for second, state in enumerate(went)]
    return recorded((0, [LISTENING]), *lines, (len(went), [LISTENING]))


def checked(evidence: Evidence, path: Sequence[str] = PASSIVE, **parameters: object) -> Outcome:
    return states(evidence, "", "bsdi", path, **parameters)  # type: ignore[arg-type]


def finding(evidence: Evidence, path: Sequence[str] = PASSIVE, **parameters: object) -> Finding:
    (only,) = checked(evidence, path, **parameters).findings
    return only


@pytest.mark.parametrize(
    "went",
    [
        ["SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"],
        ["ESTABLISHED", "LAST_ACK"],
        ["ESTABLISHED", "LAST_ACK", "CLOSED"],
        ["CLOSE_WAIT"],
    ],
)
def test_recorded_states_may_lack_some_of_the_path(went: list[str]) -> None:
    assert finding(history(*went)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "went",
    [
        ["ESTABLISHED", "FIN_WAIT_1"],
        ["LAST_ACK", "ESTABLISHED"],
        ["ESTABLISHED", "CLOSE_WAIT", "ESTABLISHED"],
        ["ESTABLISHED", "CLOSING"],
        ["SYN_SENT", "ESTABLISHED", "LAST_ACK"],
    ],
)
def test_but_hold_no_other_and_in_no_other_order(went: list[str]) -> None:
    found = finding(history(*went))
    assert (found.verdict, found.observed) == (Verdict.FAIL, f"{' '.join(went)} recorded")
    assert found.expected == f"a socket of bsdi to go {' '.join(PASSIVE)}"


def test_where_it_is_recorded() -> None:
    assert finding(history("ESTABLISHED", "LAST_ACK")).record == "states.jsonl lines 2 and 3"


def test_states_that_must_be_seen() -> None:
    went = history("ESTABLISHED", "LAST_ACK")
    assert finding(went, seen=["LISTEN", "LAST_ACK"]).verdict is Verdict.PASS
    missing = finding(went, seen=["ESTABLISHED", "CLOSE_WAIT"])
    assert (missing.verdict, missing.expected) == (Verdict.FAIL, "CLOSE_WAIT to be seen")


def test_nothing_recorded() -> None:
    assert finding(ran(segments())).verdict is Verdict.INCONCLUSIVE
    only_listening = recorded((0, [LISTENING]))
    assert finding(only_listening).verdict is Verdict.INCONCLUSIVE
    assert finding(only_listening, seen=["ESTABLISHED"]).verdict is Verdict.FAIL


def test_the_socket_by_its_port() -> None:
    evidence = recorded(
        (0, ["bsdi.9 svr4.1037 ESTABLISHED", "bsdi.1025 sun.23 SYN_SENT"]),
        (1, ["bsdi.9 svr4.1037 LAST_ACK"]),
    )
    for port, verdict in ((9, Verdict.PASS), (1037, Verdict.PASS), (23, Verdict.FAIL)):
        assert finding(evidence, port=port).verdict is verdict


def test_one_of_several_connections() -> None:
    evidence = recorded(
        (0, ["bsdi.9 svr4.1037 FIN_WAIT_2"]),
        (1, []),
        (2, ["bsdi.9 svr4.1037 ESTABLISHED"]),
    )
    assert finding(evidence).verdict is Verdict.PASS
    assert finding(evidence, connection=1).verdict is Verdict.FAIL
    assert finding(evidence, connection=2).verdict is Verdict.PASS
    assert finding(evidence, connection=3, seen=["ESTABLISHED"]).verdict is Verdict.FAIL


def test_a_pair_that_begins_anew_out_of_time_wait_is_another_socket() -> None:
    evidence = recorded((0, [f"{PAIR} TIME_WAIT"]), (1, [f"{PAIR} ESTABLISHED"]))
    assert finding(evidence, connection=1).verdict is Verdict.FAIL
    assert finding(evidence, connection=2).verdict is Verdict.PASS


def captured(evidence: Evidence, host: str, path: Sequence[str], at: str = POINT) -> Finding:
    return states(evidence, at, host, path).findings[1]


@pytest.mark.parametrize(("host", "path"), [("bsdi", PASSIVE), ("svr4", ACTIVE)])
def test_the_segments_show_exactly_the_path(host: str, path: list[str]) -> None:
    for evidence in (ran(segments()), figure("18.2-connection")):
        assert captured(evidence, host, path).verdict is Verdict.PASS
    for place in range(1, len(path) - 1):
        shorter = captured(ran(segments()), host, path[:place])
        assert shorter.verdict is Verdict.FAIL
        assert shorter.expected.endswith(f"to show {' '.join(path[:place])}")


def test_what_a_path_may_leave_out() -> None:
    assert captured(ran(segments()), "bsdi", PASSIVE[1:-1]).verdict is Verdict.PASS
    assert captured(ran(segments()), "svr4", ["CLOSED", *ACTIVE, "CLOSED"]).verdict is Verdict.PASS


def test_a_reset_is_not_left_out() -> None:
    reset = changed(segments()[:4], 4, flags=RST | ACK)
    assert captured(ran(reset), "svr4", ["SYN_SENT", "ESTABLISHED"]).verdict is Verdict.FAIL
    aborted = ["SYN_SENT", "ESTABLISHED", "CLOSED"]
    assert captured(ran(reset), "svr4", aborted).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("lost", "verdict"),
    [(4, Verdict.INCONCLUSIVE), (6, Verdict.INCONCLUSIVE), (7, Verdict.FAIL)],
)
def test_a_segment_that_is_not_there(lost: int, verdict: Verdict) -> None:
    """Segments 4 and 6 are FINs that the capture shows to be acknowledged: they did pass."""
    seen = without(segments(), lost)
    assert captured(ran(seen), "bsdi", PASSIVE).verdict is verdict
    assert captured(ran(seen, drops=1), "bsdi", PASSIVE).verdict is Verdict.INCONCLUSIVE


def test_no_such_capture_or_connection() -> None:
    assert captured(ran(segments()), "bsdi", PASSIVE, "sun eth0").verdict is Verdict.INCONCLUSIVE
    assert captured(ran(segments()), "sun", ACTIVE).verdict is Verdict.FAIL
    assert captured(figure("18.2-connection"), "sun", ACTIVE).verdict is Verdict.INCONCLUSIVE


def test_both_findings_tell_of_a_contradiction() -> None:
    went = history("ESTABLISHED", "FIN_WAIT_1")
    evidence = replace(ran(segments()), states=went.states)
    verdicts = [each.verdict for each in states(evidence, POINT, "bsdi", PASSIVE).findings]
    assert verdicts == [Verdict.FAIL, Verdict.PASS]


def test_a_path_that_tcp_cannot_go() -> None:
    with pytest.raises(ExpectationError, match="TCP can't go from LISTEN to ESTABLISHED"):
        checked(ran(segments()), ["LISTEN", "ESTABLISHED"])


def test_the_book_s_listing_has_no_states_but_segments() -> None:
    outcome = states(figure("18.2-connection"), POINT, "bsdi", PASSIVE)
    assert [each.verdict for each in outcome.findings] == [Verdict.INCONCLUSIVE, Verdict.PASS]


def stalled(evidence: Evidence, line: int, late_s: float) -> Evidence:
    """The same record, with the look of this line late."""
    entries = [
        entry._replace(late_ns=round(late_s * 1e9)) if entry.line == line else entry
        for entry in evidence.states["bsdi"]
    ]
    return replace(evidence, states={"bsdi": entries})


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (1, Verdict.FAIL),  # before there was a socket
        (2, Verdict.INCONCLUSIVE),  # the look that first saw it
        (3, Verdict.INCONCLUSIVE),
        (4, Verdict.INCONCLUSIVE),  # the first that didn't see it any more
        (5, Verdict.FAIL),
    ],
)
def test_a_state_that_a_stalled_recorder_missed_is_nobodys_fault(
    line: int, verdict: Verdict
) -> None:
    lines = [
        (float(second), [LISTENING, *more])
        for second, more in enumerate(([], [f"{PAIR} ESTABLISHED"], [f"{PAIR} LAST_ACK"], [], []))
    ]
    found = finding(stalled(recorded(*lines), line, 0.3), seen=["CLOSE_WAIT"])
    assert found.verdict is verdict
    if verdict is Verdict.INCONCLUSIVE:
        assert f"nobody looked for 0.300 s before states.jsonl line {line}" in found.observed


def test_a_stall_excuses_no_state_that_is_wrong() -> None:
    went = history("ESTABLISHED", "FIN_WAIT_1")
    assert finding(stalled(went, 2, 0.3)).verdict is Verdict.FAIL


def test_a_socket_that_lived_during_a_stall_may_never_have_been_seen() -> None:
    nothing = recorded((0, [LISTENING]), (1, [LISTENING]))
    assert finding(nothing, seen=["ESTABLISHED"]).verdict is Verdict.FAIL
    assert finding(stalled(nothing, 2, 0.3), seen=["ESTABLISHED"]).verdict is Verdict.INCONCLUSIVE
