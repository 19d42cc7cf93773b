"""The table of TCP's states, and the states that a connection's segments show."""

import pytest
from msgspec.structs import replace

from captures import states
from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment, covers
from captures.states import TRANSITIONS, follows
from checkers.recorded import State
from tests.captures.states_oracle import walk
from tests.checkers.checkers_samples import figure, segments, without

CLIENT, SERVER = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.35", 9)


def test_the_table_knows_the_states_of_rfc_9293_and_no_others() -> None:
    named = {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values())
    assert named == set(State.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "after", "possible"),
    [
        ("CLOSED", "LISTEN", True),
        ("SYN_RCVD", "LISTEN", True),
        ("SYN_RCVD", "CLOSED", True),
        ("FIN_WAIT_1", "CLOSING", True),
        ("CLOSING", "TIME_WAIT", True),
        ("CLOSE_WAIT", "TIME_WAIT", False),
        ("LISTEN", "ESTABLISHED", False),
        ("TIME_WAIT", "ESTABLISHED", False),
    ],
)
def test_steps_of_the_figure(state: str, after: str, possible: bool) -> None:
    assert follows(state, after) is possible


def shown(
    observed: list[Segment], near: set[Endpoint], ends: tuple[Endpoint, Endpoint] = (CLIENT, SERVER)
) -> tuple[str, str]:
    """What each end went through."""
    steps = walk(observed, ends, near)
    client, server = (" ".join(step.state for step in steps if step.end == end) for end in ends)
    return client, server


OPEN_AND_CLOSE = (
    "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT",
    "LISTEN SYN_RCVD ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
)


@pytest.mark.parametrize("near", [{CLIENT}, {SERVER}, set()])
def test_open_and_close_from_wherever_one_looks(near: set[Endpoint]) -> None:
    assert shown(segments(), near) == OPEN_AND_CLOSE


def test_retransmissions_change_nothing() -> None:
    twice = [segment for segment in segments() for _ in range(2)]
    assert shown(twice, {SERVER}) == OPEN_AND_CLOSE


def test_an_ack_of_the_fin_with_the_peers_fin_goes_through_fin_wait_2() -> None:
    assert shown(without(segments(), 5), {SERVER}) == OPEN_AND_CLOSE


def test_simultaneous_open() -> None:
    ends = Endpoint("bsdi", 8888), Endpoint("vangogh", 7777)
    evidence = figure("18.8-simultaneous-open")
    observed = evidence.vantages[""].capture.connections[0].segments
    assert shown(observed, {ends[0]}, ends) == (
        "CLOSED SYN_SENT SYN_RCVD ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
        "CLOSED SYN_SENT SYN_RCVD ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT",
    )


def _segment(number: int, source: Endpoint, flags: int, seq: int, ack: int | None) -> Segment:
    destination = SERVER if source == CLIENT else CLIENT
    return Segment(number, number, source, destination, flags, seq, ack, 0, 4096, (), 0)


def test_simultaneous_close() -> None:
    crossing = [
        *segments()[:3],
        _segment(4, CLIENT, FIN | ACK, 1415531522, 1823083522),
        _segment(5, SERVER, FIN | ACK, 1823083522, 1415531522),
        _segment(6, CLIENT, ACK, 1415531523, 1823083523),
        _segment(7, SERVER, ACK, 1823083523, 1415531523),
    ]
    assert shown(crossing, {CLIENT}) == (
        "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT",
        "LISTEN SYN_RCVD ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT",
    )


def test_a_reset_in_syn_rcvd_sends_a_listening_end_back_to_listen() -> None:
    reset = _segment(3, CLIENT, RST, 1415531522, None)
    assert shown([*segments()[:2], reset], {SERVER}) == (
        "CLOSED SYN_SENT CLOSED",
        "LISTEN SYN_RCVD LISTEN",
    )


def test_and_an_end_that_opened_actively_to_closed() -> None:
    observed = [
        _segment(1, CLIENT, SYN, 100, None),
        _segment(2, SERVER, SYN, 200, None),
        _segment(3, CLIENT, SYN | ACK, 100, 201),
        _segment(4, SERVER, RST, 201, None),
    ]
    assert shown(observed, {CLIENT})[0] == "CLOSED SYN_SENT SYN_RCVD CLOSED"


def test_a_refusal_leaves_the_server_closed() -> None:
    ends = Endpoint("bsdi", 1087), Endpoint("svr4", 20000)
    observed = figure("18.7-refused").vantages[""].capture.connections[0].segments
    assert shown(observed, {ends[0]}, ends) == ("CLOSED SYN_SENT CLOSED", "CLOSED")


def test_the_steps_come_in_the_order_of_the_frames() -> None:
    steps = walk(segments(), (CLIENT, SERVER), {SERVER})
    assert [step.frame for step in steps] == sorted(step.frame for step in steps)
    established = next(step for step in steps if step.state == "ESTABLISHED")
    assert (established.frame, established.end) == (3, CLIENT)


def test_who_acknowledges_nothing_makes_no_segment_dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data both ways into a connection that never opens: a hostile file must not hang."""

    def looks(count: int) -> int:
        calls = iter(range(10**9))

        def counted(ack: int | None, number: int | None) -> bool:
            next(calls)
            return covers(ack, number)

        monkeypatch.setattr(states, "covers", counted)
        data = [
            replace(_segment(number, end, ACK, 1000 + 10 * number, 50), payload=10)
            for number in range(2, count)
            for end in (CLIENT, SERVER)
        ]
        walk([_segment(1, CLIENT, SYN, 100, None), *data], (CLIENT, SERVER), set())
        return next(calls)

    assert looks(1200) < 2.2 * looks(600)
