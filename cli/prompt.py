"""Inside the sandbox of `tcplab start`: build the lab, read lines, keep what was captured.

`python -m cli.prompt ASSIGNMENT OUT SHOWN [--tmux]`; SHOWN is OUT as the user knows it. With --tmux
it starts itself again in the first pane of a tmux server.
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import msgspec

from captures.errors import CaptureError
from cli.completion import candidates
from cli.exits import FAILED, INTERRUPTED, NO_VERDICT, PASSED, UsageError
from cli.greeting import farewell, greeting
from cli.languages import said
from cli.panes import Panes, close, run_in_tmux
from cli.progress import limited
from cli.prompt_commands import Commands, LeaveError
from cli.prompt_input import lines
from cli.saying import say
from labs.assignment import Assignment
from labs.by_hand import ByHand, by_hand
from labs.errors import LabError, MachineError
from topologies.internet import TopologyError
from topologies.network import NetworkError
from topologies.sandbox import SCRATCH

LAST_WORDS = SCRATCH / "last-words"  # of the prompt in a pane: {"text": ..., "status": ...}
PROCESS = SCRATCH / "prompt"  # its process id
MACHINE = (MachineError, NetworkError, OSError, RuntimeError)
LONGEST_LEAVE_S = 60


class HangUpError(Exception):
    """The terminal is gone, or a signal says so."""


def main() -> int:
    """Play the assignment of the command line by hand; the exit status."""
    assignment, out, shown, *options = sys.argv[1:]
    if options == ["--tmux"]:
        return _in_tmux(assignment, out, shown)
    # What the caller ignores is for this process to handle.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, _hang_up)
    in_pane = options == ["--pane"]
    text, status = _play(
        msgspec.json.decode(assignment, type=Assignment), Path(out), Path(shown), in_pane
    )
    if in_pane:
        LAST_WORDS.write_text(json.dumps({"text": text, "status": status}))
        close()
    else:
        _tell(text)
    return status


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):  # after a hang-up there is nobody to tell
        sys.stderr.write(text)
        sys.stderr.flush()


def _problem(what: object) -> str:
    return f"tcplab: {said(str(what))}\n"


def _hang_up(*_: object) -> NoReturn:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # from now on it's leaving
    raise HangUpError


def _play(wanted: Assignment, out: Path, shown: Path, in_pane: bool) -> tuple[str, int]:
    """What is to be said at last, and the exit status."""
    progress = _Progress()
    try:
        with by_hand(wanted, out, progress) as session:
            progress.silent = True
            _talk(session, in_pane)
            progress.silent = False
    except (KeyboardInterrupt, HangUpError):
        return _problem("interrupted"), INTERRUPTED
    except (LabError, TopologyError) as error:
        return _problem(error), FAILED
    except MACHINE as error:
        return _problem(error), NO_VERDICT
    return farewell(shown), PASSED


class _Progress:
    """Tells what building and leaving do; while somebody types, nothing needs to be said."""

    silent = False

    def __call__(self, text: str, longest_s: float | None = None) -> None:
        """Tell what is being done, and for how long at most."""
        if not self.silent:
            _tell(f"{limited(text, longest_s)}\n")


def _talk(session: ByHand, in_pane: bool) -> None:
    """Carry out line after line, until the user leaves or is gone."""
    PROCESS.write_text(str(os.getpid()))
    panes = Panes(session) if in_pane else None
    if panes:
        panes.open()
    commands = Commands(session, panes)
    say(greeting(session, short=in_pane))

    def complete(text: str) -> list[str]:
        links = session.network.internet.links
        names = {"hint": session.lab.items, "help": commands.names()}
        folder = session.home / "home"
        return candidates(text, session.hosts, commands.names(), links, names, folder)

    def tell_ended() -> None:
        for text in commands.ended():
            sys.stdout.write(text + "\n")
        sys.stdout.flush()

    with contextlib.suppress(LeaveError, HangUpError, EOFError):
        for line in lines(complete, tell_ended):
            _carry_out(commands, line)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if panes:
        panes.hang_up()


def _carry_out(commands: Commands, line: str) -> None:
    """One line; what is wrong with it is said, and the prompt comes back."""
    try:
        commands.run(line)
    except (UsageError, LabError, CaptureError, ValueError, *MACHINE) as error:
        _tell(_problem(error))
    except KeyboardInterrupt:
        _tell("\n")


def _in_tmux(assignment: str, out: str, shown: str) -> int:
    """Run the prompt in a tmux server's first pane; its status, and its last words said here."""
    command = [sys.executable, "-m", "cli.prompt", assignment, out, shown, "--pane"]
    run_in_tmux(command)
    _wait_for_prompt()
    if not LAST_WORDS.exists():
        _tell(_problem("the prompt ended before its time"))
        return NO_VERDICT
    last = json.loads(LAST_WORDS.read_text())
    _tell(last["text"])
    return int(last["status"])


def _wait_for_prompt() -> None:
    """Wait until the prompt, which has lost its terminal, has kept what was captured."""
    give_up = time.monotonic() + LONGEST_LEAVE_S
    while PROCESS.exists() and time.monotonic() < give_up:
        if not Path(f"/proc/{PROCESS.read_text()}").exists():
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
