"""`tcplab play` as an instructor uses it, on a machine that only pretends to play."""

import csv
import hashlib
import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cli import grade as grading_class
from cli import play as playing
from cli.exits import NO_VERDICT, PASSED, UsageError
from cli.play import Wishes
from grading import programs, results, workers
from grading.course import Course, CourseLab
from grading.grades import ItemGrade
from grading.packing import pack, packed_run
from grading.programs import MOST_PROGRAMS
from labs import launch
from labs.assignment import Assignment
from labs.catalog.program_file import program_text
from labs.errors import LabError
from tests.emulation.inside import PROJECT
from tests.grading.classes import laid
from tests.grading.made_class import contents, course, written
from tests.grading.made_runs import made
from tests.labs import test_lab_backoff_client, test_lab_echo_server
from tests.labs.mutated_evidence import known

LAB, OTHER = "echo-server", "backoff-client"
RIGHT = {
    LAB: known(test_lab_echo_server.RIGHT.evidence()),
    OTHER: known(test_lab_backoff_client.RIGHT.evidence()),
}
ENDED = {
    LAB: test_lab_echo_server.RIGHT.programs,
    OTHER: test_lab_backoff_client.RIGHT.programs,
}
STUDENTS = ("ahn", "berg", "chen")
AT = "2026-10-20T12:00:00+00:00"


class Machine:
    """Stands in for launch.play: it leaves the right run of whichever student's program it gets.

    before: called with what is to be played.
    """

    def __init__(self, its: Course) -> None:
        self.course = its
        self.played: list[Assignment] = []
        self._texts: list[tuple[str, bytes]] = []
        self.before: Callable[[Assignment], None] = lambda _: None

    def texts(self, student: str) -> list[bytes]:
        """The programs of a student's that were played."""
        return [text for one, text in self._texts if one == student]

    def play(self, wanted: Assignment, out: Path, listener: launch.Listener) -> None:
        self.before(wanted)
        text = Path(wanted.program).read_bytes()
        if out.exists():
            shutil.rmtree(out)
        laid(out, run_of(self.course, wanted.student, wanted.lab, text))
        self.played.append(wanted)
        self._texts.append((wanted.student or "", text))


def run_of(its: Course, student: str, lab: str, text: bytes) -> dict[str, bytes]:
    """The files of a right run of a student's program."""
    files = dict(made(its, student, lab, base=RIGHT[lab]).files)
    told = msgspec.json.decode(files["run.json"])
    sha = hashlib.sha256(text).hexdigest()
    told["programs"] = [msgspec.structs.replace(one, sha256=sha) for one in ENDED[lab]]
    return files | {"run.json": msgspec.json.encode(told), "program.py": text}


