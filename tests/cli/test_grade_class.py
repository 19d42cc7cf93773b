"""`tcplab grade` as an instructor uses it: whole classes, odd, hostile, on a cluster."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from cli import grade as grading_class
from cli.exits import NO_VERDICT, PASSED, WRONG_USAGE, UsageError
from grading import course as courses
from grading import hand_in, workers
from grading.grade import Examined, Grading, examined
from grading.packing import pack, packed_run
from grading.submissions import Submission
from tests.cli.command import PROJECT, tcplab
from tests.cli.graded_class import AT, LABS, STUDENTS, Class
from tests.grading.classes import laid
from tests.grading.made_class import contents, course
from tests.grading.made_runs import made
from tests.grading.made_runs import written as answers_yaml


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
