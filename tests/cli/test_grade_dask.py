"""`tcplab grade --dask` where workers end, the scheduler does, or there is none."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.exits import NO_VERDICT, PASSED, WRONG_USAGE, UsageError
from grading import hand_in, workers
from grading.grade import Examined, Grading, examined
from grading.submissions import Submission
from tests.cli import dask_cluster
from tests.cli.command import PROJECT, tcplab
from tests.cli.dask_cluster import DEADLY, HOLDING
from tests.cli.graded_class import LABS, STUDENTS, Class
from tests.cli.test_grade_resumed import wait_for_some
from tests.grading.made_class import contents, course


@pytest.fixture
def small(tmp_path: Path) -> Class:
    return Class(tmp_path, course(STUDENTS, LABS))


@pytest.mark.parametrize("count", [1, 2])
def test_a_hand_in_that_kills_clusters_workers_costs_itself_alone(
    small: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """All workers end with it, one after the other, and Dask has new ones."""

    def deadly(its: Grading, submission: Submission, attempt: int = 1) -> Examined:
        if submission.student == "berg":
            os.kill(os.getpid(), signal.SIGKILL)
        return examined(its, submission, attempt)

    with (
        dask_cluster.scheduler(tmp_path / "dask") as scheduler,
        dask_cluster.workers(scheduler, count, DEADLY.format(student="berg")),
    ):
        assert small.graded(dask=scheduler.address) == NO_VERDICT
    finals = {student: one.final for student, one in small.students().items()}
    assert finals == {"ahn": 100, "berg": None, "chen": 100, "dora": 100}
    assert {row["student"] for row in small.rows("pending.csv")} == {"berg"}
    assert all("ended its process" in row["reason"] for row in small.rows("pending.csv"))
    monkeypatch.setattr(hand_in, "examined", deadly)
    small.graded(tmp_path / "here")
    assert contents(small.out) == contents(tmp_path / "here")


def test_a_cluster_without_workers_is_said_and_resumed_elsewhere(
    small: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PATIENCE_S", 1)
    told = "tcp://.*: it has had no worker for 1 s: .* the same command with --resume goes on"
    with dask_cluster.scheduler(tmp_path / "dask") as scheduler:
        with (
            dask_cluster.workers(scheduler, 1, DEADLY.format(student="berg"), "--no-nanny"),
            pytest.raises(UsageError, match=told),
        ):
            small.graded(dask=scheduler.address)
        with pytest.raises(UsageError, match=told):
            small.graded(dask=scheduler.address, resume=True)
    assert small.graded(resume=True) == PASSED


def test_what_was_graded_is_kept_where_the_scheduler_is_lost(tmp_path: Path) -> None:
    larger = Class(tmp_path, course([f"student{number}" for number in range(40)], LABS[:1]))
    with (
        dask_cluster.scheduler(tmp_path / "dask") as scheduler,
        dask_cluster.workers(scheduler, 2, HOLDING.format(student="student30")),
        subprocess.Popen(
            [sys.executable, "-m", "cli.main", *larger.command("--dask", scheduler.address)],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            wait_for_some(larger, 3)
            scheduler.kill()
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == WRONG_USAGE
    last = told.splitlines()[-1]
    assert last == (
        f"tcplab: --dask: {scheduler.address}: its scheduler is lost: start it again; the same "
        "command with --resume goes on from there"
    )
    assert "Traceback" not in told
    done = tcplab(*larger.command("--resume"))
    assert done.returncode == PASSED, done.stderr
    assert "graded before and unchanged" in done.stdout
    larger.graded(tmp_path / "anew")
    assert contents(larger.out) == contents(tmp_path / "anew")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nonsense", "missing port number in address 'nonsense'"),
        ("http://127.0.0.1:1", "unknown address scheme 'http'"),
        ("tls://127.0.0.1:1", "TLS"),
        ("127.0.0.1:1", "Timed out trying to connect to tcp://127.0.0.1:1"),
    ],
)
def test_an_address_without_a_scheduler_is_wrong_usage(
    small: Class, address: str, told: str
) -> None:
    done = tcplab(*small.command("--dask", address), DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s")
    assert done.returncode == WRONG_USAGE
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tcplab: --dask: {address}: {told}")
    assert "such as tcp://ADDRESS:8786; --resume goes on with it" in line
    assert tcplab(*small.command("--resume")).returncode == PASSED
