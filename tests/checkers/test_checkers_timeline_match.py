"""The search through a time line's blocks, on segments that are letters."""

import pytest

from captures.arp import Arp
from captures.segment import Endpoint, Segment
from checkers import timeline_match
from checkers.timeline import AnyOrder, Body, Either, Expression, Line, Party, Perhaps, Repeat, Step
from checkers.timeline_compare import Comparison, Packet
from checkers.timeline_match import AmbiguousTimelineError, Failure, Losses, State, match
from checkers.timeline_write import Bindings


def line(letter: str) -> Line:
    end = Party(letter, Expression(None, 1))
    return Line(1, None, end, end, 0)


A, B, C, D = (line(letter) for letter in "ABCD")


def segments(letters: str) -> list[Segment]:
    """`AB?`: segments from hosts A and B, and one that matches any line but can't be told."""
    return [
        Segment(number, 0, Endpoint(letter, 1), Endpoint("Z", 1), 0, 0, 0, 0, 0, (), 0)
        for number, letter in enumerate(letters, 1)
    ]


def compare(expected: Step, segment: Packet, before: Packet | None, known: Bindings) -> Comparison:
    del before
    assert isinstance(expected, Line)
    assert not isinstance(segment, Arp)
    if segment.source.host == "?":
        return Comparison((), ("can't tell",), known)
    differs = () if segment.source.host == expected.source.host else ("letter",)
    return Comparison(differs, (), known)


def matches(body: Body, letters: str, losses: Losses | None = None) -> bool:
    return isinstance(match(body, segments(letters), compare, losses), State)


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        ((A, B), ["AB"], ["", "A", "B", "BA", "ABB", "ABC"]),
        ((A, Perhaps((B, C)), D), ["AD", "ABCD"], ["ABD", "ACD", "A", "ABCBCD"]),
        ((Either(((A, B), (A,))), C), ["ABC", "AC"], ["BC", "C", "AABC", "ABAC"]),
        ((AnyOrder((A, B, C)),), ["ABC", "CAB", "BCA"], ["AB", "ABB", "ABCA"]),
        ((AnyOrder((A, Perhaps((B,)))), C), ["ABC", "BAC", "AC"], ["BC", "BBAC"]),
        ((Repeat(1, 3, (A,)), B), ["AB", "AAB", "AAAB"], ["B", "AAAAB", "AA"]),
        ((Repeat(0, 2, (A, B)), A), ["A", "ABA", "ABABA"], ["AB", "ABABABA"]),
        ((Repeat(0, 1000, (Perhaps((A,)), Perhaps((B,)))), C), ["C", "ABBAABC"], ["ABCC"]),
    ],
)
def test_blocks(body: Body, right: list[str], wrong: list[str]) -> None:
    assert [letters for letters in right if not matches(body, letters)] == []
    assert [letters for letters in wrong if matches(body, letters)] == []


def test_the_branch_that_came_furthest_is_diagnosed() -> None:
    body = (Either(((A, B, C), (A, D))),)
    failure = match(body, segments("ABD"), compare)
    assert isinstance(failure, Failure)
    assert failure.line == C
    assert failure.state.position == 2
    assert failure.packet is not None
    assert failure.packet.frame == 3


def test_a_certain_way_is_preferred_to_one_that_cannot_tell() -> None:
    def blind_to_b(
        expected: Step, segment: Packet, before: Packet | None, known: Bindings
    ) -> Comparison:
        if expected == B:
            return Comparison((), ("B",), known)
        return compare(expected, segment, before, known)

    state = match((Either(((B,), (A,))),), segments("A"), blind_to_b)
    assert isinstance(state, State)
    assert state.unknown == ()


def test_what_cannot_be_told_is_remembered() -> None:
    state = match((A, B), segments("A?"), compare)
    assert isinstance(state, State)
    assert state.unknown == ("can't tell",)


def test_a_way_keeps_nothing_of_one_that_was_tried_before() -> None:
    state = match((A, Perhaps((B, C)), B, D), segments("A?D"), compare)
    assert isinstance(state, State)
    assert [line for line, _, _ in state.pairs] == [A, B, D]
    assert (state.position, state.unknown) == (3, ("can't tell",))


def test_each_line_counts_as_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    body, letters = (Perhaps((A,)), A, B), segments("AB")
    monkeypatch.setattr(timeline_match, "STEP_LIMIT", 7)
    assert isinstance(match(body, letters, compare), State)
    monkeypatch.setattr(
        timeline_match, "STEP_LIMIT", 6
    )  # a block and two lines; then two, and an end
    with pytest.raises(AmbiguousTimelineError):
        match(body, letters, compare)


def test_losses_are_allowed_where_the_capture_has_them() -> None:
    body = (A, B, C, D)
    assert matches(body, "ACD", Losses(anywhere=1))
    assert not matches(body, "AD", Losses(anywhere=1))
    assert not matches(body, "ABDC", Losses(anywhere=1))
    assert matches(body, "CD", Losses(before=True))
    assert not matches(body, "AD", Losses(before=True))
    assert matches(body, "AB", Losses(after=True))
    assert not matches(body, "AD", Losses(after=True))


def test_a_time_line_with_too_many_ways_is_refused() -> None:
    twice = (Repeat(0, 30, (A, Perhaps((A,)))), B)
    with pytest.raises(AmbiguousTimelineError, match="make its blocks simpler"):
        match(twice, segments("A" * 30), compare)


def test_a_long_capture_is_matched_without_nested_calls() -> None:
    assert matches((Repeat(1, 1000, (A, Perhaps((B,)), A)),), "AA" * 1000)
