"""The wire between two hosts that are nothing but network namespaces, in a sandbox of their own.

As root, or rootless in a user namespace; what is built dies with the sandbox's first process.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

pytestmark = pytest.mark.emulation

ROOT = Path(__file__).parents[2]
TUN = Path("/dev/net/tun")
ORDINARY_USER = os.geteuid() != 0
NAMESPACES = ["--net", "--pid", "--mount"]
DEADLINE_S = 30.0

A, B = "140.252.13.66", "140.252.13.65"
ETHERS = {A: "02:00:00:00:00:0a", B: "02:00:00:00:00:0b"}
DEVICES = {A: "line-a", B: "line-b"}  # the packet ports of the wire, in the sandbox

TUN_OR_PACKET = [
    pytest.param(
        "tun",
        marks=pytest.mark.skipif(
            ORDINARY_USER and not os.access(TUN, os.R_OK | os.W_OK),
            reason=f"{TUN} is closed to ordinary users; there the packet ports take its place",
        ),
    ),
    "packet",
]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_S} s for: {what}"
        time.sleep(0.01)


def only_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    wait_for(lambda: bool(children.read_text()), f"process {pid} has a child")
    (child,) = children.read_text().split()
    return int(child)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


class Sandbox:
    """Private namespaces with two hosts, `A` and `B`; the commands run as their root."""

    def __init__(self) -> None:
        user = ["--user", "--map-root-user"] if ORDINARY_USER else []
        self._processes: list[subprocess.Popen[str]] = []
        first = ["sh", "-c", "echo $$; exec cat"]  # lives as long as its standard input
        alone = ["--fork", "--kill-child", "--mount-proc"]
        self._first = self._popen("unshare", *user, *NAMESPACES, *alone, *first)
        read_line(self._first)
        enter = ["--user", "--preserve-credentials"] if ORDINARY_USER else []
        self.pid = only_child(self._first.pid)
        self._enter = ["nsenter", f"--target={self.pid}", "--wd", *enter, *NAMESPACES]
        self.hosts = {
            address: read_line(self.start("unshare", "--net", *first)) for address in ETHERS
        }
        for host in (None, *self.hosts):
            self.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", host=host)

    def start(self, *command: str, host: str | None = None) -> subprocess.Popen[str]:
        where = ["nsenter", f"--target={self.hosts[host]}", "--net"] if host else []
        return self._popen(*self._enter, *where, *command)

    def run(self, *command: str, host: str | None = None, stdin: str = "") -> str:
        process = self.start(*command, host=host)
        output, errors = process.communicate(stdin, timeout=DEADLINE_S)
        assert process.returncode == 0, f"{command}: status {process.returncode}: {errors}"
        return output

    def _popen(self, *command: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT
        )
        self._processes.append(process)
        return process

    def close(self) -> None:
        self._first.kill()
        for process in self._processes:
            process.kill()
            process.communicate(timeout=DEADLINE_S)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline().strip()
    assert line, f"{process.args!r} ended: {process.stderr.read() if process.stderr else ''}"
    return line


class RunningWire:
    """A wire process inside the sandbox; `pid` is its own, `starter` the process that began it."""

    def __init__(self, sandbox: Sandbox, *arguments: str) -> None:
        self.starter = sandbox.start(sys.executable, "-m", "topologies.wire", *arguments)
        assert read_line(self.starter) == "up"
        self.pid = only_child(self.starter.pid)

    def stop(self) -> dict[str, dict[str, int]]:
        """SIGTERM; what the wire said that it carried."""
        os.kill(self.pid, signal.SIGTERM)
        output, errors = self.starter.communicate(timeout=DEADLINE_S)
        assert (self.starter.returncode, errors) == (0, "")
        return cast(dict[str, dict[str, int]], json.loads(output))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    try:
        yield sandbox
    finally:
        sandbox.close()


def make_veth(sandbox: Sandbox, address: str) -> None:
    """Give a host a device `line`, its other end in the sandbox; nothing but IPv4 goes out."""
    here, host = DEVICES[address], sandbox.hosts[address]
    line = ["name", "line", "netns", host, "address", ETHERS[address]]
    sandbox.run("ip", "link", "add", here, "type", "veth", "peer", *line)
    sandbox.run("ip", "link", "set", here, "up")
    sandbox.run("ethtool", "-K", "line", "tx", "off", "gso", "off", "tso", "off", host=address)


def configure(sandbox: Sandbox, address: str, mtu: int) -> None:
    (peer,) = {A, B} - {address}
    sandbox.run("ip", "address", "add", address, "peer", peer, "dev", "line", host=address)
    sandbox.run("ip", "link", "set", "line", "mtu", str(mtu), "up", host=address)


def delay_line(sandbox: Sandbox, *options: str) -> RunningWire:
    for address in ETHERS:
        make_veth(sandbox, address)
        configure(sandbox, address, 1500)
    for address, peer in ((A, B), (B, A)):  # no ARP: a lab's loss list counts every frame
        neighbour = [peer, "lladdr", ETHERS[peer], "dev", "line", "nud", "permanent"]
        sandbox.run("ip", "neighbour", "add", *neighbour, host=address)
    ports = [f"packet:self:{device}" for device in DEVICES.values()]
    return RunningWire(sandbox, "delay", *ports, *options)


def slip_line(sandbox: Sandbox, kind: str, *options: str, mtu: int = 296) -> RunningWire:
    ports = [slip_port(sandbox, kind, address) for address in ETHERS]
    wire = RunningWire(sandbox, "slip", *ports, *options)
    for address in ETHERS:
        configure(sandbox, address, mtu)
    return wire


def slip_port(sandbox: Sandbox, kind: str, address: str) -> str:
    if kind == "tun":
        return f"tun:{sandbox.hosts[address]}:line"
    make_veth(sandbox, address)
    sandbox.run("ip", "link", "set", "line", "arp", "off", host=address)
    return f"packet:self:{DEVICES[address]}:{ETHERS[address]}"


def ping_ms(sandbox: Sandbox, *options: str) -> float:
    """One echo's round-trip time; only ping's summary has microseconds."""
    output = sandbox.run("ping", "-n", "-q", "-c", "1", *options, B, host=A)
    match = re.search(r"min/avg/max/mdev = ([\d.]+)/", output)
    assert match, output
    return float(match[1])


def unanswered(sandbox: Sandbox, sender: str, receiver: str) -> None:
    """Send an echo request and wait until nothing can come any more."""
    ping = sandbox.start("ping", "-n", "-q", "-c", "1", "-W", "1", receiver, host=sender)
    assert "100% packet loss" in ping.communicate(timeout=DEADLINE_S)[0]


def assert_takes(round_trips_ms: list[float], theory_ms: float) -> None:
    """Never early; and late by no more than a busy machine can explain."""
    assert min(round_trips_ms) >= theory_ms - 0.1, round_trips_ms
    assert statistics.median(round_trips_ms) <= 1.5 * theory_ms + 20, round_trips_ms


def test_delay_line_takes_twice_its_delay(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "61.25")
    assert_takes([ping_ms(sandbox) for _ in range(5)], theory_ms=122.5)
    assert wire.stop() == {
        "a_to_b": {"carried": 5, "dropped": 0, "lost": 0, "undelivered": 0},
        "b_to_a": {"carried": 5, "dropped": 0, "lost": 0, "undelivered": 0},
    }


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_slip_line_takes_ten_bits_a_byte(sandbox: Sandbox, kind: str) -> None:
    wire = slip_line(sandbox, kind, "--bit-rate", "9600")
    assert_takes([ping_ms(sandbox) for _ in range(5)], theory_ms=2 * 860 / 9.6)
    stats = wire.stop()
    assert stats["a_to_b"]["carried"] == stats["b_to_a"]["carried"] == 5


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_slip_line_takes_twice_as_long_for_escaped_bytes(sandbox: Sandbox, kind: str) -> None:
    slip_line(sandbox, kind, "--delay-ms", "10")
    all_end = ["-s", "200", "-p", "c0"]  # 200 bytes of data, all but the time stamp's 16 END
    on_line = 20 + 8 + 16 + 2 * 184 + 2
    assert_takes([ping_ms(sandbox, *all_end)], theory_ms=2 * (on_line / 0.96 + 10))


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_slip_line_carries_its_mtu_and_fragments_beyond(sandbox: Sandbox, kind: str) -> None:
    slip_line(sandbox, kind, "--bit-rate", "1000000")
    # So fast a line is late by what the machine has else to do: that is for the slow ones to say.
    assert ping_ms(sandbox, "-M", "do", "-s", "268") >= 2 * 298 / 100 - 0.1
    assert ping_ms(sandbox, "-s", "1000")
    too_long = sandbox.start("ping", "-c", "1", "-M", "do", "-s", "269", B, host=A)
    output, errors = too_long.communicate(timeout=DEADLINE_S)
    assert too_long.returncode != 0
    assert re.search("too long|frag needed", output + errors, re.IGNORECASE)


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_slip_line_carries_ipv4_alone(sandbox: Sandbox, kind: str) -> None:
    wire = slip_line(sandbox, kind, "--bit-rate", "1000000", mtu=1500)  # IPv6 needs 1280
    sandbox.run("sysctl", "-qw", "net.ipv6.conf.line.disable_ipv6=0", host=A)
    address = ["fd00::a", "peer", "fd00::b", "dev", "line", "nodad"]
    sandbox.run("ip", "-6", "address", "add", *address, host=A)
    unanswered(sandbox, A, "fd00::b")
    ping_ms(sandbox)
    assert wire.stop()["a_to_b"]["carried"] == 1


RECEIVE_STREAM = """
import socket, sys
with socket.create_server((sys.argv[1], 7777)) as listening:
    print("listening", flush=True)
    connection, _ = listening.accept()
