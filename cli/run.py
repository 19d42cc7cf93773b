"""`tcplab run`: play labs at once, then check and show what was captured."""

import contextlib
import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from checkers import evidence
from checkers.evidence import Evidence
from checkers.verdict import Verdict, worst
from cli import check, progress
from cli.exits import INTERRUPTED, MachineUnfitError, UsageError, plain_os_error, status
from cli.labs import load
from cli.players import Players, in_folder
from cli.saying import note
from cli.show_results import show
from cli.student import assigned, ticket_of, values_of
from grading.variants import Ticket
from labs import catalog, launch, tools
from labs.assignment import Assignment
from labs.catalog.program_file import program_text
from labs.pace import PACES
from reports.result import Result
from topologies.sandbox import system_path

LABS_A_CORE = 12  # a lab mostly waits: for its user, and for the timers of kernels


class Wishes(NamedTuple):
    """What the command line asks of `tcplab run`."""

    labs: Sequence[str]
    every: bool
    pace: str
    jobs: int | None
    out: Path | None
    resume: Path | None
    student: str | None
    ticket: Path | None
    program: Path | None
    as_json: bool
    force: bool = False


def run(wishes: Wishes) -> int:
    """Run the labs and print their results; the exit status. Raises UsageError, OSError."""
    names = _wanted(wishes)
    ticket = ticket_of(wishes.student, wishes.ticket)
    wanted = {name: _assignment(name, wishes, ticket) for name in names}
    folder = wishes.resume or wishes.out or Path("runs") / now()
    for name in names:
        check_place(folder / name, replace=wishes.force or wishes.resume is not None)
    check_tools(with_program=wishes.program is not None)
    jobs = wishes.jobs or LABS_A_CORE * (os.cpu_count() or 1)
    with progress.showing(names) as shown:
        players = Players(shown)
        due = [name for name in names if not (wishes.resume and _has_verdict(name, folder))]
        old = [launch.old_answers(folder / name) for name in due]
        interrupted = not players.play(in_folder(folder, [wanted[name] for name in due]), jobs)
    for told in filter(None, old):
        note(told)
    with contextlib.suppress(OSError):  # it holds the labs that were played, or never came to be
        folder.rmdir()
    results, seen = [], []
    for name in names:
        result, its_evidence = _judge(name, folder / name, players.problem(name))
        results.append(result)
        seen.append(its_evidence)
    if wishes.as_json:
        check.print_document(results)
    else:
        show(results, seen)
    if interrupted:
        return INTERRUPTED
    return status(worst(result.verdict for result in results))


def now() -> str:
    """The name of a folder for runs that begin now."""
    return datetime.datetime.now().strftime("%Y-%m-%dT%H-%M-%S")  # noqa: DTZ005  (the user's)


def _wanted(wishes: Wishes) -> list[str]:
    if wishes.pace not in PACES:
        raise UsageError(f"unknown pace {wishes.pace!r}: give {' or '.join(PACES)}")
    if wishes.resume and wishes.out:
        raise UsageError("--resume goes on in its own folder: leave out --out")
    if wishes.resume and not wishes.resume.is_dir():
        raise UsageError(f"{wishes.resume}: no such folder of run directories")
    every = wishes.every or (wishes.resume is not None and not wishes.labs)
    if every == bool(wishes.labs):
        raise UsageError("name the labs to run, or give --all (`tcplab list` names them)")
    return _every() if every else list(dict.fromkeys(wishes.labs))


def _every() -> list[str]:
    """All labs that need no program of a student's; the others are named on standard error."""
    left_out = ", ".join(catalog.of_kind(catalog.PROGRAM))
    note(f"left out, since they run a program of yours: {left_out}")
    return catalog.of_kind(catalog.SESSION)


def _assignment(lab: str, wishes: Wishes, ticket: Ticket | None) -> Assignment:
    """What is to be played, its lab proven sound; raises UsageError."""
    values = values_of(ticket, lab)
    program = _program(load(lab, values), wishes)
    return assigned(lab, wishes.pace, ticket, values, program=program)


def _program(lab: catalog.Lab, wishes: Wishes) -> str:
    """The path of the program that the lab is to run; '' for a lab that runs none."""
    if lab.program is None and wishes.program is None:
        return ""
    if lab.program is None:
        ours = ", ".join(catalog.of_kind(catalog.PROGRAM))
        raise UsageError(f"{lab.name} runs no program: those that do are {ours}")
    if wishes.program is None:
        raise UsageError(
            f"{lab.name} runs a program of yours: name it with --program FILE.py "
            f"(`tcplab show {lab.name}` says what it must do)"
        )
    try:
        program_text(wishes.program)
    except OSError as error:
        raise UsageError(f"--program: {plain_os_error(error, wishes.program)}") from error
    return str(wishes.program.resolve())


def check_place(place: Path, replace: bool) -> None:
    """Raise UsageError where no run can come, or one is that may not be replaced."""
    try:
        launch.check_place(place, replace=replace)
    except OSError as error:
        raise UsageError(str(error)) from error


def _has_verdict(name: str, folder: Path) -> bool:
    """Whether a lab was played to its end, and a check of it says PASS or FAIL."""
    if not (folder / name / "run.json").exists():
        return False
    result, _ = _judge(name, folder / name, "")
    return result.verdict in (Verdict.PASS, Verdict.FAIL)


def check_tools(with_program: bool) -> None:
    """Raises MachineUnfitError that names what is missing, and the mend."""
    os.environ["PATH"] = system_path()
    missing = tools.missing(with_program)
    if missing:
        raise MachineUnfitError(
            f"{', '.join(missing)} not found. Run\n  make setup\nor\n  {tools.mend(missing)}"
        )


def _judge(name: str, path: Path, problem: str) -> tuple[Result, Evidence | None]:
    if problem:
        return Result(name, str(path), problem=problem), None
    its_evidence = evidence.from_run_directory(path)
    return check.check_evidence(path, its_evidence, None), its_evidence
