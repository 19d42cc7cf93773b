"""Lab echo-server: a right run, and each way in which a student's server can be wrong."""

import pytest
from msgspec.structs import replace as changed

from captures.run import Program
from checkers.check import report
from checkers.verdict import Verdict
from labs import catalog
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails

LISTING = """\
1 0.0 svr4.6001 > bsdi.7777: S 1000:1000(0) win 4096 <mss 1024>
2 0.1 bsdi.7777 > svr4.6001: S 5000:5000(0) ack 1001 win 4096 <mss 1024>
3 0.2 svr4.6001 > bsdi.7777: . ack 1 win 4096
4 0.3 svr4.6001 > bsdi.7777: P 1:1025(1024) ack 1 win 4096
5 0.4 bsdi.7777 > svr4.6001: P 1:513(512) ack 1025 win 4096
6 0.5 svr4.6001 > bsdi.7777: F 1025:1025(0) ack 513 win 0
7 0.6 bsdi.7777 > svr4.6001: . ack 1026 win 4096
8 0.7 bsdi.7777 > svr4.6001: P 513:1025(512) ack 1026 win 4096
9 0.8 svr4.6001 > bsdi.7777: . ack 1025 win 4096
10 0.9 bsdi.7777 > svr4.6001: F 1025:1025(0) ack 1026 win 4096
11 1.0 svr4.6001 > bsdi.7777: . ack 1026 win 4096
12 1.1 sun.6002 > bsdi.7777: S 2000:2000(0) win 4096 <mss 1460>
13 1.2 bsdi.7777 > sun.6002: S 6000:6000(0) ack 2001 win 4096 <mss 1024>
14 1.3 sun.6002 > bsdi.7777: . ack 1 win 4096
15 1.4 svr4.6003 > bsdi.7777: S 3000:3000(0) win 4096 <mss 1024>
16 1.5 bsdi.7777 > svr4.6003: S 7000:7000(0) ack 3001 win 4096 <mss 1024>
17 1.6 svr4.6003 > bsdi.7777: . ack 1 win 4096
18 1.7 svr4.6003 > bsdi.7777: P 1:14(13) ack 1 win 4096
19 1.8 bsdi.7777 > svr4.6003: P 1:14(13) ack 14 win 4096
20 1.9 svr4.6003 > bsdi.7777: F 14:14(0) ack 14 win 4096
21 2.0 bsdi.7777 > svr4.6003: F 14:14(0) ack 15 win 4096
22 2.1 svr4.6003 > bsdi.7777: . ack 15 win 4096
23 2.2 sun.6002 > bsdi.7777: P 1:13(12) ack 1 win 4096
24 2.3 bsdi.7777 > sun.6002: P 1:13(12) ack 13 win 4096
25 2.4 sun.6002 > bsdi.7777: F 13:13(0) ack 13 win 4096
26 2.5 bsdi.7777 > sun.6002: F 13:13(0) ack 14 win 4096
27 2.6 sun.6002 > bsdi.7777: . ack 14 win 4096
28 2.7 sun.6004 > bsdi.7777: S 4000:4000(0) win 4096 <mss 1460>
29 2.8 bsdi.7777 > sun.6004: S 8000:8000(0) ack 4001 win 4096 <mss 1024>
30 2.9 sun.6004 > bsdi.7777: . ack 1 win 4096
31 3.0 sun.6004 > bsdi.7777: P 1:12(11) ack 1 win 4096
32 3.1 sun.6004 > bsdi.7777: R 12:12(0) ack 1 win 0
33 3.2 svr4.6005 > bsdi.7777: S 9000:9000(0) win 4096 <mss 1024>
34 3.3 bsdi.7777 > svr4.6005: S 9500:9500(0) ack 9001 win 4096 <mss 1024>
35 3.4 svr4.6005 > bsdi.7777: . ack 1 win 4096
36 3.5 svr4.6005 > bsdi.7777: P 1:14(13) ack 1 win 4096
37 3.6 bsdi.7777 > svr4.6005: P 1:14(13) ack 14 win 4096
38 3.7 svr4.6005 > bsdi.7777: F 14:14(0) ack 14 win 4096
39 3.8 bsdi.7777 > svr4.6005: F 14:14(0) ack 15 win 4096
40 3.9 svr4.6005 > bsdi.7777: . ack 15 win 4096
"""
SVR4 = """\
svr4 % peer -b 6001 bsdi 7777
> read-echo
echo: 16000 bytes, as sent
> eof
end of file
svr4 % peer -b 6003 bsdi 7777
echo: 13 bytes, as sent
end of file
svr4 % peer -b 6005 bsdi 7777
echo: 13 bytes, as sent
end of file
"""
SUN = """\
sun % peer -b 6002 bsdi 7777
echo: 12 bytes, as sent
end of file
sun % peer -b 6004 bsdi 7777
reset
"""
SERVER = Program("bsdi", "python3 echo.py 7777", "0" * 64, "stopped", 143, wall_s=4.0)
RIGHT = Played(
    "echo-server", {"bsdi eth0": LISTING}, {"svr4": SVR4, "sun": SUN}, programs=(SERVER,)
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("bsdi.7777 > svr4.6001: F", "bsdi.7777 > svr4.6001: R", "half-close-end", "reset from bsdi"),
    ("6 0.5 svr4.6001 > bsdi.7777: F 1025:1025(0)", "6 0.5 svr4.6001 > bsdi.7777: R 1025:1025(0)",
     "half-close-end", "reset from svr4"),
    ("svr4.6003 > bsdi.7777: F", "svr4.6003 > bsdi.7777: R", "at-once", "a reset from svr4"),
    ("svr4.6003", "svr4.6009", "at-once", "no SYN from svr4.6003"),
    ("sun.6002 > bsdi.7777: F", "sun.6002 > bsdi.7777: R", "quiet-client", "a reset from sun"),
    ("svr4.6005: S 9500:9500(0)", "svr4.6005: R 0:0(0)", "after-a-reset", "a reset from bsdi"),
    ("echo: 16000 bytes, as sent", "echo: 4096 of 16000 bytes, then end of file", "svr4-reads",
     "16000 bytes, as sent"),
    ("echo: 12 bytes, as sent", "echo: differs from byte 3 on", "sun-reads", "12 bytes"),
]  # fmt: skip

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    (["10 ", "11 "], "half-close-end", "no FIN from bsdi"),
    (["21 ", "22 "], "at-once", "no FIN from bsdi"),
    (["39 ", "40 "], "after-a-reset", "no FIN from bsdi"),
]


