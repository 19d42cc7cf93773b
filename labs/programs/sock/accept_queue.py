"""How many connections a listening socket queues: what a backlog meant to systems of the book.

Linux queues listen(n) + 1 connections. Traditional BSD queued backlog * 3/2 + 1, Solaris 2.2
just backlog (TCP/IP Illustrated, section 18.11). SOCK_ACCEPT_QUEUE says whose backlog is meant.
"""

import ctypes
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .messages import UsageError, failing_as

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # asm-generic/socket.h
DROP_EVERYTHING = struct.pack("HBBI", 0x06, 0, 0, 0)  # classic BPF: ret 0


def personality(environment: Mapping[str, str]) -> str:
    """`linux`, `bsd` or `solaris`; raises UsageError for another."""
    name = environment.get("SOCK_ACCEPT_QUEUE") or "linux"
    if name not in ("linux", "bsd", "solaris"):
        raise UsageError(f"SOCK_ACCEPT_QUEUE={name}: must be linux, bsd or solaris")
    return name


def kernel_backlog(backlog: int, system: str) -> int:
    """The argument of listen() that lets Linux queue what `system` queues for `backlog`.

    -1 where nothing may be queued: Linux can't be asked for that.
    """
    if system == "bsd":
        return backlog * 3 // 2
    return backlog - 1 if system == "solaris" else backlog


def listen(listener: socket.socket, backlog: int, system: str) -> bool:
    """Listen with this system's queue; whether the socket is deaf until accepting()."""
    kernel = kernel_backlog(backlog, system)
    if kernel < 0:
        # Linux 6.18 allows a filter on TCP to CAP_NET_ADMIN only; an emulated host's root has it.
        with failing_as("can't drop SYNs for a backlog of 0 (it takes CAP_NET_ADMIN)"):
            _deafen(listener)
    with failing_as("listen() error"):
        listener.listen(max(kernel, 0))
    return kernel < 0


@contextmanager
def accepting(listener: socket.socket, *, deaf: bool) -> Iterator[None]:
    """Let a deaf socket hear SYNs while the program is in accept()."""
    if not deaf:
        yield
        return
    listener.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    try:
        yield
    finally:
        _deafen(listener)


def _deafen(listener: socket.socket) -> None:
    """Drop every segment silently, so that a client's SYN goes unanswered."""
    program = ctypes.create_string_buffer(DROP_EVERYTHING)
    pointer = struct.pack("HP", 1, ctypes.addressof(program))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
