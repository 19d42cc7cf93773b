"""A connection as a time line in text: two hosts, arrows, the book's notation. 80 columns."""

import textwrap
from collections.abc import Iterator

from captures import notation
from captures.connections import Connection
from captures.labels import words
from captures.names import Names
from captures.relative import InitialNumbers
from captures.segment import SYN, Segment

WIDTH = 80
TIME_WIDTH = 11
FRAME_WIDTH = 5
ARROW_WIDTH = WIDTH - TIME_WIDTH - FRAME_WIDTH - 2  # two bars, one for each host
LONGEST_TEXT = ARROW_WIDTH - len("--  >")
LONGEST = 24  # segments shown: more would hide the findings below


def timeline(connection: Connection, names: Names, longest: int = LONGEST) -> str:
    """The connection, a line a segment: seconds since the first, the arrow, the frame's number.

    Numbers after the SYNs are relative to the ISNs, as in the book; a segment that isn't an
    ordinary one says so. Of a connection longer than `longest` segments the middle is left out,
    and said.
    """
    count = len(connection)
    middle = range(longest // 2, count - longest // 2) if count > longest else range(0)
    return "\n".join([_head(connection, names), *_lines(connection, middle)])


def _head(connection: Connection, names: Names) -> str:
    client, server = names.endpoint(connection.client), names.endpoint(connection.server)
    gap = ARROW_WIDTH + 2 - len(client) - len(server)
    return f"{'':{TIME_WIDTH}}{client}{' ' * max(1, gap)}{server}"


def _lines(connection: Connection, middle: range) -> Iterator[str]:
    """A line a segment; for the segments in the middle one that says how many they are."""
    numbers = InitialNumbers()
    columns, rows = connection.columns, connection.rows
    labels = connection.labelled.labels
    start_ns = columns.time_ns[rows[0]]
    for place, row in enumerate(rows):
        if place == middle.start and middle:
            yield f"{len(middle)} segments more".center(WIDTH).rstrip()
        if place in middle and not columns.flags[row] & SYN:
            continue  # only a SYN changes what numbers are relative to
        segment = columns.segment(row)
        flow = int(segment.source != connection.client)
        bases = numbers.bases(flow, segment.flags)
        numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        if place not in middle:
            text = notation.text(segment, bases)
            yield _line(segment, text, labels[place], flow == 0, start_ns)


def _line(segment: Segment, text: str, label: int, rightwards: bool, start_ns: int) -> str:
    """The arrow; labels and options that don't fit on it go below it."""
    said = f"({', '.join(words(label))})" if label else ""
    fits, below = text, []
    if said and len(text) + len(said) < LONGEST_TEXT:
        fits = f"{text} {said}"
    elif said:
        below = textwrap.wrap(said, LONGEST_TEXT)
    if len(fits) > LONGEST_TEXT:
        fits, _, options = text.partition(" <")
        below = [*textwrap.wrap(f"<{options}", LONGEST_TEXT), *below]
    time = f"{(segment.time_ns - start_ns) / 1e9:.6f}"
    arrow = _right(fits) if rightwards else _left(fits)
    lines = [f"{time:>{TIME_WIDTH - 1}} |{arrow}|{segment.frame:>{FRAME_WIDTH}}"]
    lines += [f"{'':{TIME_WIDTH}}|{f'   {piece}':<{ARROW_WIDTH}}|" for piece in below]
    return "\n".join(lines)


def _right(text: str) -> str:
    return f"-- {text} ".ljust(ARROW_WIDTH - 1, "-") + ">"


def _left(text: str) -> str:
    return "<" + f" {text} --".rjust(ARROW_WIDTH - 1, "-")
