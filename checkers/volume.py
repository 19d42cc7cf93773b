"""How much data one end of a connection sent."""

from collections.abc import Sequence

from captures.segment import SEQUENCE_SPACE, Endpoint, Segment
from checkers.sighting import Sighting

HALF_SPACE = SEQUENCE_SPACE // 2  # from one number, the others are at most so far before or after


def with_data(sighting: Sighting, end: Endpoint) -> list[Segment]:
    """The segments from an end that carry data, and whose number the capture shows."""
    return [one for one in sighting.sent_by(end) if one.payload and one.seq is not None]


def volume(sent: Sequence[Segment]) -> int:
    """How many bytes were sent, each counted once however often it was; of less than 2^31."""
    count, end = 0, -HALF_SPACE
    for first, last in sorted(_extent(one, sent[0]) for one in sent):
        count += max(0, last - max(first, end))
        end = max(end, last)
    return count


def _extent(one: Segment, zero: Segment) -> tuple[int, int]:
    """Where its data begins and ends, from the first number of `zero`, before it or after it."""
    distance = (one.seq or 0) - (zero.seq or 0)
    first = (distance + HALF_SPACE) % SEQUENCE_SPACE - HALF_SPACE
    return first, first + (one.data or one.payload)


def cut(sent: Sequence[Segment]) -> str:
    """Why the size of one of these isn't known; '' where all are."""
    found = next((one for one in sent if one.data is None), None)
    return f"this capture lacks fragments of the datagram of frame {found.frame}" if found else ""
