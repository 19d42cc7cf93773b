"""Labs at once: which begin first, how many are built at once, and what is shown of them."""

import os
import threading
from pathlib import Path

import pytest
from rich.progress import Progress

from cli import progress
from cli.players import Players, in_folder
from cli.progress import Countdown, Live, Plain
from labs import launch
from labs.assignment import Assignment
from labs.errors import LabError

LABS = ["connection", "backlog", "syn-timeout", "mss"]
PLAYS = in_folder(Path("nowhere"), [Assignment(lab, "quick") for lab in LABS])


class Played:
    """Stands in for launch.play: a lab is built, and plays until all labs are."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.building = 0
        self.crowded = threading.Event()
        self._lock = threading.Lock()
        self._all_built = threading.Barrier(len(LABS))

    def play(self, wanted: Assignment, _out: Path, listener: launch.Listener) -> None:
        with self._lock:
            self.begun.append(wanted.lab)
            self.building += 1
            if self.building > 1:
                self.crowded.set()
        self.crowded.wait(0.05)  # the time that another would need to come in, too
        with self._lock:
            self.building -= 1
        listener.built()
        self._all_built.wait(10)
        if wanted.lab == "mss":
            raise LabError("svr4 waited in vain")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    played = Played()
    monkeypatch.setattr(launch, "play", played.play)
    return played


def test_the_longest_lab_begins_first_and_one_is_built_a_core(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    all_of_them = Players(Plain())
    assert all_of_them.play(PLAYS, jobs=len(LABS))
    assert played.begun == ["syn-timeout", "backlog", "mss", "connection"]
    assert not played.crowded.is_set()
    assert all_of_them.problem("connection") == ""
    assert all_of_them.problem("mss") == "svr4 waited in vain"


def test_a_lab_that_fails_while_it_is_built_makes_room_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise LabError("no bridge")

    monkeypatch.setattr(launch, "play", fail)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    all_of_them = Players(Plain())
    assert all_of_them.play(PLAYS, jobs=len(LABS))
    assert [all_of_them.problem(lab) for lab in LABS] == ["no bridge"] * 4


def test_a_step_says_how_long_it_may_last(capsys: pytest.CaptureFixture[str]) -> None:
    Plain().step("mss", "waiting until every connection has ended", 30)
    Plain().step("mss", "bsdi reboots")
    assert capsys.readouterr().err == (
        "mss: waiting until every connection has ended, 30 s at most\nmss: bsdi reboots\n"
    )


def test_the_time_that_a_step_has_left_is_counted_down() -> None:
    clock_s = 100.0
    with Progress(disable=True, get_time=lambda: clock_s) as shown:
        live = Live(shown, ["mss"])
        assert shown.tasks[0].elapsed is None  # its turn hasn't come
        live.step("mss", "waiting until bsdi gives up", 75)
        column = Countdown()
        assert column.render(shown.tasks[0]).plain == "75 s left"
        clock_s = 130.0
        assert column.render(shown.tasks[0]).plain == "45 s left"
        assert progress.Clock().render(shown.tasks[0]).plain == "30 s"
        live.step("mss", "telnet")
        assert column.render(shown.tasks[0]).plain == ""


def test_steps_are_told_in_the_language_that_is_spoken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TCPLAB_LANG", "ko")
    Plain().step("mss", "waiting until every connection has ended", 30)
    Plain().end("mss", "played")
    told = capsys.readouterr().err.splitlines()
    assert told == ["mss: 모든 연결이 끝날 때까지 기다림, 길어야 30초", "mss: 실행 끝남"]
