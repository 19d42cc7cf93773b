"""Where everything of a time line's picture stands; the template draws it. Lengths in pixels."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, degrees
from typing import NamedTuple

from captures import seconds
from captures.labels import words
from languages.sentences import Language
from reports.journeys import Journey, Ladder, Seen, Stay
from reports.scale import Break, Scale, pause_text, usual_ns

LETTER = 6.7  # the width of one, of the arrows' texts
LEFT = 292  # where the first host's line is: times, states and frame numbers are left of it
RIGHT = 140  # what states and frame numbers need on the other side
NARROW, WIDE = 380, 640  # between two hosts
TOP = 96
# What a segment's way takes at least, where only one end of it has a time.
SLOPE = 16
ROW = 2 * SLOPE + 2
SHORT_NS = 500_000
STATE_HEIGHT = 14


class Arrow(NamedTuple):
    """One segment. points: from the sender on. text stands at `at`, turned by `angle` degrees."""

    points: tuple[tuple[float, float], ...]
    text: str
    below: str
    at: tuple[float, float]
    anchor: str
    angle: float
    kind: str
    told: str
    numbers: tuple[tuple[float, float, str, int], ...]


class Text(NamedTuple):
    """A word at a place, and the height that it is about."""

    x: float
    y: float
    text: str
    about: float


class Cut(NamedTuple):
    """A pause that isn't to scale, and what is said in it."""

    y: float
    text: str


class Picture(NamedTuple):
    """All that is drawn of one connection."""

    title: str
    told: str
    width: float
    height: float
    lines: tuple[float, ...]
    hosts: tuple[str, ...]
    ends: tuple[str, str]
    top: float
    bottom: float
    arrows: tuple[Arrow, ...]
    times: tuple[tuple[float, str, str], ...]
    states: tuple[tuple[str, Text], ...]
    cuts: tuple[Cut, ...]
    note: str


def picture(ladder: Ladder, language: Language) -> Picture:
    """The picture of a connection."""
    lines = _lines(ladder)
    scale = _scale(ladder)
    bottom = scale.heights[-1] + ROW
    return Picture(
        title=language("Time line of {client} and {server}").format(
            client=ladder.ends[0], server=ladder.ends[1]
        ),
        told=_told(ladder, language),
        width=lines[-1] + RIGHT,
        height=bottom + 34,
        lines=lines,
        hosts=ladder.hosts,
        ends=ladder.ends,
        top=TOP - 26,
        bottom=bottom,
        arrows=tuple(_arrow(one, lines, scale, language) for one in ladder.journeys),
        times=tuple(_times(ladder, scale)) if ladder.timed else (),
        states=tuple(_states(ladder.stays, lines, scale)),
        cuts=tuple(_cut(one, ladder.timed, language) for one in scale.breaks),
        note=_note(ladder, language),
    )


def _scale(ladder: Ladder) -> Scale:
    """The heights of all times; what usually lies between two segments is a usual pause."""
    moments = [seen.time_ns for one in ladder.journeys for seen in one.seen]
    starts = [one.seen[0].time_ns for one in ladder.journeys]
    pauses = [
        after - before
        for (before, after), one in zip(pairwise(starts), ladder.journeys[1:], strict=True)
        if not one.left_out
    ]
    left_out = {one.seen[0].time_ns: one.left_out for one in ladder.journeys if one.left_out}
    least = SLOPE if ladder.clocked else ROW
    return Scale(moments, least, TOP, usual_ns(pauses), left_out)


def _lines(ladder: Ladder) -> tuple[float, ...]:
    """Where the hosts' lines are, far enough apart for most texts."""
    longest = max(len(_first_line(one.text)) for one in ladder.journeys)
    apart = min(max(longest * LETTER + 36, NARROW), WIDE)
    if ladder.clocked:
        apart = WIDE  # true slopes cross
    if len(ladder.hosts) > 2:
        apart = NARROW
    return tuple(LEFT + apart * place for place in range(len(ladder.hosts)))


def _first_line(text: str) -> str:
    """What stands on the arrow; long options go below it."""
    return text if len(text) * LETTER + 36 <= WIDE else text.partition(" <")[0]


def _told(ladder: Ladder, language: Language) -> str:
    text = language("{count} segments, {shown} of them shown, each with its time and direction.")
    return text.format(count=ladder.segments, shown=len(ladder.journeys))


