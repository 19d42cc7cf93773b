"""`tcplab timeline --svg` and `--html`: connections of a capture as pictures."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from checkers.evidence import Evidence, Vantage
from cli.check import read_evidence, run_at
from cli.exits import PASSED, UsageError
from cli.languages import code, spoken
from cli.saying import note
from cli.timeline import MOST, chosen
from reports.drawing import timelines_svg
from reports.journeys import Ladder, ladders
from reports.page import Entry, Scope, page
from reports.picture import picture


class Wishes(NamedTuple):
    """What the command line asks of pictures."""

    path: Path
    at: str | None
    number: int | None
    longest: int


def draw(wishes: Wishes, svg: Path | None, html: Path | None) -> int:
    """Write the time lines as SVG, as a page, or as both; the exit status.

    Raises UsageError where there is nothing to draw, and OSError.
    """
    language = spoken()
    wishes = wishes._replace(path=run_at(wishes.path))
    evidence = read_evidence(wishes.path)
    points = chosen(wishes.path, evidence, wishes.at, wishes.number)
    if not any(len(one.capture) for one in points):
        raise UsageError(f"{wishes.path}: no TCP connection in this capture")
    if svg:
        pictures = [picture(one, language) for one in _drawn(wishes, evidence, points)]
        svg.write_text(timelines_svg(pictures), encoding="utf-8")
    if html:
        entry = Entry(wishes.path.name, str(wishes.path), _only(evidence, points))
        scope = Scope(wishes.longest, wishes.number)
        title = language("Time lines: {name}").format(name=wishes.path.name)
        html.write_text(page(title, [entry], language, code(), scope), encoding="utf-8")
    return PASSED


def _only(evidence: Evidence, points: Sequence[Vantage]) -> Evidence:
    """What these vantage points saw, and what the run recorded."""
    return structs.replace(evidence, vantages={one.point: one for one in points})


def _drawn(wishes: Wishes, evidence: Evidence, points: Sequence[Vantage]) -> list[Ladder]:
    """The time lines asked for; that there are more is said on standard error."""
    links = evidence.run.links if evidence.run else []
    found = ladders(points, evidence.names, wishes.longest, links, wishes.number)
    drawn = list(islice(found, MOST))
    if len(drawn) == MOST and next(found, None):
        note(f"the first {MOST} connections are drawn: see --connection N")
    return drawn
