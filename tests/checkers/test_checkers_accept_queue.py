"""The check accept_queue: what a dropped SYN is, and who is in the queue then."""

import pytest

from checkers.check import check
from checkers.finding import Finding
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import Wish, from_listing, ran, segments

SERVER = "bsdi.7777"


def said(*lines: str, holds: int = 1) -> Finding:
    """The only finding about a listing; a line is `seconds client what`."""
    listing = "".join(f"{n} {_line(*line.split(' ', 2))}\n" for n, line in enumerate(lines, 1))
    wish = Wish("accept_queue", {"server": SERVER, "holds": holds})
    (finding,) = check(from_listing(listing), wish).findings
    return finding


def _line(seconds: str, client: str, what: str) -> str:
    direction = f"{SERVER} > {client}" if what.startswith("< ") else f"{client} > {SERVER}"
    return f"{seconds} {direction}: {what.removeprefix('< ')}"


def queued(client: str, seconds: float) -> list[str]:
    return [
        f"{seconds} {client} S 100:100(0)",
        f"{seconds}1 {client} < S 900:900(0) ack 101",
        f"{seconds}2 {client} . ack 901",
    ]


DROPPED = ["2.0 sun.1091 S 500:500(0)", "8.0 sun.1091 S 500:500(0)"]
ANSWER = "2.001 sun.1091 < S 700:700(0) ack 501"


def test_a_syn_that_is_sent_again_was_dropped() -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED)
    assert finding.verdict is Verdict.PASS
    assert "1 complete when the SYN of client 2 was dropped" in finding.sentence
    assert finding.frames == (1, 4)


def test_an_answer_to_a_later_syn_alone_doesnt_matter() -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED, "8.1 sun.1091 < S 700:700(0) ack 501")
    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize("holds", [0, 2])
def test_a_queue_of_another_length_fails(holds: int) -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED, holds=holds)
    assert finding.verdict is Verdict.FAIL


def test_a_reset_is_not_silence() -> None:
    finding = said(*queued("sun.1090", 0.1), DROPPED[0], "2.001 sun.1091 < R 0:0(0) ack 501")
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "a reset")


RESET = "8.1 sun.1091 < R 0:0(0) ack 501"


def test_a_reset_of_a_syn_that_was_sent_again_is_not_silence() -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED, RESET)
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "a reset")
    assert finding.frames == (4, 6)
    assert said(*DROPPED, RESET).verdict is Verdict.FAIL  # nobody is in the queue


def test_a_reset_by_a_server_that_has_ended_is_no_answer_of_its_queue() -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED, "8.05 sun.1090 < R 901:901(0)", RESET)
    assert finding.verdict is Verdict.PASS
    two = [*queued("sun.1090", 0.1), *queued("sun.1092", 0.2), *DROPPED]
    finding = said(*two, "8.05 sun.1090 < R 901:901(0)", RESET, holds=2)
    assert finding.verdict is Verdict.FAIL  # sun.1092 is still in it
    finding = said(*two, "8.05 sun.1090 < R 901:901(0)", RESET, holds=1)
    assert finding.verdict is Verdict.FAIL


def test_a_reset_says_nothing_of_a_queue_that_holds_none() -> None:
    """The server may have ended, and nobody in its queue shows it."""
    finding = said(*DROPPED, RESET, holds=0)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "sent again, and then answered by a reset" in finding.observed
    assert finding.frames == (1, 3)
    assert said(*DROPPED, holds=0).verdict is Verdict.PASS


def test_a_clients_own_reset_ends_its_attempt() -> None:
    finding = said(*queued("sun.1090", 0.1), *DROPPED, "8.1 sun.1091 R 501:501(0)")
    assert finding.verdict is Verdict.PASS


def again(client: str, seconds: float) -> list[str]:
    """The server sends its SYN+ACK again, and the client acknowledges it again."""
    return [
        f"{seconds}1 {client} < S 900:900(0) ack 101",
        f"{seconds}2 {client} . ack 901",
    ]


OUTSIDE = [*queued("sun.1090", 0.1), *queued("sun.1095", 0.2), *again("sun.1095", 1.2)]


@pytest.mark.parametrize(
    ("holds", "verdict"), [(0, Verdict.FAIL), (1, Verdict.PASS), (2, Verdict.FAIL)]
)
def test_whose_syn_ack_is_sent_again_later_is_not_in_the_queue(
    holds: int, verdict: Verdict
) -> None:
    """So does Linux, whose queue was full when the ACK came."""
    finding = said(*OUTSIDE, DROPPED[0], *again("sun.1095", 3.2), DROPPED[1], holds=holds)
    assert finding.verdict is verdict
    assert finding.observed == "1 complete when the SYN of client 3 was dropped"
    assert finding.frames == (1, 9)


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        (0, Verdict.FAIL),
        (1, Verdict.INCONCLUSIVE),
        (2, Verdict.INCONCLUSIVE),
        (3, Verdict.FAIL),
    ],
)
def test_who_may_have_got_in_by_a_second_ack_decides_nothing(holds: int, verdict: Verdict) -> None:
    finding = said(*OUTSIDE, *DROPPED, holds=holds)
    assert finding.verdict is verdict
    assert "; 1 more may be, whose SYN+ACK was sent again after the ACK" in finding.observed
    assert finding.frames == (1, 4, 9)