def _note(ladder: Ladder, language: Language) -> str:
    if ladder.clocked:
        text = language("Seen at {points}, on one clock: the slopes show how long segments took.")
        return text.format(points=", ".join(ladder.points))
    if ladder.points[0]:
        text = language("Seen at {point} alone: the slopes don't tell how long segments took.")
        return text.format(point=ladder.points[0])
    return language("Seen at one place alone: the slopes don't tell how long segments took.")


def _arrow(one: Journey, lines: Sequence[float], scale: Scale, language: Language) -> Arrow:
    points = list(_points(one, lines, scale))
    (x1, y1), (x2, y2) = points[:2]
    angle = degrees(atan2(y2 - y1, x2 - x1))
    text = _first_line(one.text)
    marks = ", ".join(language(word) for word in words(one.label))
    if one.lost:
        marks = ", ".join(filter(None, (marks, language("lost"))))
    below = one.text[len(text) :].strip()
    if marks and len(f"{text} ({marks})") * LETTER + 36 <= abs(x2 - x1) * (2 if one.lost else 1):
        text = f"{text} ({marks})"
    elif marks:
        below = f"{below} ({marks})".strip()
    return Arrow(
        points=tuple(points),
        text=text,
        below=below,
        at=(x1 + (16 if one.rightwards else -16), y1 + 16 * (y2 - y1) / abs(x2 - x1)),
        anchor="start" if one.rightwards else "end",
        angle=angle if one.rightwards else angle - 180,
        kind="lost" if one.lost else "again" if marks else "plain",
        told=", ".join(filter(None, (one.text, marks))),
        numbers=tuple(_numbers(one.seen, lines, scale)),
    )


def _points(one: Journey, lines: Sequence[float], scale: Scale) -> Iterator[tuple[float, float]]:
    """From the sender's line to the receiver's; an end without a time is SLOPE away."""
    start, end = (0, len(lines) - 1) if one.rightwards else (len(lines) - 1, 0)
    first, last = one.seen[0], one.seen[-1]
    if first.line != start:
        yield lines[start], scale.y(first.time_ns) - SLOPE
    for seen in one.seen:
        yield lines[seen.line], scale.y(seen.time_ns)
    if one.lost:
        here, there = lines[last.line], lines[last.line + (1 if one.rightwards else -1)]
        yield here + 0.55 * (there - here), scale.y(last.time_ns) + 0.6 * SLOPE
    elif last.line != end:
        yield lines[end], scale.y(last.time_ns) + SLOPE


def _numbers(
    seen: Sequence[Seen], lines: Sequence[float], scale: Scale
) -> Iterator[tuple[float, float, str, int]]:
    """Frame numbers, outside the outer lines."""
    for one in seen:
        y = scale.y(one.time_ns) + 4
        if one.line == len(lines) - 1:
            yield lines[-1] + 6, y, "start", one.frame
        else:
            yield lines[one.line] - 6, y + (0 if one.line == 0 else 8), "end", one.frame


def _times(ladder: Ladder, scale: Scale) -> Iterator[tuple[float, str, str]]:
    """When each segment was first seen since the first one, and since the one before."""
    before_ns = start_ns = ladder.start_ns
    low = 0.0
    for one in ladder.journeys:
        time_ns = one.seen[0].time_ns
        gap = f"({_gap(time_ns - before_ns)})" if time_ns != start_ns else ""
        low = max(low + STATE_HEIGHT, scale.y(time_ns) + 4)
        yield low, seconds.text(time_ns - start_ns, 6), gap
        before_ns = time_ns


def _gap(gap_ns: int) -> str:
    """Four decimals, as in the book; more where they would all be zero."""
    return seconds.text(gap_ns, 4 if gap_ns >= SHORT_NS else 6)


def _states(
    stays: Sequence[Stay], lines: Sequence[float], scale: Scale
) -> Iterator[tuple[str, Text]]:
    """The states beside the outer lines, each below the one before."""
    for line, anchor in ((0, "end"), (len(lines) - 1, "start")):
        x = lines[line] - 40 if line == 0 else lines[line] + 40
        low = 0.0
        for place, stay in enumerate(stay for stay in stays if stay.line == line):
            about = scale.y(stay.time_ns) - (0 if place else STATE_HEIGHT + 4)
            low = max(low + STATE_HEIGHT, about + 4)
            yield anchor, Text(x, low, stay.state + ("" if stay.sure else "?"), about)


def _cut(one: Break, timed: bool, language: Language) -> Cut:
    if not one.left_out:
        return Cut(one.y, pause_text(one.pause_ns))
    text = (
        language("{count} segments more in {pause}") if timed else language("{count} segments more")
    )
    return Cut(one.y, text.format(count=one.left_out, pause=pause_text(one.pause_ns)))
