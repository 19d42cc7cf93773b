"""A connection as a time line in text: two hosts, arrows, the book's notation. 80 columns."""

import textwrap
from collections.abc import Iterator

from captures.connections import Connection
from captures.labels import words
from captures.names import Names
from captures.segment import Segment
from reports.shown import middle, shown

WIDTH = 80
TIME_WIDTH = 11
FRAME_WIDTH = 5
ARROW_WIDTH = WIDTH - TIME_WIDTH - FRAME_WIDTH - 2  # two bars, one for each host
ARROW = len("--  >")
LONGEST = 24  # segments shown: more would hide the findings below


def timeline(connection: Connection, names: Names, longest: int = LONGEST) -> str:
    """The connection, a line a segment: seconds since the first, the arrow, the frame's number.

    Numbers after the SYNs are relative to the ISNs, as in the book; a segment that isn't an
    ordinary one says so. Of a connection longer than `longest` segments the middle is left out,
    and said.
    """
    return "\n".join([_head(connection, names), *_lines(connection, longest)])


def _head(connection: Connection, names: Names) -> str:
    client, server = names.endpoint(connection.client), names.endpoint(connection.server)
    gap = ARROW_WIDTH + 2 - len(client) - len(server)
    return f"{'':{TIME_WIDTH}}{client}{' ' * max(1, gap)}{server}"


def _lines(connection: Connection, longest: int) -> Iterator[str]:
    """A line a segment; for the segments in the middle one that says how many they are."""
    left_out = middle(len(connection), longest)
    columns, rows = connection.columns, connection.rows
    start_ns = columns.time_ns[rows[0]]
    width = ARROW_WIDTH - max(0, len(str(columns.frame[rows[-1]])) - FRAME_WIDTH)
    for one in shown(connection, left_out):
        if left_out and one.place == left_out.stop:
            yield f"{len(left_out)} segments more".center(WIDTH).rstrip()
        rightwards = one.segment.source == connection.client
        yield _line(one.segment, one.text, one.label, rightwards, start_ns, width)


def _line(
    segment: Segment, text: str, label: int, rightwards: bool, start_ns: int, width: int
) -> str:
    """The arrow, `width` wide; labels and options that don't fit on it go below it."""
    room = width - ARROW
    said = f"({', '.join(words(label))})" if label else ""
    fits, below = text, []
    if said and len(text) + len(said) < room:
        fits = f"{text} {said}"
    elif said:
        below = textwrap.wrap(said, room)
    if len(fits) > room:
        fits, _, options = text.partition(" <")
        below = [*textwrap.wrap(f"<{options}", room), *below]
    arrow = _right(fits, width) if rightwards else _left(fits, width)
    time = _time(segment.time_ns - start_ns)
    lines = [f"{time:>{TIME_WIDTH - 1}} |{arrow}|{segment.frame:>{FRAME_WIDTH}}"]
    lines += [f"{'':{TIME_WIDTH}}|{f'   {piece}':<{width}}|" for piece in below]
    return "\n".join(lines)


def _time(since_ns: int) -> str:
    """Seconds, with six decimals or as many as there is room for."""
    return f"{since_ns / 1e9:.6f}"[: TIME_WIDTH - 1].rstrip(".")


def _right(text: str, width: int) -> str:
    return f"-- {text} ".ljust(width - 1, "-") + ">"


def _left(text: str, width: int) -> str:
    return "<" + f" {text} --".rjust(width - 1, "-")
