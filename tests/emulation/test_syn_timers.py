"""SYN timers on the wire, towards a host that is down (TCP/IP Illustrated, sections 18.3, 18.11).

Every schedule plays for 75 seconds, so all of them play at once, each in a sandbox of its own.
"""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from captures import reader
from captures.segment import ACK, SYN
from labs.tcpdump import capturing
from tests.emulation.inside import in_sandbox, users
from topologies.abilities import Abilities, measured
from topologies.inside_cover import BOOK
from topologies.internet import part
from topologies.network import Network, running
from topologies.personalities import personality
from topologies.sandbox import SCRATCH
from topologies.syn_schedule import syn_schedule

pytestmark = pytest.mark.emulation

DEAD = "svr4"
NS = 10**9

# Who connects, and whether the kernel may cap its retransmission timer (Linux 6.15 can).
CASES = [("bsdi", True), ("sun", True), ("bsdi", False), ("sun", False)]
WANTED_S = {
    "bsdi": [(5.5, 6.0), (23.85, 24.15)],
    "sun": [(5.5, 6.0), (11.85, 12.15), (23.85, 24.15)],
}
GIVES_UP_S = (74.5, 76.0)
JITTER_S = 0.1  # a phase of the timer wheel, and a busy machine

CONNECT = """
import errno, socket, sys, time
start = time.monotonic()
error = socket.socket().connect_ex((sys.argv[1], 7))
print(errno.errorcode[error], time.monotonic() - start)
"""

HANG_UP = """
import socket
server = socket.create_server(("", 7))
print("listening", flush=True)
while True:
    server.accept()[0].close()
"""

TWICE = """
import socket, sys, time
for _ in range(2):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("", 4321))
    start = time.monotonic()
    client.connect((sys.argv[1], 7))
    print(time.monotonic() - start)
    assert client.recv(1) == b""
    client.close()
"""


def connect_to_a_dead_host(client: str, may_cap: bool) -> dict[str, Any]:
    """The SYNs as (time in ns, ISN, port), how connect() ended, and what was promised."""
    abilities = replace(measured(), rto_max=measured().rto_max and may_cap)
    its = personality(BOOK.hosts[client].system, {"syn_timers": True})
    with running(part(BOOK, [client, DEAD]), {client: its}, abilities) as network:
        keep_in_arp_cache(network, client, DEAD)
        network.crash(DEAD)
        with capturing(network, [(client, "eth0")], SCRATCH / "pcap") as (dump,):
            address = BOOK.hosts[DEAD].address
            program = network[client].start(sys.executable, "-c", CONNECT, address)
            error, seconds = program.communicate()[0].decode().split()
        segments = list(reader.read(dump.file))
        promised = syn_schedule(its, abilities)
        return {
            "syns": [
                (one.time_ns, one.seq, one.source.port)
                for one in segments
                if one.flags & (SYN | ACK) == SYN
            ],
            "segments": len(segments),
            "error": error,
            "connect_s": float(seconds),
            "promised_s": [gap / 1000 for gap in promised.gaps_ms] if promised else None,
            "degraded": [one.aspect for one in network.degraded if one.host == client],
            "can": can_be_exact(client, abilities),
        }


def keep_in_arp_cache(network: Network, client: str, dead: str) -> None:
    """The book's svr4 was still in bsdi's ARP cache; else connect() says 'no route' within 3 s."""
    facts = BOOK.hosts[dead]
    entry = [facts.address, "lladdr", facts.interfaces[0].ether or "", "dev", "eth0"]
    command = ["ip", "neigh", "replace", *entry, "nud", "permanent"]
    assert network[client].start(*command).wait() == 0


def can_be_exact(client: str, abilities: Abilities) -> bool:
    """Whether this kernel has the means; 1000 ticks a second divide BSD's schedule, not SunOS's."""
    return abilities.nftables and abilities.rto_max and (client == "bsdi" or abilities.hz != 1000)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_syn_timers_of_every_system_kernel_and_user() -> None:
    plays = [(user, client, may_cap) for user in users() for client, may_cap in CASES]
    with ThreadPoolExecutor(len(plays)) as pool:
        seen = pool.map(lambda play: in_sandbox(play[0], connect_to_a_dead_host, *play[1:]), plays)
        for play, found in zip(plays, seen, strict=True):
            check(play, found)


def check(play: tuple[str, str, bool], seen: dict[str, Any]) -> None:
    """What was captured is the book's schedule, or else the one that was promised."""
    client = play[1]
    times_ns, isns, ports = zip(*seen["syns"], strict=True)
    gaps_s = [(second - first) / NS for first, second in pairwise(times_ns)]
    print(*play, "gaps", *(f"{gap:.3f}" for gap in gaps_s), f"gives up {seen['connect_s']:.3f} s")
    assert len(set(isns)) == len(set(ports)) == 1, play
    assert seen["segments"] == len(times_ns), f"{play}: another segment than SYNs of one client"
    assert seen["error"] == "ETIMEDOUT", play
    assert ("syn_timers" in seen["degraded"]) != seen["can"], play
    if seen["can"]:
        ranges = WANTED_S[client]
    elif seen["promised_s"]:
        ranges = [(gap - JITTER_S, gap + JITTER_S) for gap in seen["promised_s"]]
        ranges = ranges[: len(WANTED_S[client])]  # BSD/386's third gap is beyond 75 s
    else:
        return  # Linux's own schedule: promised nothing
    assert_within(gaps_s, ranges, f"{play}: gaps")
    assert_within([seen["connect_s"]], [GIVES_UP_S], f"{play}: connect() fails after")


def assert_within(values: Iterable[float], ranges: list[tuple[float, float]], what: str) -> None:
    values = list(values)
    assert len(values) == len(ranges), f"{what} {values} s, expected {ranges}"
    for value, (least, most) in zip(values, ranges, strict=True):
        assert least <= value <= most, f"{what} {values} s, expected {ranges}"


def connect_twice_from_one_port() -> list[float | str]:
    """Seconds that each connect() takes, where the server closes first."""
    its = personality(BOOK.hosts["bsdi"].system, {"syn_timers": True})
    with running(part(BOOK, ["bsdi", "sun"]), {"bsdi": its}) as network:
        server = network["sun"].start(sys.executable, "-c", HANG_UP, stderr=subprocess.STDOUT)
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        client = network["bsdi"].start(sys.executable, "-c", TWICE, BOOK.hosts["sun"].address)
        out, errors = client.communicate()
        server.kill()
        return [float(word) for word in out.split()] or [errors.decode()]


@pytest.mark.parametrize("user", users())
def test_a_second_connection_of_the_same_socket_pair_does_not_wait(user: str) -> None:
    seconds = in_sandbox(user, connect_twice_from_one_port)
    assert len(seconds) == 2
    assert max(seconds) < 1, "a SYN was dropped: the kernel's first retry comes after 1 s"
