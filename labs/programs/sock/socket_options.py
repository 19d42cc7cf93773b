"""Options of the socket: those that the SYN must already show, and those of a connection."""

import fcntl
import os
import signal
import socket
import struct
from types import FrameType
from typing import NamedTuple

from .messages import NetworkError, failing_as, say
from .options import NS_PER_SECOND, Options

IP_PKTINFO = 8  # linux/in.h; Python names it since 3.14
LOOSE_ROUTE, STRICT_ROUTE = 0x83, 0x89  # RFC 791, 3.1
NO_OPERATION = 1


class Setting(NamedTuple):
    """A socket option whose value is one integer, and the field of Options that asks for it."""

    field: str
    name: str
    level: int
    option: int


IP, TCP, SOL = socket.IPPROTO_IP, socket.IPPROTO_TCP, socket.SOL_SOCKET
BEFORE = (
    Setting("reuse_address", "SO_REUSEADDR", SOL, socket.SO_REUSEADDR),
    Setting("reuse_port", "SO_REUSEPORT", SOL, socket.SO_REUSEPORT),
    Setting("broadcast", "SO_BROADCAST", SOL, socket.SO_BROADCAST),
    Setting("debug", "SO_DEBUG", SOL, socket.SO_DEBUG),
    Setting("dont_route", "SO_DONTROUTE", SOL, socket.SO_DONTROUTE),
    Setting("receive_buffer", "SO_RCVBUF", SOL, socket.SO_RCVBUF),
    Setting("send_buffer", "SO_SNDBUF", SOL, socket.SO_SNDBUF),
    Setting("mss", "TCP_MAXSEG", TCP, socket.TCP_MAXSEG),
    Setting("tos", "IP_TOS", IP, socket.IP_TOS),
    Setting("ttl", "IP_TTL", IP, socket.IP_TTL),
    Setting("multicast_ttl", "IP_MULTICAST_TTL", IP, socket.IP_MULTICAST_TTL),
    Setting("destination_address", "IP_PKTINFO", IP, IP_PKTINFO),
)
AFTER = (
    Setting("keep_alive", "SO_KEEPALIVE", SOL, socket.SO_KEEPALIVE),
    Setting("no_delay", "TCP_NODELAY", TCP, socket.TCP_NODELAY),
)


def set_before(sock: socket.socket, options: Options) -> None:
    """Set what must stand before bind, connect or listen; raises NetworkError."""
    for setting in BEFORE:
        _set(sock, setting, options)
    _set_source_route(sock, options)
    if options.group is not None:
        _join(sock, options.group)


def set_after(sock: socket.socket, options: Options) -> None:
    """Set what a connection or a bound UDP socket has, and report it; raises NetworkError."""
    for setting in AFTER:
        _set(sock, setting, options)
    if options.verbose and not options.udp:
        say(f"TCP_MAXSEG = {sock.getsockopt(TCP, socket.TCP_MAXSEG)}")
    if options.linger_seconds is not None:
        _set_linger(sock, options.linger_seconds, verbose=options.verbose)
    _set_timeout(sock, "SO_RCVTIMEO", socket.SO_RCVTIMEO, options.receive_timeout_ns)
    _set_timeout(sock, "SO_SNDTIMEO", socket.SO_SNDTIMEO, options.send_timeout_ns)
    if options.signal_io:
        _signal_io(sock, verbose=options.verbose)


def abort_on_close(sock: socket.socket) -> None:
    """Let close() send RST instead of FIN."""
    sock.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _set(sock: socket.socket, setting: Setting, options: Options) -> None:
    value = getattr(options, setting.field)
    if value is None or value is False:
        return
    with failing_as(f"{setting.name} setsockopt error"):
        sock.setsockopt(setting.level, setting.option, int(value))
    got = sock.getsockopt(setting.level, setting.option)
    # Linux doubles a buffer's size for its bookkeeping, and cuts it at its limit without a word.
    if got < int(value):
        raise NetworkError(f"{setting.name} = {got}, not {value}: it is above the kernel's limit")
    if options.verbose:
        say(f"{setting.name} set" if value is True else f"{setting.name} = {got}")


def _set_linger(sock: socket.socket, linger_seconds: int, *, verbose: bool) -> None:
    with failing_as("SO_LINGER setsockopt error"):
        sock.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, linger_seconds))
    if verbose:
        say(f"linger on, time = {linger_seconds}")


def _set_timeout(sock: socket.socket, name: str, option: int, timeout_ns: int | None) -> None:
    if timeout_ns is None:
        return
    timeval = struct.pack("ll", timeout_ns // NS_PER_SECOND, timeout_ns % NS_PER_SECOND // 1000)
    with failing_as(f"{name} setsockopt error"):
        sock.setsockopt(SOL, option, timeval)


def _set_source_route(sock: socket.socket, options: Options) -> None:
    """Set IP's source route; Linux itself puts the destination behind the last hop."""
    hops = options.loose_route or options.strict_route
    if not hops:
        return
    kind = LOOSE_ROUTE if options.loose_route else STRICT_ROUTE
    with failing_as("source route"):
        addresses = b"".join(socket.inet_aton(socket.gethostbyname(hop)) for hop in hops)
        route = bytes([NO_OPERATION, kind, 3 + len(addresses), 4]) + addresses
        sock.setsockopt(IP, socket.IP_OPTIONS, route)


def _join(sock: socket.socket, group: str) -> None:
    with failing_as(f"can't join multicast group {group}"):
        membership = struct.pack("=4sI", socket.inet_aton(group), socket.INADDR_ANY)
        sock.setsockopt(IP, socket.IP_ADD_MEMBERSHIP, membership)


def _signal_io(sock: socket.socket, *, verbose: bool) -> None:
    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        if verbose:
            say("SIGIO")

    signal.signal(signal.SIGIO, on_signal)
    fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(sock, fcntl.F_GETFL)
    fcntl.fcntl(sock, fcntl.F_SETFL, flags | fcntl.FASYNC)
    if verbose:
        say("SIGIO set")
