"""Lab echo-server: a right run, and each way in which a student's server can be wrong."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from captures.run import Program
from checkers.check import report
from checkers.verdict import Verdict
from labs import catalog
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails

OTHERS = """\
sun.6002 > bsdi.7777: S 2000:2000(0) win 4096 <mss 1460>
bsdi.7777 > sun.6002: S 6000:6000(0) ack 2001 win 4096 <mss 1024>
sun.6002 > bsdi.7777: . ack 1 win 4096
svr4.6003 > bsdi.7777: S 3000:3000(0) win 4096 <mss 1024>
bsdi.7777 > svr4.6003: S 7000:7000(0) ack 3001 win 4096 <mss 1024>
svr4.6003 > bsdi.7777: . ack 1 win 4096
svr4.6003 > bsdi.7777: P 1:14(13) ack 1 win 4096
bsdi.7777 > svr4.6003: P 1:14(13) ack 14 win 4096
svr4.6003 > bsdi.7777: F 14:14(0) ack 14 win 4096
bsdi.7777 > svr4.6003: F 14:14(0) ack 15 win 4096
svr4.6003 > bsdi.7777: . ack 15 win 4096
sun.6002 > bsdi.7777: P 1:13(12) ack 1 win 4096
bsdi.7777 > sun.6002: P 1:13(12) ack 13 win 4096
sun.6002 > bsdi.7777: F 13:13(0) ack 13 win 4096
bsdi.7777 > sun.6002: F 13:13(0) ack 14 win 4096
sun.6002 > bsdi.7777: . ack 14 win 4096
sun.6004 > bsdi.7777: S 4000:4000(0) win 4096 <mss 1460>
bsdi.7777 > sun.6004: S 8000:8000(0) ack 4001 win 4096 <mss 1024>
sun.6004 > bsdi.7777: . ack 1 win 4096
sun.6004 > bsdi.7777: P 1:12(11) ack 1 win 4096
sun.6004 > bsdi.7777: R 12:12(0) ack 1 win 0
svr4.6005 > bsdi.7777: S 9000:9000(0) win 4096 <mss 1024>
bsdi.7777 > svr4.6005: S 9500:9500(0) ack 9001 win 4096 <mss 1024>
svr4.6005 > bsdi.7777: . ack 1 win 4096
svr4.6005 > bsdi.7777: P 1:14(13) ack 1 win 4096
bsdi.7777 > svr4.6005: P 1:14(13) ack 14 win 4096
svr4.6005 > bsdi.7777: F 14:14(0) ack 14 win 4096
bsdi.7777 > svr4.6005: F 14:14(0) ack 15 win 4096
svr4.6005 > bsdi.7777: . ack 15 win 4096
"""


def data(source: str, destination: str, sizes: list[int], ack: int, first: int = 1) -> list[str]:
    """Segments of these sizes, from a relative number on, each acknowledged."""
    lines = []
    for size in sizes:
        end = first + size
        lines.append(f"{source} > {destination}: P {first}:{end}({size}) ack {ack} win 4096")
        lines.append(f"{destination} > {source}: . ack {end} win 4096")
        first = end
    return lines


def segments(behind: list[int]) -> list[str]:
    """All connections; behind: the sizes of what comes behind the FIN of svr4's port 6001."""
    client, server = "svr4.6001", "bsdi.7777"
    asked = data(client, server, [1024] * 15 + [640], 1)
    asked[1] = f"{server} > {client}: P 1:513(512) ack 1025 win 4096"
    end = 513 + sum(behind)
    return [
        f"{client} > {server}: S 1000:1000(0) win 4096 <mss 1024>",
        f"{server} > {client}: S 5000:5000(0) ack 1001 win 4096 <mss 1024>",
        f"{client} > {server}: . ack 1 win 4096",
        *asked,
        f"{client} > {server}: F 16001:16001(0) ack 513 win 0",
        f"{server} > {client}: . ack 16002 win 4096",
        *data(server, client, behind, 16002, 513),
        f"{server} > {client}: F {end}:{end}(0) ack 16002 win 4096",
        f"{client} > {server}: . ack {end + 1} win 4096",
        *OTHERS.splitlines(),
    ]


def numbered(lines: list[str]) -> str:
    """A listing of these segments, a tenth of a second apart."""
    return "".join(f"{n} {n / 10:.1f} {line}\n" for n, line in enumerate(lines, 1))


# svr4 sends 16,000 bytes and its FIN; 512 bytes come back before that FIN, the others behind it.
LISTING = numbered(segments([1024] * 15 + [128]))
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
    ("svr4.6001 > bsdi.7777: F", "svr4.6001 > bsdi.7777: R", "half-close-end", "reset from svr4"),
    ("svr4.6003 > bsdi.7777: F", "svr4.6003 > bsdi.7777: R", "at-once", "a reset from svr4"),
    ("svr4.6003", "svr4.6009", "at-once", "no SYN from svr4.6003"),
    ("sun.6002 > bsdi.7777: F", "sun.6002 > bsdi.7777: R", "quiet-client", "a reset from sun"),
    ("svr4.6005: S 9500:9500(0)", "svr4.6005: R 0:0(0)", "after-a-reset", "a reset from bsdi"),
    ("echo: 16000 bytes, as sent", "echo: 4096 of 16000 bytes, then end of file", "svr4-reads",
     "16000 bytes, as sent"),
    ("echo: 12 bytes, as sent", "echo: differs from byte 3 on", "sun-reads", "12 bytes"),
]  # fmt: skip

# The FIN that is left out with its acknowledgment, and the expectation that fails.
LACKING = [
    ("bsdi.7777 > svr4.6001: F", "half-close-end"),
    ("bsdi.7777 > svr4.6003: F", "at-once"),
    ("bsdi.7777 > svr4.6005: F", "after-a-reset"),
]


def without_end(start: str) -> Played:
    """The right run without the server's FIN, and what acknowledges it."""
    lines = LISTING.splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if start in line)
    return RIGHT.edited(lines[at] + lines[at + 1], "")


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


@pytest.mark.parametrize(("fin", "failing"), LACKING)
def test_a_missing_fin_fails(fin: str, failing: str) -> None:
    result = without_end(fin).report()
    assert fails(result, failing, "no FIN from bsdi"), said(result, Verdict.FAIL)


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        ([], "data from bsdi behind the FIN of svr4"),
        ([500], "16000 bytes of data from bsdi, observed 1012 bytes"),
        ([1024] * 15 + [127], "16000 bytes of data from bsdi, observed 15999 bytes"),
    ],
)
def test_a_server_that_forgets_what_it_owes_fails(behind: list[int], words: str) -> None:
    """However much of it comes behind the FIN: that depends on who is faster."""
    played = replace(RIGHT, listings={"bsdi eth0": numbered(segments(behind))})
    assert fails(played.report(), "half-close", words), said(played.report(), Verdict.FAIL)


def test_a_server_that_closes_first_fails() -> None:
    early = RIGHT.edited("F 14:14(0) ack 15", "F 14:14(0) ack 14").edited(
        "svr4.6003 > bsdi.7777: F 14:14(0) ack 14", "svr4.6003 > bsdi.7777: . ack 14"
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
    evidence = without_end("bsdi.7777 > svr4.6001: F").evidence(**unusable)  # type: ignore[arg-type]
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
