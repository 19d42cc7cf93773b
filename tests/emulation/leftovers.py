"""What a `tcplab` at work has made, and that nothing of it is left when it has ended."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from tests.emulation.inside import PROJECT

DEADLINE_S = 60
OUT = "OUT"


class Run:
    """A `tcplab` at work, whose processes are known by a mark in their environment.

    arguments: OUT among them stands for the folder of its run directories.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.mark = f"TCPLAB_TEST_MARK={uuid.uuid4()}"
        self.out, self.temporary = folder / "out", folder / "temporary"
        self.temporary.mkdir()
        name, _, value = self.mark.partition("=")
        command = [str(self.out) if each == OUT else each for each in arguments]
        self.progress = folder / "progress"
        with self.progress.open("w") as progress:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", *command],
                cwd=PROJECT,
                env=os.environ | {name: value, "TMPDIR": str(self.temporary)},
                stdin=subprocess.PIPE,
                stdout=progress,
                stderr=progress,
                # A test run in the background of a script ignores SIGINT, and so would this.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def end(self) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.communicate()

    def wait_for(self, text: str) -> None:
        """Wait for a line that has `text`."""
        eventually(lambda: text in self.progress.read_text(), f"{text!r} to be said")

    def processes(self) -> dict[int, str]:
        """The run's living processes: pid to command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                if command and self.mark.encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = command
        return found

    def namespaces(self) -> set[str]:
        """The network namespaces of the run's processes, but for the one it was started in."""
        return _namespaces(list(self.processes())) - _namespaces([os.getpid()])


def _namespaces(pids: list[int]) -> set[str]:
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            found.add(str(Path(f"/proc/{pid}/ns/net").readlink()))
    return found


def all_namespaces() -> set[str]:
    return _namespaces([int(folder.name) for folder in Path("/proc").glob("[0-9]*")])


def eventually(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < give_up, f"waited {DEADLINE_S} s in vain: {what}"
        time.sleep(0.01)


def assert_nothing_is_left(run: Run, namespaces: set[str]) -> None:
    eventually(lambda: run.process.poll() is not None, "the command line ends")
    eventually(lambda: not run.processes(), f"all processes end, not {run.processes()}")
    eventually(lambda: not namespaces & all_namespaces(), "all namespaces go")
    assert not list(run.temporary.iterdir())
    lab = run.out / "connection"
    if lab.exists():
        assert not [path for path in lab.rglob("*") if path.suffix in {".part", ".tmp"}]
