"""Lab time-wait-client: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import miss_text, missed


def talked(number: int, seconds: float, ends: str, client_isn: int, server_isn: int) -> str:
    """A client at sun has a line echoed, and closes."""
    client, server = ends.split()
    j, k = client_isn, server_isn
    lines = (
        f"{client} > {server}: S {j}:{j}(0) win 4096 <mss 1460>",
        f"{server} > {client}: S {k}:{k}(0) ack {j + 1} win 4096 <mss 1024>",
        f"{client} > {server}: . ack {k + 1} win 4096",
        f"{client} > {server}: P {j + 1}:{j + 13}(12) ack {k + 1} win 4096",
        f"{server} > {client}: . ack {j + 13} win 4096",
        f"{server} > {client}: P {k + 1}:{k + 13}(12) ack {j + 13} win 4096",
        f"{client} > {server}: . ack {k + 13} win 4096",
        f"{client} > {server}: F {j + 13}:{j + 13}(0) ack {k + 13} win 4096",
        f"{server} > {client}: . ack {j + 14} win 4096",
        f"{server} > {client}: F {k + 13}:{k + 13}(0) ack {j + 14} win 4096",
        f"{client} > {server}: . ack {k + 14} win 4096",
    )
    return "".join(
        f"{number + place} {seconds + place / 20:.6f} {line}\n" for place, line in enumerate(lines)
    )


LISTING = (
    talked(1, 0.0, "sun.1162 bsdi.echo", 1000, 5000)
    + talked(12, 1.0, "sun.1163 bsdi.echo", 2000, 6000)
    + talked(23, 2.0, "sun.1163 svr4.echo", 3000, 7000)
    + talked(34, 65.0, "sun.1162 bsdi.echo", 4000, 8000)
)


def conversation(command: str, port: int, server: str) -> str:
    """What the user at sun typed and saw."""
    return (
        f"sun % {command}\nconnected on 140.252.13.33.{port} to {server}.7\n"
        "TCP_MAXSEG = 1024\nhello there\nhello there\n"
    )


TRANSCRIPT = (
    conversation("sock -v -b1162 bsdi echo", 1162, "140.252.13.35")
    + "sun % sock -b1162 bsdi echo\ncan't bind local address: Address already in use\n"
    + conversation("sock -v -A -b1163 bsdi echo", 1163, "140.252.13.35")
    + "sun % sock -A -b1163 bsdi echo\nconnect() error: Cannot assign requested address\n"
    + conversation("sock -v -A -b1163 svr4 echo", 1163, "140.252.13.34")
    + """\
sun % netstat -f inet
Active Internet connections
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp        0      0  sun.1163               svr4.echo              TIME_WAIT
tcp        0      0  sun.1162               bsdi.echo              TIME_WAIT
tcp        0      0  sun.1163               bsdi.echo              TIME_WAIT
"""
    + conversation("sock -v -b1162 bsdi echo", 1162, "140.252.13.35")
)
PAIR = "140.252.13.33.1162 140.252.13.35.7"
STATES = f"""\
0.15 {PAIR} ESTABLISHED
0.55 {PAIR} TIME_WAIT
61.55 {PAIR} gone
65.15 {PAIR} ESTABLISHED
65.55 {PAIR} TIME_WAIT
"""
RIGHT = Played("time-wait-client", {"sun eth0": LISTING}, {"sun": TRANSCRIPT}, {"sun": STATES})

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("F 1013:1013(0) ack 5013", "R 1013:1013(0) ack 5013", "first", "flags"),
    ("S 5000:5000(0) ack 1001", "S 5000:5000(0) ack 1000", "first", "ack"),
    ("P 1001:1013(12)", "P 1001:1012(11)", "first", "payload"),
    ("P 5001:5013(12)", "P 5002:5014(12)", "first", "seq"),
    ("F 5013:5013(0) ack 1014", "F 5013:5013(0) ack 1013", "first", "ack"),
    ("F 7013:7013(0)", "R 7013:7013(0)", "same-port-to-svr4", "flags"),
    ("svr4.echo", "svr4.discard", "same-port-to-svr4", "no SYN from sun.1163 to svr4.echo"),
    ("Address already in use", "Invalid argument", "address-in-use", "Address already in use"),
    ("Cannot assign requested address", "Connection refused", "same-pair", "Cannot assign"),
    ("140.252.13.34.7", "140.252.13.35.7", "another-pair", "140.252.13.34.7"),
    ("sun.1162               bsdi.echo              TIME_WAIT", "", "netstat", "sun.1162"),
    ("61.55 140", "30.55 140", "time-wait", "30.000 s"),
    ("61.55 140", "120.55 140", "time-wait", "120.000 s"),
    (
        "0.55 140.252.13.33.1162 140.252.13.35.7 TIME_WAIT",
        "0.55 140.252.13.33.1162 140.252.13.35.7 CLOSE_WAIT",
        "states",
        "CLOSE_WAIT",
    ),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("3 ", "first", "ack 5001"),
    ("6 ", "first", "P 5001"),
    ("8 ", "first", "F 1013"),
    ("10 ", "first", "F 5013"),
    ("22 ", "reusable", "ack 6014"),
    ("33 ", "same-port-to-svr4", "ack 7014"),
    ("44 ", "after-time-wait", "ack 8014"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize("start", ["5 ", "7 ", "9 "])
def test_an_ack_together_with_what_follows_passes(start: str) -> None:
    assert RIGHT.without(start).report().verdict is Verdict.PASS


@pytest.mark.parametrize(("old", "new", "expectation", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, expectation: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert expectation in having(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize(("start", "expectation", "words"), LACKING)
def test_a_missing_segment_fails(start: str, expectation: str, words: str) -> None:
    result = RIGHT.without(start).report()
    assert expectation in missed(result)
    assert words in miss_text(result)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_segment_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    result = judged("time-wait-client", RIGHT.without("44 ").evidence(**unusable))  # type: ignore[arg-type]
    assert having(result, Verdict.INCONCLUSIVE) == {"after-time-wait"}
    assert not having(result, Verdict.FAIL)


def test_without_states_and_transcripts_there_is_no_verdict_about_them() -> None:
    result = Played("time-wait-client", RIGHT.listings).report()
    assert having(result, Verdict.INCONCLUSIVE) == {
        "address-in-use",
        "another-pair",
        "netstat",
        "same-pair",
        "states",
        "time-wait",
    }
    assert not having(result, Verdict.FAIL)


def test_a_pair_that_was_used_again_too_early_fails() -> None:
    early = talked(34, 5.0, "sun.1162 bsdi.echo", 4000, 8000)
    late = talked(34, 65.0, "sun.1162 bsdi.echo", 4000, 8000)
    result = RIGHT.edited(late, early).report()
    assert having(result, Verdict.FAIL) == {"after-time-wait"}
    assert "59 s at least" in said(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("time-wait-client", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
