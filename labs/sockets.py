"""The TCP sockets of emulated hosts, from inet_diag, and a record of their states."""

import contextlib
import ctypes
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from pyroute2 import DiagSocket
from pyroute2.netlink.diag import SS_ALL

from labs.errors import MachineError
from topologies.network import Network

PERIOD_S = 0.05
DEADLINE_S = 10
LATE_NS = 200_000_000  # four looks missed: a state may have come and gone
CLONE_NEWNET = 0x40000000
TCP_INFO = 1 << 1  # the bit of INET_DIAG_INFO, less one (linux/inet_diag.h)

# The kernel's numbers (include/net/tcp_states.h) and the names of RFC 9293, 3.3.2.
STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RCVD",
    4: "FIN_WAIT_1",
    5: "FIN_WAIT_2",
    6: "TIME_WAIT",
    7: "CLOSED",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN_RCVD",
}
AT_REST = {"LISTEN", "TIME_WAIT", "CLOSED"}


class Socket(NamedTuple):
    """One TCP socket: local and foreign end (`address.port`), and its state by RFC 9293's name."""

    local: str
    foreign: str
    state: str


class SocketTable:
    """The TCP sockets of one host, asked from a netlink socket that lives in its namespace."""

    def __init__(self, pid: int) -> None:
        with _in_network_namespace(pid):
            self._netlink = DiagSocket()
            self._netlink.bind()

    def read(self) -> list[Socket]:
        """All TCP sockets of the host, sorted."""
        answers = self._netlink.get_sock_stats(family=socket.AF_INET, states=SS_ALL)
        return sorted(_socket(answer) for answer in answers)

    def acknowledged(self, port: int) -> int:
        """How many sequence numbers the peers of sockets to this foreign port acknowledged."""
        answers = self._netlink.get_sock_stats(
            family=socket.AF_INET, states=SS_ALL, extensions=TCP_INFO
        )
        ours = [answer for answer in answers if answer["idiag_dport"] == port]
        known = [answer.get_attr("INET_DIAG_INFO") for answer in ours]
        return sum(information["tcpi_bytes_acked"] for information in known if information)

    def close(self) -> None:
        """Close the netlink socket, so that it doesn't keep the namespace alive."""
        self._netlink.close()


def _socket(answer: Any) -> Socket:
    return Socket(
        f"{answer['idiag_src']}.{answer['idiag_sport']}",
        f"{answer['idiag_dst']}.{answer['idiag_dport']}",
        STATES.get(answer["idiag_state"], str(answer["idiag_state"])),
    )


@contextlib.contextmanager
def _in_network_namespace(pid: int) -> Iterator[None]:
    """Let this thread, and no other, be in the network namespace of `pid` for a moment."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        _set_network_namespace(there)
        yield
    finally:
        _set_network_namespace(home)
        os.close(there)
        os.close(home)


def _set_network_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Looks:
    """The looks of a recorder at all its hosts' sockets, for whoever reads its file meanwhile."""

    def __init__(self) -> None:
        self._count = 0
        self._one_more = threading.Condition()

    def note(self) -> None:
        """One look is over, and what it saw is in the file."""
        with self._one_more:
            self._count += 1
            self._one_more.notify_all()

    def catch_up(self) -> None:
        """Wait until what is now is in the file; raises MachineError where nobody looks."""
        with self._one_more:
            whole = self._count + 2  # the look that goes on may have begun before
            if not self._one_more.wait_for(lambda: self._count >= whole, DEADLINE_S):
                raise MachineError(f"no look at the sockets was whole within {DEADLINE_S} s")


@contextlib.contextmanager
def recording_states(network: Network, hosts: list[str], file: Path) -> Iterator[Looks]:
    """Record every change of the hosts' TCP sockets in `file` as JSON lines.

    A line: `{"time_ns": since the epoch, "host": name, "sockets": [[local, foreign, state]...]}`,
    written when the sockets differ from the host's line before; looked at every 50 ms. Where a
    look comes more than 200 ms after the one before, because the machine stalled, the line is
    written in any case, with that time as `late_ns`.
    Whatever stops the recording before its end is raised on exit.
    """
    ended, looks = threading.Event(), Looks()
    with file.open("w") as lines, ThreadPoolExecutor(1) as pool:
        recording = pool.submit(_record, network, hosts, lines, ended, looks)
        try:
            yield looks
        finally:
            ended.set()
            recording.result()


def _record(
    network: Network, hosts: list[str], lines: Any, ended: threading.Event, looks: Looks
) -> None:
    tables = {host: SocketTable(network[host].pid) for host in hosts}
    before: dict[str, list[Socket]] = {}
    looked_ns = dict.fromkeys(hosts, time.monotonic_ns())
    last_look = False
    while not last_look:
        last_look = ended.wait(PERIOD_S)
        for host in hosts:
            now = _look(network, host, tables)
            gap_ns, looked_ns[host] = _since(looked_ns[host])
            late = {"late_ns": gap_ns} if gap_ns > LATE_NS else {}
            if late or now != before.get(host):
                before[host] = now
                line = {"time_ns": time.time_ns(), "host": host, "sockets": now} | late
                lines.write(json.dumps(line) + "\n")
                lines.flush()  # who plays by hand looks at the states meanwhile
        looks.note()
    for table in tables.values():
        table.close()


def _look(network: Network, host: str, tables: dict[str, SocketTable]) -> list[Socket]:
    """The host's sockets now: none of one that is down; a rebooted host has another table."""
    if host in network.down:
        if host in tables:
            tables.pop(host).close()  # it would keep the dead host's kernel state alive
        return []
    if host not in tables:
        tables[host] = SocketTable(network[host].pid)
    return tables[host].read()


def _since(before_ns: int) -> tuple[int, int]:
    """How long ago that was by the monotonic clock, and what that says now."""
    now_ns = time.monotonic_ns()
    return now_ns - before_ns, now_ns
