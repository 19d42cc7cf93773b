"""A running network: built, proven by pings, handed out, taken down.

with running(internet) as network:
    telnet = network["svr4"].start("telnet", "bsdi", "discard")
"""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mininet.log import setLogLevel
from mininet.net import VERSION as MININET_VERSION
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge

from topologies.abilities import Abilities, measured
from topologies.book import BookTopo
from topologies.hosts import BookHost
from topologies.internet import ETHERNET, SLIP, Interface, Internet, Link
from topologies.links import Cable, Line
from topologies.personalities import Personality
from topologies.settings import Degradation

__all__ = ["MININET_VERSION", "Network", "NetworkError", "least_round_trip_ms", "running"]

PING_DEADLINE_S = 5
PING_DATA = 16  # bytes: the smallest that ping still times
PING_DATAGRAM = PING_DATA + 28  # with ICMP and IP header
BITS_PER_BYTE = 10  # start bit, eight data bits, stop bit
SLIP_ENDS = 2  # END bytes around a datagram (RFC 1055)


class NetworkError(RuntimeError):
    """The network isn't what was asked for; the message names the link and the measurement."""


@contextlib.contextmanager
def running(
    internet: Internet,
    personalities: Mapping[str, Personality] | None = None,
    abilities: Abilities | None = None,
) -> Iterator["Network"]:
    """Build an internet inside this sandbox, prove each link, and take it down at the end.

    Raises NetworkError where a link doesn't carry a ping or is faster than it was to be, and
    RuntimeError where the kernel refuses a setting.
    """
    setLogLevel("error")
    _quiet_sandbox()
    abilities = abilities or measured()
    topology = BookTopo(internet=internet, personalities=personalities, abilities=abilities)
    mininet = Mininet(topo=topology, switch=LinuxBridge, controller=None, build=False)
    try:
        mininet.start()
        network = Network(internet, mininet, abilities)
        network.prove()
        yield network
    finally:
        # Where Ctrl-C came while a shell was at work, the end of the sandbox takes all of it down.
        if not any(node.waiting for node in mininet.values()):
            mininet.stop()


def _quiet_sandbox() -> None:
    """No IPv6 or IGMP chatter from the bridges, and no packet filter between their ports."""
    _write(Path("/proc/sys/net/ipv4/igmp_link_local_mcast_reports"), "0")
    for name in ("ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6"):
        _write(Path("/proc/sys/net") / name, "1")
    for table in ("arptables", "iptables", "ip6tables"):
        _write(Path(f"/proc/sys/net/bridge/bridge-nf-call-{table}"), "0")


def _write(sysctl: Path, value: str) -> None:
    if sysctl.exists():  # a kernel without IPv6, or without br_netfilter, needs no quieting
        sysctl.write_text(value)


@dataclass
class Network:
    """The hosts and links of a running internet."""

    internet: Internet
    mininet: Mininet
    abilities: Abilities

    def __post_init__(self) -> None:
        self.measured_ms: dict[str, float] = {}
        self.down: set[str] = set()  # crashed, and not yet started again

    def __getitem__(self, name: str) -> BookHost:
        host: BookHost = self.mininet[name]
        return host

    def link(self, host: str, interface: str) -> Cable | Line:
        """The link at a host's interface, to `pull()` and `plug()`; raises KeyError."""
        link: Cable | Line = self[host].nameToIntf[interface].link
        return link

    @property
    def degraded(self) -> list[Degradation]:
        """What hosts and links are not, though they should be."""
        hosts = [one for host in self.mininet.hosts for one in host.settings.degraded]
        if self.abilities.tun:
            return hosts
        return hosts + [
            Degradation(
                host.name,
                "slip_device",
                "a TUN device for the SLIP line",
                "a veth pair of the same MTU, paced to the same rate",
                "/dev/net/tun is closed to this user",
            )
            for link in self.internet.links.values()
            if link.kind == SLIP
            for host in self.internet.on(link.name)
        ]

    def prove(self) -> None:
        """Ping once over every link, all at once; keep each round trip in `measured_ms`."""
        pings = {}
        for link in self.internet.links.values():
            first, *others = self.internet.on(link.name)
            target = first.on(link.name)
            for other in others:
                name = f"{link.name} ({other.name} to {first.name})"
                pings[name] = (link, self._ping(other.name, other.on(link.name), target))
        for name, (link, ping) in pings.items():
            self.measured_ms[name] = _round_trip_ms(name, ping)
            _check_round_trip(name, link, self.measured_ms[name])

    def _ping(self, host: str, source: Interface, target: Interface) -> "subprocess.Popen[bytes]":
        options = ["-n", "-c1", f"-W{PING_DEADLINE_S}", f"-s{PING_DATA}", "-I", source.name]
        return self[host].start("ping", *options, target.address.partition("/")[0])

    def crash(self, name: str) -> None:
        """Cut a host's power: not one segment leaves it, and nothing of its kernel remains.

        It loses its links first, so that what its dying sockets still say reaches nobody. The
        other end of a line stays up, since the host there notices nothing.
        """
        host = self[name]
        self.down.add(name)
        for link in self._links_of(host):
            if isinstance(link, Cable):
                self._remove(link)
            else:
                link.pull()
        _kill_namespace(host.pid)
        host.terminate()

    def reboot(self, name: str) -> None:
        """Start a crashed host again: new kernel state, the same names, ethers and addresses."""
        host = self[name]
        for link in self._links_of(host):
            self._remove(link)
        host.startShell()
        for first, second, facts in self.mininet.topo.links(withInfo=True):
            if name in (first, second):
                link = self.mininet.addLink(**facts)
                link.plug()
                if isinstance(link, Line):
                    peer = link.intf2 if link.intf1.node is host else link.intf1
                    peer.node.restore(peer.name)
        host.config()
        self.down.discard(name)

    def _links_of(self, host: BookHost) -> list[Cable | Line]:
        return [interface.link for interface in host.intfList()]

    def _remove(self, link: Cable | Line) -> None:
        self.mininet.links.remove(link)
        link.stop()


def _round_trip_ms(name: str, ping: "subprocess.Popen[bytes]") -> float:
    output, errors = ping.communicate()
    match = re.search(rb"time=([\d.]+) ms", output)
    if not match:
        raise NetworkError(f"{name}: no answer to a ping: {(errors or output).decode().strip()}")
    return float(match[1])


def _check_round_trip(name: str, link: Link, round_trip_ms: float) -> None:
    """A line that is faster than its delay or bit rate isn't the line that was asked for."""
    if round_trip_ms < 0.99 * least_round_trip_ms(link):
        raise NetworkError(
            f"{name}: a ping took {round_trip_ms} ms, less than the {least_round_trip_ms(link):.1f}"
            " ms that the line must take: its delay or rate is not in force"
        )


def least_round_trip_ms(link: Link) -> float:
    """What a proving ping takes at least on a link: twice its delay, or its bits at the rate."""
    if link.kind == ETHERNET:
        return 0.0
    if link.kind == SLIP:
        return 2000.0 * (PING_DATAGRAM + SLIP_ENDS) * BITS_PER_BYTE / (link.bit_rate or 1)
    return 2 * (link.delay_ms or 0.0)


def _kill_namespace(pid: int) -> None:
    """Kill every process in the network namespace of `pid`, its own included."""
    namespace = (Path("/proc") / str(pid) / "ns/net").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # a process may end while we look at it
            if (process / "ns/net").readlink() == namespace:
                os.kill(int(process.name), signal.SIGKILL)
