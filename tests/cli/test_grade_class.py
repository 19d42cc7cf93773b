"""`tcplab grade` as an instructor uses it: whole classes, interrupted, changed, hostile."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli import grade as grading_class
from cli.exits import INTERRUPTED, NO_VERDICT, PASSED, WRONG_USAGE, UsageError
from grading import course as courses
from grading import hand_in, results, workers
from grading.course import Course
from grading.grade import Examined, Grading, examined
from grading.grades import StudentGrade
from grading.packing import pack, packed_run
from grading.submissions import Submission
from labs import catalog
from tests.cli.command import PROJECT, tcplab
from tests.grading.classes import laid
from tests.grading.made_class import contents, course, handed_in, written
from tests.grading.made_runs import made
from tests.grading.made_runs import written as answers_yaml

AT = "2026-10-20T12:00:00+00:00"
LABS = ("connection", "reset-refused")
STUDENTS = ("ahn", "berg", "chen", "dora")


class Class:
    """A course in a folder, with what was handed in; `graded` by the command line, in-process."""

    def __init__(self, folder: Path, its: Course) -> None:
        self.folder, self.course = folder, its
        self.file = written(its, folder)
        self.inbox = handed_in(its, folder / "inbox")
        self.out = folder / "out"

    def change(self, **changes: object) -> None:
        self.course = msgspec.structs.replace(self.course, **changes)
        self.file = written(self.course, self.folder)

    def wishes(self, out: Path | None = None, **changes: Any) -> grading_class.Wishes:
        plain = grading_class.Wishes(
            paths=[self.inbox],
            course=self.file,
            out=out or self.out,
            formats=[],
            overrides=None,
            lab=None,
            jobs=2,
            resume=False,
            dask=None,
            at=grading_class.moment(AT),
            published=False,
        )
        return plain._replace(**changes)

    def graded(self, out: Path | None = None, **changes: Any) -> int:
        return grading_class.grade(self.wishes(out, **changes))

    def command(self, *more: str) -> list[str]:
        paths = (str(self.inbox), "--course", str(self.file), "-o", str(self.out))
        return ["grade", *paths, "--at", AT, "--format", "", *more]

    def students(self) -> dict[str, StudentGrade]:
        return {one.student: one for one in results.students(self.out, self.course)}

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def small(tmp_path: Path) -> Class:
    return Class(tmp_path, course(STUDENTS, LABS))


def test_a_class_of_right_runs_earns_all(small: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert small.graded() == PASSED
    assert {one.final for one in small.students().values()} == {100}
    assert list(small.students()) == list(STUDENTS)
    told = capsys.readouterr()
    assert "4 students, 4 hand-ins\n" in told.out
    assert "100.00" in told.out
    assert max(map(len, told.out.splitlines()[:4])) <= 80
    assert "hand-ins: 4 of 4" in told.err
    assert [small.rows(name) for name in ("pending.csv", "unclaimed.csv", "copies.csv")] == [[]] * 3
    assert "Dora" in (small.out / "feedback" / "dora.html").read_text()


def test_the_bytes_are_the_same_for_every_number_of_jobs(small: Class, tmp_path: Path) -> None:
    for jobs in (1, 2, 5):
        small.graded(tmp_path / str(jobs), jobs=jobs)
    first = contents(tmp_path / "1")
    assert len(first) > 3 * len(STUDENTS)
    assert contents(tmp_path / "2") == contents(tmp_path / "5") == first


def test_in_korean_only_the_pages_of_students_are_others(
    small: Class,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small.graded(tmp_path / "english")
    monkeypatch.setenv("TCPLAB_LANG", "ko")
    small.graded(tmp_path / "korean")
    english, korean = contents(tmp_path / "english"), contents(tmp_path / "korean")
    pages = {f"feedback/{student}.html" for student in STUDENTS}
    assert {name for name in english if english[name] != korean[name]} == pages
    assert all(b'lang="ko"' in korean[name] for name in pages)
    assert "학생 4명, 제출물 " in capsys.readouterr().out


def test_without_a_time_only_one_file_has_another(small: Class, tmp_path: Path) -> None:
    small.graded(tmp_path / "a", at=grading_class.moment("2026-10-20T12:00:00+00:00"))
    small.graded(tmp_path / "b", at=grading_class.moment("2026-10-20T12:00:07+00:00"))
    without = (".lock", "grading.json")
    assert contents(tmp_path / "a", without) == contents(tmp_path / "b", without)


def test_resume_grades_only_what_changed(small: Class, capsys: pytest.CaptureFixture[str]) -> None:
    small.graded()
    before = contents(small.out)
    small.graded(resume=True)
    assert "4 hand-ins, 4 of them graded before and unchanged" in capsys.readouterr().out
    assert contents(small.out) == before
    answers = small.inbox / "berg" / "connection" / "answers.yaml"
    size, times = answers.stat().st_size, answers.stat()
    answers.write_bytes(answers.read_bytes().replace(b'svr4"', b'bsdi"').replace(b"1", b"7"))
    assert answers.stat().st_size == size
    os.utime(answers, ns=(times.st_atime_ns, times.st_mtime_ns))
    small.graded(resume=True)
    assert "4 hand-ins, 3 of them graded before and unchanged" in capsys.readouterr().out
    finals = {student: one.final for student, one in small.students().items()}
    assert finals.pop("berg") != 100
    assert set(finals.values()) == {100}


def test_what_is_kept_of_a_hand_in_and_damaged_is_graded_again(
    small: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    small.graded()
    before = contents(small.out)
    kept = next((small.out / results.HAND_INS).iterdir())
    its = json.loads(kept.read_bytes())
    del its["grades"][0]["items"]
    kept.write_text(json.dumps(its))
    small.graded(resume=True)
    assert "4 hand-ins, 3 of them graded before and unchanged" in capsys.readouterr().out
    assert contents(small.out) == before


def changed_secret(small: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    small.change(secret=b"another secret, of which nobody knew")


def changed_catalog(small: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "VERSION", "2")


def changed_overrides(small: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"student": "ahn", "lab": "connection", "check": "handshake", "points": 0}
    one |= {"reason": "seen", "who": "kim", "when": "2026-10-12"}
    text = json.dumps([one]).replace('"2026-10-12"', "2026-10-12")
    small.file.with_name("overrides.yaml").write_text(text)


@pytest.mark.parametrize("change", [changed_secret, changed_catalog, changed_overrides])
def test_resume_keeps_nothing_of_another_course(
    small: Class, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: object
) -> None:
    small.graded()
    before = contents(small.out / "results")
    change(small, monkeypatch)  # type: ignore[operator]
    small.graded(resume=True)
    small.graded(tmp_path / "anew")
    assert contents(small.out) == contents(tmp_path / "anew")
    assert contents(small.out / "results") != before


def test_what_is_gone_is_forgotten(small: Class, tmp_path: Path) -> None:
    small.graded(formats=[])
    for path in sorted((small.inbox / "berg").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (small.inbox / "berg").rmdir()
    small.change(students={one: small.course.students[one] for one in ("ahn", "berg")})
    small.graded(resume=True)
    small.graded(tmp_path / "anew")
    assert contents(small.out) == contents(tmp_path / "anew")
    assert "dora" not in "".join(contents(small.out))
    assert not small.students()["berg"].labs["connection"].source


def test_what_was_not_handed_in_is_lost_when_it_was_due(tmp_path: Path) -> None:
    rules = courses.CourseLab(due=grading_class.moment(AT))
    small = Class(tmp_path, course(STUDENTS, LABS, rules))
    (small.inbox / "ahn" / "connection").rename(tmp_path / "kept")
    for at, status in (("2026-10-20T11:00+00:00", "pending"), ("2026-10-21T11:00+00:00", "lost")):
        small.graded(tmp_path / status, at=grading_class.moment(at))
        small.out = tmp_path / status
        labs = small.students()["ahn"].labs
        assert {item.status for item in labs["connection"].items} == {status}
        assert not labs["reset-refused"].open
        assert small.rows("pending.csv") == []


def test_what_cannot_be_read_is_pending_not_lost(tmp_path: Path) -> None:
    rules = courses.CourseLab(due=grading_class.moment("2026-01-01T00:00+00:00"))
    small = Class(tmp_path, course(STUDENTS, LABS, rules))
    (small.inbox / "ahn" / "connection").rename(tmp_path / "kept")
    (small.inbox / "ahn" / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    assert small.graded() == NO_VERDICT
    assert small.students()["ahn"].labs["connection"].open
    (row,) = small.rows("pending.csv")
    assert (row["student"], row["lab"]) == ("ahn", "connection")
    assert "broken.zip" in row["reason"]
    assert any("broken.zip" in one["source"] for one in small.rows("unclaimed.csv"))


def test_nobodys_and_undecided_things_are_listed(small: Class) -> None:
    laid(small.inbox / "someone" / "connection", made(small.course, "ahn", "connection").files)
    told = json.loads((small.inbox / "someone" / "connection" / "run.json").read_bytes())
    told["student"] = "stranger"
    (small.inbox / "someone" / "connection" / "run.json").write_text(json.dumps(told))
    (small.inbox / "ahn" / "notes.odt").write_bytes(b"=cmd|' /C calc'!A0")
    capture = small.inbox / "berg" / "connection" / "pcap" / "svr4-eth0.pcap"
    capture = next(capture.parent.iterdir())
    capture.write_bytes(capture.read_bytes()[:-30])
    assert small.graded() == NO_VERDICT
    sources = {row["source"]: row["why"] for row in small.rows("unclaimed.csv")}
    assert "whose is this?" in sources["inbox/someone/connection"]
    assert "neither" in sources["inbox/ahn/notes.odt"]
    assert {(row["student"], row["lab"]) for row in small.rows("pending.csv")} == {
        ("berg", "connection")
    }
    assert small.students()["berg"].final is None
    assert small.students()["ahn"].final == 100


def test_the_better_attempt_counts_and_hints_come_one_by_one(small: Class) -> None:
    worse = made(small.course, "ahn", "connection", number=2)
    laid(small.inbox / "ahn" / "second" / "connection", worse.files | {"answers.yaml": b"{}"})
    small.graded()
    grade = small.students()["ahn"].labs["connection"]
    assert any("of 2 counts (best)" in note for note in grade.notes)
    assert small.students()["ahn"].final == 100
    small.change(attempts="last")
    small.graded(resume=True)
    last = small.students()["ahn"].labs["connection"]
    assert last.attempt == 2
    wrong = [item for item in last.items if item.status == "lost"]
    assert wrong
    assert all(len(item.hints) <= 2 for item in wrong)


def zipped_runs(small: Class, student: str) -> None:
    """Have a student's runs in a zip, which grading unpacks."""
    runs = [packed_run(path) for path in sorted((small.inbox / student).iterdir())]
    shutil.rmtree(small.inbox / student)
    laid(small.inbox, {f"{student}/runs.zip": pack(runs)})


