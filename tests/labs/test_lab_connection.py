"""Lab connection: a right run, the book's figure, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import miss_text, missed

LISTING = """\
1 0.0      svr4.1037 > bsdi.discard: S 1000:1000(0) win 4096 <mss 1024>
2 0.002402 bsdi.discard > svr4.1037: S 5000:5000(0) ack 1001 win 4096 <mss 1024>
3 0.007224 svr4.1037 > bsdi.discard: . ack 5001 win 4096
4 4.155441 svr4.1037 > bsdi.discard: F 1001:1001(0) ack 5001 win 4096
5 4.156747 bsdi.discard > svr4.1037: . ack 1002 win 4096
6 4.158144 bsdi.discard > svr4.1037: F 5001:5001(0) ack 1002 win 4096
7 4.180662 svr4.1037 > bsdi.discard: . ack 5002 win 4096
"""
SERVER_FIRST = """\
4 4.155441 bsdi.discard > svr4.1037: F 5001:5001(0) ack 1001 win 4096
5 4.156747 svr4.1037 > bsdi.discard: . ack 5002 win 4096
6 4.158144 svr4.1037 > bsdi.discard: F 1001:1001(0) ack 5002 win 4096
7 4.180662 bsdi.discard > svr4.1037: . ack 1002 win 4096
"""
OVERTAKEN = """\
5 4.156747 bsdi.discard > svr4.1037: F 5001:5001(0) ack 1002 win 4096
6 4.158144 bsdi.discard > svr4.1037: . ack 1002 win 4096
7 4.180662 svr4.1037 > bsdi.discard: . ack 5002 win 4095
"""
RIGHT = Played("connection", {"svr4 eth0": LISTING, "bsdi eth0": LISTING})
ALL = {"timeline", "handshake", "mss", "close"}

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("1000:1000(0) win 4096 <", "1000:1000(0) win 8192 <", {"timeline"}, "window"),
    ("S 1000:1000(0) win 4096 <mss 1024>", "S 1000:1000(0) win 4096 <mss 1460>",
     {"timeline", "mss"}, "MSS 1460"),
    ("ack 1001 win 4096 <mss 1024>", "ack 1001 win 4096 <mss 512>", {"timeline", "mss"},
     "MSS 512"),
    ("ack 1001 win", "ack 1002 win", {"timeline", "handshake"}, "ack"),
    ("ack 1001 win 4096 <mss 1024>", "ack 1001 win 4096 <mss 1024,nop,wscale 0>", {"timeline"},
     "options"),
    (". ack 5001", ". ack 5000", {"timeline", "handshake"}, "ack"),
    ("bsdi.discard > svr4.1037: S 5000:5000(0)", "bsdi.discard > svr4.1037: R 5000:5000(0)", ALL,
     "flags"),
    ("F 1001:1001(0)", "F 1002:1002(0)", {"timeline", "close"}, "seq"),
    ("F 1001:1001(0)", "FP 1001:1003(2)", {"timeline", "close"}, "payload"),
    ("F 1001:1001(0)", "R 1001:1001(0)", {"timeline", "close"}, "a reset from svr4"),
    (". ack 1002", ". ack 1001", {"timeline"}, "ack"),
    ("F 5001:5001(0)", "P 5001:5003(2)", {"timeline", "close"}, "no FIN from bsdi"),
    ("F 5001:5001(0)", "R 5001:5001(0)", {"timeline", "close"}, "a reset from bsdi"),
    (". ack 5002", ". ack 5001", {"timeline", "close"}, "ack"),
    (". ack 5002 win 4096", ". ack 5002 win 0", {"timeline"}, "window"),
    ("bsdi.discard", "bsdi.7777", ALL, "no SYN from svr4 to bsdi.discard"),
    ("svr4.1037", "sun.1037", ALL, "no SYN from svr4 to bsdi.discard"),
]  # fmt: skip

# The segment that is left out, the expectations that fail, and words of their findings.
LACKING = [
    ("2 ", {"timeline", "handshake", "mss"}, "no SYN from bsdi"),
    ("3 ", {"timeline"}, "flags"),
    ("4 ", {"timeline", "close"}, "no FIN from svr4"),
    ("5 ", {"timeline"}, "differs in flags"),
    ("6 ", {"timeline", "close"}, "no FIN from bsdi"),
    ("7 ", {"timeline", "close"}, "the end of the connection"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    result = judged("connection", figure("18.2-connection"))
    assert result.verdict is Verdict.PASS, result.findings


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert missed(result) == failing, miss_text(result)
    assert words in miss_text(result)


@pytest.mark.parametrize(("line", "failing", "words"), LACKING)
def test_a_missing_segment_fails(line: str, failing: set[str], words: str) -> None:
    result = RIGHT.without(line).report()
    assert missed(result) == failing, miss_text(result)
    assert words in miss_text(result)


def test_a_repeated_fin_fails() -> None:
    lines = LISTING.splitlines(keepends=True)
    again = lines[3].replace("4 4.155441", "5 4.156000")
    later = [f"{number} {line[2:]}" for number, line in enumerate(lines[4:], 6)]
    listing = "".join([*lines[:4], again, *later])
    result = Played("connection", dict.fromkeys(RIGHT.listings, listing)).report()
    assert having(result, Verdict.FAIL) == {"timeline"}, said(result, Verdict.FAIL)
    assert "direction" in said(result, Verdict.FAIL)


def test_the_server_closing_first_fails() -> None:
    opened = "".join(LISTING.splitlines(keepends=True)[:3])
    result = Played("connection", dict.fromkeys(RIGHT.listings, opened + SERVER_FIRST)).report()
    assert having(result, Verdict.FAIL) == {"timeline", "close"}
    assert "the first from bsdi" in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.without("6 ").without("7 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("connection", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == {"timeline", "close"}
    assert not having(result, Verdict.FAIL)


def test_an_mss_that_this_machine_cannot_give_is_inconclusive() -> None:
    degraded = Degraded("bsdi", "mss", "MSS 1024", "MSS 1460", "an old kernel")
    played = RIGHT.edited("ack 1001 win 4096 <mss 1024>", "ack 1001 win 4096 <mss 1460>")
    result = judged("connection", played.evidence(degraded=[degraded]))
    assert having(result, Verdict.INCONCLUSIVE) == {"timeline", "mss"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("connection", figure("18.7-refused")).verdict is Verdict.INCONCLUSIVE


def test_an_acknowledgement_overtaken_by_the_servers_fin_passes() -> None:
    """Seen on a busy machine: Linux wakes the server before its ACK of the FIN is out."""
    as_captured = LISTING[LISTING.index("5 4.156747") :]
    assert RIGHT.edited(as_captured, OVERTAKEN).report().verdict is Verdict.PASS
