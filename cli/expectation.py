"""`tcplab timeline --as-expectation`: the expected time line that a capture fulfils."""

from pathlib import Path

from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.timeline_recorded import expectation_of, lab_entry
from cli.exits import UsageError


def expectation(
    path: Path, evidence: Evidence, at: str | None, number: int | None, lab_yaml: bool
) -> str:
    """The time line as text; lab_yaml: as an entry of a lab.yaml's `expect`.

    Raises UsageError where it isn't clear which capture is meant, or it can't be written.
    """
    point = _point(path, evidence, at)
    try:
        timeline = expectation_of(evidence.vantages[point].capture, evidence.names, number)
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
