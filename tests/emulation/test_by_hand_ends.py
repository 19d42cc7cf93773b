"""However a lab by hand ends, nothing is left but, where somebody could keep it, its run."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import tcplab
from tests.emulation.inside import PROJECT
from tests.emulation.leftovers import OUT, Run, assert_nothing_is_left, eventually
from tests.emulation.screen import screen

pytestmark = pytest.mark.emulation

VICTIMS = {
    "command line": r"-m cli\.main start",
    "unshare": r"^unshare .*cli\.prompt",
    "first process": r"topologies\.sandbox --inside \d+ .*cli\.prompt",
    "prompt": r"^\S+ -m cli\.prompt",
}
START = ("start", "connection", "--out", OUT)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Run]:
    """A session by hand with a telnet in the foreground."""
    run = Run(tmp_path, *START)
    types(run, "svr4 telnet bsdi discard")
    run.wait_for("Escape character is")
    yield run
    run.end()


def types(run: Run, line: str) -> None:
    assert run.process.stdin is not None
    run.process.stdin.write(f"{line}\n".encode())
    run.process.stdin.flush()


@pytest.mark.parametrize("kind", VICTIMS)
def test_killing_any_process_leaves_nothing(session: Run, kind: str) -> None:
    namespaces = session.namespaces()
    assert len(namespaces) == 3  # two hosts and the sandbox
    processes = session.processes()
    victims = [pid for pid, command in processes.items() if re.search(VICTIMS[kind], command)]
    assert victims, processes
    os.kill(victims[0], signal.SIGKILL)
    assert_nothing_is_left(session, namespaces)
    assert not session.out.exists()


def test_killing_it_while_it_builds_leaves_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, *START)
    run.wait_for("building")
    namespaces = run.namespaces()
    run.process.kill()
    assert_nothing_is_left(run, namespaces)
    run.end()


def test_ctrl_c_on_a_file_of_lines_leaves_nothing(session: Run) -> None:
    namespaces = session.namespaces()
    session.process.send_signal(signal.SIGINT)
    assert_nothing_is_left(session, namespaces)
    assert session.process.returncode == 130


def test_a_hang_up_keeps_the_run(session: Run) -> None:
    namespaces = session.namespaces()
    session.process.send_signal(signal.SIGHUP)
    assert_nothing_is_left(session, namespaces)
    assert session.process.returncode == 0
    assert (session.out / "connection/run.json").exists()
    # The telnet ended by it, and the captures saw both FINs.
    assert tcplab("check", str(session.out / "connection")).returncode == 0


def marked(run_mark: str) -> list[int]:
    """The processes with this mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if run_mark.encode() in environment:
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("panes", [[], ["--tmux"]], ids=["prompt", "tmux"])
def test_a_terminal_that_goes_away_leaves_the_run_and_nothing_else(
    tmp_path: Path, panes: list[str]
) -> None:
    mark = {"TCPLAB_TEST_MARK": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", *START[:2], "--out", str(tmp_path / "out"), *panes]
    with screen(command, PROJECT, mark) as terminal:
        terminal.shows("tcplab>")
        terminal.types("svr4 telnet bsdi discard")
        terminal.shows("Escape character is")
    ours = f"TCPLAB_TEST_MARK={tmp_path}"
    eventually(lambda: not marked(ours), "all processes end")
    assert (tmp_path / "out/connection/run.json").exists()


def test_ctrl_c_while_it_builds_says_so(tmp_path: Path) -> None:
    mark = {"TCPLAB_TEST_MARK": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", *START[:2], "--out", str(tmp_path / "out")]
    with screen(command, PROJECT, mark) as terminal:
        terminal.shows("building")
        terminal.keys("C-c")
        terminal.shows("STATUS 130")
        assert "tcplab: interrupted" in terminal.text
    assert not (tmp_path / "out").exists()


def test_the_next_session_works_after_a_kill(tmp_path: Path) -> None:
    run = Run(tmp_path, *START)
    run.wait_for("Type first")
    run.end()
    again = subprocess.run(
        [sys.executable, "-m", "cli.main", "start", "connection", "--out", str(run.out)],
        cwd=PROJECT,
        input="exit\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
