"""Lab foreign-address: a right run and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

OTHER_HOST = """\
1 0.0   svr4.1060 > sun.8888: S 1000:1000(0) win 4096 <mss 1024>
2 0.001 sun.8888 > svr4.1060: S 5000:5000(0) ack 1001 win 4096 <mss 1460>
3 0.002 svr4.1060 > sun.8888: . ack 5001 win 4096
4 0.003 sun.8888 > svr4.1060: R 5001:5001(0) ack 1001 win 4096
"""
BSDI = """\
5 1.0   bsdi.7778 > sun.8888: S 2000:2000(0) win 4096 <mss 1024>
6 1.001 sun.8888 > bsdi.7778: S 6000:6000(0) ack 2001 win 4096 <mss 1460>
7 1.002 bsdi.7778 > sun.8888: . ack 6001 win 4096
8 1.003 sun.8888 > bsdi.7778: R 6001:6001(0) ack 2001 win 4096
9 2.0   bsdi.7777 > sun.8888: S 3000:3000(0) win 4096 <mss 1024>
10 2.1  sun.8888 > bsdi.7777: S 7000:7000(0) ack 3001 win 4096 <mss 1460>
11 2.2  bsdi.7777 > sun.8888: . ack 7001 win 4096
12 3.0  bsdi.7777 > sun.8888: P 3001:3014(13) ack 7001 win 4096
13 3.1  sun.8888 > bsdi.7777: . ack 3014 win 4096
14 3.2  bsdi.7777 > sun.8888: F 3014:3014(0) ack 7001 win 4096
15 3.3  sun.8888 > bsdi.7777: . ack 3015 win 4096
16 3.4  sun.8888 > bsdi.7777: F 7001:7001(0) ack 3015 win 4096
17 3.5  bsdi.7777 > sun.8888: . ack 7002 win 4096
"""
SUN = """\
sun % sock -s -v -f 140.252.13.35.7777 8888
refused connection from 140.252.13.34.1060: -f allows only 140.252.13.35.7777
refused connection from 140.252.13.35.7778: -f allows only 140.252.13.35.7777
connection on 140.252.13.33.8888 from 140.252.13.35.7777
hello, world
connection closed by peer
"""
SVR4 = """\
svr4 % sock sun 8888
read error: Connection reset by peer
"""
RIGHT = Played(
    "foreign-address",
    {"sun eth0": OTHER_HOST + BSDI, "svr4 eth0": OTHER_HOST},
    {"sun": SUN, "svr4": SVR4},
)
HOST = {"other-host", "other-host-at-svr4"}

WRONG = [
    ("svr4.1060: R 5001:5001(0)", "svr4.1060: F 5001:5001(0)", HOST, "flags"),
    ("svr4.1060: R 5001:5001(0)", "svr4.1060: R 5002:5002(0)", HOST, "seq"),
    ("R 5001:5001(0) ack 1001", "R 5001:5001(0) ack 1002", HOST, "ack"),
    (
        "4 0.003 sun.8888 > svr4.1060: R 5001:5001(0) ack 1001 win 4096\n",
        "",
        HOST,
        "sun.8888 > svr4.1060: R",
    ),
    (
        "2 0.001 sun.8888 > svr4.1060: S 5000:5000(0) ack 1001 win 4096 <mss 1460>",
        "2 0.001 sun.8888 > svr4.1060: R 0:0(0) ack 1001 win 0",
        HOST,
        "flags",
    ),
    (
        "4 0.003 sun",
        "4 0.0025 svr4.1060 > sun.8888: P 1001:1014(13) ack 5001 win 4096\n5 0.003 sun",
        HOST,
        "direction",
    ),
    ("bsdi.7778: R 6001:6001(0)", "bsdi.7778: F 6001:6001(0)", {"other-port"}, "flags"),
    ("bsdi.7778", "bsdi.7779", {"other-port"}, "no SYN from bsdi.7778"),
    ("P 3001:3014(13)", "P 3001:3013(12)", {"served"}, "payload"),
    ("bsdi.7777: F 7001:7001(0)", "bsdi.7777: R 7001:7001(0)", {"served", "close"}, "reset"),
    ("F 3014:3014(0)", "R 3014:3014(0)", {"served", "close"}, "reset"),
    ("17 3.5  bsdi.7777 > sun.8888: . ack 7002 win 4096\n", "", {"served", "close"}, "7002"),
    ("refused connection from 140.252.13.34.1060", "connection from", {"server"}, "13.34"),
    ("hello, world\n", "", {"server"}, "hello, world"),
    ("read error: Connection reset by peer", "", {"refused-client"}, "reset by peer"),
]


def numbered(text: str) -> str:
    """The lines of a listing, numbered anew."""
    lines = (line.split(None, 1)[1] for line in text.splitlines())
    return "".join(f"{number} {line}\n" for number, line in enumerate(lines, 1))


def renumbered(played: Played) -> Played:
    """The same run, its listings numbered anew."""
    listings = {point: numbered(text) for point, text in played.listings.items()}
    return Played(played.lab, listings, {**played.transcripts}, played.states)


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = renumbered(RIGHT.edited(old, new)).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("17 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("foreign-address", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == {"served", "close"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("foreign-address", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
