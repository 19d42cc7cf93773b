"""What a class handed in, as the commands for a course find it."""

from collections.abc import Sequence
from pathlib import Path

from cli.exits import UsageError
from cli.saying import note
from grading.bulk import HandedIn
from grading.submissions import Finder


def handed_in(finder: Finder, given: Sequence[Path], out: Path) -> list[HandedIn]:
    """All that was handed in at these paths; raises UsageError where `out` lies in one of them."""
    paths = list({path.resolve(): path for path in given}.values())
    refuse_inside(out, paths, "-o")
    return list(finder.handed_in(map(_wherever, paths)))


def _wherever(path: Path) -> Path:
    """The path as a process in any other folder finds it; a link stays one, and isn't followed."""
    return path.absolute() if path.is_symlink() else path.resolve()


def refuse_inside(ours: Path, paths: Sequence[Path], option: str) -> None:
    """Raise UsageError where a folder of the instructor's lies in what students handed in."""
    for path in paths:
        if ours.resolve().is_relative_to(path.resolve()):
            raise UsageError(
                f"{option}: {ours} lies in {path}, which was handed in: name a folder elsewhere"
            )


def say_how_to_resume(how_far: str) -> None:
    """Say after Ctrl-C how far it came, and how to go on."""
    note(f"interrupted: {how_far}; the same command with --resume goes on from there")
