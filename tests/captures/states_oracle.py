"""The states that segments show, each of them looked at: what `walk_connection` must show, too."""

from collections.abc import Sequence

from captures.segment import Endpoint, Segment
from captures.states import Step, _ended, _started, _step


def walk(segments: Sequence[Segment], ends: Sequence[Endpoint], near: set[Endpoint]) -> list[Step]:
    """As `walk_connection`, without its short way through a long connection."""
    pair = [
        _started(segments[0], end, end in near, (s.flags for s in segments if s.source == end))
        for end in ends
    ]
    for segment in segments:
        _step(pair, segment)
    return _ended(pair, segments[-1])
