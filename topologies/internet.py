"""An internet as plain facts: hosts, interfaces, links, routes. Nothing here needs root.

`checked` refuses what can't be built, and `part` cuts out what a lab needs, before anything is.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

SMALLEST_MTU = 68  # bytes every host must take unfragmented (RFC 791, 3.2)
LARGEST_MTU = 65535

ETHERNET, SLIP, DELAY = "ethernet", "slip", "delay"


class TopologyError(ValueError):
    """A description that can't be built: the message names the host or link and the parameter."""


@dataclass(frozen=True, slots=True)
class Link:
    """A medium. mtu in bytes; bit_rate in bit/s (SLIP lines); delay_ms one way (delay lines)."""

    name: str
    kind: str
    mtu: int
    bit_rate: int | None = None
    delay_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """A host's attachment to a link.

    address: `a.b.c.d/length`; a line's end has length 32, and may borrow an address of another
    interface ("unnumbered"). ether: on Ethernets and delay lines. mtu: this end's own setting,
    where it differs from the link's.
    """

    name: str
    link: str
    address: str
    ether: str | None = None
    mtu: int | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """A host. routes: destination prefix to next hop; proxy_arp: addresses it answers ARP for."""

    name: str
    system: str
    interfaces: tuple[Interface, ...]
    routes: Mapping[str, str]
    forwards: bool = False
    proxy_arp: tuple[str, ...] = ()
    domain_name: str | None = None

    @property
    def address(self) -> str:
        """The address of the first interface: what the host's name stands for in /etc/hosts."""
        return self.interfaces[0].address.partition("/")[0]

    def on(self, link: str) -> Interface:
        """The interface on a link; raises StopIteration's caller-friendly TopologyError."""
        for interface in self.interfaces:
            if interface.link == link:
                return interface
        raise TopologyError(f"{self.name} has no interface on {link}")


@dataclass(frozen=True, slots=True)
class Internet:
    """Links and hosts, by name."""

    links: Mapping[str, Link]
    hosts: Mapping[str, Host]

    def host(self, name: str) -> Host:
        """The host of this name; raises TopologyError that lists the names there are."""
        if name not in self.hosts:
            raise TopologyError(f"unknown host {name!r}: the hosts are {', '.join(self.hosts)}")
        return self.hosts[name]

    def on(self, link: str) -> list[Host]:
        """The hosts on a link."""
        return [
            host
            for host in self.hosts.values()
            if any(interface.link == link for interface in host.interfaces)
        ]

    def mtu(self, interface: Interface) -> int:
        """The MTU in force at an interface, in bytes."""
        return interface.mtu or self.links[interface.link].mtu


def internet(links: Iterable[Link], hosts: Iterable[Host]) -> Internet:
    """Put an internet together; raises TopologyError where it can't be built."""
    result = Internet({link.name: link for link in links}, {host.name: host for host in hosts})
    for link in result.links.values():
        _check_link(link, len(result.on(link.name)))
    for host in result.hosts.values():
        _check_host(result, host)
    _check_addresses(result)
    return result


def _check_link(link: Link, ends: int) -> None:
    _check_mtu(link.name, link.mtu)
    if link.kind not in (ETHERNET, SLIP, DELAY):
        raise TopologyError(f"{link.name}: unknown kind of link {link.kind!r}")
    if link.kind == SLIP and (link.bit_rate is None or link.bit_rate <= 0):
        raise TopologyError(f"{link.name}: bit_rate {link.bit_rate}: give a rate above 0 bit/s")
    if link.kind == DELAY and (link.delay_ms is None or link.delay_ms < 0):
        raise TopologyError(f"{link.name}: delay_ms {link.delay_ms}: give 0 ms or more")
    if link.kind != ETHERNET and ends != 2:
        raise TopologyError(f"{link.name}: a line has 2 ends, not {ends}")


def _check_mtu(where: str, mtu: int) -> None:
    if not SMALLEST_MTU <= mtu <= LARGEST_MTU:
        raise TopologyError(
            f"{where}: mtu {mtu}: give {SMALLEST_MTU} (RFC 791) to {LARGEST_MTU} bytes"
        )


def _check_host(result: Internet, host: Host) -> None:
    for interface in host.interfaces:
        if interface.link not in result.links:
            raise TopologyError(f"{host.name} {interface.name}: unknown link {interface.link!r}")
        _check_mtu(f"{host.name} {interface.name}", result.mtu(interface))
    try:
        for destination, next_hop in host.routes.items():
            IPv4Network(destination)
            IPv4Address(next_hop)
    except ValueError as error:
        raise TopologyError(f"{host.name}: route: {error}") from error


