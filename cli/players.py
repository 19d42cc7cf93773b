"""Labs being played at once, the longest first."""

import os
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from cli.progress import Live, Plain
from labs import catalog, launch
from labs.assignment import Assignment
from labs.errors import LabError, MachineError


class Players:
    """Plays labs at once, and knows what went wrong with them.

    Building a network keeps a core busy, playing a lab hardly: no more are built at once than
    there are cores, so that the longest lab doesn't wait for the shortest.
    """

    def __init__(self, folder: Path, shown: Plain | Live) -> None:
        self.shown = shown
        self.builders = threading.Semaphore(os.cpu_count() or 1)
        self.stopping = False
        self._folder = folder
        self._problems: dict[str, Exception] = {}
        self._sandboxes: list[subprocess.Popen[bytes]] = []

    def problem(self, lab: str) -> str:
        """Why the lab was not played to its end; '' where it was."""
        return str(self._problems.get(lab, ""))

    def play(self, wanted: Sequence[Assignment], jobs: int) -> bool:
        """Play the labs, `jobs` at once; False if Ctrl-C stopped them, and nothing is running."""
        interrupted = LabError("interrupted before its end")
        self._problems = {one.lab: interrupted for one in wanted}
        with ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(self._play, one) for one in _longest_first(wanted)]
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

    def _play(self, wanted: Assignment) -> None:
        lab = wanted.lab
        try:
            with Playing(self, lab) as playing:
                if self.stopping:
                    return
                launch.play(wanted, self._folder / lab, playing)
            del self._problems[lab]
            self.shown.end(lab, "played")
        except (LabError, MachineError, OSError) as error:
            if not self.stopping:
                self._problems[lab] = error
            self.shown.end(lab, "no result")

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

    def __init__(self, players: Players, lab: str) -> None:
        self._players, self._lab = players, lab
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
        self._players.shown.step(self._lab, text, longest_s)


def _longest_first(wanted: Sequence[Assignment]) -> list[Assignment]:
    def duration_s(one: Assignment) -> int:
        return catalog.load(one.lab).duration_s.at(one.pace)

    return sorted(wanted, key=duration_s, reverse=True)
