"""Lab last-ack-lost: a right run and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

OPEN = """\
1 0.0      slip.1029 > sun.discard: S 1000:1000(0) win 4096 <mss 256>
2 0.1      sun.discard > slip.1029: S 5000:5000(0) ack 1001 win 4096 <mss 1460>
3 0.101    slip.1029 > sun.discard: . ack 5001 win 4096
4 0.2      slip.1029 > sun.discard: F 1001:1001(0) ack 5001 win 4096
5 0.3      sun.discard > slip.1029: . ack 1002 win 4096
6 0.31     sun.discard > slip.1029: F 5001:5001(0) ack 1002 win 4096
"""
LOST = "7 0.311    slip.1029 > sun.discard: . ack 5002 win 4096\n"
AGAIN = """\
8 1.4      sun.discard > slip.1029: F 5001:5001(0) ack 1002 win 4096
9 1.401    slip.1029 > sun.discard: . ack 5002 win 4096
"""
COUNTER = """\
bsdi % nft list counter ip loss last_ack
table ip loss {
	counter last_ack {
		packets 1 bytes 40
	}
}
"""
SLIP, SUN = "140.252.13.65.1029", "140.252.13.33.9"
STATES = {
    "slip": f"""\
0.0 {SLIP} {SUN} SYN_SENT
0.1 {SLIP} {SUN} ESTABLISHED
0.2 {SLIP} {SUN} FIN_WAIT_1
0.3 {SLIP} {SUN} FIN_WAIT_2
0.35 {SLIP} {SUN} TIME_WAIT
""",
    "sun": f"""\
0.0 0.0.0.0.9 0.0.0.0.0 LISTEN
0.1 {SUN} {SLIP} SYN_RCVD
0.15 {SUN} {SLIP} ESTABLISHED
0.3 {SUN} {SLIP} LAST_ACK
1.4 {SUN} {SLIP} gone
""",
}
RIGHT = Played(
    "last-ack-lost",
    {"slip sl0": OPEN + LOST + AGAIN, "sun eth0": OPEN + AGAIN},
    {"bsdi": COUNTER},
    STATES,
)
BEFORE, AFTER = "before-the-loss", "after-the-loss"
BOTH = {BEFORE, AFTER}

WRONG = [
    (LOST, "", {BEFORE}, "direction"),
    ("9 1.401    slip.1029 > sun.discard: . ack 5002 win 4096\n", "", BOTH, "sun.discard"),
    ("1.401    slip.1029 > sun.discard: . ack 5002",
     "1.401 slip.1029 > sun.discard: R 1002:1002(0)", BOTH, "flags"),
    ("8 1.4      sun", "8 0.9      sun", BOTH, "gap"),
    ("8 1.4      sun.discard > slip.1029: F", "8 1.4 sun.discard > slip.1029: .", BOTH, "flags"),
    ("F 5001:5001(0) ack 1002", "F 5000:5000(0) ack 1002", BOTH, "seq"),
    ("1.401    slip.1029 > sun.discard: . ack 5002", "1.401 slip.1029 > sun.discard: . ack 5001",
     BOTH, "ack"),
    ("F 1001:1001(0)", "R 1001:1001(0)", {*BOTH, "first-closer"}, "flags"),
    ("<mss 256>", "<mss 1460>", BOTH, "options"),
    ("ack 1002 win", "ack 1001 win", {*BOTH, "first-closer"}, "ack"),
    ("sun.discard", "sun.echo", {*BOTH, "first-closer"}, "no SYN from slip to sun.discard"),
    ("packets 1 ", "packets 0 ", {"loss"}, "packets 1"),
    ("packets 1 ", "packets 2 ", {"loss"}, "packets 1"),
    (f"0.35 {SLIP} {SUN} TIME_WAIT", f"0.35 {SLIP} {SUN} gone", {"first-closer"}, "TIME_WAIT"),
    (f"0.3 {SUN} {SLIP} LAST_ACK", f"0.3 {SUN} {SLIP} CLOSE_WAIT", {"second-closer"}, "LAST_ACK"),
    (f"0.3 {SUN} {SLIP} LAST_ACK", f"0.3 {SUN} {SLIP} FIN_WAIT_1", {"second-closer"}, "FIN_WAIT_1"),
]  # fmt: skip


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_a_fin_that_carries_the_acknowledgement_passes_too() -> None:
    """A system that delays its acknowledgements sends ACK and FIN in one segment."""
    result = RIGHT.without("5 ").report()
    assert result.verdict is Verdict.PASS, said(result, Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert having(result, Verdict.FAIL) == failing
    assert words in said(result, Verdict.FAIL)


def test_a_run_without_the_loss_fails() -> None:
    """The ACK that must be lost arrives, and nothing is sent again."""
    normal = {"slip sl0": OPEN + LOST, "sun eth0": OPEN + LOST}
    result = Played("last-ack-lost", normal, {"bsdi": COUNTER}, STATES).report()
    assert having(result, Verdict.FAIL) == BOTH


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.edited(AGAIN, "").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("last-ack-lost", evidence)
    assert having(result, Verdict.INCONCLUSIVE) >= BOTH
    assert not having(result, Verdict.FAIL)


def test_without_states_and_transcripts_there_is_no_verdict_about_them() -> None:
    result = Played("last-ack-lost", RIGHT.listings).report()
    assert having(result, Verdict.INCONCLUSIVE) == {"first-closer", "second-closer", "loss"}


def test_another_connection_says_nothing() -> None:
    assert judged("last-ack-lost", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
