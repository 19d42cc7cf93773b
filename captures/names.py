"""Names for addresses and ports, as the book prints them."""

from collections.abc import Mapping, Set
from functools import cached_property

import msgspec

from captures.segment import Endpoint

BOOK_SERVICES = {7: "echo", 9: "discard", 13: "daytime", 19: "chargen", 23: "telnet", 514: "shell"}

# The hosts of the book's inside front cover, by address. topologies/inside_cover.py builds the
# same ones, and a test compares: who only checks captures need not load networks.
BOOK_HOSTS = {
    "140.252.13.35": "bsdi",
    "140.252.13.66": "bsdi",
    "140.252.13.33": "sun",
    "140.252.1.29": "sun",
    "140.252.13.34": "svr4",
    "140.252.13.65": "slip",
    "140.252.1.183": "netb",
    "140.252.1.4": "gateway",
    "140.252.1.92": "aix",
    "140.252.1.32": "solaris",
    "140.252.1.11": "gemini",
    "128.32.130.2": "vangogh",
}

# The vantage points on each of the book's Ethernets, compared by a test, too: what passes one of
# them passes all.
BOOK_ETHERNETS = (
    ("bsdi eth0", "sun eth0", "svr4 eth0"),
    ("netb eth0", "gateway eth0", "aix eth0", "solaris eth0", "gemini eth0"),
)


class Names(msgspec.Struct, frozen=True, dict=True):
    """What addresses and ports are called; what has no name stands for itself.

    hosts: address to name (a host with two interfaces has two addresses, one name).
    services: port number to service name.
    """

    hosts: Mapping[str, str] = {}
    services: Mapping[int, str] = msgspec.field(default_factory=lambda: BOOK_SERVICES)

    def host(self, address: str) -> str:
        """The name of an address; a name, or an address without one, as it is."""
        return self.hosts.get(address, address)

    def addresses(self, host: str) -> Set[str]:
        """What stands for a host of this name in captures: its addresses, and the name itself."""
        return self._addresses.get(host) or {host}

    @cached_property
    def _addresses(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for address, name in self.hosts.items():
            found.setdefault(name, {name}).add(address)
        return found

    def service(self, port: int) -> str:
        """The name of a port, else its number in digits."""
        return self.services.get(port, str(port))

    def endpoint(self, endpoint: Endpoint) -> str:
        """`host.port` as tcpdump prints it: `svr4.1037`, `bsdi.discard`."""
        return f"{self.host(endpoint.host)}.{self.service(endpoint.port)}"
