"""What a class handed in, as the commands for a course find it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cli.exits import UsageError
from grading import variants
from grading.bulk import HandedIn
from grading.course import Course
from grading.doubts import Settlement
from grading.submissions import Finder
from labs import catalog


def finder_of(course: Course, lab: str | None, settled: Sequence[Settlement] = ()) -> Finder:
    """What finds submissions of a course.

    lab: of those that don't tell it themselves. settled: whose things are by a person's decision.
    """
    return Finder(course, partial(variants.owner, course), catalog.names(), lab, settled)


def handed_in(finder: Finder, given: Sequence[Path], out: Path) -> list[HandedIn]:
    """All that was handed in at these paths; raises UsageError where `out` lies in one of them."""
    paths = list({path.resolve(): path for path in given}.values())
    refuse_inside(out, paths, "-o")
    return list(finder.handed_in(paths))


def refuse_inside(ours: Path, paths: Sequence[Path], option: str) -> None:
    """Raise UsageError where a folder of the instructor's lies in what students handed in."""
    for path in paths:
        if ours.resolve().is_relative_to(path.resolve()):
            raise UsageError(
                f"{option}: {ours} lies in {path}, which was handed in: name a folder elsewhere"
            )
