"""How connections end, and what of a long one its states need."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from captures.endings import ending
from captures.reader import parse
from captures.segment import ACK, FIN, RST, SYN, Segment
from captures.states import walk_connection
from tests.captures import frames
from tests.captures.states_oracle import walk
from tests.captures.strategies import conversations
from tests.captures.test_captures_labels import OPEN, SYN_C, SYN_S, c, connection, s, sent

FIN_C, FIN_S = c(1, 1, flags=FIN | ACK), s(1, 2, flags=FIN | ACK)
CLOSED = [*OPEN, FIN_C, s(1, 2), FIN_S, c(2, 2)]
RESET_C, RESET_S = sent(True, RST, 1), sent(False, RST | ACK, 0, 1)


@pytest.mark.parametrize(
    ("observed", "how", "by"),
    [
        (CLOSED, "closed by both", None),
        (CLOSED[:-1], "still open", None),
        ([*CLOSED, RESET_C], "closed by both", None),
        ([*OPEN, FIN_C, s(1, 2)], "half-closed", frames.SVR4),
        ([*OPEN, FIN_C, s(1, 2), RESET_C], "reset", frames.SVR4),
        ([*OPEN, s(1, 1, flags=RST | ACK)], "reset", frames.BSDI),
        ([SYN_C, RESET_S], "refused", frames.BSDI),
        ([SYN_C, SYN_C], "never opened", None),
        ([SYN_C, SYN_S], "never opened", None),
        (OPEN, "still open", None),
        ([c(100, 100, 5), s(100, 105)], "still open", None),
    ],
)
def test_endings(observed: list[Segment], how: str, by: object) -> None:
    one = ending(connection(observed))
    assert (one.how, one.by) == (how, by)
    assert one.final == (how in ("closed by both", "reset", "refused"))


def states(observed: Sequence[Segment], near: bool) -> list[tuple[str, bool]]:
    one = connection(observed)
    steps = walk_connection(one, {one.client, one.server} if near else set())
    ends = {step.end: (step.state, step.sure) for step in steps}
    return [ends[one.client], ends[one.server]]


def test_what_may_not_have_arrived_is_not_sure() -> None:
    assert states(CLOSED, near=True) == [("TIME_WAIT", True), ("CLOSED", True)]
    assert states(CLOSED, near=False) == [("TIME_WAIT", True), ("CLOSED", False)]
    assert states(OPEN, near=False) == [("ESTABLISHED", True), ("ESTABLISHED", False)]


def test_an_end_whose_syn_is_not_captured_starts_established() -> None:
    middle = [c(100, 100, 5), s(100, 105), *[replace(one) for one in (c(105, 100), s(100, 105))]]
    assert states(middle, near=False) == [("ESTABLISHED", True), ("ESTABLISHED", True)]
    closing = [*middle, c(105, 100, flags=FIN | ACK), s(100, 106)]
    assert states(closing, near=True) == [("FIN_WAIT_2", True), ("CLOSE_WAIT", True)]
    assert states([SYN_C, RESET_S], near=True) == [("CLOSED", True), ("CLOSED", True)]


@settings(max_examples=50)
@given(conversations())
def test_the_short_way_through_a_long_connection_shows_the_same(observed: list[Segment]) -> None:
    last = observed[-1]
    fin = replace(last, flags=last.flags & ~SYN | FIN, payload=0, seq=(last.seq or 0) + last.length)
    observed = [*observed, replace(fin, seq=(fin.seq or 0) % 2**32, frame=last.frame + 1)]
    (one,) = parse(frames.pcap_of(observed)).connections
    ends = one.client, one.server
    for near in (set(), {ends[0]}, {ends[1]}):
        assert walk_connection(one, near) == walk(one.segments, ends, near)
