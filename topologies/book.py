"""The internet of the book's inside front cover as a Mininet topology.

`mn --custom topologies/book.py --topo book --switch lxbr --controller none` takes this file as it
is; `python3 -m topologies.sandbox mn --custom ...` does so without root. Neither needs the
project's virtual environment.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mininet.topo import Topo

# `mn --custom` executes this file's text: there is no __file__, and nothing beside it is found.
_PROJECT = str(Path((lambda: None).__code__.co_filename).resolve().parent.parent)
if _PROJECT not in sys.path:
    sys.path.insert(0, _PROJECT)

from topologies.abilities import Abilities  # noqa: E402
from topologies.hosts import BookHost  # noqa: E402
from topologies.inside_cover import BOOK  # noqa: E402
from topologies.internet import ETHERNET, Internet, Link  # noqa: E402
from topologies.links import Cable, Line  # noqa: E402
from topologies.personalities import Personality, personality  # noqa: E402


class BookTopo(Topo):  # type: ignore[misc]
    """An internet of the book's kind: pure description, nothing is built yet.

    internet: the hosts and links, by default all ten of the book. personalities: by host name,
    where a lab wants another than the host's system has. abilities: as measured, unless given.
    """

    def build(
        self,
        internet: Internet = BOOK,
        personalities: Mapping[str, Personality] | None = None,
        abilities: Abilities | None = None,
    ) -> None:
        """Describe hosts, one bridge an Ethernet, cables and lines."""
        for host in internet.hosts.values():
            its = (personalities or {}).get(host.name) or personality(host.system)
            self.addHost(
                host.name,
                cls=BookHost,
                facts=host,
                internet=internet,
                personality=its,
                abilities=abilities,
            )
        ethernets = [link for link in internet.links.values() if link.kind == ETHERNET]
        for number, link in enumerate(ethernets, start=1):
            self._segment(internet, link, self.addSwitch(f"s{number}"))
        for link in internet.links.values():
            if link.kind != ETHERNET:
                self._line(internet, link, abilities)

    def _segment(self, internet: Internet, link: Link, switch: str) -> None:
        for host in internet.on(link.name):
            its = host.on(link.name)
            self.addLink(host.name, switch, cls=Cable, intfName1=its.name, addr1=its.ether)

    def _line(self, internet: Internet, link: Link, abilities: Abilities | None) -> None:
        ends: dict[str, Any] = {}
        for number, host in enumerate(internet.on(link.name), start=1):
            its = host.on(link.name)
            ends[f"intfName{number}"] = its.name
            ends[f"addr{number}"] = its.ether or f"02:00:00:00:00:{number:02x}"
        names = [host.name for host in internet.on(link.name)]
        self.addLink(*names, cls=Line, facts=link, abilities=abilities, **ends)


topos = {"book": BookTopo}
