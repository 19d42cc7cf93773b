"""Lab time-wait-server: a right run, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import miss_text, missed


def served(number: int, seconds: float, port: int, client_isn: int, server_isn: int) -> str:
    """A client of sun's server, which is interrupted."""
    j, k = client_isn, server_isn
    client, server = "bsdi.1081", f"sun.{port}"
    lines = (
        f"{client} > {server}: S {j}:{j}(0) win 4096 <mss 1024>",
        f"{server} > {client}: S {k}:{k}(0) ack {j + 1} win 4096 <mss 1460>",
        f"{client} > {server}: . ack {k + 1} win 4096",
        f"{server} > {client}: F {k + 1}:{k + 1}(0) ack {j + 1} win 4096",
        f"{client} > {server}: . ack {k + 2} win 4096",
        f"{client} > {server}: F {j + 1}:{j + 1}(0) ack {k + 2} win 4096",
        f"{server} > {client}: . ack {j + 2} win 4096",
    )
    return "".join(
        f"{number + place} {seconds + place / 10:.6f} {line}\n" for place, line in enumerate(lines)
    )


LISTING = (
    served(1, 0.0, 6666, 1000, 5000)
    + served(8, 1.0, 7777, 2000, 6000)
    + served(15, 2.0, 7777, 92000, 96000)
    + served(22, 65.0, 6666, 3000, 7000)
)
NETSTAT = """\
sun % netstat -f inet
Active Internet connections
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp        0      0  sun.7777               bsdi.1081              TIME_WAIT
tcp        0      0  sun.6666               bsdi.1081              TIME_WAIT
"""
REUSED = """\
sun % sock -v -A -s 7777
SO_REUSEADDR set
connection on 140.252.13.33.7777 from 140.252.13.35.1081
"""
TRANSCRIPT = f"""\
sun % sock -v -s 6666
connection on 140.252.13.33.6666 from 140.252.13.35.1081
TCP_MAXSEG = 1024
sun % sock -s 6666
can't bind local address: Address already in use
{REUSED}{REUSED}{NETSTAT}\
sun % sock -v -s 6666
connection on 140.252.13.33.6666 from 140.252.13.35.1081
"""
PAIR = "140.252.13.33.6666 140.252.13.35.1081"
STATES = f"""\
0.05 0.0.0.0.6666 0.0.0.0.0 LISTEN
0.25 {PAIR} ESTABLISHED
0.26 0.0.0.0.6666 0.0.0.0.0 gone
0.65 {PAIR} TIME_WAIT
61.65 {PAIR} gone
65.25 {PAIR} ESTABLISHED
65.65 {PAIR} TIME_WAIT
"""
RIGHT = Played("time-wait-server", {"sun eth0": LISTING}, {"sun": TRANSCRIPT}, {"sun": STATES})

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("S 92000:92000(0)", "S 1500:1500(0)", "reopened", "ISN 1500"),
    ("S 92000:92000(0)", "S 2001:2001(0)", "reopened", "2002 or more"),
    ("S 96000:96000(0) ack 92001", "S 96000:96000(0) ack 92002", "reopened", "ack 92002"),
    ("S 96000:96000(0) ack 92001", "S 5500:5500(0) ack 92001", "reopened", "lacks packets"),
    (
        "S 96000:96000(0) ack 92001 win 4096 <mss 1460>",
        "R 0:0(0) ack 92001 win 0",
        "reopened",
        "a reset",
    ),
    ("F 6001:6001(0) ack 2001", "R 6001:6001(0) ack 2001", "reopened", "a reset before"),
    ("F 5001:5001(0) ack 1001", "R 5001:5001(0) ack 1001", "interrupted", "flags"),
    ("S 5000:5000(0) ack 1001", "S 5000:5000(0) ack 1002", "interrupted", "ack"),
    ("F 1001:1001(0) ack 5002", "F 1002:1002(0) ack 5002", "interrupted", "seq"),
    ("F 1001:1001(0) ack 5002", "F 1001:1001(0) ack 5001", "interrupted", "ack"),
    ("Address already in use", "Permission denied", "address-in-use", "Address already in use"),
    ("bsdi.1081              TIME_WAIT", "bsdi.1081  ESTABLISHED", "netstat", "TIME_WAIT"),
    ("61.65 140", "31.65 140", "time-wait", "31.000 s"),
    ("61.65 140", "59.60 140", "time-wait", "58.950 s"),
    (
        "0.65 140.252.13.33.6666 140.252.13.35.1081 TIME_WAIT",
        "0.65 140.252.13.33.6666 140.252.13.35.1081 FIN_WAIT_2",
        "states",
        "TIME_WAIT to be seen",
    ),
    (
        "0.65 140.252.13.33.6666 140.252.13.35.1081 TIME_WAIT",
        "0.65 140.252.13.33.6666 140.252.13.35.1081 LAST_ACK",
        "states",
        "LAST_ACK",
    ),
    ("SO_REUSEADDR set\n", "", "reuse", "SO_REUSEADDR set"),
    ("7777 from", "7778 from", "reuse", "7777"),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("3 ", "interrupted", "ack"),
    ("4 ", "interrupted", "F 5001"),
    ("6 ", "interrupted", "F 1001"),
    ("7 ", "interrupted", "ack 1002"),
    ("11 ", "reopened", "no FIN from sun first"),
    ("21 ", "reused", "ack 92002"),
    ("28 ", "free-again", "ack 3002"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_a_fin_together_with_the_ack_passes() -> None:
    assert RIGHT.without("5 ").report().verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "expectation", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, expectation: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert expectation in missed(result)
    assert words in miss_text(result)


@pytest.mark.parametrize(("start", "expectation", "words"), LACKING)
def test_a_missing_segment_fails(start: str, expectation: str, words: str) -> None:
    result = RIGHT.without(start).report()
    assert expectation in missed(result)
    assert words in miss_text(result)


def test_a_server_that_was_started_again_too_early_fails() -> None:
    (again,) = (each for each in LISTING.splitlines() if each.startswith("22 "))
    seconds = again.split()[1]
    result = RIGHT.edited(f"22 {seconds}", "22 50.0").report()
    assert "59 s at least" in said(result, Verdict.FAIL)


def test_a_server_that_was_never_started_again_fails() -> None:
    alone = LISTING.replace(served(15, 2.0, 7777, 92000, 96000), "")
    result = Played("time-wait-server", {"sun eth0": alone}).report()
    assert {"reopened", "reused"} <= having(result, Verdict.FAIL)
    assert "only one" in said(result, Verdict.FAIL)


def test_a_server_whose_client_closed_first_is_not_in_time_wait() -> None:
    right = served(8, 1.0, 7777, 2000, 6000)
    swapped = right.replace("sun.7777 > bsdi.1081: F 6001:6001(0) ack 2001", "X").replace(
        "bsdi.1081 > sun.7777: F 2001:2001(0) ack 6002",
        "sun.7777 > bsdi.1081: F 6001:6001(0) ack 2002",
    )
    client_first = swapped.replace("X", "bsdi.1081 > sun.7777: F 2001:2001(0) ack 6001")
    listing = LISTING.replace(right, client_first)
    result = Played("time-wait-server", {"sun eth0": listing}).report()
    assert "no FIN from sun first" in said(result, Verdict.FAIL)


def test_a_syn_after_time_wait_proves_nothing() -> None:
    late = LISTING.replace(
        served(15, 2.0, 7777, 92000, 96000), served(15, 63.0, 7777, 92000, 96000)
    )
    result = Played("time-wait-server", {"sun eth0": late}).report()
    assert "a SYN 61.4 s after the last segment" in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_segment_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    result = judged("time-wait-server", RIGHT.without("28 ").evidence(**unusable))  # type: ignore[arg-type]
    assert having(result, Verdict.INCONCLUSIVE) == {"free-again"}
    assert not having(result, Verdict.FAIL)


def test_without_states_and_transcripts_there_is_no_verdict_about_them() -> None:
    result = Played("time-wait-server", RIGHT.listings).report()
    assert having(result, Verdict.INCONCLUSIVE) == {
        "address-in-use",
        "netstat",
        "reuse",
        "states",
        "time-wait",
    }
    assert not having(result, Verdict.FAIL)


def test_a_degraded_window_makes_only_the_offers_inconclusive() -> None:
    degraded = [Degraded("sun", "window", "win 4096", "win 4380", "no nftables")]
    result = judged("time-wait-server", RIGHT.evidence(degraded=degraded))
    assert having(result, Verdict.INCONCLUSIVE) == {"offers"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("time-wait-server", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
