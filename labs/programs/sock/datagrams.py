"""UDP: datagrams between the user and the last peer heard, and the sink of them."""

import os
import select
import socket
from typing import NamedTuple

from .addresses import Address, dotted
from .conversation import STDIN, write_output
from .messages import failing_as, say
from .newlines import from_network, to_network
from .options import Options
from .socket_options import IP_PKTINFO
from .transfer import pause, writing

PKTINFO_BYTES = 12  # struct in_pktinfo: interface, local address, destination address


class Datagram(NamedTuple):
    """What came, from whom, and (with -E) the address that it was sent to."""

    data: bytes
    source: Address
    destination: str | None


def receive(sock: socket.socket, options: Options, flags: int = 0) -> Datagram:
    """The next datagram, cut at -r bytes; raises NetworkError."""
    ancillary = socket.CMSG_SPACE(PKTINFO_BYTES) if options.destination_address else 0
    with failing_as("read error"):
        data, controls, _, source = sock.recvmsg(options.read_bytes, ancillary, flags)
    destination = None
    for level, kind, value in controls:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            destination = socket.inet_ntoa(value[8:12])
    return Datagram(data, source, destination)


def sink(sock: socket.socket, options: Options) -> None:
    """Read datagrams and throw them away, until interrupted; raises NetworkError."""
    while True:
        pause(options.pause_each_ns)
        for flags in (socket.MSG_PEEK, 0) if options.peek else (0,):
            datagram = receive(sock, options, flags)
            if options.verbose:
                say(_received(datagram, peeked=bool(flags)))


def converse(sock: socket.socket, options: Options, peer: Address | None) -> None:
    """Lines to the peer, datagrams to the user; a server's peer is the last one heard.

    A client ends with its input; a server, which has no connection to end, when interrupted.
    Raises NetworkError.
    """
    input_open = True
    while input_open or options.server:
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if input_open and (peer or _connected(sock)):
            poll.register(STDIN, select.POLLIN)
        for file, _ in poll.poll():
            if file == STDIN:
                input_open = _send_input(sock, options, peer)
            else:
                peer = _print_next(sock, options, peer)


def _send_input(sock: socket.socket, options: Options, peer: Address | None) -> bool:
    """Send what the user typed as one datagram; False at the end of input."""
    with failing_as("read error on standard input"):
        data = os.read(STDIN, options.read_bytes)
    if data:
        with writing(options):
            text = to_network(data) if options.crlf else data
            sock.sendmsg([text], (), 0, None if _connected(sock) else peer)
    return bool(data)


def _print_next(sock: socket.socket, options: Options, peer: Address | None) -> Address | None:
    """Print the next datagram, and whom from with -v; the peer to answer."""
    if options.peek:
        receive(sock, options, socket.MSG_PEEK)
    datagram = receive(sock, options)
    if options.verbose:
        write_output(f"{_parties(datagram)}: ".encode())
    data, held = from_network(datagram.data) if options.crlf else (datagram.data, b"")
    write_output(data + held)
    return datagram.source if options.server else peer


def _connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def _parties(datagram: Datagram) -> str:
    to = f", to {datagram.destination}" if datagram.destination else ""
    return f"from {dotted(datagram.source)}{to}"


def _received(datagram: Datagram, *, peeked: bool) -> str:
    whom = f" {_parties(datagram)}" if datagram.destination else ""
    return f"received {len(datagram.data)} bytes{whom}{' (MSG_PEEK)' if peeked else ''}"
