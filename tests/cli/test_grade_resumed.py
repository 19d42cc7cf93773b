"""`tcplab grade --resume`: changed, interrupted, and in whose folder."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.exits import INTERRUPTED, PASSED, UsageError
from cli.exporting import Sheets
from grading import results
from grading.exports import gradescope
from labs import catalog
from tests.cli.command import PROJECT, tcplab
from tests.cli.graded_class import LABS, STUDENTS, Class
from tests.grading.classes import laid
from tests.grading.exports.test_sheets import CANVAS, MOODLE
from tests.grading.exports.test_sheets import laid as laid_sheet
from tests.grading.made_class import contents, course


@pytest.fixture
def small(tmp_path: Path) -> Class:
    return Class(tmp_path, course(STUDENTS, LABS))


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


NOTED = (".lock", "grading.json")  # the latter has times


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("sign", [KeyboardInterrupt, SystemExit])
def test_nothing_of_an_interrupted_grading_outlives_it(
    small: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: type[BaseException]
) -> None:
    """Who left has no page and no export, not even the half of one, and no folder."""

    def interrupted(its: gradescope.Results) -> bytes:
        laid(small.out / "feedback", {".dora.html.part": b"<html>"})
        (small.out / "gradescope/dora").mkdir(parents=True)
        (small.out / "gradescope/dora/results.json").write_bytes(b"{}")
        raise sign

    monkeypatch.setattr(gradescope, "encoded", interrupted)
    with contextlib.suppress(SystemExit):  # as little is done then as after SIGKILL
        assert small.graded(formats=["csv", "junit", "gradescope"]) == INTERRUPTED
    assert list(small.out.rglob("*dora*"))
    assert (small.out / "gradebook.csv").exists()
    monkeypatch.undo()
    shutil.rmtree(small.inbox / "dora")
    small.change(students={one: small.course.students[one] for one in ("ahn", "berg", "chen")})
    small.graded(resume=True, formats=["junit"])
    small.graded(tmp_path / "anew", formats=["junit"])
    assert names(small.out) == names(tmp_path / "anew")
    assert contents(small.out, NOTED) == contents(tmp_path / "anew", NOTED)


@pytest.mark.parametrize("before", [0, 1])
def test_a_sheet_that_would_be_removed_is_refused(small: Class, before: int) -> None:
    """One that was filled in before, or lies where one is going to be written."""
    moodle, canvas = small.out / "moodle-connection.csv", small.out / "canvas.csv"
    given = Sheets(moodle={"connection": laid_sheet(small.folder / "m.csv", MOODLE)})
    given = given._replace(canvas=laid_sheet(small.folder / "c.csv", CANVAS))
    sheets, formats = (given, ["moodle", "canvas"]) if before else (Sheets(), [])
    small.graded(sheets=sheets, formats=formats)
    if not before:
        laid_sheet(moodle, MOODLE)
        laid_sheet(canvas, CANVAS)
    kept = contents(small.out)
    others = [Sheets(moodle={"reset-refused": moodle})] if before else []
    for again in (Sheets(moodle={"connection": moodle}), Sheets(canvas=canvas), *others):
        with pytest.raises(UsageError, match="copy this one elsewhere and name the copy"):
            small.graded(sheets=again, formats=["moodle", "canvas"], resume=True)
    assert contents(small.out) == kept
    aside = laid_sheet(small.out / "mine.csv", MOODLE)
    small.graded(sheets=Sheets(moodle={"connection": aside}), formats=["moodle"], resume=True)
    assert "grading,100,100" in moodle.read_text()


@pytest.mark.parametrize("length", [0, 40, None])
def test_without_a_readable_grading_json_what_is_kept_still_counts(
    small: Class, capsys: pytest.CaptureFixture[str], length: int | None
) -> None:
    small.graded()
    before, about = contents(small.out, NOTED), small.out / "grading.json"
    about.unlink() if length is None else os.truncate(about, length)
    with pytest.raises(UsageError, match="a class was graded into it: go on there with --resume"):
        small.graded()
    small.graded(resume=True, at=None)  # what was said of the time is lost, too
    told = capsys.readouterr()
    assert "4 hand-ins, 4 of them graded before and unchanged" in told.out
    assert f"{about} can't be read: the grades go on from what is kept" in told.err
    assert contents(small.out, NOTED) == before


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
