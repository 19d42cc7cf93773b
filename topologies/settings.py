"""From facts to kernel settings: the sysctls, `ip` commands and nftables rules of one host.

Pure text out of plain facts; `hosts.py` applies it in the host's own namespace, so that everything
dies with it. What this kernel or user can't do is left out and told as a Degradation.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from topologies import firewall
from topologies.abilities import Abilities
from topologies.internet import ETHERNET, SLIP, Host, Interface, Internet
from topologies.personalities import Personality
from topologies.syn_schedule import syn_schedule

SMALLEST_HEADERS = 40  # bytes of IP and TCP header without options
LARGEST_MSS = 65535 - SMALLEST_HEADERS

# The room that a kernel's receive buffer must have, in windows, to announce just that window again
# after a byte of it was used up: a window and a segment, or the next is a byte smaller (measured).
ROOM_PER_WINDOW = 1.25

ARP_TIMERS = {"base_reachable_time_ms": "1200000", "delay_first_probe_time": "1200"}

NO_NFTABLES = "nftables doesn't work here: install nftables on a kernel with nf_tables"


@dataclass(frozen=True, slots=True)
class Degradation:
    """Something wanted that this kernel or user can't do, and what the host does instead."""

    host: str
    aspect: str
    wanted: str
    got: str
    why: str


@dataclass(frozen=True, slots=True)
class Settings:
    """sysctls: dotted name to value. ip_commands: lines for `ip -batch`. nftables: a ruleset."""

    sysctls: dict[str, str]
    ip_commands: list[str]
    nftables: str
    degraded: list[Degradation]


def settings(
    internet: Internet, host: Host, personality: Personality, abilities: Abilities
) -> Settings:
    """What makes `host` look like its system, as far as this kernel and user can."""
    schedule = syn_schedule(personality, abilities)
    return Settings(
        sysctls=_sysctls(host, personality, abilities.window_share)
        | _arp_timers(internet, host, personality)
        | (schedule.sysctls if schedule else {}),
        ip_commands=[*_addresses(internet, host), *_routes(internet, host, personality)],
        nftables=firewall.ruleset(personality, schedule) if abilities.nftables else "",
        degraded=list(_degraded(internet, host, personality, abilities)),
    )


def _sysctls(host: Host, personality: Personality, window_share: float) -> dict[str, str]:
    values: dict[str, object] = {
        "tcp_sack": int(personality.sack),
        "tcp_timestamps": int(personality.timestamps),
        "tcp_window_scaling": int(personality.window_scaling),
        "tcp_ecn": 0 if personality.system != "Linux" else 2,
        "ip_no_pmtu_disc": int(not personality.path_mtu_discovery),
        "ip_forward": int(host.forwards),
        "conf.all.accept_redirects": 0,
        "conf.all.send_redirects": 0,
        "conf.default.send_redirects": 0,
        "route.min_pmtu": 68,
    }
    if personality.ephemeral_ports:
        values["ip_local_port_range"] = "{}\t{}".format(*personality.ephemeral_ports)
    if personality.fin_wait_2_s:
        values["tcp_fin_timeout"] = personality.fin_wait_2_s
    if personality.window:
        mss = personality.mss_local or personality.mss_nonlocal or SMALLEST_HEADERS
        buffer = math.ceil(ROOM_PER_WINDOW / window_share * _multiple(personality.window, mss))
        values["tcp_rmem"] = f"{buffer}\t{buffer}\t{buffer}"
    return {f"net.ipv4.{name}": str(value) for name, value in values.items()}


def _arp_timers(internet: Internet, host: Host, personality: Personality) -> dict[str, str]:
    """An ARP entry is used for 20 minutes, unasked (TCP/IP Illustrated 4.5); Linux asks after 5 s.

    It would ask a host that is just then rebooting, which so learns an address that it forgot.
    """
    if personality.system == "Linux":
        return {}
    names = [its.name for its in host.interfaces if internet.links[its.link].kind == ETHERNET]
    return {
        f"net.ipv4.neigh.{name}.{timer}": value
        for name in names
        for timer, value in ARP_TIMERS.items()
    }


def _addresses(internet: Internet, host: Host) -> Iterator[str]:
    yield "link set lo up"
    for interface in host.interfaces:
        name = interface.name
        peer = _peer_address(internet, host, interface)
        arp = "off" if internet.links[interface.link].kind == SLIP else "on"
        yield f"link set {name} mtu {internet.mtu(interface)} arp {arp} up"
        yield f"addr add {interface.address} {f'peer {peer} ' if peer else ''}dev {name}"
        if internet.links[interface.link].kind == ETHERNET:
            for address in host.proxy_arp:
                yield f"neigh add proxy {address} dev {name}"


def _peer_address(internet: Internet, host: Host, interface: Interface) -> str | None:
    """The address at a line's other end; None on an Ethernet."""
    if internet.links[interface.link].kind == ETHERNET:
        return None
    for other in internet.on(interface.link):
        if other.name != host.name:
            return other.on(interface.link).address.partition("/")[0]
    return None


def _routes(internet: Internet, host: Host, personality: Personality) -> Iterator[str]:
    local_differs = personality.mss_local is not None
    for destination, via, interface in _destinations(internet, host, local_differs):
        source = interface.address.partition("/")[0]
        metrics = _metrics(internet, host, personality, destination, interface)
        yield f"route replace {destination} {via} src {source} {metrics}".rstrip()


