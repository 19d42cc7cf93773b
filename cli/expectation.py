"""`tcplab timeline --as-expectation`: the expected time line that a capture fulfils."""

from pathlib import Path

from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.timeline_recorded import expectation_of, lab_entry
from cli.exits import UsageError


def expectation(
    path: Path,
    evidence: Evidence,
    at: str | None,
    number: int | None,
    lab_yaml: bool,
    short_gaps: bool = True,
) -> str:
    """The time line as text; lab_yaml: as an entry of a lab.yaml's `expect`.

    short_gaps: whether gaps under 0.2 s stand in it, which no timer makes.
    Raises UsageError where it isn't clear which capture is meant, or it can't be written.
    """
    point = _point(path, evidence, at)
    try:
        capture = evidence.vantages[point].capture
        timeline = expectation_of(capture, evidence.names, number, short_gaps)
    except ExpectationError as error:
        raise UsageError(f"{path}: {error}") from error
    return lab_entry(timeline, point or "HOST INTERFACE") if lab_yaml else timeline


def _point(path: Path, evidence: Evidence, at: str | None) -> str:
    points = list(evidence.vantages)
    if at is None and len(points) == 1:
        return points[0]
    if at not in points:
        raise UsageError(f"{path}: choose a vantage point with --at: {', '.join(points)}")
    return at
