"""Lab backoff-client: a right run, and each way in which a student's client can be wrong."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from captures.run import Program
from checkers.check import report
from checkers.verdict import Verdict
from labs import catalog
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails

LISTING = """\
1 0.0 bsdi.2001 > svr4.7001: S 1000:1000(0) win 4096 <mss 1024>
2 0.001 svr4.7001 > bsdi.2001: R 0:0(0) ack 1001 win 0
3 1.003 bsdi.2002 > svr4.7001: S 2000:2000(0) win 4096 <mss 1024>
4 1.004 svr4.7001 > bsdi.2002: R 0:0(0) ack 2001 win 0
5 3.006 bsdi.2003 > svr4.7001: S 3000:3000(0) win 4096 <mss 1024>
6 3.007 svr4.7001 > bsdi.2003: R 0:0(0) ack 3001 win 0
7 7.01 bsdi.2004 > svr4.7001: S 4000:4000(0) win 4096 <mss 1024>
8 7.011 svr4.7001 > bsdi.2004: R 0:0(0) ack 4001 win 0
9 8.0 bsdi.2005 > svr4.7002: S 5000:5000(0) win 4096 <mss 1024>
10 8.001 svr4.7002 > bsdi.2005: R 0:0(0) ack 5001 win 0
11 9.003 bsdi.2006 > svr4.7002: S 6000:6000(0) win 4096 <mss 1024>
12 9.004 svr4.7002 > bsdi.2006: R 0:0(0) ack 6001 win 0
13 11.006 bsdi.2007 > svr4.7002: S 7000:7000(0) win 4096 <mss 1024>
14 11.007 svr4.7002 > bsdi.2007: S 7500:7500(0) ack 7001 win 4096 <mss 1024>
15 11.008 bsdi.2007 > svr4.7002: . ack 1 win 4096
16 11.009 bsdi.2007 > svr4.7002: P 1:7(6) ack 1 win 4096
17 11.01 svr4.7002 > bsdi.2007: P 1:9(8) ack 7 win 4096
18 11.011 bsdi.2007 > svr4.7002: F 7:7(0) ack 9 win 4096
19 11.012 svr4.7002 > bsdi.2007: F 9:9(0) ack 8 win 4096
20 11.013 bsdi.2007 > svr4.7002: . ack 10 win 4096
21 12.0 bsdi.2008 > svr4.7003: S 8000:8000(0) win 4096 <mss 1024>
22 12.001 svr4.7003 > bsdi.2008: S 8500:8500(0) ack 8001 win 4096 <mss 1024>
23 12.002 bsdi.2008 > svr4.7003: . ack 1 win 4096
24 12.003 bsdi.2008 > svr4.7003: P 1:7(6) ack 1 win 4096
25 12.004 svr4.7003 > bsdi.2008: . ack 7 win 4096
26 15.006 bsdi.2008 > svr4.7003: F 7:7(0) ack 1 win 4096
27 15.007 svr4.7003 > bsdi.2008: F 1:1(0) ack 8 win 4096
28 15.008 bsdi.2008 > svr4.7003: . ack 2 win 4096
29 16.0 bsdi.2009 > svr4.7004: S 9000:9000(0) win 4096 <mss 1024>
30 16.001 svr4.7004 > bsdi.2009: S 9500:9500(0) ack 9001 win 4096 <mss 1024>
31 16.002 bsdi.2009 > svr4.7004: . ack 1 win 4096
32 16.003 bsdi.2009 > svr4.7004: P 1:7(6) ack 1 win 4096
33 16.004 svr4.7004 > bsdi.2009: R 1:1(0) ack 7 win 0
"""
BSDI = """\
bsdi % python3 client.py svr4 7001
svr4 7001: refused, trying again in 1 s
svr4 7001: refused, trying again in 2 s
svr4 7001: refused, trying again in 4 s
svr4 7001: refused, giving up
bsdi % python3 client.py svr4 7002
svr4 7002: refused, trying again in 1 s
svr4 7002: refused, trying again in 2 s
welcome
bsdi % python3 client.py svr4 7003
svr4 7003: no answer within 3 s
bsdi % python3 client.py svr4 7004
svr4 7004: connection reset
"""
SVR4 = """\
svr4 % peer -l 7002
> read-line
line: 'hello'
svr4 % peer -l 7003
line: 'hello'
svr4 % peer -l 7004
line: 'hello'
"""
SOCKET = "140.252.13.35.2008 140.252.13.34.7003"
STATES = {"bsdi": f"12.05 {SOCKET} ESTABLISHED\n15.05 {SOCKET} TIME_WAIT\n"}
PROGRAMS = tuple(
    Program("bsdi", f"python3 client.py svr4 700{start}", "0" * 64, "exited", status)
    for start, status in ((1, 1), (2, 0), (3, 2), (4, 3))
)
RIGHT = Played(
    "backoff-client", {"bsdi eth0": LISTING}, {"bsdi": BSDI, "svr4": SVR4}, STATES,
    programs=PROGRAMS,
)  # fmt: skip

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("3 1.003 bsdi", "3 1.6 bsdi", "refused gap 1", "1 s (0.95 to 1.5)"),
    ("3 1.003 bsdi", "3 0.5 bsdi", "refused gap 1", "0.499 s"),
    ("5 3.006 bsdi.2003 > svr4.7001", "5 2.005 bsdi.2003 > svr4.7001", "refused gap 2", "1.001 s"),
    ("bsdi.2004", "sun.2004", "refused", "observed 3"),
    ("bsdi.2005", "sun.2005", "late", "observed 2"),
    ("bsdi.2007 > svr4.7002: F", "bsdi.2007 > svr4.7002: R", "late-close", "a reset from bsdi"),
    ("26 15.006 bsdi.2008 > svr4.7003: F", "26 15.006 bsdi.2008 > svr4.7003: R", "silent-close",
     "a reset from bsdi"),
    ("15.05", "17.05", "silent-wait", "5.000 s"),
    ("refused, giving up", "Connection refused", "messages", "giving up"),
    ("welcome\n", "", "messages", "welcome"),
    ("svr4 7004: connection reset", "Traceback (most recent call last):", "messages", "Traceback"),
    ("line: 'hello'\nsvr4 % peer -l 7003", "line: 'hi'\nsvr4 % peer -l 7003", "request", "peer"),
]  # fmt: skip


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


def test_an_attempt_too_many_fails() -> None:
    again = "34 24.0 bsdi.2010 > svr4.700%d: S 9900:9900(0) win 4096 <mss 1024>\n"
    for port, failing in ((1, "refused"), (2, "late"), (3, "silent"), (4, "reset")):
        listings = {"bsdi eth0": LISTING + again % port}
        result = replace(RIGHT, listings=listings).report()
        assert having(result, Verdict.FAIL) == {failing}


@pytest.mark.parametrize(
    ("start", "failing"),
    [(1, "refused-status"), (2, "late-status"), (3, "silent-status"), (4, "reset-status")],
)
def test_a_wrong_end_of_the_program_fails(start: int, failing: str) -> None:
    for change in ({"status": 4}, {"ended": "limit", "limit": "time", "status": None}):
        programs = list(PROGRAMS)
        programs[start - 1] = changed(programs[start - 1], **change)
        result = replace(RIGHT, programs=tuple(programs)).report()
        assert having(result, Verdict.FAIL) == {failing}


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_missing_attempts_in_a_capture_with_losses_are_inconclusive(
    unusable: dict[str, int],
) -> None:
    fewer = RIGHT.without("5 ").without("6 ")
    assert fails(fewer.report(), "refused", "observed 3")
    result = judged("backoff-client", fewer.evidence(**unusable), "refused")  # type: ignore[arg-type]
    assert not having(result, Verdict.FAIL)
    assert having(result, Verdict.INCONCLUSIVE) == {"refused"}


def test_another_connection_says_nothing() -> None:
    result = judged("backoff-client", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE, said(result, Verdict.FAIL)


def test_a_students_ports_are_expected_of_the_student_alone() -> None:
    its = RIGHT.edited("700", "740").evidence()
    mine = catalog.load("backoff-client", given={"port": 7401}).expect
    assert report("backoff-client", its, mine).verdict is Verdict.PASS
    assert judged("backoff-client", its).verdict is Verdict.FAIL
