"""A connection as a time line in text: two hosts, arrows, the book's notation. 80 columns."""

from collections.abc import Iterator

from captures import notation
from captures.connections import Connection
from captures.names import Names
from captures.relative import InitialNumbers
from captures.segment import Segment

WIDTH = 80
TIME_WIDTH = 11
FRAME_WIDTH = 5
ARROW_WIDTH = WIDTH - TIME_WIDTH - FRAME_WIDTH - 2  # two bars, one for each host
LONGEST_TEXT = ARROW_WIDTH - len("--  >")
LONGEST = 24  # segments shown: more would hide the findings below


def timeline(connection: Connection, names: Names, longest: int = LONGEST) -> str:
    """The connection, a line a segment: seconds since the first, the arrow, the frame's number.

    Numbers after the SYNs are relative to the ISNs, as in the book. Of a connection longer than
    `longest` segments the middle is left out, and said.
    """
    lines = list(_lines(connection))
    if len(lines) > longest:
        kept = longest // 2
        left_out = f"{len(lines) - 2 * kept} segments more"
        lines = [*lines[:kept], left_out.center(WIDTH).rstrip(), *lines[-kept:]]
    return "\n".join([_head(connection, names), *lines])


def _head(connection: Connection, names: Names) -> str:
    client, server = names.endpoint(connection.client), names.endpoint(connection.server)
    gap = ARROW_WIDTH + 2 - len(client) - len(server)
    return f"{'':{TIME_WIDTH}}{client}{' ' * max(1, gap)}{server}"


def _lines(connection: Connection) -> Iterator[str]:
    numbers = InitialNumbers()
    start_ns = connection.segments[0].time_ns
    for segment in connection.segments:
        flow = int(segment.source != connection.client)
        bases = numbers.bases(flow, segment.flags)
        numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        yield _line(segment, notation.text(segment, bases), flow == 0, start_ns)


def _line(segment: Segment, text: str, rightwards: bool, start_ns: int) -> str:
    """The arrow; options that don't fit on it go below it."""
    fits, below = text, ""
    if len(text) > LONGEST_TEXT:
        fits, _, below = text.partition(" <")
    time = f"{(segment.time_ns - start_ns) / 1e9:.6f}"
    arrow = _right(fits) if rightwards else _left(fits)
    line = f"{time:>{TIME_WIDTH - 1}} |{arrow}|{segment.frame:>{FRAME_WIDTH}}"
    if below:
        line += f"\n{'':{TIME_WIDTH}}|{f'   <{below}':<{ARROW_WIDTH}}|"
    return line


def _right(text: str) -> str:
    return f"-- {text} ".ljust(ARROW_WIDTH - 1, "-") + ">"


def _left(text: str) -> str:
    return "<" + f" {text} --".rjust(ARROW_WIDTH - 1, "-")
