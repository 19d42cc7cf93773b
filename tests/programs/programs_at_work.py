"""Programs at work: started on loopback, read as they speak, never waited for by the clock.

A plugin of pytest: test modules name it in `pytest_plugins` and get the fixture `start`.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labs.programs.netstat import Endpoint, read_sockets

PROGRAMS = Path(__file__).resolve().parents[2] / "labs" / "programs"
SOCK = [sys.executable, str(PROGRAMS / "sock")]
DEADLINE_SECONDS = 30
POLL_SECONDS = 0.01


def hear_interrupts() -> None:
    """A test run in the background of a script ignores SIGINT, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """A program with pipes around it; its output and error text as far as it has come."""

    def __init__(self, command: list[str], stdin: int, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | environment,
            start_new_session=True,
            preexec_fn=hear_interrupts,
        )
        assert self.process.stdout
        assert self.process.stderr
        self.pipes = {self.process.stdout.fileno(): b"", self.process.stderr.fileno(): b""}
        self.out, self.err = self.pipes
        self.open = set(self.pipes)

    @property
    def output(self) -> str:
        return self.pipes[self.out].decode()

    @property
    def errors(self) -> str:
        return self.pipes[self.err].decode()

    def type(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def wait_for(self, text: str) -> None:
        """Read standard error until the text is there."""
        self._read_until(lambda: text in self.errors, f"{text!r} on standard error")

    def wait_for_output(self, text: str) -> None:
        self._read_until(lambda: text in self.output, f"{text!r} on standard output")

    def exit_status(self) -> int:
        """Read all that it still says, and wait for its end."""
        self._read_until(lambda: not self.open, "end of the program")
        return self.process.wait(DEADLINE_SECONDS)

    @staticmethod
    def wait_until(condition: Callable[[], object], what: str) -> None:
        """Poll a condition until it holds; the failure names it."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {DEADLINE_SECONDS} s"
            time.sleep(POLL_SECONDS)

    def _read_until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            said = f"said so far: {self.errors!r}, printed: {self.output!r}"
            assert self.open, f"{what}: it ended without; {said}"
            ready = select.select(list(self.open), [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"{what}: not within {DEADLINE_SECONDS} s; {said}"
            for pipe in ready:
                self._read(pipe)

    def _read(self, pipe: int) -> None:
        data = os.read(pipe, 65536)
        self.pipes[pipe] += data
        if not data:
            self.open.remove(pipe)

    def owned(self, protocol: str) -> list[Endpoint]:
        """The sockets that this process has open."""
        links = _links(Path(f"/proc/{self.process.pid}/fd"))
        return [
            entry
            for entry in read_sockets()
            if entry.protocol == protocol and f"socket:[{entry.inode}]" in links
        ]

    def port(self, protocol: str = "tcp") -> int:
        """The local port of its one socket, once it is bound (TCP: once it listens)."""
        found: list[Endpoint] = []

        def bound() -> bool:
            assert self.process.poll() is None, f"it ended: {self._rest()}"
            found[:] = [entry for entry in self.owned(protocol) if entry.local[1]]
            return bool(found)

        self.wait_until(bound, f"a {protocol} socket of the server")
        return found[0].local[1]

    def _rest(self) -> str:
        self._read_until(lambda: not self.open, "end of the program")
        return self.errors

    def end(self) -> None:
        """End it, and with it the children that it forked: they are a process group of its own."""
        with self.process:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


def _links(files: Path) -> set[str]:
    """What the open files of a process are; one that was closed meanwhile doesn't count."""
    links = set()
    for file in files.iterdir():
        try:
            links.add(str(file.readlink()))
        except FileNotFoundError:
            continue
    return links


Start = Callable[..., Program]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start("-v", host, port, stdin=..., SOCK_ACCEPT_QUEUE=...)`: sock, running."""
    programs: list[Program] = []

    def run(*arguments: str | int, stdin: int = subprocess.PIPE, **environment: str) -> Program:
        command = [*SOCK, *map(str, arguments)]
        programs.append(Program(command, stdin, environment))
        return programs[-1]

    yield run
    for program in programs:
        program.end()
