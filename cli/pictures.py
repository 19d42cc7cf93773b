"""`tcplab timeline --svg` and `--html`: connections of a capture as pictures."""

import sys
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from checkers.evidence import Evidence
from cli.check import read_evidence
from cli.exits import PASSED, UsageError
from cli.timeline import MOST, chosen
from reports.drawing import timelines_svg
from reports.journeys import Ladder, ladders
from reports.language import ENGLISH
from reports.picture import picture


class Wishes(NamedTuple):
    """What the command line asks of a picture."""

    path: Path
    at: str | None
    number: int | None
    longest: int


def draw(wishes: Wishes, svg: Path) -> int:
    """Write the time lines as SVG; the exit status.

    Raises UsageError where there is nothing to draw, and OSError.
    """
    evidence = read_evidence(wishes.path)
    found = _ladders(wishes, evidence)
    if not found:
        raise UsageError(f"{wishes.path}: no TCP connection in this capture")
    pictures = [picture(one, ENGLISH) for one in found]
    svg.write_text(timelines_svg(pictures), encoding="utf-8")
    return PASSED


def _ladders(wishes: Wishes, evidence: Evidence) -> list[Ladder]:
    """The time lines asked for; how many more there are is said on standard error."""
    points = chosen(wishes.path, evidence, wishes.at, wishes.number)
    links = evidence.run.links if evidence.run else []
    found = ladders(points, evidence.names, wishes.longest, links, wishes.number)
    drawn = list(islice(found, MOST))
    if len(drawn) == MOST and next(found, None):
        sys.stderr.write(f"tcplab: the first {MOST} connections are drawn: see --connection N\n")
    return drawn
