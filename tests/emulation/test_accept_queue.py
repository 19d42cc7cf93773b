"""Accept queues (TCP/IP Illustrated, section 18.11): sock servers that listen and don't accept."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from captures import reader
from captures.segment import ACK, RST, SYN, Segment
from labs.pace import QUICK
from labs.stage import Stage, install_programs
from labs.tcpdump import capturing
from tests.emulation.inside import in_sandbox, users
from topologies.hosts import PROGRAMS
from topologies.inside_cover import BOOK
from topologies.internet import part
from topologies.network import running
from topologies.sandbox import SCRATCH

pytestmark = [pytest.mark.emulation, pytest.mark.parametrize("user", users())]

TABLE = {"gemini": [1, 2, 4, 5, 7, 8], "solaris": [0, 1, 2, 3, 4, 5]}  # by backlog, 0 to 5
CLIENT = "aix"
DEADLINE_S = 30
PORT = 7000

# One client after the other, until one whose SYN has been repeated: the queue is full. It prints
# how many got in, and keeps them until its input ends. TCP_INFO: byte 0 is the state (1:
# established), byte 2 the number of retransmissions.
FILL = """
import socket, sys, time
clients, inside = [], 0
while True:
    clients.append(socket.socket())
    clients[-1].setblocking(False)
    clients[-1].connect_ex((sys.argv[1], int(sys.argv[2])))
    state = retransmitted = 0
    while state != 1 and not retransmitted:
        state, _, retransmitted = clients[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 3)
        time.sleep(0.001)
    if retransmitted:
        break
    inside += 1
print(inside, flush=True)
sys.stdin.read()
"""


def fill_queues() -> dict[str, list[tuple[int, int]]]:
    """By server host and backlog: how many clients got in, how many the kernel holds."""
    install_programs(PROGRAMS, None)
    with running(part(BOOK, [CLIENT, *TABLE])) as network:
        stage = Stage(network, QUICK, SCRATCH, lambda *_: None)
        fillers = {
            (host, backlog): fill(stage, host, backlog)
            for host, lengths in TABLE.items()
            for backlog in range(len(lengths))
        }
        queued: dict[str, list[tuple[int, int]]] = {host: [] for host in TABLE}
        for (host, backlog), filler in fillers.items():
            assert filler.stdout is not None
            inside = int(filler.stdout.readline())
            held = [
                one.local
                for one in stage.sockets(host)
                if one.state == "ESTABLISHED" and one.local.endswith(f".{PORT + backlog}")
            ]
            queued[host].append((inside, len(held)))
        stage.close()
        return queued


def fill(stage: Stage, host: str, backlog: int) -> "subprocess.Popen[bytes]":
    stage.types(host, f"sock -s -q{backlog} -O300s {PORT + backlog}")
    stage.listening(host, PORT + backlog, DEADLINE_S)
    address = BOOK.hosts[host].address
    command = [sys.executable, "-c", FILL, address, str(PORT + backlog)]
    return stage.network[CLIENT].start(*command, stdin=subprocess.PIPE)


def test_the_books_table(user: str) -> None:
    queued = in_sandbox(user, fill_queues)
    for host, lengths in TABLE.items():
        assert queued[host] == [[length, length] for length in lengths], host


def call_a_deaf_server() -> list[Any]:
    """A client calls a Solaris server without a queue, which accepts later; what solaris saw."""
    install_programs(PROGRAMS, None)
    with running(part(BOOK, [CLIENT, "solaris"])) as network:
        stage = Stage(network, QUICK, SCRATCH, lambda *_: None)
        with capturing(network, [("solaris", "eth0")], SCRATCH / "pcap") as (dump,):
            server = stage.types("solaris", f"sock -s -v -q0 -O3s {PORT}")
            stage.listening("solaris", PORT)
            client = stage.types(CLIENT, f"sock -i -n1 -w100 solaris {PORT}")
            server.shows("connection on", DEADLINE_S)
            assert client.ends(DEADLINE_S) == 0
            server.ends(DEADLINE_S)
        stage.close()
        return list(msgspec.to_builtins(list(reader.read(dump.file))))


def test_solaris_without_a_queue_is_silent_until_it_accepts(user: str) -> None:
    segments = msgspec.convert(in_sandbox(user, call_a_deaf_server), list[Segment])
    answered = next(number for number, one in enumerate(segments) if one.has(SYN | ACK))
    before = segments[:answered]
    assert len(before) > 1
    assert {(one.flags, one.seq) for one in before} == {(SYN, before[0].seq)}
    assert not [one for one in segments if one.has(RST)]
    assert sum(one.payload for one in segments) == 100
