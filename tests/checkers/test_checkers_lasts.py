"""The check `lasts`: how long a socket was in a state, near misses, and what can't tell."""

import pytest
from msgspec.structs import replace

from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.lasts import lasts
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import ran, recorded, segments

PAIR = "bsdi.6666 svr4.1081"


def waited(seconds: float) -> Evidence:
    """A socket that is in TIME_WAIT for so long."""
    return recorded(
        (0, [f"{PAIR} FIN_WAIT_1"]),
        (1, [f"{PAIR} TIME_WAIT"]),
        (2, [f"{PAIR} TIME_WAIT", "bsdi.7 svr4.2 ESTABLISHED"]),
        (1 + seconds, []),
    )


def checked(evidence: Evidence, host: str = "bsdi", **parameters: object) -> Finding:
    (finding,) = lasts(evidence, host, "TIME_WAIT", 60, **parameters).findings  # type: ignore[arg-type]
    return finding


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (58.499, Verdict.FAIL),
        (58.501, Verdict.PASS),
        (60.05, Verdict.PASS),
        (61.499, Verdict.PASS),
        (61.501, Verdict.FAIL),
    ],
)
def test_near_misses(seconds: float, verdict: Verdict) -> None:
    finding = checked(waited(seconds))
    assert finding.verdict is verdict
    assert finding.observed == f"{seconds:.3f} s"
    assert finding.expected == "TIME_WAIT of bsdi for 60 s ±1.5"
    assert finding.record == "states.jsonl line 2"


def test_its_own_tolerance() -> None:
    assert checked(waited(65), tolerance=6).verdict is Verdict.PASS
    assert checked(waited(60.2), tolerance=0.1).verdict is Verdict.FAIL


def test_still_so_at_the_end_of_the_record() -> None:
    def still(last_s: float) -> Evidence:
        socket = f"{PAIR} TIME_WAIT"
        return recorded((0, [socket]), (last_s, [socket, "bsdi.7 svr4.2 LISTEN"]))

    assert checked(still(30)).verdict is Verdict.INCONCLUSIVE
    assert checked(still(60)).verdict is Verdict.INCONCLUSIVE
    assert checked(still(70)).verdict is Verdict.FAIL
    assert "still so at the end of the record" in checked(still(70)).observed


def late(evidence: Evidence, number: int, seconds: float, host: str = "bsdi") -> Evidence:
    """The evidence with one look of the host (from 1) so late."""
    entries = list(evidence.states[host])
    entries[number - 1] = entries[number - 1]._replace(late_ns=round(seconds * 1e9))
    return replace(evidence, states={**evidence.states, host: entries})


@pytest.mark.parametrize(
    ("seconds", "look", "late_s", "verdict"),
    [
        (63, 4, 1.501, Verdict.INCONCLUSIVE),  # 61.499 to 63 s
        (63, 4, 1.499, Verdict.FAIL),
        (63, 4, 5, Verdict.INCONCLUSIVE),
        (63, 2, 5, Verdict.FAIL),  # 63 to 68 s
        (63, 3, 5, Verdict.FAIL),  # while it went on
        (57, 2, 1.501, Verdict.INCONCLUSIVE),  # 57 to 58.501 s
        (57, 2, 1.499, Verdict.FAIL),
        (57, 4, 5, Verdict.FAIL),  # 52 to 57 s
        (60, 2, 5, Verdict.PASS),
        (60, 4, 5, Verdict.PASS),
    ],
)
def test_what_could_have_lasted_so_long_where_a_look_was_late_is_inconclusive(
    seconds: float, look: int, late_s: float, verdict: Verdict
) -> None:
    finding = checked(late(waited(seconds), look, late_s))
    assert finding.verdict is verdict
    told = f"nobody looked for {late_s:.3f} s before states.jsonl line {look}"
    assert finding.observed.startswith(f"{seconds:.3f} s")
    assert (told in finding.observed) is (verdict is Verdict.INCONCLUSIVE)


def test_a_late_look_at_another_host_tells_nothing_of_this_ones_sockets() -> None:
    socket = f"{PAIR} TIME_WAIT"
    other = recorded((63, []), host="svr4").states
    own = recorded((0, [socket]), (30, [socket, "bsdi.7 svr4.2 LISTEN"]))
    both = replace(own, states={**own.states, **other})
    assert checked(both).verdict is Verdict.FAIL
    assert checked(late(both, 1, 33, "svr4")).verdict is Verdict.INCONCLUSIVE
    seen = recorded((0, [socket]), (63, [socket, "bsdi.7 svr4.2 LISTEN"]))
    assert checked(late(seen, 2, 33)).verdict is Verdict.FAIL


def test_another_state_and_nothing_recorded() -> None:
    assert checked(recorded((0, [f"{PAIR} ESTABLISHED"]), (60, []))).verdict is Verdict.FAIL
    assert checked(ran(segments())).verdict is Verdict.INCONCLUSIVE
    assert checked(waited(60), "svr4").verdict is Verdict.INCONCLUSIVE


def test_the_socket_by_its_port() -> None:
    assert checked(waited(60), port=6666).verdict is Verdict.PASS
    assert checked(waited(60), port=1081).verdict is Verdict.PASS
    assert checked(waited(60), port=7).verdict is Verdict.FAIL


def test_the_best_of_several_or_one_of_them() -> None:
    evidence = recorded(
        (0, ["bsdi.1 svr4.1 TIME_WAIT"]),
        (10, ["bsdi.1 svr4.2 TIME_WAIT"]),
        (70, []),
    )
    assert checked(evidence).verdict is Verdict.PASS
    assert checked(evidence, connection=1).verdict is Verdict.FAIL
    assert checked(evidence, connection=2).verdict is Verdict.PASS
    assert checked(evidence, connection=3).verdict is Verdict.FAIL
