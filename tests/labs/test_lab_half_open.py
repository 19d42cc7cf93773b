"""Lab half-open: a right run, the book's figure, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, about_one, figure, having, judged, said
from tests.labs.lab_findings import missed

LISTING = """\
1 0.0        bsdi.1102 > svr4.discard: S 1591752193:1591752193(0) win 4096 <mss 1024>
2 0.004811   svr4.discard > bsdi.1102: S 26368001:26368001(0) ack 1591752194 win 4096 <mss 1024>
3 0.006516   bsdi.1102 > svr4.discard: . ack 1 win 4096
4 5.167679   bsdi.1102 > svr4.discard: P 1:11(10) ack 1 win 4096
5 5.201662   svr4.discard > bsdi.1102: . ack 11 win 4096
6 194.909929 bsdi.1102 > svr4.discard: P 11:25(14) ack 1 win 4096
7 194.914957 arp who-has bsdi tell svr4
8 194.915678 arp reply bsdi is-at 0:0:c0:6f:2d:40
9 194.918225 svr4.discard > bsdi.1102: R 26368002:26368002(0) win 0
"""
TABLE = """\
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
"""
CLIENT = f"""\
bsdi % telnet svr4 discard
Trying 140.252.13.34...
Connected to svr4.
hi there
another line
Connection closed by foreign host.
bsdi % netstat -a -n -f inet
{TABLE}tcp        0      0  140.252.13.35.1102     140.252.13.34.9        ESTABLISHED
"""
SERVER = f"""\
(svr4 boots)
svr4 % netstat -a -n -f inet
{TABLE}tcp        0      0  *.9                    *.*                    LISTEN
"""
EARLY = f"""\
svr4 % netstat -a -n -f inet
{TABLE}tcp        0      0  140.252.13.34.9        140.252.13.35.1102     ESTABLISHED
tcp        0      0  *.9                    *.*                    LISTEN
"""
RIGHT = Played("half-open", {"bsdi eth0": LISTING}, {"bsdi": CLIENT, "svr4": SERVER})
FIGURE = {"figure"}
RESET = "R 26368002:26368002(0) win 0"

WRONG = [
    (RESET, "R 26368003:26368003(0) win 0", FIGURE, "seq"),
    (RESET, "R 0:0(0) ack 1591752218 win 0", FIGURE, "seq"),
    (RESET, "R 26368002:26368002(0) ack 1591752218 win 0", FIGURE, "ack"),
    (RESET, "F 26368002:26368002(0) ack 1591752218 win 4096", FIGURE, "flags"),
    (RESET, ". ack 25 win 4096", FIGURE, "flags"),
    ("P 11:25(14)", "P 1:11(10)", FIGURE, "seq"),
    ("P 11:25(14)", "P 12:26(14)", FIGURE, "seq"),
    ("P 1:11(10)", "P 1:10(9)", FIGURE, "payload"),
    ("ack 11 win", "ack 1 win", FIGURE, "ack"),
    (
        "arp who-has bsdi tell svr4",
        "bsdi.1102 > svr4.discard: P 11:25(14) ack 1 win 4096",
        FIGURE,
        "arp who-has",
    ),
    ("svr4.discard >", "sun.discard >", FIGURE, "bsdi"),
    ("7 194.914957 arp who-has bsdi tell svr4\n", "", FIGURE, "arp who-has"),
    ("arp who-has bsdi tell svr4", "arp who-has bsdi tell sun", FIGURE, "arp who-has"),
    ("is-at 0:0:c0:6f:2d:40", "is-at 0:0:c0:c2:9b:26", FIGURE, "0:0:c0"),
    ("Connection closed by foreign host.", "Connection timed out", {"client"}, "closed by"),
    ("140.252.13.34.9        ESTABLISHED", "", {"half-open-at-bsdi"}, "ESTABLISHED"),
    (
        "*.*                    LISTEN\n",
        "*.*                    LISTEN\ntcp 0 0 140.252.13.34.9 140.252.13.35.1102 ESTABLISHED\n",
        {"half-open-at-svr4"},
        "ESTABLISHED",
    ),
    ("*.*                    LISTEN", "", {"half-open-at-svr4"}, "LISTEN"),
    ("(svr4 boots)\n", "", {"half-open-at-svr4"}, "'(svr4 boots)' on the terminals of svr4"),
    (SERVER, f"{EARLY}(svr4 boots)\n", {"half-open-at-svr4"}, "behind line 6"),
    (SERVER, f"{SERVER}(svr4 boots)\n", {"half-open-at-svr4"}, "it stands in line 2, too early"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    assert judged("half-open", figure("18.7-half-open"), "figure").verdict is Verdict.PASS


@pytest.mark.parametrize("shown", [EARLY + SERVER, f"(svr4 boots)\n{EARLY}{SERVER}"])
def test_who_looks_at_svr4_before_the_crash_too_does_no_wrong(shown: str) -> None:
    assert RIGHT.edited(SERVER, shown).report().verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert about_one(having(result, Verdict.FAIL)) == failing
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("start", ["3 ", "4 ", "5 ", "6 ", "9 "])
def test_a_missing_segment_fails(start: str) -> None:
    assert missed(RIGHT.without(start).report()) == FIGURE


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_reset_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("9 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("half-open", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == FIGURE
    assert not having(result, Verdict.FAIL)


def test_without_transcripts_there_is_no_verdict_about_them() -> None:
    result = Played("half-open", RIGHT.listings).report()
    assert having(result, Verdict.INCONCLUSIVE) == {
        "client",
        "half-open-at-bsdi",
        "half-open-at-svr4",
    }
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("half-open", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
