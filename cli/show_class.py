"""A graded class on 80 columns: a line a lab, and what a person has to look at."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cli.languages import said
from grading.class_run import COPIES, PENDING, UNCLAIMED, LabTally, Tally
from grading.course import Course
from grading.grades import rounded_down
from grading.plain import plain
from languages.wrapping import WIDTH, padded, unpadded

HEADER = ("lab", "handed in", "missing", "to decide", "mean %")
MOST_SHOWN = 5  # of a kind; the files have all of them


def summary(course: Course, tally: Tally, directory: Path) -> str:
    """What became of a class."""
    return "\n".join(_lines(course, tally, directory)) + "\n"


def _lines(course: Course, tally: Tally, directory: Path) -> Iterator[str]:
    heading = tuple(map(said, HEADER))
    yield from _table([heading, *(_row(lab, one) for lab, one in tally.labs.items())])
    counts = [f"{len(course.students)} students, {tally.hand_ins} hand-ins"]
    counts += [f"{tally.reused} of them graded before and unchanged"] if tally.reused else []
    yield ", ".join(map(said, counts))
    if tally.untimed:
        yield said(f"hand-ins without a time: {tally.untimed}; none counts as late")
    for source in tally.unfound:
        yield _cut(said(f"overrides: nothing that was handed in is called {source}"))
    pending = [f"{one.student} {one.lab} {one.item}: {one.reason}" for one in tally.pending]
    yield from _some("to decide", pending, tally.pending_count, directory / PENDING)
    unclaimed = [f"{one.source}: {one.why}" for one in tally.unclaimed]
    yield from _some("nobody's", unclaimed, tally.unclaimed_count, directory / UNCLAIMED)
    copies = [f"{one.lab}: {one.student}, {one.other}: {one.evidence}" for one in tally.copies]
    yield from _some("perhaps copied", copies, len(copies), directory / COPIES)
    yield said(f"Grades, and a page for each student in feedback/: {directory}")


def _row(lab: str, one: LabTally) -> tuple[str, ...]:
    mean = f"{rounded_down(one.percent / one.decided)}" if one.decided else "-"
    return lab, str(one.handed_in), str(one.missing), str(one.waiting), mean


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    padded_rows = [[*map(padded, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*padded_rows, strict=True)]
    for first, *rest in padded_rows:
        numbers = (text.rjust(width) for text, width in zip(rest, widths[1:], strict=True))
        yield unpadded("  ".join([first.ljust(widths[0]), *numbers]))


def _some(what: str, lines: Sequence[str], count: int, file: Path) -> Iterable[str]:
    """The first few of a kind, each on one line, and where all of them are."""
    if not count:
        return []
    shown = [_cut(f"  {line}") for line in lines[:MOST_SHOWN]]
    return [said(f"{what}: {count}, all in {file}"), *shown]


def _cut(line: str) -> str:
    harmless = plain(line, 10 * WIDTH)
    return harmless if len(harmless) <= WIDTH else f"{harmless[: WIDTH - 1]}…"
