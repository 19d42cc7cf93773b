"""How long networks take to come up and go down, against plain Mininet: run inside a sandbox."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import Topo

from topologies.book import BookTopo
from topologies.inside_cover import BOOK
from topologies.internet import ETHERNET, Internet, internet
from topologies.network import running
from topologies.personalities import SYSTEMS

ROUNDS = 9


def two_ethernets() -> Internet:
    """The book's two Ethernets with their eight hosts, and no lines between them."""
    links = [link for link in BOOK.links.values() if link.kind == ETHERNET]
    names = {link.name for link in links}
    hosts = [
        replace(host, interfaces=tuple(its for its in host.interfaces if its.link in names))
        for host in BOOK.hosts.values()
    ]
    return internet(links, [host for host in hosts if host.interfaces])


class PlainTopo(Topo):  # type: ignore[misc]
    """The same hosts and links in Mininet's own classes."""

    def build(self, whole: Internet) -> None:
        for number, link in enumerate(whole.links, start=1):
            switch = self.addSwitch(f"s{number}")
            for host in whole.on(link):
                its = host.on(link)
                self.addHost(host.name, ip=its.address, mac=its.ether)
                self.addLink(host.name, switch)


def seconds(build: Callable[[], Topo]) -> float:
    start = time.perf_counter()
    network = Mininet(topo=build(), switch=LinuxBridge, controller=None)
    network.start()
    network.stop()
    return time.perf_counter() - start


def whole_internet() -> float:
    start = time.perf_counter()
    with running(BOOK):
        pass
    return time.perf_counter() - start


def main() -> None:
    setLogLevel("error")
    eight = two_ethernets()
    linux = dict.fromkeys(eight.hosts, SYSTEMS["Linux"])
    plain, ours = [], []
    for _ in range(ROUNDS):  # in turn, so that a busy moment hits both
        plain.append(seconds(lambda: PlainTopo(eight)))
        ours.append(seconds(lambda: BookTopo(eight, linux)))
    result = {
        "plain_mininet_s": statistics.median(plain),
        "eight_hosts_s": statistics.median(ours),
        "ten_hosts_s": statistics.median(whole_internet() for _ in range(ROUNDS)),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
