"""What a segment tells of itself, and numbers modulo 2^32."""

import pytest

from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment, plus

A, B = Endpoint("a", 1), Endpoint("b", 2)
LAST = 2**32 - 1


def segment(flags: int, seq: int | None, payload: int, rest: int | None = 0) -> Segment:
    return Segment(1, 0, A, B, flags, seq, None, payload, None, None, None, rest)


def test_numbers_go_on_modulo_2_to_the_32() -> None:
    assert (plus(LAST, 1), plus(0, -1), plus(5, 3), plus(None, 1)) == (0, LAST, 8, None)


@pytest.mark.parametrize(
    ("flags", "seq", "payload", "rest", "after_data", "following"),
    [
        (ACK, 100, 5, 0, 105, 105),
        (FIN | ACK, LAST, 0, 0, LAST, 0),
        (FIN | ACK, 100, 5, 8, 113, 114),
        (FIN | ACK, 100, 5, None, None, None),
        (FIN | ACK, None, 5, 0, None, None),
    ],
)
def test_what_comes_after_it(
    flags: int,
    seq: int | None,
    payload: int,
    rest: int | None,
    after_data: int | None,
    following: int | None,
) -> None:
    one = segment(flags, seq, payload, rest)
    assert (one.after_data, one.following) == (after_data, following)


@pytest.mark.parametrize(
    ("flags", "opens"), [(SYN, True), (SYN | ACK, False), (ACK, False), (SYN | RST, True)]
)
def test_which_segment_opens_a_connection(flags: int, opens: bool) -> None:
    assert segment(flags, 0, 0).opens is opens
