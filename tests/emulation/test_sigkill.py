"""SIGKILL of any process of a run, at any moment, leaves nothing behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulation.inside import PROJECT

pytestmark = pytest.mark.emulation

DEADLINE_S = 60

# A process of each kind: how its command line looks. The victim is the first that matches.
VICTIMS = {
    "command line": r"-m cli\.main run",
    "unshare": r"^unshare .*labs\.runner",
    "first process": r"topologies\.sandbox --inside \d+ .*labs\.runner",
    "runner": r"^\S+ -m labs\.runner",
    "shell of a host": r"mininet:(svr4|bsdi)$",
    "tcpdump": r"^tcpdump ",
    "telnet": r"telnet bsdi discard$",
    "inetd": r"^inetd -d",
}
MOMENTS = ["building", "inetd serves", "telnet bsdi", "the user waits", "waiting until", "played"]


class Run:
    """`tcplab run connection`, whose processes are known by a mark in their environment."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"TCPLAB_TEST_MARK={uuid.uuid4()}"
        self.out, self.temporary = folder / "out", folder / "temporary"
        self.temporary.mkdir()
        name, _, value = self.mark.partition("=")
        command = ["run", "connection", "--pace", "book", "--out", str(self.out)]
        self.progress = folder / "progress"
        with self.progress.open("w") as progress:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", *command],
                cwd=PROJECT,
                env=os.environ | {name: value, "TMPDIR": str(self.temporary)},
                stdout=progress,
                stderr=progress,
                # A test run in the background of a script ignores SIGINT, and so would this.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def wait_for(self, step: str) -> None:
        """Wait for a step whose text has `step`."""
        eventually(lambda: step in self.progress.read_text(), f"the step {step!r}")

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


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.process.kill()
    run.process.wait()


def assert_nothing_is_left(run: Run, namespaces: set[str]) -> None:
    eventually(lambda: run.process.poll() is not None, "the command line ends")
    eventually(lambda: not run.processes(), f"all processes end, not {run.processes()}")
    eventually(lambda: not namespaces & all_namespaces(), "all namespaces go")
    assert not list(run.temporary.iterdir())
    lab = run.out / "connection"
    if lab.exists():
        assert not [path for path in lab.rglob("*") if path.suffix in {".part", ".tmp"}]


@pytest.mark.parametrize("kind", VICTIMS)
def test_killing_any_process_leaves_nothing(run: Run, kind: str) -> None:
    run.wait_for("the user waits")
    namespaces = run.namespaces()
    assert len(namespaces) == 3  # two hosts and the sandbox
    victims = [pid for pid, command in run.processes().items() if re.search(VICTIMS[kind], command)]
    assert victims, run.processes()
    os.kill(victims[0], signal.SIGKILL)
    assert_nothing_is_left(run, namespaces)
    # Some are missed (tcpdump), some aren't (a shell): a good end or no verdict, never a FAIL.
    assert run.process.returncode in ((-signal.SIGKILL,) if kind == "command line" else (0, 3))
    assert "FAIL" not in run.progress.read_text()


@pytest.mark.parametrize("moment", MOMENTS)
def test_killing_the_command_at_any_moment_leaves_nothing(run: Run, moment: str) -> None:
    run.wait_for(moment)
    namespaces = run.namespaces()
    run.process.kill()
    assert_nothing_is_left(run, namespaces)


def test_after_a_kill_the_next_run_works(run: Run) -> None:
    run.wait_for("the user waits")
    run.process.kill()
    run.process.wait()
    again = subprocess.run(
        [sys.executable, "-m", "cli.main", "run", "connection", "--pace=quick", f"--out={run.out}"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr


def test_ctrl_c_leaves_nothing_and_says_so(run: Run) -> None:
    run.wait_for("the user waits")
    namespaces = run.namespaces()
    run.process.send_signal(signal.SIGINT)
    assert_nothing_is_left(run, namespaces)
    assert run.process.returncode == 130
    assert "interrupted before its end" in run.progress.read_text()
    assert not run.out.exists()
