"""A terminal on an emulated host: one program, what is typed into it, and what it shows."""

import os
import pty
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from labs.errors import LabError

ESCAPE = "\x1d"  # what the book writes as ^]
END_OF_INPUT = "\x04"
PEERS_PROMPT = "\n> "  # of labs/programs/peer.py


class Place(Protocol):
    """A host where programs can be started."""

    name: str

    def start(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Start a program there, with Popen's own options."""


class Terminal:
    """A program in a pseudo-terminal of its own, as a user at that host sees it.

    The pseudo-terminal controls it, so that Ctrl-C works. `transcript` starts with the prompt and
    the command, as the book prints them, or with `header`; `record` is a file that it goes to, too.
    said: is told of every key before it is pressed.
    """

    def __init__(
        self,
        host: Place,
        command: str,
        directory: Path | None = None,
        header: str | None = None,
        record: Path | None = None,
        said: Callable[[str], None] | None = None,
    ) -> None:
        self.host = host
        self.command = command
        self._shown = f"{host.name} % {command}\n" if header is None else header
        self._searched = self._seen = len(self._shown)
        self._changed = threading.Condition()
        self._record, self._said = record, said
        self.news = os.eventfd(0)  # readable when something was shown
        self.master, slave = pty.openpty()
        # The leader of a session gets the first terminal that it opens as its controlling one.
        terminal = os.ttyname(slave)
        self.process: subprocess.Popen[bytes] = host.start(
            *("sh", "-c", f"exec <{terminal} >{terminal} 2>&1; {_run(command)}"),
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            cwd=directory,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def transcript(self) -> str:
        """Everything shown so far."""
        with self._changed:
            return self._shown

    def unseen(self) -> str:
        """What was shown since this was last asked."""
        with self._changed:
            fresh, self._seen = self._shown[self._seen :], len(self._shown)
            return fresh

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.master, 4096)
            except OSError:  # EIO: the program has closed its side
                return
            if not data:
                return
            text = data.decode(errors="replace").replace("\r\n", "\n")
            if self._record:
                with self._record.open("a") as file:
                    file.write(text)
            with self._changed:
                self._shown += text
                self._changed.notify_all()
                os.eventfd_write(self.news, 1)

    def settles(self, deadline_s: float = 0.3) -> None:
        """Wait, after the program's end, until all that it wrote is shown."""
        self._reader.join(deadline_s)

    def shows(self, text: str, deadline_s: float = 10) -> None:
        """Wait until `text` appears after what was last waited for; raises LabError."""

        def found() -> bool:
            return text in self._shown[self._searched :]

        with self._changed:
            if not self._changed.wait_for(found, deadline_s):
                raise LabError(
                    f"{self.host.name}: waited {deadline_s:g} s in vain for {text!r}; "
                    f"the terminal shows:\n{self._shown}"
                )
            self._searched = self._shown.index(text, self._searched) + len(text)

    def steps(self, *lines: str) -> None:
        """Type lines at the prompt of `peer`, each when the one before is done; raises LabError."""
        for line in lines:
            self.types(line)
            self.shows(PEERS_PROMPT)

    def types(self, text: str) -> None:
        """Type a line, with the return key."""
        self.presses(text + "\n")

    def presses(self, keys: str) -> None:
        """Press single keys, such as ESCAPE or END_OF_INPUT."""
        if self._said:
            self._said(f"{self.host.name} types {_shown(keys)}")
        os.write(self.master, keys.encode())

    def interrupts(self) -> None:
        """Press the interrupt key (the program gets SIGINT)."""
        if self._said:
            self._said(f"{self.host.name} types ^C")
        self.process.send_signal(signal.SIGINT)

    def ends(self, deadline_s: float = 10) -> int:
        """Wait until the program has ended; its exit status. Raises LabError."""
        give_up = time.monotonic() + deadline_s
        try:
            status = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired as error:
            raise LabError(
                f"{self.host.name}: {self.command!r} did not end within {deadline_s:g} s; "
                f"the terminal shows:\n{self.transcript}"
            ) from error
        self._reader.join(max(0.0, give_up - time.monotonic()))
        return status

    def close(self) -> None:
        """Hang up: the program is killed if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(1)
        os.close(self.master)
        os.close(self.news)


def _shown(keys: str) -> str:
    """The keys as the book writes them: `^]`, `quit`."""
    return "".join(
        key if key.isprintable() else f"^{chr(ord(key) ^ 0x40)}" for key in keys.rstrip("\n")
    )


def _run(command: str) -> str:
    """The command for a shell; one that is simple takes the shell's place, and gets its signals."""
    return command if set(command) & set(";|&") else f"exec {command}"