def test_a_syn_ack_that_was_sent_again_before_the_ack_is_none_that_was_not_taken() -> None:
    slow = queued("sun.1095", 0.2)
    finding = said(*queued("sun.1090", 0.1), *slow[:2], slow[1], slow[2], *DROPPED, holds=2)
    assert finding.verdict is Verdict.PASS


def test_who_acknowledges_the_syn_ack_later_is_not_in_the_queue_yet() -> None:
    slow = queued("sun.1095", 0.2)
    finding = said(*queued("sun.1090", 0.1), *slow[:2], *DROPPED, slow[2], holds=2)
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (1, 6))


def test_who_is_not_taken_makes_no_queue_too_long() -> None:
    assert said(*OUTSIDE).verdict is Verdict.INCONCLUSIVE
    assert said(*OUTSIDE, holds=0).verdict is Verdict.FAIL


def test_more_in_the_queue_than_it_holds_fail() -> None:
    finding = said(*queued("sun.1090", 0.1), *queued("sun.1091", 0.2))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "2 complete and none dropped")


def test_a_syn_that_nobody_sent_again_shows_nothing() -> None:
    finding = said(*queued("sun.1090", 0.1), DROPPED[0])
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "neither answered nor sent again" in finding.observed


@pytest.mark.parametrize("other", ["S 501:501(0)", "S 500:500(0) ack 0", "F 500:500(0)"])
def test_another_segment_is_not_the_same_sent_again(other: str) -> None:
    finding = said(*queued("sun.1090", 0.1), DROPPED[0], f"8.0 sun.1091 {other}")
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_an_answered_syn_was_not_dropped() -> None:
    finding = said(DROPPED[0], ANSWER, holds=0)
    assert finding.verdict is Verdict.FAIL
    assert "was answered" in finding.observed


def test_an_answer_without_a_handshake_shows_nothing_where_there_is_room() -> None:
    finding = said(DROPPED[0], ANSWER, "2.002 sun.1091 R 501:501(0)")
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_retransmission_behind_the_answer_is_no_drop() -> None:
    finding = said(DROPPED[0], ANSWER, DROPPED[1], "8.1 sun.1091 . ack 701", holds=0)
    assert finding.verdict is not Verdict.PASS


@pytest.mark.parametrize("end", ["< F 901:901(0) ack 101", "< R 901:901(0)", "R 101:101(0)"])
def test_a_connection_that_is_over_is_in_no_queue(end: str) -> None:
    finding = said(*queued("sun.1090", 0.1), f"1.0 sun.1090 {end}", *DROPPED)
    assert finding.verdict is Verdict.FAIL
    assert "0 complete" in finding.observed


def test_a_clients_fin_leaves_the_connection_in_the_queue() -> None:
    finding = said(*queued("sun.1090", 0.1), "1.0 sun.1090 F 101:101(0) ack 901", *DROPPED)
    assert finding.verdict is Verdict.PASS


def test_connections_one_after_the_other_dont_fill_a_queue() -> None:
    over = "0.5 sun.1090 < F 901:901(0) ack 101"
    finding = said(*queued("sun.1090", 0.1), over, *queued("sun.1091", 0.6))
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_one_client_too_few_is_inconclusive() -> None:
    finding = said(*queued("sun.1090", 0.1))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "Start 2 clients" in finding.hint


def test_a_capture_that_begins_in_the_middle_is_inconclusive() -> None:
    finding = said(*queued("sun.1090", 0.1)[1:], *DROPPED)
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_bare_capture_has_no_vantage_points_name() -> None:
    assert said(*queued("sun.1090", 0.1), *DROPPED).vantage == ""


def test_a_run_without_a_client_fails_and_a_bare_capture_doesnt() -> None:
    wish = Wish("accept_queue", {"server": SERVER, "holds": 1})
    assert check(ran(segments()), wish).verdict is Verdict.FAIL
    assert said("0.0 svr4.1 R 1:1(0)").verdict is Verdict.INCONCLUSIVE


def test_unusable_captures_are_inconclusive() -> None:
    wish = Wish("accept_queue", {"server": "bsdi.discard", "holds": 0})
    for evidence in (ran([], drops=1), ran(segments(), cut=True)):
        assert check(evidence, wish).verdict is Verdict.INCONCLUSIVE
    assert check(ran([]), Wish(wish.check, wish.parameters, at="sun eth0")).verdict is (
        Verdict.INCONCLUSIVE
    )
