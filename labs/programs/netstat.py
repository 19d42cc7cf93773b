#!/usr/bin/env python3
"""netstat -a -n -f inet as BSD printed it, from /proc/net/tcp and /proc/net/udp.

Standard library only, and no privilege: emulated hosts run it with their plain python3. Formats:
Linux, Documentation/networking/proc_net_tcp.rst; 4.4BSD, netstat(1).
"""

import getopt
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

STATES = {
    0x01: "ESTABLISHED",
    0x02: "SYN_SENT",
    0x03: "SYN_RCVD",
    0x04: "FIN_WAIT_1",
    0x05: "FIN_WAIT_2",
    0x06: "TIME_WAIT",
    0x07: "CLOSED",
    0x08: "CLOSE_WAIT",
    0x09: "LAST_ACK",
    0x0A: "LISTEN",
    0x0B: "CLOSING",
    0x0C: "SYN_RCVD",  # a request on a listening socket, which newer kernels tell apart
}
ANY_ADDRESS = socket.inet_ntoa(struct.pack("=I", socket.INADDR_ANY))
HOST_WIDTH = 16  # where BSD cut a host's name
UNREADABLE, WRONG_USAGE = 1, 2
USAGE = """\
usage: netstat [-a] [-n] [-f inet]
  -a  listening and unconnected sockets too
  -n  numbers instead of the names of hosts and services (/etc/hosts, /etc/services)
  -f  address family: inet, the only one
Columns: protocol, bytes not yet read and not yet acknowledged, local and foreign address.port
(* is any), TCP's state. Newest sockets come first, listening ones last.

Example, from chapter 18: netstat -a -n -f inet"""

Address = tuple[str, int]


@dataclass(frozen=True)
class Endpoint:
    """One socket: protocol (tcp, udp), bytes queued, both addresses, BSD's state, its inode."""

    protocol: str
    receive_queue: int
    send_queue: int
    local: Address
    foreign: Address
    state: str
    inode: int

    @property
    def connected(self) -> bool:
        """Whether it has a peer: neither listening nor an unconnected UDP socket."""
        return self.foreign != (ANY_ADDRESS, 0)


@dataclass(frozen=True)
class Names:
    """Names of hosts by address, of services by port and protocol; empty with -n."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[tuple[int, str], str] = field(default_factory=dict)


def parse_sockets(text: str, protocol: str, origin: str) -> list[Endpoint]:
    """The sockets in the text of /proc/net/tcp or udp, heading included.

    Raises ValueError with origin, line and what is wrong.
    """
    endpoints = []
    for number, line in enumerate(text.splitlines()[1:], start=2):
        try:
            endpoints.append(_parse_line(line.split(), protocol))
        except ValueError as error:
            raise ValueError(f"{origin}, line {number}: {error}: {line.strip()!r}") from error
    return endpoints


def _parse_line(columns: list[str], protocol: str) -> Endpoint:
    if len(columns) < 10:
        raise ValueError(f"{len(columns)} columns, expected 10 or more")
    number = int(columns[3], 16)
    if number not in STATES:
        raise ValueError(f"unknown state {columns[3]}")
    state = STATES[number] if protocol == "tcp" else ""
    send, _, receive = columns[4].partition(":")
    return Endpoint(
        protocol,
        # Linux counts connections in a listening socket's queue; BSD's column is bytes.
        0 if state == "LISTEN" else int(receive, 16),
        0 if state == "LISTEN" else int(send, 16),
        _parse_address(columns[1]),
        _parse_address(columns[2]),
        state,
        int(columns[9]),
    )


def _parse_address(text: str) -> Address:
    """`2109FC8C:0017`: the address as this machine stores it, the port as a number."""
    host, _, port = text.partition(":")
    if len(host) != 8 or len(port) != 4:
        raise ValueError(f"not an IPv4 address and port: {text}")
    return socket.inet_ntoa(struct.pack("=I", int(host, 16))), int(port, 16)


def parse_hosts(text: str) -> dict[str, str]:
    """Address to name, from the text of /etc/hosts; the first line of an address counts."""
    names: dict[str, str] = {}
    for words in _words(text):
        if len(words) > 1:
            names.setdefault(words[0], words[1])
    return names


def parse_services(text: str) -> dict[tuple[int, str], str]:
    """Port and protocol to name, from the text of /etc/services."""
    names: dict[tuple[int, str], str] = {}
    for words in _words(text):
        port, _, protocol = words[1].partition("/") if len(words) > 1 else ("", "", "")
        if port.isdecimal():
            names.setdefault((int(port), protocol), words[0])
    return names


def _words(text: str) -> Iterable[list[str]]:
    """The words of each line that has any, without comments."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return filter(None, lines)


