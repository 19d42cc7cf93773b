"""What happens on a socket once it is there: source, sink or conversation, then its close."""

import socket

from . import datagrams, transfer
from .addresses import Address
from .conversation import Conversation
from .messages import failing_as, say
from .options import Options
from .socket_options import set_after


def session(sock: socket.socket, options: Options, peer: Address | None = None) -> None:
    """Play the options' part on a socket to its end, and close it; raises NetworkError.

    peer: where a UDP socket that isn't connected sends to; None elsewhere.
    """
    set_after(sock, options)
    transfer.pause(options.pause_first_ns)
    if options.source_or_sink:
        _transfer(sock, options, peer)
    elif options.udp:
        datagrams.converse(sock, options, peer)
    else:
        Conversation(sock, options).run()
    _close(sock, options)


def _transfer(sock: socket.socket, options: Options, peer: Address | None) -> None:
    if not options.server:
        transfer.source(sock, options, peer)
    elif options.udp:
        datagrams.sink(sock, options)
    else:
        transfer.sink(sock, options)


def _close(sock: socket.socket, options: Options) -> None:
    if options.pause_closing_ns and options.verbose:
        say("pausing before close")
    transfer.pause(options.pause_closing_ns)
    with failing_as("close error"):  # it waits where SO_LINGER is set
        sock.close()
