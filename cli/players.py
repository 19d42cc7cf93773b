"""Labs being played at once, the longest first."""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple, Protocol

from labs import catalog, launch
from labs.assignment import Assignment
from labs.errors import LabError, MachineError


class Play(NamedTuple):
    """A lab to be played. name: what it is called meanwhile. place: of its run directory."""

    name: str
    place: Path
    wanted: Assignment


class Shown(Protocol):
    """Who is told what labs are doing, by their plays' names."""

    def step(self, name: str, text: str, longest_s: float | None = None, /) -> None:
        """What one does now, and for how many seconds at most."""

    def end(self, name: str, text: str, /) -> None:
        """How one ended."""


def in_folder(folder: Path, wanted: Sequence[Assignment]) -> list[Play]:
    """Labs to be played into a folder, each under its own name."""
    return [Play(one.lab, folder / one.lab, one) for one in wanted]


class Players:
    """Plays labs at once, and knows what went wrong with them.

    done: called after each that was played to its end, by the thread that played it.

    Building a network keeps a core busy, playing a lab hardly: no more are built at once than
    there are cores, so that the longest lab doesn't wait for the shortest.
    """

    def __init__(self, shown: Shown, done: Callable[[Play], object] = lambda _: None) -> None:
        self.shown, self._done = shown, done
        self.builders = threading.Semaphore(os.cpu_count() or 1)
        self.stopping = False
        self._problems: dict[str, Exception] = {}
        self._sandboxes: list[subprocess.Popen[bytes]] = []

    def problem(self, name: str) -> str:
        """Why the lab was not played to its end; '' where it was."""
        return str(self._problems.get(name, ""))

    def play(self, plays: Sequence[Play], jobs: int) -> bool:
        """Play the labs, `jobs` at once; False if Ctrl-C stopped them, and nothing is running."""
        interrupted = LabError("interrupted before its end")
        self._problems = {one.name: interrupted for one in plays}
        with ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(self._play, one) for one in _longest_first(plays)]
            try:
                wait(futures)
            except KeyboardInterrupt:
                self._stop(futures)
                return False
        for future in futures:
            future.result()
        return True

    def runs_in(self, sandbox: "subprocess.Popen[bytes]") -> None:
        """Remember a sandbox, which Ctrl-C must end."""
        self._sandboxes.append(sandbox)
        if self.stopping:
            sandbox.kill()

    def _play(self, one: Play) -> None:
        try:
            with Playing(self, one.name) as playing:
                if self.stopping:
                    return
                launch.play(one.wanted, one.place, playing)
            self._done(one)
            del self._problems[one.name]
            self.shown.end(one.name, "played")
        except (LabError, MachineError, OSError) as error:
            if not self.stopping:
                self._problems[one.name] = error
            self.shown.end(one.name, "no result")

    def _stop(self, futures: "Sequence[Future[None]]") -> None:
        """End every sandbox; the threads that wait for them then end by themselves."""
        self.stopping = True
        for future in futures:
            future.cancel()
        for sandbox in list(self._sandboxes):
            sandbox.kill()
        wait([future for future in futures if not future.cancelled()])


class Playing:
    """One lab being played: it takes a builder's place, and gives it back once it's built."""

    def __init__(self, players: Players, name: str) -> None:
        self._players, self._name = players, name
        self._building = False

    def __enter__(self) -> "Playing":
        self._players.builders.acquire()
        self._building = True
        return self

    def __exit__(self, *_: object) -> None:
        self.built()

    def started(self, sandbox: "subprocess.Popen[bytes]") -> None:
        """Remember the sandbox, which Ctrl-C must end."""
        self._players.runs_in(sandbox)

    def built(self) -> None:
        """Give the builder's place to the next lab."""
        if self._building:
            self._building = False
            self._players.builders.release()

    def says(self, text: str, longest_s: float | None) -> None:
        """Show what the lab does now."""
        self._players.shown.step(self._name, text, longest_s)


def _longest_first(plays: Sequence[Play]) -> list[Play]:
    kinds = {(one.wanted.lab, one.wanted.pace) for one in plays}
    durations_s = {(lab, pace): catalog.load(lab).duration_s.at(pace) for lab, pace in kinds}
    return sorted(plays, key=lambda one: durations_s[one.wanted.lab, one.wanted.pace], reverse=True)
