"""The check `program`: how a student's program ended."""

from captures.run import Program
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.verdict import Verdict
from checkers.words import ProgramEnds

EXPECTED: dict[ProgramEnds, str] = {
    "exits": "the program to end by itself",
    "stays": "the program to run until the lab ends it",
}
HINT = "The program's output is in the host's transcript: an exception stands there, too."


def program(
    evidence: Evidence, start: int = 1, ends: ProgramEnds = "exits", status: int | None = None
) -> Outcome:
    """The student's program ends as it should, and no limit ends it.

    start: which start of it, from 1. ends: `exits` by itself, or `stays` until the lab's SIGTERM,
    as a server does. status: the exit status that it must have, where it exits.
    """
    expected = EXPECTED[ends]
    expected += "" if status is None else f", with status {status}"
    started = evidence.run.programs if evidence.run else []
    if len(started) < start:
        return Outcome((_nothing(expected, len(started)),))
    one = started[start - 1]
    right = one.ended == {"exits": "exited", "stays": "stopped"}[ends] and (
        status is None or one.status == status
    )
    verdict = Verdict.PASS if right else Verdict.FAIL
    record = f"run.json programs {start}"
    hint = "" if right else HINT
    found = Finding("program", verdict, expected, _told(one), one.command, record=record, hint=hint)
    return Outcome((found,))


def _nothing(expected: str, started: int) -> Finding:
    observed = f"{started} start(s) of a program in run.json" if started else "no program"
    hint = "`tcplab run LAB --program FILE.py` runs the program; a capture by itself tells nothing."
    return Finding("program", Verdict.INCONCLUSIVE, expected, observed, hint=hint)


def _told(one: Program) -> str:
    if one.ended == "limit":
        return f"ended by a limit: {one.limit}"
    if one.ended == "stopped":
        return f"still running after {one.wall_s:.1f} s, when the lab ended it"
    return f"ended by itself after {one.wall_s:.1f} s with status {one.status}{_signal(one.status)}"


def _signal(status: int | None) -> str:
    """What a status above 128 stands for, as shells tell it."""
    return f" (signal {status - 128})" if status is not None and status > 128 else ""
