"""Lab fin-wait-2: a right run and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

LISTING = """\
1 0.0    bsdi.1101 > svr4.8881: S 1000:1000(0) win 4096 <mss 1024>
2 0.001  svr4.8881 > bsdi.1101: S 5000:5000(0) ack 1001 win 4096 <mss 1024>
3 0.002  bsdi.1101 > svr4.8881: . ack 5001 win 4096
4 0.1    bsdi.1102 > svr4.8882: S 2000:2000(0) win 4096 <mss 1024>
5 0.101  svr4.8882 > bsdi.1102: S 6000:6000(0) ack 2001 win 4096 <mss 1024>
6 0.102  bsdi.1102 > svr4.8882: . ack 6001 win 4096
7 0.2    bsdi.1103 > svr4.8883: S 3000:3000(0) win 4096 <mss 1024>
8 0.201  svr4.8883 > bsdi.1103: S 7000:7000(0) ack 3001 win 4096 <mss 1024>
9 0.202  bsdi.1103 > svr4.8883: . ack 7001 win 4096
10 0.3   bsdi.1101 > svr4.8881: F 1001:1001(0) ack 5001 win 4096
11 0.301 svr4.8881 > bsdi.1101: . ack 1002 win 4096
12 0.302 bsdi.1102 > svr4.8882: F 2001:2001(0) ack 6001 win 4096
13 0.303 svr4.8882 > bsdi.1102: . ack 2002 win 4096
14 0.304 bsdi.1103 > svr4.8883: F 3001:3001(0) ack 7001 win 4096
15 0.305 svr4.8883 > bsdi.1103: . ack 3002 win 4096
16 0.81  svr4.8882 > bsdi.1102: F 6001:6001(0) ack 2002 win 4096
17 0.811 bsdi.1102 > svr4.8882: . ack 6002 win 4096
18 8.31  svr4.8881 > bsdi.1101: F 5001:5001(0) ack 1002 win 4096
19 8.311 bsdi.1101 > svr4.8881: R 1002:1002(0) win 0
20 8.312 svr4.8883 > bsdi.1103: F 7001:7001(0) ack 3002 win 4096
21 8.313 bsdi.1103 > svr4.8883: . ack 7002 win 4096
"""
BSDI, SVR4 = "140.252.13.35", "140.252.13.34"
STATES = f"""\
0.0 {BSDI}.1101 {SVR4}.8881 ESTABLISHED
0.1 {BSDI}.1102 {SVR4}.8882 ESTABLISHED
0.2 {BSDI}.1103 {SVR4}.8883 ESTABLISHED
0.3 {BSDI}.1101 {SVR4}.8881 FIN_WAIT_2
0.3 {BSDI}.1102 {SVR4}.8882 FIN_WAIT_2
0.3 {BSDI}.1103 {SVR4}.8883 FIN_WAIT_2
0.8 {BSDI}.1102 {SVR4}.8882 TIME_WAIT
5.3 {BSDI}.1101 {SVR4}.8881 gone
8.4 {BSDI}.1103 {SVR4}.8883 TIME_WAIT
"""
RIGHT = Played("fin-wait-2", {"bsdi eth0": LISTING, "svr4 eth0": LISTING}, states={"bsdi": STATES})
LATE_RESET = "bsdi.1101 > svr4.8881: R 1002:1002(0) win 0"

WRONG = [
    (LATE_RESET, "bsdi.1101 > svr4.8881: . ack 5002 win 4096", {"too-late"}, "flags"),
    (LATE_RESET, "bsdi.1101 > svr4.8881: R 0:0(0) win 0", {"too-late"}, "seq"),
    (f"19 8.311 {LATE_RESET}\n", "", {"too-late"}, "8881"),
    ("18 8.31  svr4.8881", "15 0.5  svr4.8881", {"too-late"}, "gap"),
    ("5.3 ", "2.3 ", {"timer"}, "5"),
    (f"5.3 {BSDI}.1101 {SVR4}.8881 gone", f"7.9 {BSDI}.1101 {SVR4}.8881 gone", {"timer"}, "5"),
    (
        f"5.3 {BSDI}.1101 {SVR4}.8881 gone",
        f"5.3 {BSDI}.1101 {SVR4}.8881 TIME_WAIT",
        {"too-late-states"},
        "TIME_WAIT",
    ),
    (
        "bsdi.1102 > svr4.8882: . ack 6002 win 4096",
        "bsdi.1102 > svr4.8882: R 2002:2002(0) win 0",
        {"in-time"},
        "flags",
    ),
    ("17 0.811 bsdi.1102 > svr4.8882: . ack 6002 win 4096\n", "", {"in-time"}, "8882"),
    (
        "16 0.81  svr4.8882 > bsdi.1102: F",
        "16 0.81  svr4.8882 > bsdi.1102: R",
        {"in-time", "in-time-states"},
        "flags",
    ),
    (f"0.8 {BSDI}.1102 {SVR4}.8882 TIME_WAIT\n", "", {"in-time-states"}, "TIME_WAIT"),
    (
        "bsdi.1103 > svr4.8883: . ack 7002 win 4096",
        "bsdi.1103 > svr4.8883: R 3002:3002(0) win 0",
        {"shutdown"},
        "flags",
    ),
    ("20 8.312 svr4.8883", "20 5.312 svr4.8883", {"shutdown"}, "gap"),
    (f"8.4 {BSDI}.1103 {SVR4}.8883 TIME_WAIT\n", "", {"shutdown-states"}, "TIME_WAIT"),
    (
        "F 3001:3001(0) ack 7001",
        "R 3001:3001(0) ack 7001",
        {"shutdown", "shutdown-states"},
        "flags",
    ),
    ("svr4.8882", "svr4.8889", {"in-time", "in-time-states"}, "no SYN from bsdi to svr4.8882"),
]


def reordered(text: str) -> str:
    """The lines of a listing in the order of their numbers and times, numbered anew."""
    lines = sorted((line.split(None, 1)[1] for line in text.splitlines()), key=_time)
    return "".join(f"{number} {line}\n" for number, line in enumerate(lines, 1))


def _time(line: str) -> float:
    return float(line.split()[0])


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    edited = RIGHT.edited(old, new)
    listings = {point: reordered(text) for point, text in edited.listings.items()}
    result = Played("fin-wait-2", listings, states=edited.states).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("21 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("fin-wait-2", evidence, "shutdown")
    assert result.verdict is Verdict.INCONCLUSIVE


def test_without_states_there_is_no_verdict_about_them() -> None:
    result = Played("fin-wait-2", RIGHT.listings).report()
    assert not having(result, Verdict.FAIL)
    assert having(result, Verdict.INCONCLUSIVE) == {
        "timer",
        "too-late-states",
        "in-time-states",
        "shutdown-states",
    }


def test_another_connection_says_nothing() -> None:
    assert judged("fin-wait-2", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
