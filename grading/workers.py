"""Many hand-ins at once: in processes of this machine, or on a cluster of Dask's.

Results come in the order of the tasks, whoever works on them, and no more tasks are under way than
keep the workers busy. What ends a worker's process costs the hand-in that it happens with, and no
other.
"""

import contextlib
import ctypes
import gc
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

from grading.bulk import HandedIn, Task
from grading.held import fast_place

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MOST_AT_ONCE = 4  # tasks of a parcel, whose outcomes are in memory together, some 100 KiB each
AHEAD = 4  # parcels under way, for each worker

MOST_CPU_S = 60  # for one parcel; an honest one takes a hundredth
MOST_MEMORY_BYTES = 4 << 30
PR_SET_PDEATHSIG = 1

KILLED = (
    "reading it ended its process: it takes more than {cpu_s} s or the memory of this machine; "
    "look at its files"
)


class Work(Protocol[T_co]):
    """What is done with each hand-in: it is sent to the workers, and its outcomes come back."""

    def outcome(self, task: Task) -> T_co:
        """What comes of a hand-in, whatever is in it."""

    def failed(self, handed: HandedIn, problem: str) -> T_co:
        """What stands for a hand-in that ended the worker's process."""


class Promise(Protocol[T_co]):
    """The outcomes of a parcel, once they are there: what a future of either kind can."""

    def done(self) -> bool:
        """Whether there are outcomes, or an error."""

    def cancelled(self) -> bool:
        """Whether there will be none."""

    def exception(self) -> BaseException | None:
        """The error."""

    def result(self) -> Sequence[T_co]:
        """The outcomes; raises the error."""


class Workers(Protocol[T_co]):
    """Who works on parcels of tasks."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def work(self) -> Work[T_co]:
        """What they do."""

    def submit(self, tasks: Sequence[Task]) -> Promise[T_co]:
        """Begin to work on these."""

    def broken(self, error: Exception) -> bool:
        """Whether an error says that a worker's process ended."""

    def renew(self) -> None:
        """Have new workers for those that ended."""


Waiting = deque[tuple[list[Task], Promise[T]]]


def outcomes(workers: Workers[T], tasks: Iterable[Task], count: int) -> Iterator[tuple[Task, T]]:
    """Each of `count` tasks with what came of it, in order."""
    waiting: Waiting[T] = deque()
    feed = iter(tasks)
    at_once = max(1, min(MOST_AT_ONCE, count // (4 * AHEAD * workers.count)))
    while parcel := list(islice(feed, at_once)):
        waiting.append((parcel, workers.submit(parcel)))
        if len(waiting) > AHEAD * workers.count:
            yield from _next(workers, waiting)
    while waiting:
        yield from _next(workers, waiting)


def _next(workers: Workers[T], waiting: Waiting[T]) -> Iterator[tuple[Task, T]]:
    """The outcomes of the first parcel; where a worker ended, one by one, and the rest again."""
    parcel, future = waiting.popleft()
    try:
        found = future.result()
    except Exception as error:
        if not workers.broken(error):
            raise
        workers.renew()
        found = [_alone(workers, task) for task in parcel]
        again = [(tasks, _again(workers, tasks, its)) for tasks, its in waiting]
        waiting.clear()
        waiting.extend(again)
    yield from zip(parcel, found, strict=True)


def _alone(workers: Workers[T], task: Task) -> T:
    """A task by itself, so that what ends its worker ends no other's."""
    try:
        return workers.submit([task]).result()[0]
    except Exception as error:
        if not workers.broken(error):
            raise
        workers.renew()
        return workers.work.failed(task.handed, KILLED.format(cpu_s=MOST_CPU_S))


def _again(workers: Workers[T], tasks: list[Task], future: Promise[T]) -> Promise[T]:
    lost = not future.done() or future.cancelled() or future.exception() is not None
    return workers.submit(tasks) if lost else future


class Processes(Generic[T]):
    """Processes of this machine; a context. They end with this process, however that ends."""

    def __init__(self, work: Work[T], count: int) -> None:
        self.count = count
        self.work = work
        self._others = set(multiprocessing.active_children())
        # What a worker unpacks lies in it, so that nothing is left of one that was killed.
        self._scratch = TemporaryDirectory(prefix="tcplab-", dir=fast_place())
        self._pool = self._new()

    def __enter__(self) -> "Processes[T]":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            for process in set(multiprocessing.active_children()) - self._others:
                process.terminate()
        self._pool.shutdown(cancel_futures=True)
        self._scratch.cleanup()

    def submit(self, tasks: Sequence[Task]) -> Promise[T]:
        """Begin to work on these."""
        return self._pool.submit(_done_here, tasks)

    def broken(self, error: Exception) -> bool:
        """Whether an error says that a worker's process ended."""
        return isinstance(error, BrokenProcessPool)

    def renew(self) -> None:
        """Have new workers."""
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        # Forked: what this process has loaded needn't be loaded again by each of them.
        forking = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(self.count, forking, _prepare, (self.work, self._scratch.name))


class _Here:
    """What a worker's process works with; set once, when it starts."""

    work: Work[Any]


def _prepare(work: Work[object], scratch: str) -> None:
    """A worker: Ctrl-C is its parent's to handle, and it doesn't outlive that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["TMPDIR"] = tempfile.tempdir = own = tempfile.mkdtemp(dir=scratch)
    parent = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: _end(own, parent))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    _limit(resource.RLIMIT_AS, MOST_MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _Here.work = work
    gc.freeze()  # what is there stays; looking for garbage in it takes 5 % of grading


def _end(own: str, parent: int) -> NoReturn:
    """End at once, with what was unpacked: no code that is under way could catch that."""
    shutil.rmtree(own, ignore_errors=True)
    if os.getppid() != parent:  # nobody else is left to remove it; the last one can
        with contextlib.suppress(OSError):
            Path(own).parent.rmdir()
    os._exit(1)


def _limit(what: int, most: int) -> None:
    """Lower a soft limit, where it isn't lower already."""
    _, hard = resource.getrlimit(what)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(
            what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )


def _done_here(tasks: Sequence[Task]) -> list[Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + MOST_CPU_S)
    return [_Here.work.outcome(task) for task in tasks]


class Cluster(Generic[T]):
    """The workers of a Dask cluster, which see the same files under the same names."""

    def __init__(self, client: "Client", work: Work[T]) -> None:
        self.count = max(1, sum(client.ncores().values()))
        self.work = work
        self._client = client
        self._there = client.scatter(work, broadcast=True)

    def submit(self, tasks: Sequence[Task]) -> Promise[T]:
        """Begin to work on these."""
        found: Promise[T] = self._client.submit(_done_there, self._there, tasks, pure=False)
        return found

    def broken(self, error: Exception) -> bool:
        """Whether an error says that workers ended over and over."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def renew(self) -> None:
        """Dask has new workers by itself."""


def _done_there(work: Work[T], tasks: Sequence[Task]) -> list[T]:
    return [work.outcome(task) for task in tasks]
