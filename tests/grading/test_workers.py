"""Processes that work on hand-ins: killed, interrupted, orphaned, and what is left of them."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.bulk import Task
from grading.workers import Processes, Promise, outcomes
from tests.cli.command import PROJECT
from tests.cli.test_grade_resumed import gone_on
from tests.grading.works import COUNT, LARGER_THAN_PIPES, Numbers, tasks, until


@pytest.mark.parametrize("size", [0, LARGER_THAN_PIPES])
@pytest.mark.parametrize("count", [1, 3])
def test_each_hand_in_that_kills_its_worker_costs_itself_alone(count: int, size: int) -> None:
    """Also where workers end faster than they are given parcels, and parcels are large."""
    work = Numbers(deadly=(3, 4, 5, 6, 20, 21, 22, 59))
    with Processes(work, count) as processes:
        found = [one for _, one in outcomes(processes, tasks(size=size), COUNT)]
    assert found == work.right()


def test_a_parcel_for_workers_that_ended_is_broken_and_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    killer, next_one = tasks(2)
    with Processes(Numbers(deadly=(0,)), 1) as processes:
        first = processes.submit([killer])
        until(first.done, "the worker has ended")
        for promise in (first, processes.submit([next_one])):
            with pytest.raises(BrokenProcessPool) as caught:
                processes.result(promise)
            assert processes.broken(caught.value)
        processes.renew()
        assert processes.result(processes.submit([next_one])) == ["1"]
        assert len(list(tmp_path.glob("*/*/"))) == 1  # the new worker's; the old one's is gone


class OneDies:
    """Workers that end with the first parcel, and work when they are new."""

    count, work = 1, Numbers()

    def __init__(self) -> None:
        self.sent: list[Future[list[str]]] = []
        self.new = False

    def submit(self, tasks: Sequence[Task]) -> Future[list[str]]:
        self.sent.append(Future())
        if self.new:
            self.sent[-1].set_result([self.work.outcome(task) for task in tasks])
        elif len(self.sent) == 1:
            self.sent[-1].set_exception(BrokenProcessPool())
        return self.sent[-1]

    def result(self, promise: Promise) -> list[str]:
        return list(promise.result())

    def broken(self, error: Exception) -> bool:
        return isinstance(error, BrokenProcessPool)

    def renew(self) -> None:
        assert all(one.done() for one in self.sent)
        self.new = True


def test_nothing_goes_on_beside_what_is_tried_alone() -> None:
    """Else another hand-in could end the worker, and this one had the blame."""
    its = OneDies()
    assert [one for _, one in outcomes(its, tasks(), COUNT)] == its.work.right()
    assert any(one.cancelled() for one in its.sent)


class Started:
    """A process that works on hand-ins, and whose session and temporary folder are its own."""

    def __init__(self, process: "subprocess.Popen[str]", scratch: Path) -> None:
        self.process, self.scratch = process, scratch

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ends(self, within_s: float = 60) -> list[str]:
        """The lines that it still prints; nothing of it is left then."""
        told, _ = self.process.communicate(timeout=within_s)
        assert not gone_on(self.process.pid)
        assert list(self.scratch.iterdir()) == []
        return told.split("\n")[:-1]


@contextmanager
def started(work: str, folder: Path) -> Iterator[Started]:
    scratch = folder / "scratch"
    scratch.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.grading.works", work, str(folder)],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Started(process, scratch)
        finally:
            if process.returncode is None or gone_on(process.pid):  # its id is still its own
                os.killpg(process.pid, signal.SIGKILL)


def test_a_worker_that_is_killed_in_the_middle_of_its_outcomes_holds_nobody_up(
    tmp_path: Path,
) -> None:
    """Nobody reads them while the worker writes, so it can't be through."""
    with started("large", tmp_path) as its:
        until((tmp_path / "begun").exists, "a worker is there")
        worker = int((tmp_path / "begun").read_text())
        its.process.send_signal(signal.SIGSTOP)
        (tmp_path / "go").touch()
        until((tmp_path / "done").exists, "the first hand-in is done")
        until(lambda: [state(worker) for _ in range(1000)] == ["S"] * 1000, "the worker waits")
        os.kill(worker, signal.SIGKILL)
        its.process.send_signal(signal.SIGCONT)
        assert [line.strip() for line in its.ends()] == ["0", "1", "2", "3"]


def state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_ctrl_c_ends_what_heeds_no_signal(tmp_path: Path) -> None:
    with started("endless", tmp_path) as its:
        assert [its.line() for _ in range(3)] == ["0", "1", "2"]
        its.process.send_signal(signal.SIGINT)
        assert its.ends(within_s=30) == ["interrupted"]


@pytest.mark.parametrize("when", ["by forking", "in a lock"])
def test_ctrl_c_is_heeded_whenever_it_comes(tmp_path: Path, when: str) -> None:
    with started(f"interrupted {when}", tmp_path) as its:
        assert its.ends() == ["interrupted"]


@pytest.mark.parametrize(
    ("sign", "to_all"),
    [
        (signal.SIGHUP, True),  # a terminal that is closed
        (signal.SIGQUIT, True),  # Ctrl-\
        (signal.SIGINT, True),
        (signal.SIGTERM, True),
        (signal.SIGTERM, False),
        (signal.SIGKILL, False),
    ],
)
def test_nothing_is_left_however_it_ends(
    tmp_path: Path, sign: signal.Signals, to_all: bool
) -> None:
    """One worker was killed before, and couldn't remove what it had unpacked."""
    with started("slow", tmp_path) as its:
        until(lambda: its.line() == "not 3", "a hand-in killed its worker")
        (os.killpg if to_all else os.kill)(its.process.pid, sign)
        its.ends()


def test_workers_end_whose_parent_ended_before_they_were_ready(tmp_path: Path) -> None:
    with started("orphaned at once", tmp_path) as its:
        assert its.ends() == []
        assert its.process.returncode == -signal.SIGKILL
