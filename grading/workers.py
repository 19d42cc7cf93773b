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
import pickle
import resource
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
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
ORPHANED = signal.SIGUSR1  # what a worker is told by when its parent ended
HEED_S = 0.2  # for which a Ctrl-C waits at most
OF_A_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)  # to all processes that it has
GRACE_S = 2  # from a worker's SIGTERM to its parent's end

PATIENCE_S = 60  # for a cluster without workers: those that ended are back in seconds

KILLED = (
    "reading it ended its process: it takes more than {cpu_s} s or the memory of this machine; "
    "look at its files"
)


class LostError(Exception):
    """Workers that can't be reached: the message says why."""


class Work(Protocol[T_co]):
    """What is done with each hand-in: it is sent to the workers, and its outcomes come back."""

    def outcome(self, task: Task) -> T_co:
        """What comes of a hand-in, whatever is in it."""

    def failed(self, handed: HandedIn, problem: str) -> T_co:
        """What stands for a hand-in that ended the worker's process."""


class Promise(Protocol):
    """What stands for the outcomes of a parcel: what a future of either kind can."""

    def done(self) -> bool:
        """Whether there are outcomes, or an error."""

    def cancelled(self) -> bool:
        """Whether there will be none."""

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The error, once it's known; raises TimeoutError after so many seconds."""

    def cancel(self) -> object:
        """Don't begin with it."""

    def result(self, timeout: float | None = None) -> Any:
        """What came of it; raises the error, and TimeoutError after so many seconds."""


class Workers(Protocol[T_co]):
    """Who works on parcels of tasks."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def work(self) -> Work[T_co]:
        """What they do."""

    def submit(self, tasks: Sequence[Task]) -> Promise:
        """Begin to work on these."""

    def result(self, promise: Promise) -> Sequence[T_co]:
        """The outcomes of a parcel, once they are there; raises the error."""

    def broken(self, error: Exception) -> bool:
        """Whether an error says that a worker's process ended."""

    def renew(self) -> None:
        """Have new workers for those that ended."""


Waiting = deque[tuple[list[Task], Promise]]


