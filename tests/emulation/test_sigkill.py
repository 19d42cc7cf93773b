"""SIGKILL of any process of a run, at any moment, leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulation.inside import PROJECT
from tests.emulation.leftovers import OUT, Run, assert_nothing_is_left

pytestmark = pytest.mark.emulation

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


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path, "run", "connection", "--pace", "book", "--out", OUT)
    yield run
    run.end()


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
    run.end()
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
