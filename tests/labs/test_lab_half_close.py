"""Lab half-close: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails, miss_text, missed

LISTING = """\
1 0.0      sun.1082 > bsdi.shell: S 1000:1000(0) win 4096 <mss 1460>
2 0.000160 bsdi.shell > sun.1082: S 5000:5000(0) ack 1001 win 4096 <mss 1024>
3 0.000190 sun.1082 > bsdi.shell: . ack 1 win 4096
4 0.001200 sun.1082 > bsdi.shell: P 1:36(35) ack 1 win 4096
5 0.001210 bsdi.shell > sun.1082: . ack 36 win 4096
6 0.001300 sun.1082 > bsdi.shell: F 36:36(0) ack 1 win 4096
7 0.001310 bsdi.shell > sun.1082: . ack 37 win 4096
8 0.004000 bsdi.shell > sun.1082: P 1:7(6) ack 37 win 4096
9 0.004100 sun.1082 > bsdi.shell: . ack 7 win 4096
10 0.304000 bsdi.shell > sun.1082: P 7:14(7) ack 37 win 4096
11 0.304100 sun.1082 > bsdi.shell: . ack 14 win 4096
12 0.604000 bsdi.shell > sun.1082: P 14:18(4) ack 37 win 4096
13 0.604100 sun.1082 > bsdi.shell: . ack 18 win 4096
14 0.904000 bsdi.shell > sun.1082: P 18:24(6) ack 37 win 4096
15 0.904100 sun.1082 > bsdi.shell: . ack 24 win 4096
16 1.204000 bsdi.shell > sun.1082: P 24:29(5) ack 37 win 4096
17 1.204100 sun.1082 > bsdi.shell: . ack 29 win 4096
18 1.504000 bsdi.shell > sun.1082: P 29:36(7) ack 37 win 4096
19 1.504100 sun.1082 > bsdi.shell: . ack 36 win 4096
20 1.804000 bsdi.shell > sun.1082: F 36:36(0) ack 37 win 4096
21 1.804100 sun.1082 > bsdi.shell: . ack 37 win 4096
"""
TRANSCRIPT = """\
sun % sock -h bsdi 514 < datafile
apple
cherry
fig
lemon
pear
quince
"""
SUN = "140.252.13.33.1082 140.252.13.35.514"
BSDI = "140.252.13.35.514 140.252.13.33.1082"
STATES = {
    "sun": f"0.05 {SUN} FIN_WAIT_2\n1.85 {SUN} TIME_WAIT\n",
    "bsdi": f"0.05 {BSDI} CLOSE_WAIT\n1.85 {BSDI} gone\n",
}
RIGHT = Played(
    "half-close", {"sun eth0": LISTING, "bsdi eth0": LISTING}, {"sun": TRANSCRIPT}, STATES
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("<mss 1460>", "<mss 1024>", "figure", "<mss 1460>"),
    ("P 1:36(35)", "P 1:20(19)", "figure", "payload"),
    ("ack 37 win 4096\n8", "ack 36 win 4096\n8", "figure", "ack"),
    ("P 7:14(7)", "P 8:15(7)", "figure", "seq"),
    ("bsdi.shell > sun.1082: F", "bsdi.shell > sun.1082: R", "close", "a reset from bsdi"),
    ("sun.1082 > bsdi.shell: F", "sun.1082 > bsdi.shell: R", "close", "a reset from sun"),
    (
        "sun.1082 > bsdi.shell: . ack 7 win 4096",
        "sun.1082 > bsdi.shell: R 37:37(0) win 0",
        "figure",
        "flags",
    ),
    ("FIN_WAIT_2", "ESTABLISHED", "sun-states", "FIN_WAIT_2 to be seen"),
    ("FIN_WAIT_2", "CLOSING", "sun-states", "CLOSING TIME_WAIT recorded"),
    ("CLOSE_WAIT", "LAST_ACK", "bsdi-states", "CLOSE_WAIT to be seen"),
    ("cherry\nfig", "fig\ncherry", "transcript", "fig"),
    ("bsdi.shell", "bsdi.discard", "handshake", "no SYN from sun to bsdi.shell"),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("2 ", "handshake", "SYN+ACK"),
    ("7 ", "figure", "ack"),
    ("19 ", "figure", "direction"),
    ("20 ", "close", "no FIN from bsdi"),
    ("6 ", "close", "no FIN from sun"),
    ("21 ", "close", "no such ACK"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_data_acknowledged_together_with_the_fin_passes() -> None:
    assert RIGHT.without("5 ").report().verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize(("line", "failing", "words"), LACKING)
def test_a_missing_segment_fails(line: str, failing: str, words: str) -> None:
    result = RIGHT.without(line).report()
    assert failing in missed(result)
    assert words in miss_text(result)


def test_a_server_that_closes_before_it_has_sent_everything_fails() -> None:
    short = RIGHT.without("18 ").without("19 ").edited("F 36:36(0) ack 37", "F 29:29(0) ack 37")
    result = short.edited("sun.1082 > bsdi.shell: . ack 37", "sun.1082 > bsdi.shell: . ack 30")
    assert fails(result.report(), "figure", "flags")


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("20 ").without("21 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("half-close", evidence, "figure", "close")
    assert having(result, Verdict.INCONCLUSIVE) == {"figure", "close"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    result = judged("half-close", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
