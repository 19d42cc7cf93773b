"""Lab reset-refused: a right run, the book's figure, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

LISTING = """\
1 0.0      bsdi.1087 > svr4.20000: S 297416193:297416193(0) win 4096 <mss 1024> [tos 0x10]
2 0.003771 svr4.20000 > bsdi.1087: R 0:0(0) ack 297416194 win 0
"""
SYN_AGAIN = LISTING.splitlines(keepends=True)[0].replace("1 0.0 ", "2 0.002 ")
TRANSCRIPT = """\
bsdi % telnet svr4 20000
Trying 140.252.13.34...
telnet: Unable to connect to remote host: Connection refused
"""
RIGHT = Played("reset-refused", {"bsdi eth0": LISTING, "svr4 eth0": LISTING}, {"bsdi": TRANSCRIPT})
BOTH = {"figure", "figure-at-svr4"}

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("ack 297416194", "ack 297416193", BOTH, "ack"),
    ("R 0:0(0) ack 297416194", "R 0:0(0)", BOTH, "ack"),
    ("R 0:0(0)", "R 1:1(0)", BOTH, "seq"),
    ("R 0:0(0) ack 297416194 win 0", "R 0:0(0) ack 297416194 win 4096", BOTH, "window"),
    ("R 0:0(0)", "S 5:5(0)", BOTH, "flags"),
    ("R 0:0(0)", "F 0:0(0)", BOTH, "flags"),
    ("<mss 1024>", "<mss 1460>", BOTH, "options"),
    ("win 4096 <", "win 8192 <", BOTH, "window"),
    ("[tos 0x10]", "[tos 0x8]", BOTH, "tos"),
    ("svr4.20000", "svr4.20001", BOTH, "no SYN from bsdi to svr4.20000"),
    ("bsdi.1087", "sun.1087", BOTH, "no SYN from bsdi to svr4.20000"),
    (
        "2 0.003771 svr4.20000",
        f"{SYN_AGAIN}3 0.003771 svr4.20000",
        BOTH,
        "direction",
    ),
    ("Connection refused", "Connection timed out", {"transcript"}, "Connection refused"),
    ("telnet: Unable", "Connected to svr4.\ntelnet: Unable", {"transcript"}, "Connected to"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    assert judged("reset-refused", figure("18.7-refused"), "figure").verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_reset_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("2 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("reset-refused", evidence, "figure", "figure-at-svr4")
    assert having(result, Verdict.INCONCLUSIVE) == BOTH
    assert not having(result, Verdict.FAIL)


def test_a_missing_reset_fails() -> None:
    result = RIGHT.without("2 ").report()
    assert having(result, Verdict.FAIL) == BOTH


def test_another_connection_says_nothing() -> None:
    result = judged("reset-refused", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
