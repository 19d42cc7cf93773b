"""Lab simultaneous-close: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails, miss_text, missed

OPENED = """\
1 0.0      bsdi.8888 > vangogh.7777: S 1000:1000(0) win 4096 <mss 512>
2 0.496695 vangogh.7777 > bsdi.8888: S 5000:5000(0) ack 1001 win 8192 <mss 512>
3 0.496734 bsdi.8888 > vangogh.7777: . ack 1 win 4096
"""
AT_BSDI = f"""\
{OPENED}\
4 1.252324 bsdi.8888 > vangogh.7777: F 1:1(0) ack 1 win 4096
5 1.501300 vangogh.7777 > bsdi.8888: F 1:1(0) ack 1 win 8192
6 1.501320 bsdi.8888 > vangogh.7777: . ack 2 win 4096
7 1.741436 vangogh.7777 > bsdi.8888: . ack 2 win 8192
"""
AT_VANGOGH = f"""\
{OPENED}\
4 1.252324 vangogh.7777 > bsdi.8888: F 1:1(0) ack 1 win 8192
5 1.501300 bsdi.8888 > vangogh.7777: F 1:1(0) ack 1 win 4096
6 1.501320 vangogh.7777 > bsdi.8888: . ack 2 win 8192
7 1.741436 bsdi.8888 > vangogh.7777: . ack 2 win 4096
"""
BSDI = "140.252.13.35.8888 128.32.130.2.7777"
VANGOGH = "128.32.130.2.7777 140.252.13.35.8888"
STATES = {
    "bsdi": f"""\
0.05 {BSDI} SYN_SENT
0.55 {BSDI} ESTABLISHED
1.30 {BSDI} FIN_WAIT_1
1.55 {BSDI} CLOSING
1.80 {BSDI} TIME_WAIT
""",
    "vangogh": f"""\
0.00 128.32.130.2.7777 0.0.0.0.0 LISTEN
0.30 {VANGOGH} SYN_RCVD
0.80 {VANGOGH} ESTABLISHED
1.30 {VANGOGH} FIN_WAIT_1
1.55 {VANGOGH} CLOSING
1.80 {VANGOGH} TIME_WAIT
""",
}
RIGHT = Played("simultaneous-close", {"bsdi eth0": AT_BSDI, "vangogh wan0": AT_VANGOGH}, {}, STATES)
BSDIS_FIN = "bsdi.8888 > vangogh.7777: F 1:1(0)"
VANGOGHS_FIN = "vangogh.7777 > bsdi.8888: F 1:1(0)"

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    (f"{VANGOGHS_FIN} ack 1", f"{VANGOGHS_FIN} ack 2", "at-bsdi", "ack"),
    (f"{VANGOGHS_FIN} ack 1", f"{VANGOGHS_FIN} ack 2", "bsdi-states", "FIN_WAIT_2 TIME_WAIT shown"),
    (f"{BSDIS_FIN} ack 1", f"{BSDIS_FIN} ack 2", "at-vangogh", "ack"),
    (f"{BSDIS_FIN} ack 1", f"{BSDIS_FIN} ack 2", "vangogh-states", "FIN_WAIT_2 TIME_WAIT shown"),
    (VANGOGHS_FIN, "vangogh.7777 > bsdi.8888: R 1:1(0)", "close", "a reset from vangogh"),
    (BSDIS_FIN, "bsdi.8888 > vangogh.7777: R 1:1(0)", "close", "a reset from bsdi"),
    (VANGOGHS_FIN, "vangogh.7777 > bsdi.8888: P 1:2(1)", "close", "no FIN from vangogh"),
    (VANGOGHS_FIN, "vangogh.7777 > bsdi.8888: F 2:2(0)", "at-bsdi", "seq"),
    ("<mss 512>", "<mss 536>", "at-vangogh", "options"),
    ("8192 <mss", "4096 <mss", "at-bsdi", "window"),
    (f"{BSDI} CLOSING", f"{BSDI} FIN_WAIT_2", "bsdi-states", "FIN_WAIT_2 TIME_WAIT recorded"),
    (f"1.55 {VANGOGH} CLOSING\n", "", "vangogh-states", "CLOSING to be seen"),
    (f"1.80 {VANGOGH} TIME_WAIT", f"1.80 {VANGOGH} LAST_ACK", "vangogh-states", "LAST_ACK"),
    ("vangogh.7777", "vangogh.7778", "at-bsdi", "no SYN from bsdi.8888 to vangogh.7777"),
]

# The segments at bsdi that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("3 0.496734", "at-bsdi", "flags"),
    ("4 1.252324", "close", "no FIN from bsdi"),
    ("5 1.501300", "close", "no FIN from vangogh"),
    ("6 1.501320", "close", "no such ACK"),
    ("7 1.741436 v", "bsdi-states", "CLOSING shown"),
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


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_ack_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("7 1.741436 v").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("simultaneous-close", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == {"at-bsdi", "close", "bsdi-states"}
    assert not having(result, Verdict.FAIL)


def test_an_ordinary_close_is_none() -> None:
    """Each FIN acknowledged before the other is sent, as in the figure of section 18.2."""
    ordinary = RIGHT.edited(f"{VANGOGHS_FIN} ack 1", f"{VANGOGHS_FIN} ack 2").report()
    assert fails(ordinary, "at-bsdi", "ack")


def test_another_connection_says_nothing() -> None:
    result = judged("simultaneous-close", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
