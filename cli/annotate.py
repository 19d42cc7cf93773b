"""`tcplab check --annotate`: captures for Wireshark, with names, and findings as comments."""

from pathlib import Path

from captures import reader
from captures.errors import CaptureError
from checkers.evidence import Evidence
from cli.exits import UsageError
from cli.languages import spoken
from cli.saying import note
from reports.annotated import annotated, comments, overview
from reports.result import Result


def annotate(path: Path, evidence: Evidence, result: Result, out: Path) -> None:
    """Write what was checked as pcapng; a run with several vantage points has a file for each.

    Their names have the vantage point's in front of the suffix, and are said on standard error.
    Raises UsageError for what holds no frames, such as a listing, and OSError.
    """
    findings = result.report.findings if result.report else ()
    files = _files(path, evidence)
    about = overview(findings, spoken())
    for point, file in files.items():
        target = out if len(files) == 1 else _beside(out, point)
        said = comments(findings, point, spoken())
        try:
            recording = reader.recording(file)
            blocks = annotated(recording, said, evidence.names.hosts, about, point)
            target.write_bytes(b"".join(blocks))
        except CaptureError as error:
            raise UsageError(f"{file}: {error}") from error
        note(f"{target}: {recording.count} frames, {len(said)} with comments")


def _files(path: Path, evidence: Evidence) -> dict[str, Path]:
    """The capture file of each vantage point; that of a bare capture has no name."""
    if evidence.run is None:
        return {"": path}
    return {
        f"{point.host} {point.interface}": path / point.file
        for point in evidence.run.vantage_points
    }


def _beside(out: Path, point: str) -> Path:
    return out.with_name(f"{out.stem}-{point.replace(' ', '-')}{out.suffix}")
