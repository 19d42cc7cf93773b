"""`tcplab pack`: run directories as one zip to hand in."""

import sys
from collections.abc import Sequence
from pathlib import Path

from cli.check import runs_at
from cli.exits import PASSED, UsageError
from cli.languages import said
from grading.packing import PackedRun, PackError, pack, packed_run
from labs.publishing import publish

MISSING = {"answers.yaml": "no answers.yaml yet", "ticket.json": "no ticket"}


def pack_runs(paths: Sequence[Path], out: Path, force: bool) -> int:
    """Pack run directories, or the folders that hold them, and say what was packed; exit status.

    Raises UsageError where nothing can be packed or `out` is there already, OSError.
    """
    places = dict.fromkeys(run.resolve() for path in paths for run in runs_at(path))
    if out.exists() and not force:
        raise UsageError(f"{out}: is there already; replace it with --force")
    if out.is_dir():
        raise UsageError(f"{out}: is a folder; name the zip to write, such as {out}.zip")
    try:
        runs = [packed_run(_short(place)) for place in places]
        data = pack(runs)
    except PackError as error:
        raise UsageError(str(error)) from error
    publish(out, data)
    sys.stdout.write(_said(out, len(data), runs))
    return PASSED


def _short(place: Path) -> Path:
    """The path as its user knows it, where it lies below the current directory."""
    here = Path.cwd()
    return place.relative_to(here) if place.is_relative_to(here) and place != here else place


def _said(out: Path, size_bytes: int, runs: Sequence[PackedRun]) -> str:
    width = max(len(run.lab) for run in runs)
    lines = [f"  {run.lab:{width}}  {_content(run)}" for run in runs]
    kilobytes = -(-size_bytes // 1000)
    head = f"{out}: {said(_count(len(runs), 'run'))}, {kilobytes} kB"
    return "\n".join([head, *lines]) + "\n"


def _content(run: PackedRun) -> str:
    captures = sum(name.startswith("pcap/") for name in run.files)
    missing = [MISSING[name] for name in run.missing]
    counts = [_count(captures, "capture"), _count(len(run.files), "file")]
    return ", ".join(map(said, [*counts, *missing]))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
