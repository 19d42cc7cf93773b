"""What a handed-in run directory says of itself, held against its own files.

One run wrote all of them, by one clock: what lies outside of its time is of another run.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from captures.capture import Capture
from captures.errors import CaptureError
from captures.run import Run, VantagePoint
from checkers.recorded import STATES_FILE, States

SKEW_NS = 5_000_000_000  # so far may a clock be set while a lab runs
SECOND_NS = 1_000_000_000


class _Span(NamedTuple):
    """The times of a file's first and last entry, in ns since the epoch."""

    file: str
    first_ns: int
    last_ns: int


def check_files(points: Sequence[VantagePoint], captures: Sequence[Capture]) -> None:
    """Raises CaptureError where a vantage point's file is not tcpdump's, or another one's too."""
    seen: set[str] = set()
    for point, capture in zip(points, captures, strict=True):
        if capture.kind not in ("pcap", "pcapng"):
            raise CaptureError(f"{point.file}: a {capture.kind}, where tcpdump's own file belongs")
        if point.file in seen:
            raise CaptureError(f"run.json: {point.file} can't be of two vantage points")
        seen.add(point.file)


def doubt(run: Run, captures: Sequence[Capture], states: States) -> str:
    """Why the files may be of different runs, in words; '' where nothing says so."""
    for point, capture in zip(run.vantage_points, captures, strict=True):
        if not capture.timed:
            return f"{point.file} tells no times, as each of tcpdump's own does"
    started_ns, ended_ns = since_epoch_ns(run.started), since_epoch_ns(run.ended)
    if started_ns is None or ended_ns is None:
        return "run.json doesn't tell when the run started and ended"
    for span in _spans(run, captures, states):
        early_ns, late_ns = started_ns - span.first_ns, span.last_ns - ended_ns
        if max(early_ns, late_ns) > SKEW_NS:
            ahead = early_ns > SKEW_NS
            apart_s = (early_ns if ahead else late_ns) // SECOND_NS
            where = "begins before the run started" if ahead else "ends after the run ended"
            return f"{span.file} is of another run: by run.json it {where}, by {apart_s} s"
    return ""


def surplus(run: Run, captures: Sequence[Capture]) -> str:
    """That a capture of a run that is over has frames beyond what tcpdump counted; '' for none."""
    for point, capture in zip(run.vantage_points, captures, strict=True):
        if capture.frames > point.captured:
            return (
                f"{point.file} has {capture.frames} frames, and by run.json tcpdump captured "
                f"{point.captured} there"
            )
    return ""


def since_epoch_ns(text: str) -> int | None:
    """ISO 8601 in ns since the epoch; None for a time without a zone or no time at all."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round(time.timestamp() * SECOND_NS) if time.tzinfo else None


def _spans(run: Run, captures: Sequence[Capture], states: States) -> Iterator[_Span]:
    for point, capture in zip(run.vantage_points, captures, strict=True):
        yield from _span(point.file, capture.columns.time_ns)
    records = (record.time_ns for records in states.values() for record in records)
    yield from _span(STATES_FILE, records)


def _span(file: str, times_ns: Iterable[int]) -> Iterator[_Span]:
    every = list(times_ns)
    if every:
        yield _Span(file, min(every), max(every))