def outcomes(workers: Workers[T], tasks: Iterable[Task], count: int) -> Iterator[tuple[Task, T]]:
    """Each of `count` tasks with what came of it, in order."""
    waiting: Waiting = deque()
    feed = iter(tasks)
    at_once = max(1, min(MOST_AT_ONCE, count // (4 * AHEAD * workers.count)))
    while parcel := list(islice(feed, at_once)):
        waiting.append((parcel, workers.submit(parcel)))
        if len(waiting) > AHEAD * workers.count:
            yield from _next(workers, waiting)
    while waiting:
        yield from _next(workers, waiting)


def _next(workers: Workers[T], waiting: Waiting) -> Iterator[tuple[Task, T]]:
    """The outcomes of the first parcel; where a worker ended, one by one, and the rest again."""
    parcel, future = waiting.popleft()
    try:
        found = workers.result(future)
    except Exception as error:
        if not workers.broken(error):
            raise
        _stop(waiting)
        workers.renew()
        found = [_alone(workers, task) for task in parcel]
        again = [(tasks, _again(workers, tasks, its)) for tasks, its in waiting]
        waiting.clear()
        waiting.extend(again)
    yield from zip(parcel, found, strict=True)


def _stop(waiting: Waiting) -> None:
    """Have nothing go on beside those that are tried alone."""
    for _, future in waiting:
        if not future.done():
            future.cancel()


def _alone(workers: Workers[T], task: Task) -> T:
    """A task by itself, so that what ends its worker ends no other's."""
    try:
        return workers.result(workers.submit([task]))[0]
    except Exception as error:
        if not workers.broken(error):
            raise
        workers.renew()
        return workers.work.failed(task.handed, KILLED.format(cpu_s=MOST_CPU_S))


def _again(workers: Workers[T], tasks: list[Task], future: Promise) -> Promise:
    lost = not future.done() or future.cancelled() or future.exception() is not None
    return workers.submit(tasks) if lost else future


class Processes(Generic[T]):
    """Processes of this machine; a context. They end with this process, however that ends."""

    def __init__(self, work: Work[T], count: int) -> None:
        self.count = count
        self.work = work
        self._others = set(multiprocessing.active_children())
        # Parcels lie in it, and what a worker unpacks: nothing is left of one that was killed.
        self._scratch = TemporaryDirectory(prefix="tcplab-", dir=fast_place())
        self._parcels = 0
        self._pool = self._new()

    def __enter__(self) -> "Processes[T]":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        with _uninterrupted():
            if error is not None:
                self._kill()
            self._pool.shutdown(cancel_futures=True)
            self._scratch.cleanup()

    def submit(self, tasks: Sequence[Task]) -> Promise:
        """Begin to work on these."""
        # In a file: who reads a pipe waits for ever for the rest of what a killed one wrote.
        self._parcels += 1
        parcel = Path(self._scratch.name, f"parcel-{self._parcels}")
        parcel.write_bytes(pickle.dumps(tasks))
        try:
            with _uninterrupted():
                return self._pool.submit(_done_here, parcel)
        except BrokenProcessPool as error:  # another parcel ended its worker a moment ago
            lost: Future[Path] = Future()
            lost.set_exception(error)
            return lost

    def result(self, promise: Promise) -> Sequence[T]:
        """The outcomes of a parcel, once they are there; raises the error."""
        waiting = True
        while waiting:
            with _uninterrupted(), contextlib.suppress(TimeoutError):
                promise.exception(HEED_S)
                waiting = False
        parcel: Path = promise.result()
        found: list[T] = pickle.loads(parcel.read_bytes())  # noqa: S301  (a worker's of our own)
        parcel.unlink()
        return found

    def broken(self, error: Exception) -> bool:
        """Whether an error says that a worker's process ended."""
        return isinstance(error, BrokenProcessPool)

    def renew(self) -> None:
        """Have new workers, and nothing of the old ones but their outcomes."""
        self._kill()
        self._pool.shutdown(cancel_futures=True)
        for path in Path(self._scratch.name).iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        self._pool = self._new()

    def _kill(self) -> None:
        """End all workers, also those in code that heeds no signal."""
        for process in set(multiprocessing.active_children()) - self._others:
            process.kill()

    def _new(self) -> ProcessPoolExecutor:
        # Forked: what this process has loaded needn't be loaded again by each of them.
        forking = multiprocessing.get_context("fork")
        about = (self.work, self._scratch.name, os.getpid())
        return ProcessPoolExecutor(self.count, forking, _prepare, about)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals wait till the end, where no lock is held.

    Python forgets a Ctrl-C that comes while it forks or begins to wait, and one that comes when a
    lock was just taken leaves it locked for ever. A new worker isn't ready for them, either.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*OF_A_TERMINAL, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Here:
    """What a worker's process works with; set once, when it starts."""

    work: Work[Any]


def _prepare(work: Work[object], scratch: str, parent: int) -> None:
    """A worker: what a terminal sends is its parent's to handle, and it doesn't outlive that."""
    for sign in OF_A_TERMINAL:
        signal.signal(sign, signal.SIG_IGN)
    os.environ["TMPDIR"] = tempfile.tempdir = own = tempfile.mkdtemp(dir=scratch)
    for sign in (signal.SIGTERM, ORPHANED):
        signal.signal(sign, lambda told, _: _end(own, told))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ORPHANED, 0, 0, 0)
    if os.getppid() != parent:
        _end(own, ORPHANED)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _limit(resource.RLIMIT_AS, MOST_MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _Here.work = work
    gc.freeze()  # what is there stays; looking for garbage in it takes 5 % of grading


def _end(own: str, told: int) -> NoReturn:
    """End at once, with what was unpacked: no code that is under way could catch that.

    Whose parent ended, too, leaves nothing of the others either: nobody else could remove it. A
    worker may be the first of the two that SIGTERM reaches.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {ORPHANED})
    shutil.rmtree(own, ignore_errors=True)
    if told == ORPHANED or signal.sigtimedwait({ORPHANED}, GRACE_S):
        shutil.rmtree(Path(own).parent, ignore_errors=True)
    os._exit(1)


def _limit(what: int, most: int) -> None:
    """Set a soft limit, as far as the hard one lets."""
    _, hard = resource.getrlimit(what)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(
            what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )


def _done_here(parcel: Path) -> Path:
    """Work on a parcel; its outcomes then stand in its place."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + MOST_CPU_S)
    tasks = pickle.loads(parcel.read_bytes())  # noqa: S301  (our parent's)
    parcel.write_bytes(pickle.dumps([_Here.work.outcome(task) for task in tasks]))
    return parcel


class Cluster(Generic[T]):
    """The workers of a Dask cluster, which see the same files under the same names.

    Raises LostError where there are none, and what Dask raises where it has lost its scheduler.
    """

    def __init__(self, client: "Client", work: Work[T]) -> None:
        self.work = work
        self._client = client
        # It goes with each parcel: what is scattered among workers dies with them.
        self._packed = pickle.dumps(work)
        self._await_one()
        self.count = max(1, sum(client.ncores().values()))

    def submit(self, tasks: Sequence[Task]) -> Promise:
        """Begin to work on these."""
        found: Promise = self._client.submit(_done_there, self._packed, tasks, pure=False)
        return found

    def result(self, promise: Promise) -> Sequence[T]:
        """The outcomes of a parcel, once they are there; raises the error, or LostError."""
        while True:
            try:
                found: list[T] = promise.result(PATIENCE_S)
            except TimeoutError:
                self._await_one()
            else:
                return found

    def broken(self, error: Exception) -> bool:
        """Whether an error says that workers ended over and over."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def renew(self) -> None:
        """Dask has new workers by itself."""

    def _await_one(self) -> None:
        """Wait until there is a worker; raises LostError."""
        try:
            self._client.wait_for_workers(1, PATIENCE_S)
        except TimeoutError as error:
            raise LostError(f"it has had no worker for {PATIENCE_S} s") from error


@lru_cache(maxsize=1)
def _unpacked(work: bytes) -> Any:
    return pickle.loads(work)  # noqa: S301  (the scheduler could have a worker run anything)


def _done_there(work: bytes, tasks: Sequence[Task]) -> list[Any]:
    return [_unpacked(work).outcome(task) for task in tasks]
