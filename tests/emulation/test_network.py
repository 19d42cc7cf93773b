"""The book's internet, built for real: who reaches whom, how fast, through which MTU."""

import re
import subprocess
import time
from typing import Any

import pytest

from tests.emulation.inside import in_sandbox, run_as, users
from topologies.inside_cover import BOOK, WAN_DELAY_MS
from topologies.internet import SLIP, part, with_mtus
from topologies.network import Network, running

pytestmark = [pytest.mark.emulation, pytest.mark.parametrize("user", users())]

PING_DATA = 16
DIALUP_MS = 2 * (PING_DATA + 28 + 2) * 10 / 9.6


def ping(network: Network, source: str, target: str, *options: str) -> "subprocess.Popen[bytes]":
    address = BOOK.hosts[target].address
    data = f"-s{PING_DATA}"
    return network[source].start("ping", "-n", "-c1", "-W3", data, *options, address)


def answer_ms(process: "subprocess.Popen[bytes]") -> float | None:
    out = process.communicate()[0]
    match = re.search(rb"time=([\d.]+) ms", out)
    return float(match[1]) if match else None


def ping_everybody() -> dict[str, float | None]:
    """Each host pings each other: all of one host's at once, so that no SLIP line is swamped."""
    results: dict[str, float | None] = {}
    with running(BOOK) as network:
        for source in BOOK.hosts:
            pings = {
                f"{source} {target}": ping(network, source, target)
                for target in BOOK.hosts
                if target != source
            }
            results |= {pair: answer_ms(process) for pair, process in pings.items()}
    return results


def test_every_host_reaches_every_other(user: str) -> None:
    results = in_sandbox(user, ping_everybody)
    assert len(results) == 90
    assert [pair for pair, round_trip in results.items() if round_trip is None] == []


def ping_vangogh() -> float | None:
    with running(part(BOOK, ["bsdi", "vangogh"])) as network:
        return answer_ms(ping(network, "bsdi", "vangogh"))


def test_bsdi_to_vangogh_takes_what_the_lines_between_take(user: str) -> None:
    round_trip = in_sandbox(user, ping_vangogh)
    assert 2 * WAN_DELAY_MS + DIALUP_MS - 0.5 <= round_trip < 1000


def interfaces() -> dict[str, str]:
    changed = with_mtus(BOOK, {"slip": {"sl0": 552}})
    with running(changed) as network:
        return {
            name: network[name].start("ip", "-o", "addr").communicate()[0].decode()
            + network[name].start("ip", "-o", "link").communicate()[0].decode()
            for name in BOOK.hosts
        }


def test_addresses_ethers_and_mtus_are_the_books(user: str) -> None:
    seen = in_sandbox(user, interfaces)
    for host in BOOK.hosts.values():
        for interface in host.interfaces:
            assert interface.address.partition("/")[0] in seen[host.name]
            mtu = 552 if host.name == "slip" else BOOK.mtu(interface)
            link = rf"\d+: {interface.name}\b.* mtu {mtu} .*"
            assert re.search(link, seen[host.name]), (host.name, interface.name)
            if interface.ether:
                assert interface.ether in seen[host.name]


def pull_and_plug(hosts: list[str], host: str, interface: str) -> list[bool]:
    """Whether a ping is answered before the cable is pulled, while it is out, and after."""
    answered = []
    with running(part(BOOK, hosts)) as network:
        link = network.link(host, interface)
        for wanted, change in ((True, link.plug), (False, link.pull), (True, link.plug)):
            change()
            deadline = time.monotonic() + 10
            while True:  # plugging in a wire takes effect when its process gets the signal
                got = answer_ms(ping(network, *hosts, "-W1")) is not None
                if got == wanted or time.monotonic() > deadline:
                    break
            answered.append(got)
    return answered


