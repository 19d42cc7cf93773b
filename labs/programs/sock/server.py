"""The server: a passive open, one connection (with -F a child for each), or a UDP socket."""

import os
import signal
import socket

from .accept_queue import accepting, listen
from .addresses import Address, dotted, resolve
from .messages import failing_as, say
from .options import Options
from .session import session
from .socket_options import abort_on_close, set_before
from .transfer import pause


def run(options: Options, system: str) -> None:
    """Serve TCP or UDP; `system` says whose accept queue it is. Raises NetworkError."""
    kind = socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM
    local = resolve(options.host, options.port, kind)
    foreign = resolve(*options.foreign, kind) if options.foreign else None
    with socket.socket(socket.AF_INET, kind) as sock:
        set_before(sock, options)
        with failing_as("can't bind local address"):
            sock.bind(local)
        if options.udp:
            _serve_datagrams(sock, options, foreign)
        else:
            _serve_connections(sock, options, foreign, system)


def _serve_datagrams(sock: socket.socket, options: Options, foreign: Address | None) -> None:
    if foreign is not None:
        with failing_as("connect() error"):
            sock.connect(foreign)
    session(sock, options)


def _serve_connections(
    listener: socket.socket, options: Options, foreign: Address | None, system: str
) -> None:
    deaf = listen(listener, options.backlog, system)
    pause(options.pause_listening_ns)
    if options.fork:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    while True:
        connection = _accept(listener, options, foreign, deaf=deaf)
        with connection:
            # Without -F the listening socket stays open, and queues, until the one connection ends.
            if not options.fork:
                session(connection, options)
                return
            if os.fork() == 0:
                listener.close()
                session(connection, options)
                return


def _accept(
    listener: socket.socket, options: Options, foreign: Address | None, *, deaf: bool
) -> socket.socket:
    """The next connection; one from another end than -f's is reset, since TCP let it in."""
    while True:
        with failing_as("accept() error"), accepting(listener, deaf=deaf):
            connection, peer = listener.accept()
        if foreign is not None and peer != foreign:
            say(f"refused connection from {dotted(peer)}: -f allows only {dotted(foreign)}")
            abort_on_close(connection)
            connection.close()
            continue
        if options.verbose:
            say(f"connection on {dotted(connection.getsockname())} from {dotted(peer)}")
        return connection
