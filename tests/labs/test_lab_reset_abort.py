"""Lab reset-abort: a right run, the book's figure, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import missed

LISTING = """\
1 0.0      bsdi.1099 > svr4.8888: S 671112193:671112193(0) win 4096 <mss 1024>
2 0.004975 svr4.8888 > bsdi.1099: S 3224959489:3224959489(0) ack 671112194 win 4096 <mss 1024>
3 0.006656 bsdi.1099 > svr4.8888: . ack 1 win 4096
4 4.833073 bsdi.1099 > svr4.8888: P 1:14(13) ack 1 win 4096
5 5.026224 svr4.8888 > bsdi.1099: . ack 14 win 4096
6 9.527634 bsdi.1099 > svr4.8888: R 14:14(0) ack 1 win 4096
"""
TRANSCRIPT = """\
svr4 % sock -s 8888
hello, world
read error: Connection reset by peer
"""
RIGHT = Played("reset-abort", {"bsdi eth0": LISTING, "svr4 eth0": LISTING}, {"svr4": TRANSCRIPT})
BOTH = {"figure", "figure-at-svr4"}
OPENED = BOTH | {"handshake"}

WRONG = [
    ("R 14:14(0)", "F 14:14(0)", BOTH, "flags"),
    ("R 14:14(0)", "R 13:13(0)", BOTH, "seq"),
    ("R 14:14(0) ack 1", "R 14:14(0)", BOTH, "ack"),
    ("R 14:14(0) ack 1", "R 14:14(0) ack 2", BOTH, "ack"),
    (
        "bsdi.1099 > svr4.8888: R 14:14(0) ack 1",
        "svr4.8888 > bsdi.1099: R 1:1(0) ack 14",
        BOTH,
        "direction",
    ),
    ("P 1:14(13)", "P 1:13(12)", BOTH, "payload"),
    ("ack 14 win", "ack 13 win", BOTH, "ack"),
    (
        "6 9.527634",
        "6 6.0 bsdi.1099 > svr4.8888: P 1:14(13) ack 1 win 4096\n7 9.527634",
        BOTH,
        "flags",
    ),
    (
        "6 9.527634",
        "6 6.0 bsdi.1099 > svr4.8888: F 14:14(0) ack 1 win 4096\n7 9.527634",
        BOTH,
        "flags",
    ),
    (
        "(0) ack 1 win 4096\n",
        "(0) ack 1 win 4096\n7 9.6 svr4.8888 > bsdi.1099: R 1:1(0) ack 14 win 4096\n",
        BOTH,
        "nothing more",
    ),
    ("<mss 1024>", "<mss 536>", BOTH, "options"),
    ("ack 671112194", "ack 671112195", OPENED, "ack"),
    ("svr4.8888", "svr4.8889", OPENED, "no SYN from bsdi to svr4.8888"),
    ("Connection reset by peer", "Connection timed out", {"transcript"}, "reset by peer"),
    ("hello, world\n", "", {"transcript"}, "hello, world"),
]
MISSING = [("3 ", BOTH), ("4 ", BOTH), ("5 ", BOTH), ("6 ", BOTH)]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    result = judged("reset-abort", figure("18.7-abort"), "figure", "handshake")
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize(("start", "failing"), MISSING)
def test_a_missing_segment_fails(start: str, failing: set[str]) -> None:
    assert missed(RIGHT.without(start).report()) == failing


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_reset_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("6 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("reset-abort", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == BOTH
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("reset-abort", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