with connection, connection.makefile("r") as stream:
    print(stream.read(), end="")
"""

SEND_STREAM = """
import socket, sys
with socket.create_connection((sys.argv[1], 7777)) as connection:
    connection.sendall(sys.stdin.buffer.read())
"""


def sent_by_tcp(sandbox: Sandbox, text: str) -> str:
    """What B's application reads when A's sends `text`."""
    receiver = sandbox.start(sys.executable, "-c", RECEIVE_STREAM, B, host=B)
    assert read_line(receiver) == "listening"
    sandbox.run(sys.executable, "-c", SEND_STREAM, B, host=A, stdin=text)
    received, errors = receiver.communicate(timeout=DEADLINE_S)
    assert (receiver.returncode, errors) == (0, "")
    return received


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_tcp_crosses_the_slip_line_unchanged(sandbox: Sandbox, kind: str) -> None:
    slip_line(sandbox, kind, "--bit-rate", "115200")
    text = "".join(map(chr, range(256))) * 20  # END and ESC come as parts of UTF-8
    assert sent_by_tcp(sandbox, text) == text.replace("\r", "\n")  # text mode's line ends


def test_tcp_crosses_the_delay_line_unchanged(sandbox: Sandbox) -> None:
    delay_line(sandbox, "--delay-ms", "5")
    text = "all work and no play makes a dull wire\n" * 10_000
    assert sent_by_tcp(sandbox, text) == text


RECEIVE_DATAGRAMS = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiving:
    receiving.bind((sys.argv[1], 7777))
    print("listening", flush=True)
    while (datagram := receiving.recv(2000)) != b"last":
        print(datagram.decode(), flush=True)
"""

