"""Hypothesis strategies: segments as an observer could have seen them."""

from hypothesis import strategies as st

from captures.segment import (
    ACK,
    MSS,
    NOP,
    SACK,
    SACK_PERMITTED,
    SYN,
    TIMESTAMP,
    WINDOW_SCALE,
    Endpoint,
    Option,
    Segment,
)

NUMBERS = st.integers(0, 2**32 - 1)
ENDPOINTS = st.builds(
    Endpoint,
    st.sampled_from(["140.252.13.33", "140.252.13.34", "140.252.13.35"]),
    st.sampled_from([9, 1024, 65535]),
)


def _option(kind: int, *numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Option]:
    return st.builds(Option, st.just(kind), st.tuples(*numbers))


UNKNOWN_OPTIONS = st.builds(
    Option, st.integers(9, 255), st.lists(st.integers(0, 255), max_size=6).map(tuple)
)
OPTIONS = st.lists(
    st.one_of(
        st.just(Option(NOP)),
        _option(MSS, st.integers(0, 65535)),
        _option(WINDOW_SCALE, st.integers(0, 255)),
        _option(SACK_PERMITTED),
        _option(TIMESTAMP, NUMBERS, NUMBERS),
        _option(SACK, NUMBERS, NUMBERS),
        UNKNOWN_OPTIONS,
    ),
    max_size=3,
).map(tuple)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """A whole segment: nothing in it is unknown; flags and ack agree."""
    flags = draw(st.integers(0, 255))
    return Segment(
        frame=1,
        time_ns=draw(st.integers(0, 2**31 * 1_000_000_000)),
        source=draw(ENDPOINTS),
        destination=draw(ENDPOINTS),
        flags=flags,
        seq=draw(NUMBERS),
        ack=draw(NUMBERS) if flags & ACK else None,
        payload=draw(st.integers(0, 300)),
        window=draw(st.integers(0, 65535)),
        options=draw(OPTIONS),
        tos=draw(st.integers(0, 255)),
    )


@st.composite
def conversations(draw: st.DrawFn) -> list[Segment]:
    """A connection that opens and carries data both ways, 250 bytes a segment at most."""
    ends = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.35", 9)
    # With an ISN near zero relative and absolute numbers could be taken for each other.
    following = [draw(st.integers(100_000, 2**32 - 100_000)) for _ in ends]
    turns = draw(st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 250)), max_size=20))
    found: list[Segment] = []
    for sender, payload in [(0, 0), (1, 0), *turns]:
        flags = (SYN if len(found) < 2 else 0) | (ACK if found else 0)
        segment = Segment(
            frame=len(found) + 1,
            time_ns=1_000_000 * len(found),
            source=ends[sender],
            destination=ends[1 - sender],
            flags=flags,
            seq=following[sender],
            ack=following[1 - sender] if found else None,
            payload=payload,
            window=4096,
            options=(),
            tos=0,
        )
        following[sender] = (following[sender] + segment.length) % 2**32
        found.append(segment)
    return found
