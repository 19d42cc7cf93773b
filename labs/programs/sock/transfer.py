"""Source and sink: bytes without a user, and the reads and writes that sock makes."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .addresses import Address
from .messages import NetworkError, failing_as, say
from .options import NS_PER_SECOND, Options

PRINTABLE = bytes(range(0x20, 0x7F))
CHUNKS = 4


def pause(pause_ns: int) -> None:
    """Do nothing for so long; an interrupt ends it."""
    if pause_ns:
        time.sleep(pause_ns / NS_PER_SECOND)


def pattern(size: int) -> bytes:
    """Printable characters in turn, easy to recognise in a capture."""
    return bytes(itertools.islice(itertools.cycle(PRINTABLE), size))


def chunks(data: bytes, options: Options) -> list[bytes]:
    """The pieces that one write goes out in: itself, with -k four (the last may be shorter)."""
    size = -(-len(data) // CHUNKS) if options.chunks else len(data)
    return [data[start : start + size] for start in range(0, len(data), size or 1)] or [b""]


@contextmanager
def writing(options: Options) -> Iterator[None]:
    """A write: it raises NetworkError, or, with -W, only says what went wrong."""
    try:
        with failing_as("write error"):
            yield
    except NetworkError as failure:
        if not options.ignore_write_errors:
            raise
        say(str(failure))


def receive(connection: socket.socket, options: Options) -> bytes:
    """One read, b'' after the peer's FIN; with -Z, a look at it first. Raises NetworkError."""
    with failing_as("read error"):
        if options.peek:
            peeked = connection.recv(options.read_bytes, socket.MSG_PEEK)
            if peeked and options.verbose:
                say(f"received {len(peeked)} bytes (MSG_PEEK)")
        return connection.recv(options.read_bytes)


def source(sock: socket.socket, options: Options, destination: Address | None = None) -> None:
    """Write -n buffers of -w bytes; without a destination the socket is connected."""
    buffer = chunks(pattern(options.write_bytes), options)
    for count in range(1, options.writes + 1):
        pause(options.pause_each_ns)
        with writing(options):
            if count == options.urgent_write:
                _write_urgent(sock, options)
            sent = _write(sock, buffer, options, destination)
            if options.verbose:
                say(f"wrote {sent} bytes")


def sink(connection: socket.socket, options: Options) -> None:
    """Read until the peer's FIN and throw it all away; raises NetworkError."""
    while True:
        pause(options.pause_each_ns)
        data = receive(connection, options)
        if options.verbose:
            say(f"received {len(data)} bytes" if data else "connection closed by peer")
        if not data:
            return


def _write(
    sock: socket.socket, pieces: list[bytes], options: Options, destination: Address | None
) -> int:
    """Write the pieces, one by one or with one writev; the number of bytes written."""
    for group in [pieces] if options.writev else [[piece] for piece in pieces]:
        sent = sock.sendmsg(group, (), 0, destination)
        if sent < sum(map(len, group)):  # a signal or SO_SNDTIMEO cut it short
            sock.sendall(b"".join(group)[sent:])
    return sum(map(len, pieces))


def _write_urgent(sock: socket.socket, options: Options) -> None:
    sent = sock.send(b"U", socket.MSG_OOB)
    if options.verbose:
        say(f"wrote {sent} bytes of urgent data")
