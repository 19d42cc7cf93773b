"""The ends of a connection as an expectation names them, and the ends in a capture."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from captures.connections import Connection
from captures.names import BOOK_SERVICES, Names
from captures.segment import Endpoint
from checkers.errors import ExpectationError

_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")

_BOOK_PORTS = {name: port for port, name in BOOK_SERVICES.items()}


class Wanted(NamedTuple):
    """One end of the connection looked for: a host by name, a port (None: any)."""

    host: str
    port: int | None

    def text(self, names: Names) -> str:
        """`bsdi.discard`, or `svr4` where any port will do."""
        return self.host if self.port is None else f"{self.host}.{names.service(self.port)}"


def port_number(service: str, names: Names) -> int:
    """The port of a service or of its digits; raises ExpectationError for an unknown service.

    The book's services come first: what a handed-in run.json calls `discard` changes nothing.
    """
    told = _told(service)
    if told is not None:
        return told
    for port, name in names.services.items():
        if name == service:
            return port
    known = ", ".join(BOOK_SERVICES.values())
    raise ExpectationError(f"unknown service {service!r}: a number, or one of {known}")


def _told(service: str) -> int | None:
    """The port that a service is, whatever names a run.json gives; None where those decide."""
    if service in _BOOK_PORTS:
        return _BOOK_PORTS[service]
    return int(service) if service.isascii() and service.isdigit() else None


def wanted(text: str, names: Names) -> Wanted:
    """`bsdi.discard` to host and port; `svr4` and `vangogh.cs.berkeley.edu` have no port.

    `140.252.1.29` is an address, `140.252.1.29.8888` an address with a port.
    Raises ExpectationError for a known host with an unknown service.
    """
    told = _wanted(text)
    if told is not None:
        return told
    host, _, service = text.rpartition(".")
    try:
        return Wanted(host, port_number(service, names))
    except ExpectationError:
        if host in names.hosts.values():
            raise
        return Wanted(text, None)


# The ends that a course's labs name, over and over; no student's file names any.
@lru_cache(maxsize=256)
def _wanted(text: str) -> Wanted | None:
    """The end, where that is the same whatever names a run.json gives; else None."""
    host, _, service = text.rpartition(".")
    if not host or _ADDRESS.fullmatch(text):
        return Wanted(text, None)
    port = _told(service)
    return None if port is None else Wanted(host, port)


def is_host(endpoint: Endpoint, host: str, names: Names) -> bool:
    """Whether an endpoint is on this host, called by its name or its address."""
    return host in (endpoint.host, names.host(endpoint.host))


def near(connection: Connection, point: str, names: Names) -> set[Endpoint]:
    """The ends of a connection that are on the host of a vantage point, `host interface`."""
    host = point.partition(" ")[0]
    return {end for end in connection.ends if is_host(end, host, names)}


def fitting(end: Wanted, names: Names) -> Callable[[Endpoint], bool]:
    """What tells of many endpoints whether they are the one that is wanted."""
    hosts = names.addresses(end.host)
    if end.port is None:
        return lambda endpoint: endpoint.host in hosts
    return lambda endpoint: endpoint.port == end.port and endpoint.host in hosts