def _check_addresses(result: Internet) -> None:
    owners: dict[IPv4Address, str] = {}
    for host in result.hosts.values():
        for interface in host.interfaces:
            try:
                address = IPv4Interface(interface.address).ip
            except ValueError as error:
                raise TopologyError(f"{host.name} {interface.name}: {error}") from error
            owner = owners.setdefault(address, host.name)
            if owner != host.name:
                raise TopologyError(f"{owner} and {host.name} both have the address {address}")


def part(whole: Internet, names: Iterable[str]) -> Internet:
    """The named hosts and the routers on the shortest path between each two of them.

    Links with no host left but one are kept (an interface that nobody answers on is still
    there); lines that lost an end are dropped. Raises TopologyError for an unknown name.
    """
    wanted = [whole.host(name).name for name in names]
    needed = set(wanted)
    for first in wanted:
        paths = _shortest_paths(whole, first)
        for last in wanted:
            needed.update(paths[last])
    return _cut(whole, needed)


def _shortest_paths(whole: Internet, start: str) -> dict[str, list[str]]:
    """Breadth first from `start` through hosts that forward: host to the path of names."""
    paths = {start: [start]}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        if name != start and not whole.hosts[name].forwards:
            continue
        for interface in whole.hosts[name].interfaces:
            for neighbour in whole.on(interface.link):
                if neighbour.name not in paths:
                    paths[neighbour.name] = [*paths[name], neighbour.name]
                    queue.append(neighbour.name)
    return paths


def _cut(whole: Internet, needed: set[str]) -> Internet:
    kept = {
        link.name: link
        for link in whole.links.values()
        if _members(whole, link, needed) >= (1 if link.kind == ETHERNET else 2)
    }
    hosts = {
        name: replace(
            host,
            interfaces=tuple(interface for interface in host.interfaces if interface.link in kept),
        )
        for name, host in whole.hosts.items()
        if name in needed
    }
    return Internet(kept, hosts)


def _members(whole: Internet, link: Link, needed: set[str]) -> int:
    return sum(host.name in needed for host in whole.on(link.name))


def with_delays(whole: Internet, delays_ms: Mapping[str, float]) -> Internet:
    """The same internet with other one-way delays on some delay lines: link to milliseconds.

    Raises TopologyError for a link that isn't there or is no delay line, or a delay below 0.
    """
    for name in delays_ms:
        if name not in whole.links or whole.links[name].kind != DELAY:
            raise TopologyError(f"{name!r} is no delay line of this internet")
    links = [
        replace(link, delay_ms=delays_ms.get(link.name, link.delay_ms))
        for link in whole.links.values()
    ]
    return internet(links, whole.hosts.values())


def with_ethers(whole: Internet, ethers: Mapping[str, str]) -> Internet:
    """The same internet with other Ethernet addresses of some hosts: host to `0:0:c0:6f:2d:40`.

    Raises TopologyError for a host that isn't there or has no Ethernet address.
    """
    hosts = dict(whole.hosts)
    for name, ether in ethers.items():
        host = whole.host(name)
        if not any(interface.ether for interface in host.interfaces):
            raise TopologyError(f"{name} has no Ethernet address")
        octets = ":".join(octet.zfill(2) for octet in ether.split(":"))
        interfaces = tuple(
            replace(interface, ether=octets if interface.ether else None)
            for interface in host.interfaces
        )
        hosts[name] = replace(host, interfaces=interfaces)
    return internet(whole.links.values(), hosts.values())


def with_mtus(whole: Internet, mtus: Mapping[str, Mapping[str, int]]) -> Internet:
    """The same internet with some interfaces' own MTU settings: host to interface to bytes.

    Raises TopologyError for an unknown host or interface, or an MTU out of range.
    """
    hosts = dict(whole.hosts)
    for name, settings in mtus.items():
        host = whole.host(name)
        unknown = settings.keys() - {interface.name for interface in host.interfaces}
        if unknown:
            raise TopologyError(f"{name} has no interface {sorted(unknown)[0]!r}")
        interfaces = tuple(
            replace(interface, mtu=settings.get(interface.name, interface.mtu))
            for interface in host.interfaces
        )
        hosts[name] = replace(host, interfaces=interfaces)
    return internet(whole.links.values(), hosts.values())