@pytest.mark.parametrize(
    ("hosts", "host", "interface"),
    [
        (["svr4", "bsdi"], "bsdi", "eth0"),
        (["bsdi", "slip"], "slip", "sl0"),
        (["gateway", "vangogh"], "vangogh", "wan0"),
    ],
)
def test_a_cable_can_be_pulled_and_plugged(
    user: str, hosts: list[str], host: str, interface: str
) -> None:
    assert in_sandbox(user, pull_and_plug, hosts, host, interface) == [True, False, True]


def crash_and_reboot(name: str, peer: str) -> dict[str, Any]:
    with running(part(BOOK, [name, peer])) as network:
        mark = "/proc/sys/net/ipv4/tcp_keepalive_probes"  # kernel state that no setting touches
        network[name].start("sh", "-c", f"echo 3 > {mark}").wait()
        server = network[name].start("sh", "-c", "echo up; exec sleep 1000")
        assert server.stdout is not None
        server.stdout.readline()
        network.crash(name)
        dead = answer_ms(ping(network, peer, name, "-W1"))
        network.reboot(name)
        return {
            "server": server.wait(),
            "dead": dead,
            "mark": network[name].start("cat", mark).communicate()[0].decode().strip(),
            "alive": answer_ms(ping(network, peer, name)) is not None,
            "back": answer_ms(ping(network, name, peer)) is not None,
            "interfaces": network[name].start("ip", "-o", "link").communicate()[0].decode(),
        }


@pytest.mark.parametrize(("name", "peer"), [("svr4", "bsdi"), ("slip", "bsdi"), ("sun", "bsdi")])
def test_a_crashed_host_is_gone_and_comes_back_with_its_addresses(
    user: str, name: str, peer: str
) -> None:
    seen = in_sandbox(user, crash_and_reboot, name, peer)
    assert seen["server"] == -9
    assert seen["dead"] is None
    assert seen["mark"] == "9"  # the default: the old kernel state is gone
    assert seen["alive"]
    assert seen["back"]
    for interface in BOOK.hosts[name].interfaces:
        if interface.ether:
            assert interface.ether in seen["interfaces"]


SERVE = """
import socket
server = socket.create_server(("", 9))
print("up", flush=True)
connection, _ = server.accept()
connection.recv(1)
"""
RESET = """
import socket, sys
connection = socket.create_connection(("svr4", 9))
print("connected", flush=True)
sys.stdin.readline()
connection.sendall(b"another line")
try:
    connection.recv(1)
except ConnectionResetError:
    print("reset", flush=True)
"""


def half_open() -> str:
    """A client whose server crashed and came back sends once more."""
    with running(part(BOOK, ["svr4", "bsdi"])) as network:
        server = network["svr4"].start("python3", "-c", SERVE)
        assert server.stdout is not None
        server.stdout.readline()
        client = network["bsdi"].start("python3", "-c", RESET, stdin=subprocess.PIPE)
        assert client.stdout is not None
        client.stdout.readline()
        network.crash("svr4")
        network.reboot("svr4")
        return client.communicate(b"\n", timeout=20)[0].decode().strip()


def test_a_rebooted_host_has_forgotten_its_connections(user: str) -> None:
    assert in_sandbox(user, half_open) == "reset"


def measured_round_trips() -> dict[str, float]:
    with running(BOOK) as network:
        return network.measured_ms


def test_every_link_is_proven_before_anything_runs(user: str) -> None:
    proven = in_sandbox(user, measured_round_trips)
    assert {pair.split()[0] for pair in proven} == set(BOOK.links)
    for pair, round_trip in proven.items():
        kind = BOOK.links[pair.split()[0]].kind
        assert round_trip >= (0.99 * DIALUP_MS if kind == SLIP else 0)


def test_mininets_own_command_takes_the_topology(user: str) -> None:
    mn = "mn --custom topologies/book.py --topo book --switch lxbr --controller none"
    done = run_as(
        user, "-m", "topologies.sandbox", *mn.split(), input="slip ping -c1 -W3 vangogh\n"
    )
    assert "1 received" in done.stdout + done.stderr, done
    assert done.returncode == 0