def without(lines: list[str]) -> Played:
    played = RIGHT
    for line in lines:
        played = played.without(line)
    return played


def with_end(**change: object) -> Played:
    return Played(
        RIGHT.lab, RIGHT.listings, RIGHT.transcripts, programs=(changed(SERVER, **change),)
    )


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize(("lines", "failing", "words"), LACKING)
def test_a_missing_segment_fails(lines: list[str], failing: str, words: str) -> None:
    result = without(lines).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


def test_a_server_that_forgets_what_it_owes_fails() -> None:
    short = without(["8 ", "9 "]).edited("bsdi.7777 > svr4.6001: F 1025:1025(0)",
        "bsdi.7777 > svr4.6001: F 513:513(0)")  # fmt: skip
    result = short.edited(
        "11 1.0 svr4.6001 > bsdi.7777: . ack 1026", "11 1.0 svr4.6001 > bsdi.7777: . ack 514"
    ).report()
    assert fails(result, "half-close", "data from bsdi behind the FIN of svr4")


def test_a_server_that_closes_first_fails() -> None:
    early = RIGHT.edited("F 14:14(0) ack 15", "F 14:14(0) ack 14").edited(
        "20 1.9 svr4.6003 > bsdi.7777: F 14:14(0) ack 14", "20 1.9 svr4.6003 > bsdi.7777: . ack 14"
    )
    assert fails(early.report(), "at-once", "first FIN from svr4")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ended": "exited", "status": 1}, "ended by itself after 4.0 s with status 1"),
        ({"ended": "limit", "status": None, "limit": "memory: 130 MB of at most 128"}, "memory"),
        ({"ended": "limit", "status": None, "limit": "end: still running 2 s after SIGTERM"},
         "after SIGTERM"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_stay_fails(change: dict[str, object], words: str) -> None:
    result = with_end(**change).report()
    assert having(result, Verdict.FAIL) == {"server-stays"}
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_a_missing_end_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = without(["10 ", "11 "]).evidence(**unusable)  # type: ignore[arg-type]
    result = judged("echo-server", evidence, "half-close-end")
    assert having(result, Verdict.INCONCLUSIVE) == {"half-close-end"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    result = judged("echo-server", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_students_port_is_expected_of_the_student_alone() -> None:
    its = RIGHT.edited("7777", "7177").evidence()
    assert report(
        "echo-server", its, catalog.load("echo-server", given={"port": 7177}).expect
    ).verdict is (Verdict.PASS)
    assert judged("echo-server", its).verdict is Verdict.FAIL
