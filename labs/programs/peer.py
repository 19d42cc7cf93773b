"""peer: one end of a TCP connection that does, step by step, what a lab tells it.

    peer [-b PORT] HOST PORT    connect, from this port
    peer -l PORT                the steps `listen` and `accept` take a connection at this port

Steps come a line each on standard input, and each answers with one line, whatever the other end
does: a step that waits gives up after 5 s, and resets the connection then, so that a capture shows
that this was no orderly end.

    send TEXT       send a line          read-echo   read back all that was sent, and compare
    send-and-fin N  N bytes and our FIN  read-line   read a line
    fin             end our direction    eof         read the other end's FIN; then close
    listen          listen               reset       abort
    accept          take a connection    idle        say nothing for a moment: who closes first?
"""

import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Callable

DEADLINE_S = 5.0
IDLE_S = 0.5
PROMPT = "> "
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close() aborts the connection
PATTERN = b"abcdefghijklmnopqrstuvwxyz012345"


class Peer:
    """One end: its connection, if there is one, and what of its own data hasn't come back yet."""

    def __init__(self) -> None:
        self.connection: socket.socket | None = None
        self.listener: socket.socket | None = None
        self.port = 0
        self.owed = b""
        self.buffer = b""

    def connect(self, host: str, port: int, own_port: int) -> str:
        """Open a connection."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(("", own_port))
        connection.settimeout(DEADLINE_S)
        try:
            connection.connect((host, port))
        except OSError as error:
            connection.close()
            return _reason(error)
        self.connection = connection
        return "connected"

    def listen(self, _: str) -> str:
        """Listen at the port."""
        self.listener = socket.create_server(("", self.port), backlog=8)
        return f"listening at port {self.port}"

    def accept(self, _: str) -> str:
        """Take a connection."""
        if self.listener is None:
            return "not listening"
        self.listener.settimeout(DEADLINE_S)
        self.connection, (host, port) = self.listener.accept()
        self.connection.settimeout(DEADLINE_S)
        return f"connection from {host}.{port}"

    def send(self, text: str) -> str:
        """Send a line."""
        return self._send(f"{text}\n".encode())

    def send_and_fin(self, count: str) -> str:
        """Send so many bytes and our FIN, which so comes right behind the last of them."""
        sent = self._send((PATTERN * (int(count) // len(PATTERN) + 1))[: int(count)])
        return f"{sent}; {self.fin('')}"

    def _send(self, data: bytes) -> str:
        self._live().sendall(data)
        self.owed += data
        return f"sent {len(data)} bytes"

    def fin(self, _: str) -> str:
        """End our direction."""
        self._live().shutdown(socket.SHUT_WR)
        return "our direction is ended"

    def read_echo(self, _: str) -> str:
        """Read back what was sent."""
        self._live()
        wanted, self.owed = self.owed, b""
        got = b""
        give_up = time.monotonic() + DEADLINE_S
        while len(got) < len(wanted):
            try:
                data = self._receive(give_up, len(wanted) - len(got))
            except OSError as error:
                self._abort()
                return f"echo: {len(got)} of {len(wanted)} bytes, then {_reason(error)}"
            if not data:
                return f"echo: {len(got)} of {len(wanted)} bytes, then end of file"
            got += data
        if got != wanted:
            place = next(at for at in range(len(got)) if got[at] != wanted[at])
            return f"echo: differs from byte {place + 1} on"
        return f"echo: {len(got)} bytes, as sent"

    def read_line(self, _: str) -> str:
        """Read a line."""
        give_up = time.monotonic() + DEADLINE_S
        while b"\n" not in self.buffer:
            data = self._receive(give_up, 4096)
            if not data:
                return f"end of file after {len(self.buffer)} bytes without a newline"
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return f"line: {line.decode(errors='replace')!a}"

    def idle(self, _: str) -> str:
        """Say nothing for a moment, and look whether the other end closes in it."""
        try:
            data = self._receive(time.monotonic() + IDLE_S, 1)
        except TimeoutError:
            return "the connection stays open"
        self.buffer += data
        return "more data" if data else "end of file, though our direction is still open"

    def eof(self, _: str) -> str:
        """Read the other end's FIN, and close."""
        data = self._receive(time.monotonic() + DEADLINE_S, 4096)
        if data:
            self._abort()
            return "more data instead of the end of file"
        self._live().close()
        self.connection = None
        return "end of file"

    def reset(self, _: str) -> str:
        """Abort the connection."""
        self._live()
        self._abort()
        return "reset"

    def _receive(self, give_up: float, most: int) -> bytes:
        self._live().settimeout(max(0.001, give_up - time.monotonic()))
        return self._live().recv(most)

    def _live(self) -> socket.socket:
        if self.connection is None:
            raise NotConnectedError
        return self.connection

    def _abort(self) -> None:
        if self.connection:
            with contextlib.suppress(OSError):  # the other end was faster
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.connection.close()
            self.connection = None

    def step(self, line: str) -> str:
        """Do one step; what came of it."""
        name, _, rest = line.partition(" ")
        steps: dict[str, Callable[[str], str]] = {
            "listen": self.listen,
            "accept": self.accept,
            "send": self.send,
            "send-and-fin": self.send_and_fin,
            "fin": self.fin,
            "read-echo": self.read_echo,
            "read-line": self.read_line,
            "eof": self.eof,
            "idle": self.idle,
            "reset": self.reset,
        }
        if name not in steps:
            return f"no step {name!r}"
        try:
            return steps[name](rest)
        except NotConnectedError:
            return "not connected"
        except OSError as error:
            self._abort()
            return _reason(error)


class NotConnectedError(Exception):
    """The connection that a step needs isn't there, or no more."""


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing for {DEADLINE_S:g} s: reset"
    return os.strerror(error.errno) if error.errno else str(error)


def main(arguments: list[str]) -> int:
    """Play the steps on standard input; 2 for wrong usage."""
    peer = Peer()
    if len(arguments) == 2 and arguments[0] == "-l":
        peer.port = int(arguments[1])
        told = f"a server at port {peer.port}"
    elif len(arguments) == 4 and arguments[0] == "-b":
        told = peer.connect(arguments[2], int(arguments[3]), int(arguments[1]))
    elif len(arguments) == 2:
        told = peer.connect(arguments[0], int(arguments[1]), 0)
    else:
        print(__doc__)
        return 2
    print(told, PROMPT, sep="\n", end="", flush=True)
    for line in sys.stdin:
        print(peer.step(line.strip()), PROMPT, sep="\n", end="", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
