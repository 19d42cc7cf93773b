"""Packs run directories into one zip to hand in: the same runs give the same bytes."""

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from captures import run as run_json
from grading import archives, manifest, zip_file
from grading.manifest import MANIFEST
from grading.members import OF_A_STUDENT, ArchiveError
from grading.pieces import ANSWERS, PROGRAM, RUN_JSON, TICKET

# What a run is graded by. Patterns, for names differ from lab to lab.
PATTERNS = (RUN_JSON, "pcap/*", "transcripts/*.txt", "states.jsonl", ANSWERS, TICKET, PROGRAM)

# A zip's first possible time, and the rights of a plain file, so that no machine shows in it.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
FIXED_MODE, PROGRAM_MODE = 0o100644 << 16, 0o100755 << 16
UNIX = 3


class PackError(ValueError):
    """Runs that can't be packed: the message says which and what to do."""


class PackedRun(NamedTuple):
    """A run as it was packed: its lab, where it was, and its files by their names below it."""

    lab: str
    path: Path
    files: dict[str, bytes]

    @property
    def missing(self) -> tuple[str, ...]:
        """What a run may have, and this one hasn't."""
        return tuple(name for name in (ANSWERS, TICKET) if name not in self.files)


def packed_run(path: Path) -> PackedRun:
    """Read a run directory; raises PackError where it is none or lacks a capture, OSError."""
    if not path.is_dir():
        raise PackError(f"{path}: no run directory (`tcplab run` leaves one, runs/<time>/<lab>)")
    if not (path / RUN_JSON).is_file():
        interrupted = (path / "pcap").is_dir()
        why = "this run was interrupted" if interrupted else "no run directory"
        raise PackError(f"{path}: {why}: it has no run.json; run the lab again")
    try:
        run = run_json.load(path / RUN_JSON)
    except ValueError as error:
        raise PackError(str(error)) from error
    files = _files(path)
    for point in run.vantage_points:
        if point.file not in files:
            raise PackError(f"{path}: run.json names {point.file}, but it isn't there")
    return PackedRun(run.lab, path, files)


def pack(runs: Sequence[PackedRun]) -> bytes:
    """The zip of these runs, a folder a lab, with a manifest of SHA-256 sums.

    Raises PackError for two runs of a lab, and for more than graders take.
    """
    by_lab: dict[str, PackedRun] = {}
    for run in runs:
        other = by_lab.setdefault(run.lab, run)
        if other is not run:
            raise PackError(f"{other.path} and {run.path} are both runs of {run.lab}: pack one")
    files = {
        f"{run.lab}/{name}": data for run in by_lab.values() for name, data in run.files.items()
    }
    data = zipped(files | {MANIFEST: manifest.write(files)})
    _hold_to_limits(data)
    return data


def _files(path: Path) -> dict[str, bytes]:
    found = [file for pattern in PATTERNS for file in path.glob(pattern) if file.is_file()]
    return {str(PurePosixPath(file.relative_to(path))): file.read_bytes() for file in found}


def zipped(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """A zip that the same files always make; programs: names of those that can be run."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.create_system = UNIX
            info.external_attr = PROGRAM_MODE if name in programs else FIXED_MODE
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, compresslevel=6)
    return target.getvalue()


def _hold_to_limits(data: bytes) -> None:
    """What graders would refuse is told to the student, who can still mend it."""
    try:
        entries = zip_file.entries(io.BytesIO(data), OF_A_STUDENT.members)
        archives.refuse_bombs(entries, OF_A_STUDENT)
    except ArchiveError as error:
        raise PackError(f"this pack would not be graded: {error}") from error
