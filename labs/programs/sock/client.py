"""The client: an active open, or a UDP socket with a destination."""

import socket

from .addresses import dotted, resolve
from .messages import failing_as, say
from .options import Options
from .session import session
from .socket_options import set_before


def run(options: Options) -> None:
    """Connect and talk until the end; raises NetworkError."""
    kind = socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM
    destination = resolve(options.host, options.port, kind)
    with socket.socket(socket.AF_INET, kind) as sock:
        set_before(sock, options)
        _bind(sock, options)
        if options.unconnected:
            session(sock, options, destination)
            return
        with failing_as("connect() error"):
            sock.connect(destination)
        if options.verbose:
            local, remote = sock.getsockname(), sock.getpeername()
            say(f"connected on {dotted(local)} to {dotted(remote)}")
        session(sock, options)


def _bind(sock: socket.socket, options: Options) -> None:
    """Bind the local address that -b or -l names; without either the kernel chooses."""
    if options.local_port is not None:
        local = resolve(None, str(options.local_port), socket.SocketKind(sock.type))
    elif options.local is not None:
        local = resolve(*options.local, socket.SocketKind(sock.type))
    else:
        return
    with failing_as("can't bind local address"):
        sock.bind(local)
