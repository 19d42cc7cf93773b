"""A Dask cluster on this machine: a scheduler and workers that a test starts and ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.cli.command import PROJECT
from tests.cli.test_grade_resumed import gone_on
from tests.grading.works import until

# A worker's module, loaded more than once, by which a student's hand-in kills it, and one by which
# it is never done.
DEADLY = """
import os, signal
from grading import hand_in
from grading.grade import examined

def deadly(its, submission, attempt=1):
    if submission.student == {student!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return examined(its, submission, attempt)

hand_in.examined = deadly
"""
HOLDING = """
import time
from grading import hand_in
from grading.grade import examined

def held(its, submission, attempt=1):
    while submission.student == {student!r}:
        time.sleep(0.01)
    return examined(its, submission, attempt)

hand_in.examined = held
"""


class Scheduler:
    """A scheduler that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        self._process, self.folder = process, folder
        until(lambda: self.address, "the scheduler listens")

    @property
    def address(self) -> str:
        """Where it listens; '' before it does."""
        with suppress(OSError, ValueError):  # it isn't there yet, or not all of it
            return str(json.loads((self.folder / "scheduler.json").read_bytes())["address"])
        return ""

    def kill(self) -> None:
        self._process.kill()


@contextmanager
def scheduler(folder: Path) -> Iterator[Scheduler]:
    """A scheduler that gives a task up when two workers ended with it, not four: that is faster."""
    folder.mkdir()
    file = str(folder / "scheduler.json")
    command = ("dask_scheduler", "--port", "0", "--scheduler-file", file)
    with _running(command, folder, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1") as process:
        yield Scheduler(process, folder)


@contextmanager
def workers(its: Scheduler, count: int, module: str, *options: str) -> Iterator[None]:
    """So many workers, of a thread each, that load a module first; they are ready then."""
    from distributed import Client

    preload = its.folder / "preload.py"
    preload.write_text(module)
    command = ("dask_worker", its.address, "--nthreads", "1", "--preload", str(preload), *options)
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(_running(command, its.folder))
        with Client(its.address) as client:
            client.wait_for_workers(count, timeout=60)
        yield


@contextmanager
def _running(
    command: Sequence[str], folder: Path, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    module, *options = command
    here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    ours = {"PYTHONPATH": str(PROJECT), "DASK_TEMPORARY_DIRECTORY": str(folder)}
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *options, *here],
            cwd=folder,
            env=os.environ | ours | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a worker's nanny starts its process
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
            # What a nanny started ends with it, and removes its semaphores from /dev/shm.
            if gone_on(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