def test_a_worker_that_is_killed_costs_its_own_hand_in(
    small: Class, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = examined
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    zipped_runs(small, "berg")

    def deadly(its: Grading, submission: Submission, attempt: int = 1) -> Examined:
        if submission.student == "berg":
            os.kill(os.getpid(), signal.SIGKILL)
        return right(its, submission, attempt)

    monkeypatch.setattr(hand_in, "examined", deadly)
    for jobs in (1, 3):
        small.out = tmp_path / str(jobs)
        assert small.graded(jobs=jobs) == NO_VERDICT
        finals = {student: one.final for student, one in small.students().items()}
        assert finals == {"ahn": 100, "berg": None, "chen": 100, "dora": 100}
        assert all("ended its process" in row["reason"] for row in small.rows("pending.csv"))
        assert {row["student"] for row in small.rows("pending.csv")} == {"berg"}
        assert list((tmp_path / "scratch").iterdir()) == []
    assert contents(tmp_path / "1") == contents(tmp_path / "3")
    monkeypatch.undo()
    assert small.graded(resume=True) == PASSED


def greedy(its: Grading, submission: Submission, attempt: int = 1) -> Examined:
    raise MemoryError


def endless(its: Grading, submission: Submission, attempt: int = 1) -> Examined:
    while True:
        pass


@pytest.mark.parametrize("bad", [greedy, endless])
def test_what_takes_all_of_the_machine_is_pending(
    small: Class, monkeypatch: pytest.MonkeyPatch, bad: Callable[..., Examined]
) -> None:
    right = examined
    monkeypatch.setattr(workers, "MOST_CPU_S", 2)
    monkeypatch.setattr(
        hand_in,
        "examined",
        lambda its, one, attempt=1: (bad if one.student == "chen" else right)(its, one, attempt),
    )
    assert small.graded() == NO_VERDICT
    assert {row["student"] for row in small.rows("pending.csv")} == {"chen"}
    assert small.students()["ahn"].final == 100


# One hand-in that is never done, so that there is all the time to interrupt the others.
HOLDING = """
import time
from cli.main import main
from grading import hand_in

right = hand_in.examined

def held(its, submission, attempt=1):
    while submission.student == "student30":
        time.sleep(0.01)
    return right(its, submission, attempt)

hand_in.examined = held
main()
"""


def started(small: Class, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLDING, *small.command("--jobs", "1", *more)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeding_interrupts,
    )


def heeding_interrupts() -> None:
    """A shell has what it starts in the background ignore them, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_some(small: Class, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list((small.out / results.HAND_INS).glob("*.json"))) < count:
        assert time.monotonic() < deadline, "no hand-in was graded in a minute"
        time.sleep(0.005)


@pytest.fixture
def larger(tmp_path: Path) -> Class:
    """So many that some are done before one that isn't."""
    return Class(tmp_path, course([f"student{number}" for number in range(40)], LABS[:1]))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_and_resumed_it_is_the_same(
    larger: Class, tmp_path: Path, sign: signal.Signals
) -> None:
    with started(larger) as process:
        try:
            wait_for_some(larger, 3)
            process.send_signal(sign)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert not gone_on(process.pid)
    if sign is signal.SIGINT:
        assert process.returncode == INTERRUPTED
        assert "--resume goes on" in told
    done = tcplab(*larger.command("--resume"))
    assert done.returncode == PASSED, done.stderr
    assert "graded before and unchanged" in done.stdout
    larger.graded(tmp_path / "anew")
    assert contents(larger.out) == contents(tmp_path / "anew")


def gone_on(session: int) -> list[str]:
    """Processes of a session that are still there after a while."""
    deadline = time.monotonic() + 30
    left = ["?"]
    while left and time.monotonic() < deadline:
        left = [
            path.parent.name for path in Path("/proc").glob("[0-9]*/stat") if of(path) == session
        ]
        time.sleep(0.02)
    return left


def of(stat: Path) -> int:
    """The session of a process that isn't a zombie."""
    try:
        state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
    except (OSError, ValueError):
        return 0
    return 0 if state == "Z" else int(session)


def test_it_writes_into_no_folder_of_others(small: Class) -> None:
    small.out.mkdir()
    (small.out / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="didn't make it"):
        small.graded()
    with pytest.raises(UsageError, match="didn't make it"):
        small.graded(resume=True)
    assert contents(small.out) == {"thesis.txt": b"mine"}


def test_it_goes_on_in_its_own_folder_only_when_told(small: Class) -> None:
    small.graded()
    with pytest.raises(UsageError, match="--resume"):
        small.graded()
    with pytest.raises(UsageError, match="name a folder elsewhere"):
        small.graded(small.inbox / "graded")


def test_two_at_once_in_one_folder_are_refused(small: Class) -> None:
    small.graded()
    with (
        results.held(small.out),
        pytest.raises(UsageError, match="another tcplab is at work"),
    ):
        small.graded(resume=True)


def test_nothing_is_written_but_in_the_folder(small: Class, tmp_path: Path) -> None:
    before = contents(small.inbox)
    small.graded()
    assert contents(small.inbox) == before
    assert {path.name for path in tmp_path.iterdir()} == {"inbox", "out", "course.yaml"}


def test_the_example_is_a_course(tmp_path: Path) -> None:
    done = tcplab("grade", "--example")
    (tmp_path / "course.yaml").write_text(done.stdout)
    its = courses.load(tmp_path / "course.yaml")
    assert list(its.students) == ["ahn", "berg"]
    assert done.stdout != tcplab("grade", "--example").stdout  # the secret is a new one


WRONG: Sequence[tuple[Sequence[str], str]] = [
    (["grade"], "grade what?"),
    (["grade", ".", "--course", "none.yaml", "-o", "graded"], "none.yaml:1: No such file"),
    (["grade", ".", "--course", "c", "-o", "graded", "--format", "xls"], "no format 'xls'"),
    (["grade", ".", "--course", "c", "-o", "graded", "--at", "noon"], "'noon' is no time"),
    (["grade", ".", "--course", "c", "-o", "graded", "--at", "2026-10-20"], "time zone"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_wrong_usage_is_said(arguments: Sequence[str], told: str) -> None:
    done = tcplab(*arguments)
    assert done.returncode == WRONG_USAGE
    assert told in done.stderr
    assert not (PROJECT / "graded").exists()


def test_a_lab_that_is_not_told_can_be_named(small: Class, tmp_path: Path) -> None:
    files: Mapping[str, bytes] = made(small.course, "ahn", "reset-refused").files
    capture = next(data for name, data in files.items() if name.startswith("pcap/"))
    laid(tmp_path / "bare", {"ahn/mine.pcap": capture, "ahn/answers.yaml": answers_yaml({})})
    small.graded(paths=[tmp_path / "bare"], lab="reset-refused")
    assert small.students()["ahn"].labs["reset-refused"].earned
    with pytest.raises(UsageError, match="mss is no lab"):
        small.graded(tmp_path / "other", lab="mss")


def test_a_cluster_makes_the_same_bytes(small: Class, tmp_path: Path) -> None:
    from distributed import LocalCluster

    small.graded(tmp_path / "here")
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        address = cluster.scheduler_address
        assert small.graded(tmp_path / "there", dask=address) == PASSED
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_folder_without_an_end_is_its_owners_business(small: Class) -> None:
    deep = small.inbox / "ahn"
    for _ in range(300):
        deep = deep / "x"
    deep.mkdir(parents=True)
    (deep / "run.json").write_bytes(b"{}")
    os.mkfifo(small.inbox / "ahn" / "connection" / "pipe")
    (small.inbox / "ahn" / "connection" / "link").symlink_to("/etc/passwd")
    assert small.graded() == NO_VERDICT
    assert {one.final for one in small.students().values()} == {100}
    why = " ".join(row["why"] for row in small.rows("unclaimed.csv"))
    assert "folders deep" in why
    assert "link" in why
    small.graded(resume=True)
