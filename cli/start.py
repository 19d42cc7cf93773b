"""`tcplab start`: a lab by hand, as seen from outside its sandbox; cli/prompt.py is inside."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cli.exits import MachineUnfitError, UsageError
from cli.labs import load
from cli.languages import code
from cli.run import check_place, check_tools, now
from cli.student import assigned, ticket_of, values_of
from grading.variants import Ticket
from labs import launch, tools
from labs.assignment import Assignment
from labs.pace import BY_HAND
from topologies.sandbox import SandboxError, sandboxed


def start(
    lab: str,
    student: str | None,
    ticket: Path | None,
    out: Path | None,
    in_tmux: bool,
    force: bool,
) -> int:
    """Let the user type at a lab's hosts; the exit status. Raises UsageError, MachineUnfitError."""
    wanted = _assignment(lab, ticket_of(student, ticket))
    folder = out or Path("runs") / now()
    check_place(folder / lab, replace=force)
    check_tools(with_program=False)
    if in_tmux:
        _check_tmux()
    command = [sys.executable, "-m", "cli.prompt", msgspec.json.encode(wanted).decode()]
    command += [str((folder / lab).resolve()), str(folder / lab), *(["--tmux"] if in_tmux else [])]
    old = launch.old_answers(folder / lab)
    sys.stderr.write(f"tcplab: {old}\n" if old else "")
    try:
        with _patient(), sandboxed(command) as sandbox:
            return _wait(sandbox)
    except SandboxError as error:
        raise MachineUnfitError(str(error)) from error
    finally:
        with contextlib.suppress(OSError):  # it holds the run, or never came to be
            folder.rmdir()


def _check_tmux() -> None:
    if shutil.which("tmux") is None:
        raise UsageError(f"--tmux needs tmux. Run\n  {tools.mend(['tmux'])}")
    if not sys.stdin.isatty():
        raise UsageError("--tmux needs a terminal: leave it out for a file of lines")


def _assignment(lab: str, ticket: Ticket | None) -> Assignment:
    values = values_of(ticket, lab)
    load(lab, values)
    return assigned(lab, BY_HAND, ticket, values, language=code())


@contextlib.contextmanager
def _patient() -> Iterator[None]:
    """Leave Ctrl-C and a hang-up to the prompt, which gets them too, and goes first.

    Ignored signals stay ignored in what is started now: unshare must outlive a hang-up.
    """
    wanted = {signal.SIGHUP: signal.SIG_IGN}
    if sys.stdin.isatty():
        wanted[signal.SIGINT] = signal.SIG_IGN
    before = {number: signal.signal(number, what) for number, what in wanted.items()}
    try:
        yield
    finally:
        for number, what in before.items():
            signal.signal(number, what)


def _wait(sandbox: "subprocess.Popen[bytes]") -> int:
    """The prompt's exit status; a hang-up that reaches only this process is passed on to it."""
    signal.signal(signal.SIGHUP, lambda *_: _hang_up(sandbox.pid))
    return sandbox.wait()


def _hang_up(pid: int) -> None:
    """Tell the prompt: it is the child of the sandbox's first process, which is unshare's."""
    for _ in range(2):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return
        pid = int(children[0])
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGHUP)
