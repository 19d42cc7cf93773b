"""`tcplab report`: what runs and captures hold, and what came of them, as one page."""

from collections.abc import Sequence
from pathlib import Path

from cli.check import check_evidence, read_evidence, runs_at
from cli.exits import PASSED, WRONG_USAGE, UsageError
from cli.languages import code, spoken
from cli.saying import note
from labs import catalog
from reports.page import Entry, page
from reports.result import Result


def report(paths: Sequence[Path], lab: str | None, out: Path) -> int:
    """Write the page of every run and capture; the exit status.

    One that can't be read has its place on the page, and is said; the status is 2 then.
    """
    language = spoken()
    entries = [_entry(run, lab) for given in paths for run in runs_at(given)]
    names = [entry.name for entry in entries]
    title = language("Report: {labs}").format(
        labs=names[0] if len(names) == 1 else language("{count} labs").format(count=len(names))
    )
    out.write_text(page(title, entries, language, code()), encoding="utf-8")
    problems = [entry.result.problem for entry in entries if entry.result and entry.result.problem]
    for problem in problems:
        note(problem)
    return WRONG_USAGE if problems else PASSED


def _entry(path: Path, lab: str | None) -> Entry:
    try:
        evidence = read_evidence(path)
        result = check_evidence(path, evidence, lab)
    except UsageError as error:
        problem = Result(lab or path.name, str(path), problem=str(error))
        return Entry(problem.lab, str(path), None, problem)
    told = catalog.load(result.lab, given=evidence.run.variant if evidence.run else None)
    return Entry(result.lab, str(path), evidence, result, told.title, told.section, told.summary)