SEND_DATAGRAMS = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
    for word in sys.stdin.read().split():
        sending.sendto(word.encode(), (sys.argv[1], 7777))
"""


def sent_by_udp(sandbox: Sandbox, words: list[str]) -> list[str]:
    """What B receives, in order, of the datagrams that A sends at once."""
    receiver = sandbox.start(sys.executable, "-c", RECEIVE_DATAGRAMS, B, host=B)
    assert read_line(receiver) == "listening"
    sandbox.run(sys.executable, "-c", SEND_DATAGRAMS, B, host=A, stdin=" ".join([*words, "last"]))
    return receiver.communicate(timeout=DEADLINE_S)[0].split()


def test_delay_line_keeps_the_order(sandbox: Sandbox) -> None:
    delay_line(sandbox, "--delay-ms", "20")
    words = [str(number) for number in range(200)]
    assert sent_by_udp(sandbox, words) == words


def test_delay_line_loses_exactly_the_listed_frames(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "1", "--loss-a-to-b", "2,4", "--loss-b-to-a", "1")
    assert sent_by_udp(sandbox, ["1", "2", "3", "4", "5"]) == ["1", "3", "5"]
    stats = wire.stop()
    assert stats["a_to_b"] == {"carried": 4, "dropped": 0, "lost": 2, "undelivered": 0}
    assert stats["b_to_a"]["lost"] == 0


def test_a_down_device_loses_frames_and_comes_back(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "1")
    for device in DEVICES.values():
        sandbox.run("ip", "link", "set", device, "down")
    unanswered(sandbox, A, B)
    sandbox.run("ip", "link", "set", DEVICES[A], "up")
    unanswered(sandbox, A, B)
    sandbox.run("ip", "link", "set", DEVICES[B], "up")
    wait_for_carrier(sandbox)
    ping_ms(sandbox)
    assert wire.stop()["a_to_b"]["undelivered"] == 1


def wait_for_carrier(sandbox: Sandbox) -> None:
    def all_up() -> bool:
        links = [sandbox.run("ip", "link", "show", "line", host=address) for address in ETHERS]
        return all("LOWER_UP" in link for link in links)

    wait_for(all_up, "both ends of the line are up")


def test_what_the_sandbox_itself_sends_does_not_cross(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "1")
    sandbox.run("ip", "address", "add", "10.1.1.1/24", "dev", DEVICES[A])
    ping = sandbox.start("ping", "-n", "-q", "-c", "1", "-W", "1", "10.1.1.2")
    ping.communicate(timeout=DEADLINE_S)  # ARP requests at least have gone out to A
    ping_ms(sandbox)
    assert wire.stop()["a_to_b"]["carried"] == 1


@pytest.mark.parametrize("kind", TUN_OR_PACKET)
def test_a_deleted_device_leaves_the_wire_in_peace(sandbox: Sandbox, kind: str) -> None:
    wire = slip_line(sandbox, kind, "--bit-rate", "1000000")
    sandbox.run("ip", "link", "delete", "line", host=A)
    unanswered(sandbox, B, A)
    assert wire.stop()["b_to_a"]["undelivered"] == 1


def test_the_wire_dies_with_its_parent(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "1")
    wire.starter.kill()
    wait_for(lambda: not alive(wire.pid), "the wire ends with its parent")


def test_nothing_outlives_the_sandbox(sandbox: Sandbox) -> None:
    wire = delay_line(sandbox, "--delay-ms", "1")
    sandbox.close()
    wait_for(lambda: not alive(wire.pid), "the wire ends with the sandbox")


def assert_refused(sandbox: Sandbox, arguments: list[str], message: str) -> None:
    wire = sandbox.start(sys.executable, "-m", "topologies.wire", *arguments)
    _, errors = wire.communicate(timeout=DEADLINE_S)
    assert wire.returncode == 1
    assert re.search(message, errors), errors


def test_without_tun_the_message_names_the_packet_ports(sandbox: Sandbox) -> None:
    sandbox.run("mount", "-t", "tmpfs", "none", str(TUN.parent))
    ports = [f"tun:{host}:line" for host in sandbox.hosts.values()]
    assert_refused(sandbox, ["slip", *ports], "can't open /dev/net/tun: .*packet:PID:NAME:ETHER")


def test_a_device_that_is_not_there_is_named(sandbox: Sandbox) -> None:
    ports = ["packet:self:missing", "packet:self:missing-too"]
    assert_refused(sandbox, ["delay", *ports, "--delay-ms", "1"], "missing: .*make the veth pair")
