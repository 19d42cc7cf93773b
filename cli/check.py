"""`tcplab check`: verdicts on run directories and captures."""

import sys
from collections.abc import Sequence
from pathlib import Path

from captures.errors import CaptureError
from captures.run import Run, misnamed
from checkers import evidence
from checkers.check import report
from checkers.evidence import Evidence
from checkers.placing import placed, told
from checkers.verdict import worst
from cli.exits import WRONG_USAGE, UsageError, status
from cli.labs import book_names, expectations, vantage_points
from cli.saying import note
from cli.show_results import show
from labs.catalog import VERSION, Expectation
from reports.document import document
from reports.result import Result


def check(
    paths: Sequence[Path],
    lab: str | None,
    at: str | None,
    as_json: bool,
    annotate: Path | None = None,
) -> int:
    """Check every path and print the results; the exit status.

    at: the vantage point of the bare captures; None: not told.
    One that can't be read doesn't keep the others from being checked; the status is 2 then.
    annotate: where to write the one capture that is checked, with the findings as comments.
    """
    found = [run for given in paths for run in runs_at(given)]
    if annotate and len(found) != 1:
        raise UsageError(f"--annotate takes one run or capture, and here are {len(found)}")
    checked = [_checked(run, lab, at) for run in found]
    results = [result for result, _ in checked]
    for result in results:
        if result.problem:
            note(result.problem)
    if annotate and checked[0][1]:
        from cli import annotate as annotating

        annotating.annotate(found[0], checked[0][1], results[0], annotate)
    if as_json:
        print_document(results)
    elif any(result.report for result in results):
        show(results, [its_evidence for _, its_evidence in checked])
    if any(result.problem for result in results):
        return WRONG_USAGE
    return status(worst(result.verdict for result in results))


def print_document(results: Sequence[Result]) -> None:
    """The results as one JSON document on standard output."""
    import json  # few ask for it

    sys.stdout.write(json.dumps(document(results), indent=2) + "\n")


def _checked(path: Path, lab: str | None, at: str | None) -> tuple[Result, Evidence | None]:
    try:
        its_evidence = read_evidence(path)
        return check_evidence(path, its_evidence, lab, at), its_evidence
    except UsageError as error:
        return Result(lab or "", str(path), problem=str(error)), None


def check_evidence(
    path: Path, its_evidence: Evidence, lab: str | None, at: str | None = None
) -> Result:
    """The verdict on one run directory or capture; at: where a bare one was taken.

    Raises UsageError where it's of no such lab or vantage point.
    """
    name = _lab_of(path, its_evidence.run, lab)
    if its_evidence.run:
        wrong = misnamed(its_evidence.run, book_names())
        if wrong:
            raise UsageError(f"{path}: {wrong}")
        _warn_of_other_catalog(path, its_evidence.run)
    try:
        values = its_evidence.run.variant if its_evidence.run else None
        expect = expectations(name, values)
        its_evidence = _placed(path, its_evidence, name, at, expect)
        found = report(name, its_evidence, expect)
    except CaptureError as error:
        raise UsageError(f"{path}: {error}") from error
    degraded = tuple(its_evidence.run.degraded) if its_evidence.run else ()
    return Result(name, str(path), found, degraded=degraded, taken_for=its_evidence.taken_for)


def _placed(
    path: Path,
    its_evidence: Evidence,
    lab: str,
    at: str | None,
    expect: Sequence[Expectation],
) -> Evidence:
    if at is None:
        return placed(its_evidence, expect)
    if its_evidence.run:
        raise UsageError(f"{path}: a run says where its captures were taken: leave out --at")
    points = vantage_points(lab)
    if at not in points:
        known = ", ".join(f"'{point}'" for point in points)
        raise UsageError(f"--at: {lab} has no vantage point {at!r}; it has {known}")
    return told(its_evidence, at)


def _lab_of(path: Path, run: Run | None, lab: str | None) -> str:
    if run is None and lab is None:
        raise UsageError(f"{path}: which lab is this of? Say so with --lab (`tcplab list`)")
    if run and lab not in (None, run.lab):
        raise UsageError(f"{path}: this is a run of {run.lab}, not of {lab}: leave out --lab")
    return lab or (run.lab if run else "")


def _warn_of_other_catalog(path: Path, run: Run) -> None:
    if run.catalog_version != VERSION:
        note(
            f"{path}: a run of the catalog's version {run.catalog_version}, checked by "
            f"version {VERSION}: its labs may have been others"
        )


def runs_at(path: Path) -> list[Path]:
    """The path itself, or where it is a folder of run directories, each of them."""
    if not path.is_dir() or _is_run(path):
        return [path]
    return sorted(child for child in path.iterdir() if child.is_dir() and _is_run(child)) or [path]


def run_at(path: Path) -> Path:
    """The one run or capture at a path, for what shows one; raises UsageError for several."""
    found = runs_at(path)
    if len(found) > 1:
        names = ", ".join(str(run) for run in found)
        raise UsageError(f"{path}: {len(found)} runs are in it: name one of {names}")
    return found[0]


def _is_run(path: Path) -> bool:
    """Whether a folder is a run directory, be it an interrupted one."""
    return (path / "run.json").exists() or (path / "pcap").is_dir()


def read_evidence(path: Path) -> Evidence:
    """A run directory or a capture; raises UsageError where it can't be read."""
    if path.is_dir() and not _is_run(path):
        raise UsageError(f"{path}: neither a run directory nor a folder of run directories")
    try:
        if path.is_dir():
            return evidence.from_run_directory(path)
        return evidence.from_capture(path, book_names())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # CaptureError is one
        text = str(error)
        raise UsageError(text if str(path) in text else f"{path}: {text}") from error
