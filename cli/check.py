"""`tcplab check`: verdicts on run directories and captures."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from captures.errors import CaptureError
from checkers import evidence
from checkers.check import report
from checkers.evidence import Evidence
from checkers.verdict import worst
from cli.exits import UsageError, status
from cli.labs import book_names, load
from cli.show_results import show
from reports.document import document
from reports.result import Result


def check(paths: Sequence[Path], lab: str | None, as_json: bool) -> int:
    """Check every path and print the results; the exit status. Raises UsageError."""
    results, seen = [], []
    for path in (run for given in paths for run in _runs(given)):
        its_evidence = _evidence(path)
        results.append(check_evidence(path, its_evidence, lab))
        seen.append(its_evidence)
    if as_json:
        print_document(results)
    else:
        show(results, seen)
    return status(worst(result.verdict for result in results))


def print_document(results: Sequence[Result]) -> None:
    """The results as one JSON document on standard output."""
    sys.stdout.write(json.dumps(document(results), indent=2) + "\n")


def check_evidence(path: Path, its_evidence: Evidence, lab: str | None) -> Result:
    """The verdict on one run directory or capture; raises UsageError where the lab is unknown."""
    name = lab or (its_evidence.run.lab if its_evidence.run else None)
    if name is None:
        raise UsageError(f"{path}: which lab is this of? Say so with --lab (`tcplab list`)")
    try:
        found = report(name, its_evidence, load(name).expect)
    except CaptureError as error:
        raise UsageError(f"{path}: {error}") from error
    degraded = tuple(its_evidence.run.degraded) if its_evidence.run else ()
    return Result(name, str(path), found, degraded=degraded)


def _runs(path: Path) -> list[Path]:
    """The path itself, or where it is a folder of run directories, each of them."""
    if not path.is_dir() or (path / "run.json").exists():
        return [path]
    runs = sorted(found.parent for found in path.glob("*/run.json"))
    return runs or [path]


def _evidence(path: Path) -> Evidence:
    try:
        if path.is_dir():
            return evidence.from_run_directory(path)
        return evidence.from_capture(path, book_names())
    except CaptureError as error:
        text = str(error)
        raise UsageError(text if str(path) in text else f"{path}: {text}") from error
    except ValueError as error:
        raise UsageError(str(error)) from error
