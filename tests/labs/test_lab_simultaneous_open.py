"""Lab simultaneous-open: a right run, the book's figure, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails, miss_text, missed

# What Linux sends beside the book's segments are 5 and 6: each end acknowledges the SYN once more.
LISTING = """\
1 0.0      bsdi.8888 > vangogh.7777: S 91904001:91904001(0) win 4096 <mss 512>
2 0.254664 vangogh.7777 > bsdi.8888: S 1058199041:1058199041(0) win 8192 <mss 512>
3 0.254693 bsdi.8888 > vangogh.7777: S 91904001:91904001(0) ack 1058199042 win 4096 <mss 512>
4 0.498530 vangogh.7777 > bsdi.8888: S 1058199041:1058199041(0) ack 91904002 win 8192 <mss 512>
5 0.498560 bsdi.8888 > vangogh.7777: . ack 1 win 4096
6 0.750445 vangogh.7777 > bsdi.8888: . ack 1 win 8192
7 1.011276 bsdi.8888 > vangogh.7777: P 1:14(13) ack 1 win 4096
8 1.515127 vangogh.7777 > bsdi.8888: . ack 14 win 8192
9 2.162342 vangogh.7777 > bsdi.8888: P 1:14(13) ack 14 win 8192
10 2.162425 bsdi.8888 > vangogh.7777: . ack 14 win 4096
11 13.310392 vangogh.7777 > bsdi.8888: F 14:14(0) ack 14 win 8192
12 13.310428 bsdi.8888 > vangogh.7777: . ack 15 win 4096
13 13.313242 bsdi.8888 > vangogh.7777: F 14:14(0) ack 15 win 4096
14 13.830385 vangogh.7777 > bsdi.8888: . ack 15 win 8192
"""
# vangogh's capture begins with its own SYN.
AT_VANGOGH = """\
1 0.0      vangogh.7777 > bsdi.8888: S 1058199041:1058199041(0) win 8192 <mss 512>
2 0.251098 bsdi.8888 > vangogh.7777: S 91904001:91904001(0) win 4096 <mss 512>
3 0.251127 vangogh.7777 > bsdi.8888: S 1058199041:1058199041(0) ack 91904002 win 8192 <mss 512>
4 0.508223 bsdi.8888 > vangogh.7777: S 91904001:91904001(0) ack 1058199042 win 4096 <mss 512>
5 0.508250 vangogh.7777 > bsdi.8888: . ack 1 win 8192
6 0.752300 bsdi.8888 > vangogh.7777: . ack 1 win 4096
7 1.26113  bsdi.8888 > vangogh.7777: P 1:14(13) ack 1 win 4096
8 1.26515  vangogh.7777 > bsdi.8888: . ack 14 win 8192
9 1.91234  vangogh.7777 > bsdi.8888: P 1:14(13) ack 14 win 8192
10 2.41242 bsdi.8888 > vangogh.7777: . ack 14 win 4096
11 13.06039 vangogh.7777 > bsdi.8888: F 14:14(0) ack 14 win 8192
12 13.56182 bsdi.8888 > vangogh.7777: . ack 15 win 4096
13 13.57976 bsdi.8888 > vangogh.7777: F 14:14(0) ack 15 win 4096
14 13.57980 vangogh.7777 > bsdi.8888: . ack 15 win 8192
"""
BSDI = "140.252.13.35.8888 128.32.130.2.7777"
VANGOGH = "128.32.130.2.7777 140.252.13.35.8888"
STATES = {
    "bsdi": f"""\
0.05 {BSDI} SYN_SENT
0.30 {BSDI} SYN_RCVD
0.55 {BSDI} ESTABLISHED
13.35 {BSDI} LAST_ACK
13.85 {BSDI} gone
""",
    "vangogh": f"""\
