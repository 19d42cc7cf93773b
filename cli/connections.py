"""`tcplab connections`: what a capture holds, a table of its connections."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from captures.names import Names
from checkers.evidence import Evidence, Vantage
from cli.check import read_evidence, run_at
from cli.exits import PASSED, UsageError
from cli.languages import spoken
from cli.saying import harmless
from reports.connections import document, table

SCHEMA_VERSION = 1
LONGEST = 100  # connections that a terminal gets unasked


def connections(path: Path, at: str | None, longest: int | None, as_json: bool) -> int:
    """Print the connections of each vantage point; the exit status."""
    path = run_at(path)
    evidence = read_evidence(path)
    points = vantages(path, evidence, at)
    if as_json:
        shown = [document(vantage, evidence.names, longest) for vantage in points]
        whole = {"schema_version": SCHEMA_VERSION, "path": str(path), "vantage_points": shown}
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    else:
        for line in _lines(points, evidence.names, LONGEST if longest is None else longest):
            sys.stdout.write(harmless(line) + "\n")
    return PASSED


def vantages(path: Path, evidence: Evidence, at: str | None) -> list[Vantage]:
    """The vantage points asked for; raises UsageError for one that there isn't."""
    if at is None:
        return list(evidence.vantages.values())
    if evidence.run is None:
        raise UsageError(f"{path}: a capture by itself has no vantage points: leave out --at")
    if at not in evidence.vantages:
        known = ", ".join(f"'{point}'" for point in evidence.vantages)
        raise UsageError(f"{path}: no vantage point '{at}': this run has {known or 'none'}")
    return [evidence.vantages[at]]


def _lines(points: list[Vantage], names: Names, longest: int) -> Iterator[str]:
    for place, vantage in enumerate(points):
        if place:
            yield ""
        yield from table(vantage, names, longest, spoken())
