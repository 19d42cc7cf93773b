"""What a program sends at once may overtake the kernel's acknowledgment.

Linux acknowledges data and a FIN where they come in. A program that answers at once, from another
processor, can be faster: its own data or FIN, which acknowledges the same, comes first then.
"""

from typing import TypeVar

import msgspec
from msgspec.structs import replace

from captures.segment import FIN, SYN
from checkers.timeline import Expression, Extent, Line

T = TypeVar("T")

FURTHEST = 1  # lines behind the one that overtook it: that one may have been answered


class Late(msgspec.Struct, frozen=True):
    """An acknowledgment that was overtaken; `left`: how many more lines it may let pass.

    made_before: with the sequence number that it got before what overtook it was sent.
    """

    ack: Line
    made_before: Line
    left: int = FURTHEST


def overtaken(ack: object, following: object, before: object) -> tuple[Line, Late] | None:
    """The line that comes first instead, and its acknowledgment; None where nothing overtakes.

    ack, following: two neighbours in a time line. before: what was matched before them; a SYN+ACK
    is acknowledged by a handshake, which no program overtakes.
    """
    if not (isinstance(ack, Line) and isinstance(following, Line)) or following.extent is None:
        return None
    begun = isinstance(before, Line) and before.flags & SYN
    if begun or not only_acknowledges(ack) or not _overtakes(following, ack):
        return None
    first = following.extent.first
    extent = Extent(first, first, Expression(None, 0))
    late = _any_window(replace(ack, gap=None))
    return replace(following, gap=ack.gap), Late(late, replace(late, extent=extent))


def answering(item: T) -> T | Line:
    """The item behind, where it acknowledges what overtook: its window may be smaller.

    The receiver had the FIN when nothing had told it yet that its own was acknowledged.
    """
    return _any_window(item) if isinstance(item, Line) and only_acknowledges(item) else item


def _any_window(line: Line) -> Line:
    """The line with any window that isn't larger than its own."""
    most = line.window.number if line.window and line.window.variable is None else None
    return replace(line, window=None, most=most)


def only_acknowledges(line: object) -> bool:
    """Whether it expects an acknowledgment without SYN, FIN, reset or data."""
    return (
        isinstance(line, Line) and not line.flags and line.ack is not None and line.extent is None
    )


def _overtakes(line: Line, ack: Line) -> bool:
    """Whether the line is data or a FIN that acknowledges the same, and is sent at once."""
    same = (line.source, line.destination, line.ack) == (ack.source, ack.destination, ack.ack)
    at_once = line.gap is None or line.gap.low_ns <= 0
    data = line.extent is not None and line.extent.size != Expression(None, 0)
    return same and at_once and (data or bool(line.flags & FIN))
