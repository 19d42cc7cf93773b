"""How a student's program ended."""

import pytest
from msgspec import structs
from msgspec.structs import replace

from captures.run import Program
from checkers.evidence import Evidence
from checkers.program import program
from checkers.verdict import Verdict
from checkers.words import ProgramEnds
from tests.checkers.checkers_samples import CONNECTION, from_listing, run_of

EXITED = Program("bsdi", "python3 client.py svr4 7001", "0" * 64, "exited", 1, wall_s=7.1)
STOPPED = structs.replace(EXITED, ended="stopped", status=143)
LIMITED = structs.replace(EXITED, ended="limit", status=None, limit="output: more than 64 KB")


def with_programs(*programs: Program) -> Evidence:
    evidence = run_of(CONNECTION)
    assert evidence.run is not None
    return replace(evidence, run=structs.replace(evidence.run, programs=list(programs)))


@pytest.mark.parametrize(
    ("one", "ends", "status", "verdict", "observed"),
    [
        (EXITED, "exits", 1, Verdict.PASS, "ended by itself after 7.1 s with status 1"),
        (EXITED, "exits", None, Verdict.PASS, "ended by itself after 7.1 s with status 1"),
        (EXITED, "exits", 0, Verdict.FAIL, "ended by itself after 7.1 s with status 1"),
        (EXITED, "stays", None, Verdict.FAIL, "ended by itself after 7.1 s with status 1"),
        (STOPPED, "stays", None, Verdict.PASS, "still running after 7.1 s"),
        (STOPPED, "exits", None, Verdict.FAIL, "still running after 7.1 s"),
        (LIMITED, "exits", None, Verdict.FAIL, "ended by a limit: output: more than 64 KB"),
        (LIMITED, "stays", None, Verdict.FAIL, "ended by a limit: output: more than 64 KB"),
    ],
)
def test_an_end(
    one: Program, ends: ProgramEnds, status: int | None, verdict: Verdict, observed: str
) -> None:
    (finding,) = program(with_programs(one), 1, ends, status).findings
    assert finding.verdict is verdict
    assert observed in finding.observed
    assert finding.subject == one.command
    assert finding.record == "run.json programs 1"


def test_a_signal_is_told_as_shells_do() -> None:
    killed = structs.replace(EXITED, status=137)
    (finding,) = program(with_programs(killed), 1, "exits", 0).findings
    assert finding.observed.endswith("status 137 (signal 9)")


def test_which_start_is_meant() -> None:
    both = with_programs(EXITED, structs.replace(EXITED, status=0))
    assert program(both, 2, "exits", 0).verdict is Verdict.PASS
    assert program(both, 1, "exits", 0).verdict is Verdict.FAIL


def test_without_a_program_there_is_no_verdict() -> None:
    for evidence in (from_listing(CONNECTION), with_programs(), with_programs(EXITED)):
        assert program(evidence, 2).verdict is Verdict.INCONCLUSIVE