0.05 {VANGOGH} SYN_SENT
0.30 {VANGOGH} SYN_RCVD
0.55 {VANGOGH} ESTABLISHED
13.10 {VANGOGH} FIN_WAIT_1
13.60 {VANGOGH} TIME_WAIT
""",
}
# What no listing has: the states that were recorded, and the screens.
UNPRINTED = {"bsdi-states", "vangogh-states", "bsdi-screen", "vangogh-screen"}
TALK = "hello, world\nand hi there\n"
TRANSCRIPTS = {
    "bsdi": "bsdi % sock -v -b8888 vangogh.cs.berkeley.edu 7777\n"
    f"connected on 140.252.13.35.8888 to 128.32.130.2.7777\n{TALK}",
    "vangogh": "vangogh % sock -v -b7777 bsdi.tuc.noao.edu 8888\n"
    f"connected on 128.32.130.2.7777 to 140.252.13.35.8888\n{TALK}",
}
RIGHT = Played(
    "simultaneous-open",
    {"bsdi eth0": LISTING, "vangogh wan0": AT_VANGOGH},
    TRANSCRIPTS,
    STATES,
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("S 91904001:91904001(0) win", "S 91904001:91904001(0) ack 7 win", "figure", "flags"),
    (
        "S 1058199041:1058199041(0) win",
        "S 1058199041:1058199041(0) ack 91904002 win",
        "bsdi-states",
        "SYN_SENT ESTABLISHED CLOSE_WAIT",
    ),
    (
        "S 91904001:91904001(0) ack 1058199042 win 4096 <mss 512>",
        ". 91904002:91904002(0) ack 1058199042 win 4096",
        "figure",
        "flags",
    ),
    ("S 91904001:91904001(0) ack", "S 91904003:91904003(0) ack", "figure", "seq"),
    ("ack 1058199042 win 4096", "ack 1058199041 win 4096", "figure", "ack"),
    ("win 8192 <mss 512>", "win 8192 <mss 1460>", "figure", "options"),
    ("vangogh.7777 > bsdi.8888: F 14", "vangogh.7777 > bsdi.8888: R 14", "close", "a reset"),
    ("SYN_RCVD", "ESTABLISHED", "bsdi-states", "SYN_RCVD to be seen"),
    (f"0.30 {VANGOGH} SYN_RCVD", f"0.30 {VANGOGH} LISTEN", "vangogh-states", "LISTEN"),
    ("connected on", "connection on", "bsdi-screen", "connected on"),
    ("to 140.252.13.35.8888\nhello", "to 140.252.13.35.8889\nhello", "vangogh-screen", "8888"),
    ("bsdi.8888", "bsdi.8889", "figure", "no SYN from bsdi.8888"),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("2 0.254664", "figure", "direction"),
    ("3 0.254693", "figure", "direction"),
    ("4 0.498530", "figure", "direction"),
    ("11 13.310392", "bsdi-states", "FIN_WAIT_1 FIN_WAIT_2 shown"),
    ("14 13.830385", "figure", "the end of the connection"),
    ("11 13.06039", "close", "no FIN from vangogh"),
    ("14 13.57980", "close", "no such ACK"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    result = judged("simultaneous-open", figure("18.8-simultaneous-open"))
    assert {"figure", "close"} <= having(result, Verdict.PASS)
    assert not having(result, Verdict.FAIL)
    assert having(result, Verdict.INCONCLUSIVE) == UNPRINTED


def test_a_third_acknowledgement_of_the_syn_fails() -> None:
    again = "6 0.7504 vangogh.7777 > bsdi.8888: . ack 1 win 8192\n7 1.011276 vangogh.7777 > bsdi"
    result = RIGHT.edited("7 1.011276 bsdi.8888 > vangogh", again.partition("\n")[2]).report()
    assert "figure" in missed(result)  # the data whose place it takes is acknowledged later
    assert "direction" in miss_text(result)


def test_a_syn_that_comes_before_the_other_end_connects_is_refused() -> None:
    refused = """\
1 0.0 bsdi.8888 > vangogh.7777: S 91904001:91904001(0) win 4096 <mss 512>
2 0.2 vangogh.7777 > bsdi.8888: R 0:0(0) ack 91904002 win 0
"""
    result = RIGHT.edited(LISTING, refused).report()
    assert fails(result, "figure", "R 0:0(0)")
    assert fails(result, "bsdi-states", "SYN_SENT CLOSED shown")


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize(("line", "failing", "words"), LACKING)
def test_a_missing_segment_fails(line: str, failing: str, words: str) -> None:
    result = RIGHT.without(line).report()
    assert failing in missed(result)
    assert words in miss_text(result)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_ack_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    lacking = RIGHT.without("14 13.830385").without("14 13.57980")
    evidence = lacking.evidence(**unusable)  # type: ignore[arg-type]
    result = judged("simultaneous-open", evidence, "figure", "close")
    assert having(result, Verdict.INCONCLUSIVE) == {"figure", "close"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    result = judged("simultaneous-open", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
