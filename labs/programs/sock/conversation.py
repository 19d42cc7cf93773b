"""TCP, interactively: standard input to the socket, the socket to standard output, at once."""

import os
import select
import socket
from collections import deque

from .messages import failing_as, say
from .newlines import from_network, to_network
from .options import Options
from .transfer import chunks, receive, writing

STDIN, STDOUT = 0, 1


class Conversation:
    """One connection and the user in front of it.

    A line that the user types is one write. Nothing more is read from the user while the
    socket has no room, but the peer is always read: two of these can't block each other.
    """

    def __init__(self, connection: socket.socket, options: Options) -> None:
        self.connection = connection
        self.options = options
        self.unsent: deque[bytes] = deque()
        self.input_open = True
        self.peer_open = True
        self.held = b""

    def run(self) -> None:
        """Talk until the peer's FIN, or the end of input without -h; raises NetworkError."""
        while self.peer_open and (self.input_open or self.options.half_close):
            for file, events in self._ready():
                if file == STDIN:
                    self._read_input()
                    continue
                if events & ~select.POLLOUT:
                    self._read()
                if events & select.POLLOUT and self.peer_open:
                    self._write()

    def _ready(self) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(self.connection, select.POLLIN | (select.POLLOUT if self.unsent else 0))
        if self.input_open and not self.unsent:
            poll.register(STDIN, select.POLLIN)
        return poll.poll()

    def _read_input(self) -> None:
        with failing_as("read error on standard input"):
            data = os.read(STDIN, self.options.read_bytes)
        if data:
            self.unsent.extend(
                chunks(to_network(data) if self.options.crlf else data, self.options)
            )
            return
        self.input_open = False
        if self.options.half_close:
            with failing_as("shutdown error"):
                self.connection.shutdown(socket.SHUT_WR)

    def _write(self) -> None:
        pieces = list(self.unsent) if self.options.writev else [self.unsent[0]]
        sent = sum(map(len, pieces))
        with writing(self.options):
            sent = self.connection.sendmsg(pieces, (), socket.MSG_DONTWAIT)
        while sent:
            piece = self.unsent.popleft()
            if sent < len(piece):
                self.unsent.appendleft(piece[sent:])
            sent -= min(sent, len(piece))

    def _read(self) -> None:
        data = receive(self.connection, self.options)
        self.peer_open = bool(data)
        if not data and self.options.verbose:
            say("connection closed by peer")
        data = self.held + data
        if self.options.crlf and self.peer_open:
            data, self.held = from_network(data)
        write_output(data)


def write_output(data: bytes) -> None:
    """Write all of it to standard output, at once."""
    with failing_as("write error on standard output"):
        while data:
            data = data[os.write(STDOUT, data) :]
