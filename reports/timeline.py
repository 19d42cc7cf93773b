"""A connection as a time line in text: two hosts, arrows, the book's notation. 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from captures.connections import Connection
from captures.labels import words
from captures.names import Names
from captures.segment import Segment
from captures.states import Step
from languages.sentences import ENGLISH, Language
from languages.wrapping import WIDTH, padded, unpadded, wrapped
from reports.scale import LONG, pause_text, usual_ns
from reports.shown import middle, shown

TIME_WIDTH = 11
FRAME_WIDTH = 5
ARROW_WIDTH = WIDTH - TIME_WIDTH - FRAME_WIDTH - 2  # two bars, one for each host
ARROW = len("--  >")
LONGEST = 24  # segments shown: more would hide the findings below


def timeline(
    connection: Connection,
    names: Names,
    longest: int = LONGEST,
    steps: Sequence[Step] = (),
    language: Language = ENGLISH,
) -> str:
    """The connection, a line a segment: seconds since the first, the arrow, the frame's number.

    Numbers after the SYNs are relative to the ISNs, as in the book; a segment that isn't an
    ordinary one says so. Of a connection longer than `longest` segments the middle is left out,
    and said. steps: the states of both ends, shown below the segment by which they show, and then
    a line for each pause that is long beside the others, too.
    """
    lines = _lines(connection, longest, _by_frame(connection, steps), language)
    return unpadded("\n".join([_head(connection, names), *lines]))


def _by_frame(connection: Connection, steps: Sequence[Step]) -> dict[int, tuple[str, str]]:
    """The states of client and server that each frame shows."""
    found: dict[int, tuple[str, str]] = {}
    for step in steps:
        client, server = found.get(step.frame, ("", ""))
        state = step.state if step.sure else f"{step.state}?"
        if step.end == connection.client:
            client = f"{client} {state}".strip()
        else:
            server = f"{server} {state}".strip()
        found[step.frame] = client, server
    return found


def _head(connection: Connection, names: Names) -> str:
    client, server = names.endpoint(connection.client), names.endpoint(connection.server)
    gap = ARROW_WIDTH + 2 - len(client) - len(server)
    return f"{'':{TIME_WIDTH}}{client}{' ' * max(1, gap)}{server}"


def _lines(
    connection: Connection,
    longest: int,
    states: Mapping[int, tuple[str, str]],
    language: Language,
) -> Iterator[str]:
    """A line a segment, padded; for the segments in the middle one that says how many they are."""
    left_out = middle(len(connection), longest)
    columns, rows = connection.columns, connection.rows
    start_ns = columns.time_ns[rows[0]]
    width = ARROW_WIDTH - max(0, len(str(columns.frame[rows[-1]])) - FRAME_WIDTH)
    segments = list(shown(connection, left_out))
    times = [one.segment.time_ns for one in segments]
    long_ns = usual_ns(after - before for before, after in pairwise(times)) * LONG
    before_ns = times[0]
    for one in segments:
        pause_ns = one.segment.time_ns - before_ns
        if left_out and one.place == left_out.stop:
            more = language("{count} segments more").format(count=len(left_out))
            yield padded(more).center(WIDTH).rstrip()
        elif states and pause_ns > long_ns:
            yield f"{'':{TIME_WIDTH}}:{pause_text(pause_ns).center(width)}:"
        before_ns = one.segment.time_ns
        rightwards = one.segment.source == connection.client
        label = ", ".join(map(language, words(one.label)))
        yield _line(one.segment, one.text, label, rightwards, start_ns, width)
        client, server = states.get(one.segment.frame, ("", ""))
        if client or server:
            yield f"{'':{TIME_WIDTH}}| {client:<{width - 2 - len(server)}}{server} |"


def _line(
    segment: Segment, text: str, label: str, rightwards: bool, start_ns: int, width: int
) -> str:
    """The arrow, `width` wide; label and options that don't fit on it go below it."""
    room = width - ARROW
    said = padded(f"({label})") if label else ""
    fits, below = text, []
    if said and len(text) + len(said) < room:
        fits = f"{text} {said}"
    elif said:
        below = [padded(line) for line in wrapped(unpadded(said), columns=room)]
    if len(fits) > room:
        fits, _, options = text.partition(" <")
        below = [*wrapped(f"<{options}", columns=room), *below]
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
