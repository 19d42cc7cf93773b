"""`tcplab play`, then `tcplab grade --played`: a class whose programs are right, wrong, hostile."""

import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.exits import INTERRUPTED, NO_VERDICT, PASSED
from grading import results
from grading.course import Course
from grading.grades import LabGrade
from grading.packing import pack, packed_run
from grading.played import runs
from tests.cli.command import tcplab
from tests.emulation.hostile_programs import PROGRAMS
from tests.emulation.inside import PROJECT, run_as, users
from tests.emulation.leftovers import Run, assert_nothing_is_left
from tests.grading.classes import laid
from tests.grading.made_class import course, written

pytestmark = [pytest.mark.emulation, pytest.mark.timeout(300)]

LAB = "echo-server"
STUDENTS = PROJECT / "tests" / "students"
HANDED_IN = {
    "ahn": (STUDENTS / "echo.py").read_bytes(),
    "berg": (STUDENTS / "echo_dies.py").read_bytes(),
    "chen": PROGRAMS["forks without end"].source.encode(),
}
LOST_BY_BERG = {"after-a-reset", "svr4-reads", "server-stays"}


class Class:
    """A course in a folder, and the programs that its students handed in."""

    def __init__(self, folder: Path) -> None:
        self.course: Course = course(list(HANDED_IN), [LAB])
        self.file = written(self.course, folder)
        self.played, self.graded = folder / "played", folder / "graded"
        programs = {f"{who}/{LAB}.py": text for who, text in HANDED_IN.items()}
        self.inbox = laid(folder / "inbox", programs)

    def play(self, *more: str) -> list[str]:
        paths = [str(self.inbox), "--course", str(self.file), "-o", str(self.played)]
        return ["play", *paths, *more]

    def grade(self, *more: str) -> list[str]:
        paths = [str(self.inbox), "--course", str(self.file), "-o", str(self.graded)]
        return ["grade", *paths, "--played", str(self.played), *more]

    def grades(self) -> dict[str, LabGrade]:
        every = results.students(self.graded, self.course)
        return {one.student: one.labs[LAB] for one in every}


@pytest.fixture
def its() -> Iterator[Class]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Class(Path(folder))


def lost(grade: LabGrade) -> set[str]:
    return {item.name for item in grade.items if item.status == "lost"}


@pytest.mark.parametrize("user", users())
def test_a_class_is_played_and_graded(its: Class, user: str) -> None:
    done = run_as(user, "-m", "cli.main", *its.play())
    assert done.returncode == PASSED, done.stdout + done.stderr
    assert "3 program(s) of 3 student(s): 3 played\n" in done.stdout
    assert not any(one.problem for one in runs(its.played, its.course).values())
    done = run_as(user, "-m", "cli.main", *its.grade())
    assert done.returncode == PASSED, done.stdout + done.stderr
    grades = its.grades()
    assert not any(one.pending or one.problem for one in grades.values())
    assert grades["ahn"].text == "20 of 20"
    assert lost(grades["berg"]) == LOST_BY_BERG
    assert {item.status for item in grades["chen"].items} == {"lost"}
    (end,) = [item for item in grades["chen"].items if item.name == "server-stays"]
    assert "ended by a limit: " in end.observed  # of processes or of memory: whichever is first
    again = run_as(user, "-m", "cli.main", *its.play("--resume"))
    assert again.returncode == PASSED, again.stderr
    assert "3 program(s) of 3 student(s): 0 played, 3 played before and unchanged" in again.stdout


def test_a_students_own_run_counts_no_more_than_its_program(its: Class, tmp_path: Path) -> None:
    """chen hands in a right run, made with ahn's program, and a program of another kind."""
    program = f"{STUDENTS}/echo.py"
    ticket = tcplab("variant", "--course", str(its.file), "--student", "chen").stdout
    (tmp_path / "ticket.json").write_text(ticket)
    mine = ("--ticket", str(tmp_path / "ticket.json"), "--out", str(tmp_path))
    assert tcplab("run", LAB, "--program", program, *mine).returncode == PASSED
    (tmp_path / LAB / "program.py").write_bytes(HANDED_IN["chen"])
    its.inbox = laid(tmp_path / "x", {"chen/run.zip": pack([packed_run(tmp_path / LAB)])})
    its.played.mkdir()
    assert tcplab(*its.grade()).returncode == NO_VERDICT
    assert its.grades()["chen"].pending == 5
    assert tcplab(*its.play("--resume")).returncode == PASSED
    tcplab(*its.grade("--resume"))
    assert {item.status for item in its.grades()["chen"].items} == {"lost"}


def test_ctrl_c_leaves_whole_runs_alone_and_resume_plays_the_rest(
    its: Class, tmp_path: Path
) -> None:
    run = Run(tmp_path, *its.play("--jobs", "1"))
    try:
        run.wait_for("programs: 1 of 3")
        namespaces = run.namespaces()
        run.process.send_signal(signal.SIGINT)
        assert_nothing_is_left(run, namespaces)
    finally:
        run.end()
    assert run.process.returncode == INTERRUPTED
    told = re.search(r"interrupted: ([12]) of 3 programs are played; the", run.progress.read_text())
    # A second program may have been through before the signal came.
    assert told, run.progress.read_text()
    whole = int(told[1])
    known = runs(its.played, its.course)
    assert [one.problem for one in known.values()] == [""] * whole
    assert len(list(its.played.rglob("pcap"))) == whole
    assert {path.name for path in its.played.iterdir()} <= {*HANDED_IN, ".lock"}
    done = tcplab(*its.play("--resume"))
    assert done.returncode == PASSED
    assert f"3 program(s) of 3 student(s): {3 - whole} played, {whole} played bef" in done.stdout
