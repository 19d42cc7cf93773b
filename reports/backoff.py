"""When a segment was sent again and again, beside the schedules that have names.

Each schedule's lane shows when the next transmission is due after each that was observed, as the
check `backoff` judges it. Lengths in pixels.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from captures.connections import Connection
from captures.labels import Label
from captures.names import Names
from captures.segment import FIN, SYN, Endpoint
from checkers.evidence import Vantage
from checkers.parties import near
from checkers.schedules import DOUBLING, FIXED, Schedule, misfit
from languages.sentences import Language

MOST = 6  # plots a run
LEAST = 3  # transmissions: two gaps
LEFT, WIDTH, LANE, TOP = 170, 700, 34, 44

Key = tuple[Endpoint, Endpoint, int, str]


class Series(NamedTuple):
    """The transmissions of one segment. what: syn, fin or data. times_ns: since the first."""

    what: str
    source: str
    destination: str
    times_ns: tuple[int, ...]

    @property
    def gaps_ns(self) -> list[int]:
        """What lies between one transmission and the next."""
        return [after - before for before, after in pairwise(self.times_ns)]


class Due(NamedTuple):
    """When a transmission is due: left, width; kind: hit, miss, or due where none was observed."""

    x: float
    width: float
    kind: str


class Lane(NamedTuple):
    """One schedule: whether it fits, in words, and what it lets one expect."""

    y: float
    name: str
    verdict: str
    fits: bool
    due: tuple[Due, ...]


class Plot(NamedTuple):
    """All that is drawn of a series."""

    title: str
    told: str
    width: float
    height: float
    bottom: float
    sent: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]
    observed: str


def series(vantages: Sequence[Vantage], names: Names) -> list[Series]:
    """What was sent three times or more, as its sender's own vantage point saw it."""
    found: dict[Key, Series] = {}
    own: set[Key] = set()
    for vantage in vantages:
        for connection in vantage.capture.connections if vantage.capture.timed else []:
            ends = near(connection, vantage.point, names)
            for key, times in _sent_again(connection):
                if key not in found or (key[0] in ends and key not in own):
                    source, destination = (names.endpoint(end) for end in key[:2])
                    since = tuple(time - times[0] for time in times)
                    found[key] = Series(key[3], source, destination, since)
                    own |= {key} if key[0] in ends else set()
    return list(found.values())


def _sent_again(connection: Connection) -> Iterator[tuple[Key, list[int]]]:
    """Every segment that was sent three times or more: what tells it from others, and when."""
    labels = connection.labelled.labels
    if sum(bool(label & Label.RETRANSMISSION) for label in labels) < LEAST - 1:
        return
    columns = connection.columns
    times: dict[Key, list[int]] = defaultdict(list)
    for row, label in zip(connection.rows, labels, strict=True):
        flags, payload = columns.flags[row], columns.payload[row]
        if (flags & (SYN | FIN) or payload) and not label & Label.DUPLICATE:
            what = "syn" if flags & SYN else "fin" if flags & FIN else "data"
            key = (*columns.ends[columns.flow[row]], columns.seq[row], what)
            times[key].append(columns.time_ns[row])
    yield from ((key, each) for key, each in times.items() if len(each) >= LEAST)


def plot(one: Series, language: Language) -> Plot:
    """A series beside the named schedules: all of them for SYNs, doubling for the rest."""
    schedules = list(FIXED.values()) if one.what == "syn" else [DOUBLING]
    lanes = [_lane(place, each, one, language) for place, each in enumerate(schedules, 1)]
    end_ns = one.times_ns[-1] * 1.06
    bottom = TOP + LANE * (len(lanes) + 1)
    return Plot(
        title=language("The {what} of {source} to {destination}, sent {count} times").format(
            what=one.what.upper() if one.what != "data" else language("data"),
            source=one.source,
            destination=one.destination,
            count=len(one.times_ns),
        ),
        told=_told(one, lanes, language),
        width=LEFT + WIDTH + 150,
        height=bottom + 16,
        bottom=bottom,
        sent=tuple((_x(time, end_ns), f"{time / 1e9:.2f}") for time in one.times_ns),
        lanes=tuple(lane._replace(due=tuple(_scaled(lane.due, end_ns))) for lane in lanes),
        observed=language("observed (s)"),
    )


def _x(time_ns: float, end_ns: float) -> float:
    return LEFT + WIDTH * time_ns / end_ns


def _scaled(due: Sequence[Due], end_ns: float) -> Iterator[Due]:
    """Times as places; what is due beyond the plot's end isn't drawn."""
    for one in due:
        if one.x <= end_ns:
            left, right = _x(one.x, end_ns), _x(min(one.x + one.width, end_ns), end_ns)
            yield Due(left, max(right - left, 3), one.kind)


def _lane(place: int, schedule: Schedule, one: Series, language: Language) -> Lane:
    gaps_ns = one.gaps_ns
    wrong = misfit(schedule, gaps_ns)
    said = language("fits") if wrong is None else language("not gap {gap}")
    return Lane(
        y=TOP + LANE * place,
        name=schedule.name,
        verdict=said.format(gap=wrong.place + 1 if wrong else ""),
        fits=wrong is None,
        due=tuple(_due(schedule, one.times_ns, gaps_ns)),
    )


def _due(schedule: Schedule, times_ns: Sequence[int], gaps_ns: Sequence[int]) -> Iterator[Due]:
    """When the next is due after each transmission, in ns since the first."""
    for place, time_ns in enumerate(times_ns):
        expected = schedule.gap(place, gaps_ns[place - 1] if place else None)
        if expected is None:
            return
        kind = "due"
        if place < len(gaps_ns):
            kind = "hit" if expected.low_ns <= gaps_ns[place] <= expected.high_ns else "miss"
        yield Due(time_ns + expected.low_ns, expected.high_ns - expected.low_ns, kind)


def _told(one: Series, lanes: Sequence[Lane], language: Language) -> str:
    gaps = ", ".join(f"{gap / 1e9:.3f}" for gap in one.gaps_ns)
    fits = ", ".join(lane.name for lane in lanes if lane.fits) or language("none")
    text = language("Gaps of {gaps} s. Schedules that fit: {fits}.")
    return text.format(gaps=gaps, fits=fits)
