"""Addresses the way the book writes them: `140.252.13.35.7777`, address and port in one."""

import socket

from .messages import NetworkError, UsageError

Address = tuple[str, int]

HIGHEST_PORT = 65535


def dotted(address: Address) -> str:
    """`("140.252.13.35", 7777)` as `140.252.13.35.7777`."""
    host, port = address
    return f"{host}.{port}"


def split(text: str) -> tuple[str, str]:
    """Host and port of `host.port`, both as text; raises UsageError for anything else."""
    host, dot, port = text.rpartition(".")
    if not (host and dot and port):
        raise UsageError(f"{text}: not an address and port like 140.252.13.35.7777")
    return host, port


def resolve(host: str | None, port: str, kind: socket.SocketKind) -> Address:
    """The IPv4 address and port that these names or numbers stand for.

    No host means every local interface. Raises NetworkError for a name that nobody knows,
    UsageError for a port out of range.
    """
    if port.isdecimal() and int(port) > HIGHEST_PORT:  # the C library would only cut it off
        raise UsageError(f"port {port}: must be from 0 to {HIGHEST_PORT}")
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, kind, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        whose = f"{host} " if host else ""
        raise NetworkError(f"can't find {whose}port {port}: {error.strerror}") from error
    address = found[0][4]
    return str(address[0]), int(address[1])