class Class:
    """A class that handed in programs."""

    def __init__(self, folder: Path) -> None:
        self.course = course(STUDENTS, (LAB, OTHER, "connection"))
        self.file = written(self.course, folder)
        self.inbox, self.played, self.out = (folder / name for name in ("inbox", "played", "out"))
        for student in STUDENTS:
            self.hand_in(student, LAB, b"print(1)\n")

    def hand_in(self, student: str, lab: str, text: bytes, folder: str = "") -> None:
        laid(self.inbox / student / (folder or lab), run_of(self.course, student, lab, text))

    def play(self, **changes: object) -> int:
        plain = Wishes([self.inbox], self.file, self.played, None, None, 2, False)
        return playing.play(plain._replace(**changes))  # type: ignore[arg-type]

    def graded(self, **changes: object) -> int:
        plain = grading_class.Wishes(
            [self.inbox], self.file, self.out, [], None, None, 2, False, None,
            grading_class.moment(AT), published=False, played=self.played,
        )  # fmt: skip
        return grading_class.grade(plain._replace(**changes))  # type: ignore[arg-type]

    def items(self, student: str) -> tuple[ItemGrade, ...]:
        every = results.students(self.out, self.course)
        return next(one.labs[LAB].items for one in every if one.student == student)

    def copies(self, out: Path) -> list[tuple[str, str, str]]:
        """Who is beside whom in copies.csv, and why."""
        with (out / "copies.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return [(row["student"], row["other"], row["evidence"]) for row in rows]

    def pending(self, lab: str = LAB) -> dict[str, bool]:
        every = results.students(self.out, self.course)
        return {one.student: bool(one.labs[lab].pending) for one in every}


@pytest.fixture
def small(tmp_path: Path) -> Class:
    return Class(tmp_path)


@pytest.fixture
def machine(small: Class, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return pretending(small.course, monkeypatch)


def pretending(its: Course, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine in place of this one."""
    machine = Machine(its)
    monkeypatch.setattr(launch, "play", machine.play)
    monkeypatch.setattr(playing, "check_tools", lambda with_program: None)
    return machine


def test_each_program_is_played_with_its_students_values_and_then_nothing_is_pending(
    small: Class, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    small.hand_in("ahn", OTHER, b"print(2)\n")
    assert small.graded(out=small.out.with_name("before"), played=None) == NO_VERDICT
    assert small.play() == PASSED
    told = capsys.readouterr()
    assert "4 program(s) of 3 student(s): 4 played\n" in told.out
    assert "programs: 4 of 4" in told.err
    assert sorted((one.student, one.lab) for one in machine.played) == [
        *(("ahn", OTHER), ("ahn", LAB), ("berg", LAB), ("chen", LAB)),
    ]
    ports = {(one.student, one.lab): one.values["port"] for one in machine.played}
    assert len(set(ports.values())) > 1
    small.graded()
    assert "played runs: 3 of 3" in capsys.readouterr().err
    assert set(small.pending().values()) == {False}
    assert small.pending(OTHER) == {"ahn": False, "berg": True, "chen": True}
    assert not [path for path in small.played.iterdir() if path.name not in {*STUDENTS, ".lock"}]


def test_resume_plays_only_what_is_new_or_changed(small: Class, machine: Machine) -> None:
    small.play()
    machine.played.clear()
    assert small.play(resume=True) == PASSED
    assert machine.played == []
    small.hand_in("berg", LAB, b"print(3)\n", "second")
    small.hand_in("chen", LAB, b"print(4)\n")
    small.play(resume=True)
    assert {one.student for one in machine.played} == {"berg", "chen"}
    machine.played.clear()
    next((small.played / "ahn").rglob("svr4.txt")).write_bytes(b"changed")
    small.play(resume=True)
    assert [one.student for one in machine.played] == ["ahn"]
    machine.played.clear()
    other = msgspec.structs.replace(small.course, secret=b"another secret altogether")
    small.course = machine.course = other
    written(other, small.file.parent)
    for student in STUDENTS:
        small.hand_in(student, LAB, b"print(1)\n")
    small.play(resume=True)
    assert len(machine.played) == 4
    small.graded()
    assert not any(small.pending().values())


def test_what_a_killed_one_left_is_cleared(small: Class, machine: Machine) -> None:
    machine.before = lambda _: os.kill(os.getpid(), signal.SIGKILL)
    killed = multiprocessing.get_context("fork").Process(target=small.play)
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert {path.name for path in small.played.iterdir()} == {".lock", playing.COPIES}
    machine.before = lambda _: None
    assert small.play(resume=True) == PASSED
    assert {path.name for path in small.played.iterdir()} == {".lock", *STUDENTS}


def test_every_program_of_every_attempt_is_played_once(
    small: Class, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    small.hand_in("ahn", LAB, b"print(5)\n", "second try")
    small.hand_in("ahn", LAB, b"print(5)\n", "third try")
    small.play()
    assert [one.student for one in machine.played].count("ahn") == 2
    for number in range(2 * MOST_PROGRAMS):
        again = number % MOST_PROGRAMS
        small.hand_in("berg", LAB, f"print({number})\n".encode(), f"try {number}")
        small.hand_in("chen", LAB, f"print({again})\n".encode(), f"try {number}")
    assert small.play(resume=True) == NO_VERDICT
    played = [one.student for one in machine.played]
    assert played.count("berg") == played.count("chen") == MOST_PROGRAMS
    left = capsys.readouterr().out.partition("Not played:\n")[2].splitlines()
    assert left[0] == "  inbox/berg/try 18: more than 10 programs for one lab"
    assert not [line for line in left if "chen" in line]


def test_packs_and_bare_programs_are_played(
    small: Class, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped = pack([packed_run(small.inbox / "ahn" / LAB)])
    inbox = laid(
        tmp_path / "mixed",
        {"ahn/mine.zip": zipped, f"berg/{LAB}.py": b"print(6)\n", "chen/echo.py": b"print(7)\n"},
    )
    assert small.play(paths=[inbox]) == NO_VERDICT
    assert {one.student for one in machine.played} == {"ahn", "berg"}
    told = capsys.readouterr().out
    assert "Not played:\n  mixed/chen/echo.py: which lab is this of?" in told
    assert small.play(paths=[inbox], lab=LAB, resume=True) == PASSED
    assert {one.student for one in machine.played} == {"ahn", "berg", "chen"}
    small.graded(paths=[inbox], lab=LAB)
    assert not any(small.pending().values())


def test_what_cannot_be_played_is_said_and_pending(
    small: Class, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(wanted: Assignment) -> None:
        if wanted.student == "berg":
            raise LabError("svr4 waited\nin vain")

    machine.before = fail
    (small.inbox / "chen" / LAB / "program.py").write_bytes(b"#" * 300_000)
    shutil.copytree(small.inbox / "ahn" / LAB, small.inbox / "ahn" / "bare")
    (small.inbox / "ahn" / "bare" / "program.py").unlink()
    laid(small.inbox, {"someone/echo-server.py": b"print(8)\n", "ahn/broken.zip": b"PK\x03\x04"})
    assert small.play() == NO_VERDICT
    told = capsys.readouterr().out
    assert "2 program(s) of 2 student(s): 1 played\n" in told
    assert "  inbox/berg/echo-server: svr4 waited\\nin vain\n" in told
    assert "  inbox/chen/echo-server: longer than 256 KB\n" in told
    assert "  inbox/ahn/bare: no program came with it" in told
    assert "  inbox/someone/echo-server.py: whose is this?" in told
    assert "broken.zip" in told
    assert small.graded() == NO_VERDICT
    assert small.pending() == {"ahn": False, "berg": True, "chen": True}


def killed(_: Path) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def endless(_: Path) -> bytes:
    while True:
        pass


def greedy(_: Path) -> bytes:
    return bytes(2 * workers.MOST_MEMORY_BYTES)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (killed, "reading it ended its process: it takes more than 2 s"),
        (endless, "reading it ended its process: it takes more than 2 s"),
        (greedy, "it can't be opened: MemoryError"),
    ],
)
def test_a_hand_in_that_takes_the_machine_costs_itself_alone(
    small: Class,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    bad: Callable[[Path], bytes],
    told: str,
) -> None:
    """Hand-ins are opened in workers that the kernel limits, as when they are graded."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(workers, "MOST_CPU_S", 2)
    monkeypatch.setattr(
        programs, "program_text", lambda path: (bad if "berg" in path.parts else program_text)(path)
    )
    zipped = pack([packed_run(small.inbox / "ahn" / LAB)])
    shutil.rmtree(small.inbox / "ahn")
    laid(small.inbox, {"ahn/mine.zip": zipped})
    assert small.play() == NO_VERDICT
    assert {one.student for one in machine.played} == {"ahn", "chen"}
    left = capsys.readouterr().out.partition("Not played:\n")[2].splitlines()
    assert left[0].startswith(f"  inbox/berg: {told}")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_regrade_goes_by_the_runs_that_are_there_now(
    small: Class, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.graded(played=None)
    assert all(small.pending().values())
    small.play()
    small.graded(resume=True)
    assert not any(small.pending().values())
    capsys.readouterr()
    small.graded(resume=True)
    assert "3 of them graded before and unchanged" in capsys.readouterr().out
    next((small.played / "ahn").rglob("svr4.txt")).write_bytes(b"changed")
    small.graded(resume=True)
    assert small.pending() == {"ahn": True, "berg": False, "chen": False}
    small.graded(out=tmp_path / "anew")
    assert contents(small.out) == contents(tmp_path / "anew")


def test_a_copied_program_is_flagged_and_costs_nothing(small: Class, tmp_path: Path) -> None:
    """Ahn's run, Berg's bare copy with other names; Chen's broken run with the very file."""
    text = (PROJECT / "tests/students/echo.py").read_bytes()
    inbox = tmp_path / "copied"
    laid(inbox / "ahn" / LAB, run_of(small.course, "ahn", LAB, text))
    renamed = text.replace(b"listener", b"door").replace(b"main", b"run")
    broken = run_of(small.course, "chen", LAB, text) | {"run.json": b"{}"}
    small.graded(paths=[inbox], played=None)
    alone = small.items("ahn")
    laid(inbox, {f"berg/{LAB}.py": renamed})
    laid(inbox / "chen" / LAB, broken)
    small.graded(paths=[inbox], out=tmp_path / "anew", played=None)
    assert small.copies(tmp_path / "anew") == [
        ("ahn", "berg", "the same program but for names, comments and layout (15 statements)"),
        ("ahn", "chen", f"the same program, byte for byte ({len(text)} bytes)"),
    ]
    small.out = tmp_path / "anew"
    assert small.items("ahn") == alone


def test_an_untouched_skeleton_is_not_flagged(small: Class, tmp_path: Path) -> None:
    assert small.graded(played=None) == NO_VERDICT
    assert len(small.copies(small.out)) == 2
    (small.file.parent / "given.py").write_bytes(b"print( 1 )  # write the rest\n")
    rules = {LAB: CourseLab(skeleton="given.py"), OTHER: CourseLab(), "connection": CourseLab()}
    written(msgspec.structs.replace(small.course, labs=rules), small.file.parent)
    small.graded(played=None, resume=True)
    assert small.copies(small.out) == []


def test_a_folder_among_what_students_handed_in_is_refused(small: Class, machine: Machine) -> None:
    inside = small.inbox / "ahn" / "played"
    with pytest.raises(UsageError, match="which was handed in"):
        small.play(out=inside)
    small.play()
    shutil.copytree(small.played, inside)
    with pytest.raises(UsageError, match="which was handed in"):
        small.graded(played=inside)
    with pytest.raises(UsageError, match="no such folder"):
        small.graded(played=small.played / "none")


def test_wrong_usage_is_said(small: Class, machine: Machine) -> None:
    small.played.mkdir()
    with results.locked(small.played), pytest.raises(UsageError, match="another tcplab is at work"):
        small.play(resume=True)
    with pytest.raises(UsageError, match="go on in it with --resume"):
        small.play()
    with pytest.raises(UsageError, match="connection is no lab of .* that runs a program"):
        small.play(lab="connection", resume=True)
    written(course(STUDENTS, ("connection",)), small.file.parent)
    with pytest.raises(UsageError, match="none of its labs runs a program: .* backoff-client"):
        small.play(resume=True)
