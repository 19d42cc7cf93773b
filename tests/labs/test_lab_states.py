"""Lab states: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails, miss_text, missed

LISTING = """\
1 0.0      bsdi.1722 > vangogh.6666: S 1000:1000(0) win 4096 <mss 512>
2 0.496911 vangogh.6666 > bsdi.1722: S 5000:5000(0) ack 1001 win 8192 <mss 512>
3 0.496945 bsdi.1722 > vangogh.6666: . ack 1 win 4096
4 1.244470 bsdi.1722 > vangogh.6666: F 1:1(0) ack 1 win 4096
5 1.732932 vangogh.6666 > bsdi.1722: . ack 2 win 8192
6 2.733762 vangogh.6666 > bsdi.1722: F 1:1(0) ack 2 win 8192
7 2.733814 bsdi.1722 > vangogh.6666: . ack 2 win 4096
"""
BSDI = "140.252.13.35.1722 128.32.130.2.6666"
VANGOGH = "128.32.130.2.6666 140.252.13.35.1722"
STATES = {
    "bsdi": f"""\
0.05 {BSDI} SYN_SENT
0.55 {BSDI} ESTABLISHED
1.30 {BSDI} FIN_WAIT_1
1.80 {BSDI} FIN_WAIT_2
2.80 {BSDI} TIME_WAIT
""",
    "vangogh": f"""\
0.00 128.32.130.2.6666 0.0.0.0.0 LISTEN
0.30 {VANGOGH} SYN_RCVD
0.80 {VANGOGH} ESTABLISHED
1.55 {VANGOGH} CLOSE_WAIT
2.55 {VANGOGH} LAST_ACK
3.05 {VANGOGH} gone
""",
}
RIGHT = Played("states", {"bsdi eth0": LISTING, "vangogh wan0": LISTING}, {}, STATES)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("<mss 512>", "<mss 1024>", "timeline", "options"),
    ("ack 1001", "ack 1002", "handshake", "ack"),
    ("bsdi.1722: F 1:1(0)", "bsdi.1722: R 1:1(0)", "close", "a reset from vangogh"),
    ("vangogh.6666: F 1:1(0)", "vangogh.6666: R 1:1(0)", "active-end", "ESTABLISHED CLOSED shown"),
    (
        "5 1.732932 vangogh.6666 > bsdi.1722: . ack 2",
        "5 1.7 vangogh.6666 > bsdi.1722: . ack 1",
        "timeline",
        "ack",
    ),
    ("vangogh.6666: F 1:1(0)", "vangogh.6666: P 1:2(1)", "close", "no FIN from bsdi"),
    ("FIN_WAIT_2", "CLOSING", "active-end", "CLOSING TIME_WAIT recorded"),
    ("SYN_SENT", "SYN_RCVD", "active-end", "SYN_RCVD ESTABLISHED"),
    ("CLOSE_WAIT", "FIN_WAIT_1", "passive-end", "FIN_WAIT_1 LAST_ACK recorded"),
    (f"0.80 {VANGOGH} ESTABLISHED\n", "", "passive-end", "ESTABLISHED to be seen"),
    (f"2.55 {VANGOGH} LAST_ACK\n", "", "passive-end", "LAST_ACK to be seen"),
    ("vangogh.6666", "vangogh.6667", "timeline", "no SYN from bsdi to vangogh.6666"),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("3 ", "timeline", "flags"),
    ("4 ", "close", "no FIN from bsdi"),
    ("5 ", "timeline", "flags"),
    ("6 ", "passive-end", "CLOSE_WAIT shown"),
    ("7 ", "close", "no such ACK"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize(("line", "failing", "words"), LACKING)
def test_a_missing_segment_fails(line: str, failing: str, words: str) -> None:
    result = RIGHT.without(line).report()
    assert failing in missed(result)
    assert words in miss_text(result)


def test_the_other_end_closing_first_fails() -> None:
    first = RIGHT.edited("bsdi.1722 > vangogh.6666: F", "vangogh.6666 > bsdi.1722: F")
    assert fails(first.report(), "timeline", "direction")
    # The FIN that vangogh acknowledges may have come before the one that is captured.
    assert {"close", "active-end"} <= missed(first.report())


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("6 ").without("7 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("states", evidence)
    lacking = {"timeline", "close", "active-end", "passive-end"}
    assert having(result, Verdict.INCONCLUSIVE) == lacking
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    result = judged("states", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