def table(endpoints: Iterable[Endpoint], names: Names, *, all_sockets: bool) -> str:
    """The listing, in 4.4BSD's columns; without all_sockets only those with a peer."""
    heading = "Active Internet connections" + (" (including servers)" if all_sockets else "")
    columns = f"Proto Recv-Q Send-Q  {'Local Address':<22} {'Foreign Address':<22} (state)"
    shown = [endpoint for endpoint in endpoints if all_sockets or endpoint.connected]
    rows = [_row(endpoint, names) for endpoint in sorted(shown, key=_order)]
    return "\n".join([heading, columns, *rows])


def _order(endpoint: Endpoint) -> tuple[str, bool, int]:
    """TCP before UDP, listening sockets last, else newest first as far as inodes tell."""
    return endpoint.protocol, not endpoint.connected, -endpoint.inode


def _row(endpoint: Endpoint, names: Names) -> str:
    local = _dotted(endpoint.local, endpoint.protocol, names)
    foreign = _dotted(endpoint.foreign, endpoint.protocol, names)
    queues = f"{endpoint.receive_queue:6} {endpoint.send_queue:6}"
    return f"{endpoint.protocol:<5} {queues}  {local:<22} {foreign:<22} {endpoint.state}".rstrip()


def _dotted(address: Address, protocol: str, names: Names) -> str:
    host, port = address
    name = "*" if host == ANY_ADDRESS else names.hosts.get(host, host)[:HOST_WIDTH]
    service = str(port) if port else "*"
    return f"{name}.{names.services.get((port, protocol), service)}"


def read_names(hosts: Path, services: Path) -> Names:
    """The names in these two files; a file that isn't there has none."""
    texts = [path.read_text() if path.exists() else "" for path in (hosts, services)]
    return Names(parse_hosts(texts[0]), parse_services(texts[1]))


def read_sockets() -> list[Endpoint]:
    """This host's TCP and UDP sockets; raises OSError, or ValueError naming file and line."""
    endpoints = []
    for protocol in ("tcp", "udp"):
        path = Path("/proc/net") / protocol
        endpoints += parse_sockets(path.read_text(), protocol, str(path))
    return endpoints


def main(arguments: list[str]) -> int:
    """Print the listing; the exit status."""
    try:
        options = _parse_arguments(arguments)
    except getopt.GetoptError as error:
        print(f"netstat: {error}\n{USAGE}", file=sys.stderr)
        return WRONG_USAGE
    if "--help" in options:
        print(USAGE)
        return 0
    return _print_table(numeric="-n" in options, all_sockets="-a" in options)


def _parse_arguments(arguments: list[str]) -> dict[str, str]:
    given, operands = getopt.getopt(arguments, "anf:", ["help"])
    options = dict(given)
    family = options.get("-f", "inet")
    if family != "inet":
        raise getopt.GetoptError(f"-f {family}: the only address family here is inet")
    if operands:
        raise getopt.GetoptError(f"takes no arguments, got {' '.join(operands)}")
    return options


def _print_table(*, numeric: bool, all_sockets: bool) -> int:
    names = Names() if numeric else read_names(Path("/etc/hosts"), Path("/etc/services"))
    try:
        print(table(read_sockets(), names, all_sockets=all_sockets))
    except (OSError, ValueError) as error:
        print(f"netstat: {error}", file=sys.stderr)
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
