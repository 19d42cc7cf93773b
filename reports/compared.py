"""An expected time line beside what was observed, row by row; the first difference is marked.

Lengths in pixels.
"""

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from checkers.finding import Match, Pair
from languages.sentences import Language

ROW = 46
LINE_BELOW = 14
TOP = 74
SLOPE = 12
LETTER = 6.7
GAP = 128  # for times and gaps, left of each ladder
NARROW, WIDE = 300, 560
END = 34

# `+0~50ms svr4.1037 > bsdi.discard: S 1:1(0)`; what isn't a segment (arp, *) has no ends.
LINE = re.compile(r"(?P<gap>\+\S+ )?(?:(?P<source>\S+) > (?P<destination>\S+): )?(?P<text>.*)")
# What `<mss 512>` begins; the ends' own `<` stands between blanks.
OPTIONS = re.compile(r" <\S.*")


class Side(NamedTuple):
    """A segment in one ladder. rightwards: None where it's no segment. ends: its ends as text.

    below: what doesn't fit above the arrow, its options.
    """

    text: str
    rightwards: bool | None
    ends: str
    time: str
    below: str = ""


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
    rows = [_row(pair, clients, language) for pair in match.pairs]
    if len(clients) == 1:
        ((both, client),) = clients.items()
        ends = client, next(iter(both - {client}), client)
    else:
        ends = language("clients"), language("servers")
        rows = [_on_sides(row, _with_ends) for row in rows]
    rows = [_on_sides(row, _folded) for row in rows]
    *places, bottom = accumulate(map(_height, rows), initial=TOP)
    rows = [row._replace(y=y) for row, y in zip(rows, places, strict=True)]
    longest = max((len(side.text) for row in rows for side in row[1:3] if side), default=0)
    apart = max(_width(longest), NARROW)
    second = GAP + apart + END + GAP
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


def _row(pair: Pair, clients: dict[frozenset[str], str], language: Language) -> Row:
    observed = _side(pair.observed, clients)
    expected = _side(pair.expected, clients)
    if observed and pair.time_ns is not None:
        observed = observed._replace(time=f"{pair.time_ns / 1e9:.6f}")
    return Row(
        y=0,
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


def _on_sides(row: Row, change: Callable[[Side], Side]) -> Row:
    expected, observed = (side and change(side) for side in row[1:3])
    return row._replace(expected=expected, observed=observed)


def _with_ends(side: Side) -> Side:
    """With both ends in its text, where the ladder is of several connections."""
    return side._replace(text=f"{side.ends}: {side.text}")


def _folded(side: Side) -> Side:
    """With long options below the arrow."""
    options = OPTIONS.search(side.text)
    if options is None or _width(len(side.text)) <= WIDE:
        return side
    return side._replace(text=side.text[: options.start()], below=options[0].strip())


def _height(row: Row) -> float:
    below = any(side and side.below for side in row[1:3])
    return ROW + LINE_BELOW if below else ROW


def _width(letters: int) -> float:
    return letters * LETTER + 24


def _told(rows: Sequence[Row], language: Language) -> str:
    wrong = next((place for place, row in enumerate(rows, 1) if row.differs), None)
    if wrong is None:
        return language("Every line has its segment.")
    text = language("The first difference is in row {row}: {fields}.")
    return text.format(row=wrong, fields=rows[wrong - 1].differs)
