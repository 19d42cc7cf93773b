"""Works for workers, and a process that has one done: what test_workers.py kills and interrupts.

python -m tests.grading.works WORK FOLDER    prints each outcome, and `interrupted` after Ctrl-C
"""

import ctypes
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from grading import workers
from grading.bulk import HandedIn, Task
from grading.workers import Processes, outcomes

COUNT = 60
LONGEST_S = 60
LARGER_THAN_PIPES = 1 << 20


def tasks(count: int = COUNT, size: int = 0) -> Iterator[Task]:
    """Hand-ins called by their numbers; size: of each, in bytes."""
    for number in range(count):
        yield Task(number, HandedIn(str(number), ("x" * size,), (), "", ()))


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; its name stands in the message when it takes too long."""
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {LONGEST_S} s in vain: {what}"
        time.sleep(0.005)


@dataclass(frozen=True)
class Numbers:
    """The number of each hand-in; those that are `deadly` kill their worker."""

    deadly: tuple[int, ...] = ()

    def outcome(self, task: Task) -> str:
        if task.number in self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return str(task.number)

    def failed(self, handed: HandedIn, problem: str) -> str:
        return f"not {handed.source}"

    def right(self, count: int = COUNT) -> list[str]:
        """What there is to come of it."""
        return [f"{'not ' * (number in self.deadly)}{number}" for number in range(count)]


@dataclass(frozen=True)
class Endless(Numbers):
    """From the fourth on a hand-in takes for ever, in C code that no signal's handler ends."""

    def outcome(self, task: Task) -> str:
        return super().outcome(task) if task.number < 3 else str(sum(itertools.repeat(1)))


@dataclass(frozen=True)
class Large(Numbers):
    """Each outcome is larger than pipes. The first comes when the file `go` is in the folder.

    Its worker writes its process id into the file `begun`, and makes `done`.
    """

    folder: Path = Path()

    def outcome(self, task: Task) -> str:
        if task.number == 0:
            (self.folder / "part").write_text(str(os.getpid()))
            (self.folder / "part").replace(self.folder / "begun")
            until((self.folder / "go").exists, "told to go on")
            (self.folder / "done").touch()
        return f"{task.number}".ljust(LARGER_THAN_PIPES)


@dataclass(frozen=True)
class Slow(Numbers):
    """So slow that there is time to interrupt it."""

    def outcome(self, task: Task) -> str:
        time.sleep(0.05)
        return super().outcome(task)


def interrupted_by_forking() -> Numbers:
    """Have Ctrl-C come just when a worker is forked."""
    parent = os.getpid()
    os.register_at_fork(after_in_parent=lambda: os.kill(parent, signal.SIGINT))
    return Numbers()


def interrupted_in_a_lock() -> Numbers:
    """Have Ctrl-C come when who waits for outcomes has just locked their future."""
    wait = Future.exception

    def exception(its: Future[object], timeout: float | None = None) -> BaseException | None:
        its._condition.acquire()
        os.kill(os.getpid(), signal.SIGINT)
        its._condition.release()
        return wait(its, timeout)

    Future.exception = exception  # type: ignore[method-assign, assignment]
    return Slow()


def orphaned_at_once() -> Numbers:
    """Have the parent end before a worker asks to be told of that."""
    parent, ask = os.getpid(), ctypes.CDLL

    def late(name: None) -> ctypes.CDLL:
        os.kill(parent, signal.SIGKILL)
        until(lambda: os.getppid() != parent, "the parent has ended")
        return ask(name)

    workers.ctypes.CDLL = late  # type: ignore[attr-defined]
    return Numbers()


WORKS: dict[str, Callable[[Path], Numbers]] = {
    "endless": lambda _: Endless(),
    "large": lambda folder: Large(folder=folder),
    "slow": lambda _: Slow(deadly=(3,)),
    "interrupted by forking": lambda _: interrupted_by_forking(),
    "interrupted in a lock": lambda _: interrupted_in_a_lock(),
    "orphaned at once": lambda _: orphaned_at_once(),
}


def main(work: str, folder: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    count, at_once = (4, 1) if work == "large" else (COUNT, 2)
    try:
        with Processes(WORKS[work](Path(folder)), at_once) as processes:
            for _, found in outcomes(processes, tasks(count), count):
                print(found, flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
