"""Lab local-address: a right run, the book's figure, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

REFUSED = """\
1 0.0      bsdi.1026 > 140.252.13.33.8888: S 3657920001:3657920001(0) win 4096 <mss 1024>
2 0.000859 140.252.13.33.8888 > bsdi.1026: R 0:0(0) ack 3657920002 win 0
"""
SERVED = """\
1 1.0 solaris.1050 > 140.252.1.29.8888: S 1000:1000(0) win 64240 <mss 1460>
2 1.1 140.252.1.29.8888 > solaris.1050: S 5000:5000(0) ack 1001 win 4096 <mss 512>
3 1.2 solaris.1050 > 140.252.1.29.8888: . ack 5001 win 64240
4 2.0 solaris.1050 > 140.252.1.29.8888: P 1001:1014(13) ack 5001 win 64240
5 2.1 140.252.1.29.8888 > solaris.1050: . ack 1014 win 4096
6 2.2 solaris.1050 > 140.252.1.29.8888: F 1014:1014(0) ack 5001 win 64240
7 2.3 140.252.1.29.8888 > solaris.1050: . ack 1015 win 4096
8 2.4 140.252.1.29.8888 > solaris.1050: F 5001:5001(0) ack 1015 win 4096
9 2.5 solaris.1050 > 140.252.1.29.8888: . ack 5002 win 64240
"""
SUN = """\
sun % sock -s -v 140.252.1.29 8888
connection on 140.252.1.29.8888 from 140.252.1.32.1050
hello, world
connection closed by peer
sun % netstat -a -n -f inet
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp        0      0  140.252.1.29.8888      *.*                    LISTEN
"""
BSDI = """\
bsdi % sock 140.252.13.33 8888
connect() error: Connection refused
"""
RIGHT = Played(
    "local-address",
    {"bsdi eth0": REFUSED, "sun eth0": REFUSED, "sun sl0": SERVED},
    {"sun": SUN, "bsdi": BSDI},
)
FIGURES = {"figure", "figure-at-sun"}
ALL_OF_SOLARIS = {"served", "handshake", "close"}

WRONG = [
    ("ack 3657920002", "ack 3657920001", FIGURES, "ack"),
    ("R 0:0(0) ack 3657920002 win 0", "R 0:0(0) ack 3657920002 win 4096", FIGURES, "window"),
    ("R 0:0(0)", "R 7:7(0)", FIGURES, "seq"),
    (
        "R 0:0(0) ack 3657920002 win 0",
        "S 9:9(0) ack 3657920002 win 4096 <mss 1460>",
        FIGURES,
        "flags",
    ),
    ("<mss 1024>", "<mss 1460>", FIGURES, "options"),
    ("bsdi.1026", "svr4.1026", FIGURES, "no SYN from bsdi to sun.8888"),
    ("ack 1001 win", "ack 1002 win", {"served", "handshake"}, "ack"),
    ("<mss 512>", "<mss 1460>", {"served"}, "options"),
    ("P 1001:1014(13)", "P 1001:1013(12)", {"served"}, "payload"),
    ("F 1014:1014(0)", "R 1014:1014(0)", {"served", "close"}, "reset"),
    ("F 5001:5001(0)", "R 5001:5001(0)", {"served", "close"}, "reset"),
    ("solaris.1050", "aix.1050", ALL_OF_SOLARIS,
     "no SYN from solaris to 140.252.1.29.8888"),
    ("140.252.13.33.8888", "140.252.1.29.8888", {"figure-at-sun"},
     "a connection from bsdi to 140.252.13.33.8888"),
    ("140.252.1.29.8888      *.*", "*.8888                 *.*", {"listening-end"}, "LISTEN"),
    ("connect() error: Connection refused", "hello, world", {"refused-client"}, "refused"),
    ("connection on 140.252.1.29.8888", "connection on 140.252.13.33.8888", {"server"}, "1.29"),
    ("hello, world\nconnection", "connection on 140.252.1.29.8888 from 140.252.13.35.1027\nconn",
     {"server"}, "140.252.13.35"),
]  # fmt: skip


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    result = judged("local-address", figure("18.11-restricted-address"), "figure")
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


def test_served_at_the_address_that_the_server_is_not_bound_to_fails() -> None:
    there = SERVED.replace("140.252.1.29.8888", "140.252.13.33.8888")
    result = RIGHT.edited(SERVED, there).report()
    assert having(result, Verdict.FAIL) == ALL_OF_SOLARIS


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_reset_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("2 0.000859").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("local-address", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == FIGURES
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("local-address", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
