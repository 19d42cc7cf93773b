"""`tcplab timeline`: connections of a capture as time lines in text."""

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from captures.names import Names
from captures.states import walk_connection
from checkers.evidence import Evidence, Vantage
from checkers.parties import near
from cli.check import read_evidence, run_at
from cli.connections import vantages
from cli.exits import PASSED, UsageError
from cli.expectation import expectation
from cli.languages import said, spoken
from cli.saying import harmless
from reports.timeline import timeline as text

MOST = 20  # connections drawn where none is chosen


class As(Enum):
    """What is printed: arrows, an expected time line, or that as an entry of a lab.yaml."""

    ARROWS = "arrows"
    EXPECTATION = "expectation"
    LAB_YAML = "lab.yaml"


def form(as_expectation: bool, lab_yaml: bool) -> As:
    """What the options ask for."""
    if lab_yaml:
        return As.LAB_YAML
    return As.EXPECTATION if as_expectation else As.ARROWS


def timeline(
    path: Path,
    at: str | None,
    number: int | None,
    longest: int,
    form: As,
    short_gaps: bool = True,
) -> int:
    """Print the time lines; the exit status. Raises UsageError where there is none to print."""
    path = run_at(path)
    evidence = read_evidence(path)
    if form is not As.ARROWS:
        lab_yaml = form is As.LAB_YAML
        sys.stdout.write(harmless(expectation(path, evidence, at, number, lab_yaml, short_gaps)))
        return PASSED
    points = chosen(path, evidence, at, number)
    blocks = [block for one in points for block in _blocks(one, evidence.names, number, longest)]
    sys.stdout.write(harmless("\n\n".join(blocks)) + "\n")
    return PASSED


def chosen(path: Path, evidence: Evidence, at: str | None, number: int | None) -> list[Vantage]:
    """The vantage points asked for; raises UsageError where none has such a connection."""
    points = vantages(path, evidence, at)
    if number is not None and all(number > len(one.capture.connections) for one in points):
        most = max((len(one.capture.connections) for one in points), default=0)
        raise UsageError(f"{path}: no connection {number}: there are {most} (tcplab connections)")
    return points


def _blocks(vantage: Vantage, names: Names, number: int | None, longest: int) -> Iterator[str]:
    """A heading, a time line a connection, and how many are left out."""
    found = vantage.capture.connections
    drawn = found[:MOST] if number is None else found[number - 1 : number]
    if vantage.point:
        yield said("at {point}").format(point=vantage.point)
    if not drawn:
        yield said("no such connection here" if found else "no TCP connection in this capture")
    for one in drawn:
        steps = walk_connection(one, near(one, vantage.point, names))
        yield f"{said(f'connection {one.number}')}\n{text(one, names, longest, steps, spoken())}"
    if number is None and len(found) > MOST:
        yield said(f"{len(found) - MOST} connections more: --connection N shows one of them")
