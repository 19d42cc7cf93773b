"""A terminal of 80 by 24 for tests: a tmux server of its own, ended with the test."""

import contextlib
import os
import shlex
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

DEADLINE_S = 60


class Screen:
    """What a program shows on a terminal, and the keys that are pressed there.

    tmux leaves out blanks at the end of a line, so a prompt is `tcplab>`.
    """

    def __init__(self, server: str) -> None:
        self._server = server

    def tmux(self, *arguments: str) -> str:
        """Ask the server; what it answers."""
        command = ["tmux", "-L", self._server, "-f", "/dev/null", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def text(self) -> str:
        """What the terminal shows, and what has left it at the top."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "t")

    @property
    def lines(self) -> list[str]:
        """The 24 lines that are visible."""
        return self.tmux("capture-pane", "-p", "-t", "t").splitlines()

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names: Enter, C-c, Tab."""
        self.tmux("send-keys", "-t", "t", *keys)

    def types(self, line: str) -> None:
        """Type a line and press the return key."""
        self.tmux("send-keys", "-t", "t", "-l", line)
        self.keys("Enter")

    def shows(self, text: str, times: int = 1) -> None:
        """Wait until the terminal shows a text, so many times."""
        give_up = time.monotonic() + DEADLINE_S
        while self.text.count(text) < times:
            assert time.monotonic() < give_up, f"waited in vain for {text!r} in\n{self.text}"
            time.sleep(0.05)


@contextlib.contextmanager
def screen(
    command: Sequence[str], folder: Path, environment: dict[str, str] | None = None
) -> Iterator[Screen]:
    """Run a command on a terminal; `STATUS 0` is shown when it has ended."""
    server = f"tcplab-test-{uuid.uuid4()}"
    own = Screen(server)
    line = f'trap : INT; {shlex.join(command)}; echo "STATUS $?"; exec cat'
    variables = os.environ | (environment or {})
    try:
        size = ["-x", "80", "-y", "24"]
        start = ["new-session", "-d", *size, "-s", "t", "-c", str(folder), "sh", "-c", line]
        subprocess.run(
            ["tmux", "-L", server, "-f", "/dev/null", *start],
            check=True,
            env={name: text for name, text in variables.items() if name != "TMUX"},
        )
        yield own
    finally:
        subprocess.run(["tmux", "-L", server, "kill-server"], capture_output=True, check=False)