def _destinations(
    internet: Internet, host: Host, local_differs: bool
) -> Iterator[tuple[IPv4Network, str, Interface]]:
    """Every destination with its next hop in `ip route`'s words, and the outgoing interface.

    local_differs: beside a default route comes one for the own class B network, since systems of
    that time announced another MSS to hosts inside it, whatever the subnet (section 18.4).
    """
    reach: list[tuple[IPv4Network, Interface]] = []
    for interface in host.interfaces:
        peer = _peer_address(internet, host, interface)
        network = IPv4Network(peer) if peer else IPv4Interface(interface.address).network
        reach.append((network, interface))
        yield network, f"dev {interface.name} scope link", interface
    for destination, next_hop in host.routes.items():
        onlink = [net for net, _ in reach if IPv4Network(next_hop).subnet_of(net)]
        if not onlink:
            continue  # the next hop isn't part of this lab
        nearest = max(onlink, key=lambda net: net.prefixlen)
        interface = dict(reach)[nearest]
        via = f"via {next_hop} dev {interface.name}"
        if IPv4Network(destination).prefixlen == 0 and local_differs:
            yield own_network(host), via, interface
        yield IPv4Network(destination), via, interface


def own_network(host: Host) -> IPv4Network:
    """The class B network that a host counts as local: 140.252.0.0/16 in most of the book."""
    return IPv4Network(f"{host.address}/16", strict=False)


def _metrics(
    internet: Internet,
    host: Host,
    personality: Personality,
    destination: IPv4Network,
    interface: Interface,
) -> str:
    """Route metrics: MSS and window announced, and a Berkeley sender's habits.

    initcwnd 1: slow start begins with one segment. quickack 1: a FIN is acknowledged at once, in
    a segment of its own. rto_min 1s: a 9600 bit/s line would else see spurious retransmissions.
    """
    mss = _mss(internet, host, personality, destination, interface)
    words = []
    if personality.mss_local or personality.mss_nonlocal:
        words.append(f"advmss {mss} initcwnd 1 quickack 1 rto_min 1s")
    if personality.window:
        words.append(f"window {_multiple(personality.window, _data_bytes(personality, mss))}")
    return " ".join(words)


def _mss(
    internet: Internet,
    host: Host,
    personality: Personality,
    destination: IPv4Network,
    interface: Interface,
) -> int:
    """The MSS announced to a destination: the system's, never above the interface's MTU - 40."""
    local = destination.subnet_of(own_network(host))
    mss = personality.mss_local if local else personality.mss_nonlocal
    return min(mss or LARGEST_MSS, internet.mtu(interface) - SMALLEST_HEADERS)


def _data_bytes(personality: Personality, mss: int) -> int:
    """The data in a segment of that MSS: a timestamp takes 12 bytes of it (RFC 7323, A)."""
    return mss - 12 if personality.timestamps else mss


def _multiple(window: int, data_bytes: int) -> int:
    """The least number of full segments that holds the window: Linux announces nothing else."""
    return -(-window // data_bytes) * data_bytes


def _degraded(
    internet: Internet, host: Host, personality: Personality, abilities: Abilities
) -> Iterator[Degradation]:
    def instead(aspect: str, wanted: str, got: str, why: str) -> Degradation:
        return Degradation(host.name, aspect, wanted, got, why)

    if personality.syn_timers:
        yield from _degraded_syn_timers(host, personality, abilities)
    if not personality.mss_option and not abilities.nftables:
        yield instead("mss", "no MSS option", "an MSS option", NO_NFTABLES)
    if firewall.wscale_goes_first(personality) and not abilities.nftables:
        yield instead("options", "wscale before timestamp", "timestamp before wscale", NO_NFTABLES)
    if personality.end_of_list and not abilities.nftables:
        yield instead("options", "an end of the option list", "NOPs", NO_NFTABLES)
    if personality.telnet_tos and not (abilities.nftables and abilities.many_groups):
        why = "only one group id here: install uidmap" if abilities.nftables else NO_NFTABLES
        yield instead("tos", f"telnet's TOS {personality.telnet_tos:#x}", "TOS 0x0", why)
    if personality.window and not abilities.nftables:
        windows = _windows(internet, host, personality, personality.window) - {personality.window}
        if windows:
            got = " or ".join(f"win {window}" for window in sorted(windows))
            yield instead("window", f"win {personality.window}", got, NO_NFTABLES)


def _windows(internet: Internet, host: Host, personality: Personality, window: int) -> set[int]:
    """What routes announce to the other hosts of this internet, where nothing caps it."""
    routes = list(_destinations(internet, host, personality.mss_local is not None))
    windows = set()
    for other in internet.hosts.values():
        ways = [way for way in routes if IPv4Address(other.address) in way[0]]
        if other.name != host.name and ways:
            destination, _, interface = max(ways, key=lambda way: way[0].prefixlen)
            mss = _mss(internet, host, personality, destination, interface)
            windows.add(_multiple(window, _data_bytes(personality, mss)))
    return windows


def _degraded_syn_timers(
    host: Host, personality: Personality, abilities: Abilities
) -> Iterator[Degradation]:
    schedule = syn_schedule(personality, abilities)
    if schedule and schedule.exact:
        return
    got = _gaps(gap / 1000 for gap in schedule.gaps_ms) if schedule else "Linux's own schedule"
    wanted = _gaps(personality.syn_gaps_s or ())
    if not abilities.nftables:
        why = NO_NFTABLES
    elif not abilities.rto_max:
        why = "Linux 6.15 or later is needed, for tcp_rto_max_ms"
    else:
        why = f"no retry series of a kernel with HZ {abilities.hz} comes nearer"
    yield Degradation(host.name, "syn_timers", wanted, got, why)


def _gaps(gaps_s: Iterable[float]) -> str:
    return f"SYNs {', '.join(f'{gap:.3g}' for gap in gaps_s)} s apart"
