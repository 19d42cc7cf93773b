"""Lab server-endpoints: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, about_one, figure, having, judged, said
from tests.labs.lab_findings import missed


def opened_and_closed(number: int, client: str, client_isn: int, server_isn: int) -> str:
    """A client connects to sun's port 23, and quits."""
    j, k = client_isn, server_isn
    ours, suns = (256, 1460) if client.startswith("slip") else (1460, 512)
    lines = (
        f"{client} > sun.telnet: S {j}:{j}(0) win 4096 <mss {ours}>",
        f"sun.telnet > {client}: S {k}:{k}(0) ack {j + 1} win 4096 <mss {suns}>",
        f"{client} > sun.telnet: . ack {k + 1} win 4096",
        f"{client} > sun.telnet: F {j + 1}:{j + 1}(0) ack {k + 1} win 4096",
        f"sun.telnet > {client}: . ack {j + 2} win 4096",
        f"sun.telnet > {client}: F {k + 1}:{k + 1}(0) ack {j + 2} win 4096",
        f"{client} > sun.telnet: . ack {k + 2} win 4096",
    )
    return "".join(f"{number + n} {(number + n) / 10} {line}\n" for n, line in enumerate(lines))


FROM_SLIP = opened_and_closed(1, "slip.1029", 1000, 5000) + opened_and_closed(
    8, "slip.1030", 2000, 6000
)
FROM_SOLARIS = opened_and_closed(1, "solaris.32780", 3000, 7000)
FIRST = "tcp        0      0  140.252.13.33.23       140.252.13.65.1029     ESTABLISHED\n"
SECOND = FIRST.replace("1029", "1030")
THIRD = "tcp        0      0  140.252.1.29.23        140.252.1.32.32780     ESTABLISHED\n"
LISTENING = "tcp        0      0  *.23                   *.*                    LISTEN\n"


def netstat(*rows: str) -> str:
    """What netstat shows at sun; the listening endpoints last."""
    return (
        "sun % netstat -a -n -f inet\n"
        "Active Internet connections (including servers)\n"
        "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)\n"
        + "".join(rows)
        + LISTENING
        + "udp        0      0  *.7                    *.*\n"
    )


TRANSCRIPT = netstat() + netstat(SECOND, FIRST) + netstat(THIRD, SECOND, FIRST)
RIGHT = Played(
    "server-endpoints",
    {"sun eth0": FROM_SLIP, "sun sl0": FROM_SOLARIS},
    {"sun": TRANSCRIPT},
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("*.23             ", "140.252.13.33.23 ", "listening", "140.252.13.33.23"),
    ("LISTEN", "ESTABLISHED", "listening", "LISTEN"),
    ("*.7 ", "*.9 ", "listening", "udp"),
    ("*.7             ", "140.252.13.33.7 ", "listening", "140.252.13.33.7"),
    (netstat(), netstat().replace(LISTENING, ""), "listening", "netstat"),
    (SECOND + FIRST, FIRST, "two-clients", "140.252.13.65"),
    (FIRST, FIRST.replace("ESTABLISHED", "SYN_RCVD"), "two-clients", "ESTABLISHED"),
    (FIRST, FIRST.replace("13.33.23 ", "13.33.24 "), "two-clients", "140.252.13.33.23"),
    (netstat(SECOND, FIRST), "", "third-client", "netstat"),
    (THIRD, "", "third-client", "140.252.1.29.23"),
    (THIRD, THIRD.replace("1.29.23 ", "13.33.23"), "third-client", "140.252.1.29.23"),
    (THIRD, THIRD.replace("1.32.32780", "1.11.32780"), "third-client", "140.252.1.32"),
    (THIRD + SECOND + FIRST, THIRD + FIRST, "still-two-clients", "140.252.13.65"),
    ("sun.telnet > slip.1029: F", "sun.telnet > slip.1029: R", "slip-first", "flags"),
    ("S 6000:6000(0) ack 2001", "S 6000:6000(0) ack 2002", "slip-second", "ack"),
    ("S 7000:7000(0) ack 3001", "R 0:0(0) ack 3001", "solaris", "flags"),
    ("F 3001:3001(0)", "F 3002:3002(0)", "solaris", "seq"),
    (FROM_SOLARIS, FROM_SOLARIS.replace("solaris", "netb"), "solaris", "no SYN from solaris"),
    (
        FROM_SLIP,
        opened_and_closed(1, "slip.1029", 1000, 5000),
        "slip-second",
        "observed 1 of them",
    ),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_order_of_connected_endpoints_does_not_matter() -> None:
    assert RIGHT.edited(THIRD + SECOND, SECOND + THIRD).report().verdict is Verdict.PASS


def test_a_fin_together_with_the_ack_passes() -> None:
    assert RIGHT.without("5 ").report().verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "expectation", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, expectation: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert expectation in having(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("start", ["10 ", "11 ", "13 ", "14 "])
def test_a_missing_segment_fails(start: str) -> None:
    assert missed(RIGHT.without(start).report()) == {"slip-second"}


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_segment_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    result = judged("server-endpoints", RIGHT.without("14 ").evidence(**unusable))  # type: ignore[arg-type]
    assert about_one(having(result, Verdict.INCONCLUSIVE)) == {"slip-second"}
    assert not having(result, Verdict.FAIL)


def test_without_transcripts_there_is_no_verdict_about_them() -> None:
    result = Played("server-endpoints", RIGHT.listings).report()
    assert having(result, Verdict.INCONCLUSIVE) == {
        "listening",
        "two-clients",
        "third-client",
        "still-two-clients",
    }
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("server-endpoints", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
