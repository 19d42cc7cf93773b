"""Names for addresses and ports, as the book prints them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from captures.segment import Endpoint

BOOK_SERVICES = {7: "echo", 9: "discard", 13: "daytime", 19: "chargen", 23: "telnet", 514: "shell"}


@dataclass(frozen=True)
class Names:
    """What addresses and ports are called; what has no name stands for itself.

    hosts: address to name (a host with two interfaces has two addresses, one name).
    services: port number to service name.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[int, str] = field(default_factory=lambda: BOOK_SERVICES)

    def host(self, address: str) -> str:
        """The name of an address; a name, or an address without one, as it is."""
        return self.hosts.get(address, address)

    def service(self, port: int) -> str:
        """The name of a port, else its number in digits."""
        return self.services.get(port, str(port))

    def endpoint(self, endpoint: Endpoint) -> str:
        """`host.port` as tcpdump prints it: `svr4.1037`, `bsdi.discard`."""
        return f"{self.host(endpoint.host)}.{self.service(endpoint.port)}"
