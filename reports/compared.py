"""An expected time line beside what was observed, row by row; the first difference is marked.

Lengths in pixels.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from checkers.finding import Match, Pair
from languages.sentences import Language

ROW = 46
TOP = 74
SLOPE = 12
LETTER = 6.7
GAP = 128  # for times and gaps, left of each ladder
NARROW, WIDE = 300, 560
END = 34

# `+0~50ms svr4.1037 > bsdi.discard: S 1:1(0)`; what isn't a segment (arp, *) has no ends.
LINE = re.compile(r"(?P<gap>\+\S+ )?(?:(?P<source>\S+) > (?P<destination>\S+): )?(?P<text>.*)")


class Side(NamedTuple):
    """A segment in one ladder. rightwards: None where it's no segment. ends: its ends as text."""

    text: str
    rightwards: bool | None
    ends: str
    time: str


class Row(NamedTuple):
    """A line of the time line beside a segment; differs: in words, '' where nothing does."""

    y: float
    expected: Side | None
    observed: Side | None
    number: str
    differs: str


class Compared(NamedTuple):
    """All that is drawn of a match. left: both lines of the expected ladder; right: observed."""

    title: str
    told: str
    check: str
    differs: bool
    width: float
    height: float
    left: tuple[float, float]
    right: tuple[float, float]
    heads: tuple[str, str]
    ends: tuple[str, str]
    bottom: float
    rows: tuple[Row, ...]


def compared(match: Match, language: Language) -> Compared:
    """The picture of a match: every pair of line and segment, as far as it went."""
    clients: dict[frozenset[str], str] = {}
    rows = [_row(place, pair, clients, language) for place, pair in enumerate(match.pairs)]
    if len(clients) == 1:
        ((both, client),) = clients.items()
        ends = client, next(iter(both - {client}), client)
    else:
        ends = language("clients"), language("servers")
        rows = [_with_ends(row) for row in rows]
    longest = max((len(side.text) for row in rows for side in row[1:3] if side), default=0)
    apart = min(max(longest * LETTER + 24, NARROW), WIDE)
    second = GAP + apart + END + GAP
    bottom = TOP + ROW * len(rows)
    return Compared(
        title=language("Expected and observed: {check}").format(check=match.check),
        told=_told(rows, language),
        check=match.check,
        differs=any(row.differs for row in rows),
        width=second + apart + END + 20,
        height=bottom + 12,
        left=(GAP, GAP + apart),
        right=(second, second + apart),
        heads=(language("expected"), language("observed")),
        ends=ends,
        bottom=bottom,
        rows=tuple(rows),
    )


def _row(place: int, pair: Pair, clients: dict[frozenset[str], str], language: Language) -> Row:
    observed = _side(pair.observed, clients)
    expected = _side(pair.expected, clients)
    if observed and pair.time_ns is not None:
        observed = observed._replace(time=f"{pair.time_ns / 1e9:.6f}")
    return Row(
        y=TOP + ROW * place,
        expected=expected,
        observed=observed,
        number="" if pair.frame is None else str(pair.frame),
        differs=" · ".join(language(field) for field in pair.differs),
    )


def _side(line: str, clients: dict[frozenset[str], str]) -> Side | None:
    """A line of either kind; the one who speaks first of two ends stands at the left."""
    found = LINE.fullmatch(line)
    if not line or found is None:
        return None
    source, destination = found["source"], found["destination"]
    gap = (found["gap"] or "").strip()
    if source is None:
        return Side(found["text"], None, "", gap)
    first = clients.setdefault(frozenset((source, destination)), source)
    ends = f"{source} > {destination}" if source == first else f"{destination} < {source}"
    return Side(found["text"], source == first, ends, gap)


def _with_ends(row: Row) -> Row:
    """The row with both ends in its texts, where the ladder is of several connections."""
    expected, observed = (
        side and side._replace(text=f"{side.ends}: {side.text}") for side in row[1:3]
    )
    return row._replace(expected=expected, observed=observed)


def _told(rows: Sequence[Row], language: Language) -> str:
    wrong = next((place for place, row in enumerate(rows, 1) if row.differs), None)
    if wrong is None:
        return language("Every line has its segment.")
    text = language("The first difference is in row {row}: {fields}.")
    return text.format(row=wrong, fields=rows[wrong - 1].differs)
