"""Lab syn-timeout: a right run, the book's figure, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said

BSDI = """\
1 0.0       bsdi.1024 > svr4.discard: S 291008001:291008001(0) win 4096 <mss 1024> [tos 0x10]
2 5.814797  bsdi.1024 > svr4.discard: S 291008001:291008001(0) win 4096 <mss 1024> [tos 0x10]
3 29.815436 bsdi.1024 > svr4.discard: S 291008001:291008001(0) win 4096 <mss 1024> [tos 0x10]
"""
SUN = """\
1 0.0       sun.1093 > svr4.discard: S 517312000:517312000(0) win 4096 <mss 1460>
2 5.564000  sun.1093 > svr4.discard: S 517312000:517312000(0) win 4096 <mss 1460>
3 17.564000 sun.1093 > svr4.discard: S 517312000:517312000(0) win 4096 <mss 1460>
4 41.564000 sun.1093 > svr4.discard: S 517312000:517312000(0) win 4096 <mss 1460>
"""
NETB = """\
1 0.000000 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
2 1.010106 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
3 2.034129 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
4 3.058053 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
5 4.082078 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
6 5.106116 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
7 7.122061 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
8 11.22221 netb.40140 > svr4.discard: S 77:77(0) win 65535 <mss 512>
"""
TRANSCRIPT = """\
bsdi % date
Mon Nov 23 15:10:00 UTC 2026
bsdi % telnet svr4 discard
Trying 140.252.13.34...
telnet: Unable to connect to remote host: Connection timed out
bsdi % date
Mon Nov 23 15:11:15 UTC 2026
"""
STATES = """\
0.0  140.252.13.35.1024 140.252.13.34.9 SYN_SENT
75.0 140.252.13.35.1024 140.252.13.34.9 gone
"""
RIGHT = Played(
    "syn-timeout",
    {"bsdi eth0": BSDI, "sun eth0": SUN, "netb sl0": NETB},
    {"bsdi": TRANSCRIPT},
    {"bsdi": STATES},
)
LINUX = {
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_syn_linear_timeouts": "4",
}
SYSCTLS = {"netb": LINUX}
BOTH = {"figure", "from-bsdi"}

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("2 5.814797", "2 4.651838", BOTH, "4.65"),  # 20 % too soon
    ("2 5.814797", "2 6.977756", BOTH, "6.97"),
    ("3 29.815436", "3 25.015308", BOTH, "19.2"),
    ("3 29.815436", "3 17.814797", BOTH, "12.000"),  # as SunOS does
    ("3 29.815436 bsdi.1024 > svr4.discard: S 291008001:291008001",
     "3 29.815436 bsdi.1024 > svr4.discard: S 291008002:291008002", BOTH, "291008002"),
    ("3 29.815436 ", "3 20.0 svr4.discard > bsdi.1024: R 0:0(0) ack 291008002 win 0\n4 29.815436 ",
     BOTH, "R 0:0(0)"),
    ("[tos 0x10]", "[tos 0x8]", {"figure"}, "tos"),
    ("<mss 1024>", "<mss 1460>", {"figure"}, "options"),
    ("win 4096 <mss 1024>", "win 8192 <mss 1024>", {"figure"}, "window"),
    ("4 41.564000 sun", "4 36.764000 sun", {"from-sun"}, "19.2"),
    ("2 5.564000  sun", "2 4.451200  sun", {"from-sun"}, "4.45"),
    ("3 17.564000 sun.1093 > svr4.discard: S 517312000:517312000",
     "3 17.564000 sun.1093 > svr4.discard: S 517312009:517312009",
     {"from-sun", "sequence-sun"}, "517312009"),
    ("7 7.122061", "7 6.5", {"from-netb"}, "gap 6"),
    ("6 5.106116", "6 6.106116", {"from-netb"}, "gap 5"),
    ("75.0 140", "60.0 140", {"bsdi-gives-up"}, "60"),
    ("75.0 140", "131.0 140", {"bsdi-gives-up"}, "131"),
    ("Connection timed out", "Connection refused", {"messages"}, "Connection timed out"),
    ("telnet: Unable", "Connected to svr4.\ntelnet: Unable", {"messages"}, "Connected to"),
]  # fmt: skip


def test_a_right_run_passes() -> None:
    result = judged("syn-timeout", RIGHT.evidence(sysctls=SYSCTLS))
    assert result.verdict is Verdict.PASS, result.findings


def test_the_books_figure_passes() -> None:
    result = judged("syn-timeout", figure("18.3-timeout"), "figure", "from-bsdi")
    assert result.verdict is Verdict.PASS, result.findings


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = judged("syn-timeout", RIGHT.edited(old, new).evidence(sysctls=SYSCTLS))
    assert having(result, Verdict.FAIL) == failing, said(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


def test_one_retransmission_too_few_fails() -> None:
    result = judged("syn-timeout", RIGHT.without("4 41").evidence(sysctls=SYSCTLS))
    assert having(result, Verdict.FAIL) == {"from-sun"}


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_syn_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("3 29").evidence(**unusable, sysctls=SYSCTLS)  # type: ignore[arg-type]
    result = judged("syn-timeout", evidence, "figure", "from-bsdi")
    assert result.verdict is Verdict.INCONCLUSIVE, result.findings


def test_timers_that_this_machine_cannot_give_are_inconclusive() -> None:
    """Linux's own timers on bsdi, where nothing better is to be had."""
    degraded = Degraded("bsdi", "syn_timers", "SYNs 6, 24, 48 s apart", "1, 2, 4 s", "no nftables")
    played = RIGHT.edited("2 5.814797", "2 1.0").edited("3 29.815436", "3 3.0")
    played = played.edited("75.0 140", "131.0 140")
    evidence = played.evidence(sysctls=SYSCTLS, degraded=[degraded])
    result = judged("syn-timeout", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == {"figure", "from-bsdi", "bsdi-gives-up"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    result = judged("syn-timeout", figure("18.2-connection"), "figure", "from-bsdi")
    assert result.verdict is Verdict.INCONCLUSIVE
