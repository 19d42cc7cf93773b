"""The internet of the book's inside front cover.

Source: TCP/IP Illustrated, Volume 1, inside front cover. The addresses are real ones of 1993:
that is why every run lives in a sandbox without a route out. Ethers that the book doesn't print
are chosen here, locally administered.
"""

from topologies.internet import DELAY, ETHERNET, SLIP, Host, Interface, Internet, Link, internet

SLIP_BIT_RATE = 9600

# bsdi to vangogh and back takes 0.21 s with 40-byte segments (figure of section 18.8). The dialup
# line takes 87.5 ms of it: 40 bytes and two END bytes (RFC 1055), 10 bits each, both ways.
RTT_BSDI_VANGOGH_MS = 210.0
RTT_DIALUP_MS = 2 * (40 + 2) * 10 * 1000 / SLIP_BIT_RATE
WAN_DELAY_MS = (RTT_BSDI_VANGOGH_MS - RTT_DIALUP_MS) / 2

SERVICES = {"echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "telnet": 23, "shell": 514}

LINKS = (
    Link("ethernet-13", ETHERNET, mtu=1500),
    Link("ethernet-1", ETHERNET, mtu=1500),
    Link("slip-bsdi", SLIP, mtu=296, bit_rate=SLIP_BIT_RATE),
    Link("slip-netb", SLIP, mtu=552, bit_rate=SLIP_BIT_RATE),
    Link("internet", DELAY, mtu=1500, delay_ms=WAN_DELAY_MS),
)

_ROUTES_OF_ETHERNET_1 = {"0.0.0.0/0": "140.252.1.4", "140.252.13.0/24": "140.252.1.183"}


def _on_ethernet_1(name: str, system: str, address: str, ether: str) -> Host:
    interface = Interface("eth0", "ethernet-1", f"{address}/24", ether)
    return Host(name, system, (interface,), _ROUTES_OF_ETHERNET_1)


HOSTS = (
    Host(
        "bsdi",
        "BSD/386 1.0",
        (
            Interface("eth0", "ethernet-13", "140.252.13.35/27", "00:00:c0:6f:2d:40"),
            Interface("sl0", "slip-bsdi", "140.252.13.66/32"),
        ),
        {"0.0.0.0/0": "140.252.13.33"},
        forwards=True,
        domain_name="bsdi.tuc.noao.edu",
    ),
    Host(
        "sun",
        "SunOS 4.1.3",
        (
            Interface("eth0", "ethernet-13", "140.252.13.33/27", "08:00:20:03:f6:42"),
            Interface("sl0", "slip-netb", "140.252.1.29/32"),
        ),
        {"0.0.0.0/0": "140.252.1.183", "140.252.13.64/27": "140.252.13.35"},
        forwards=True,
    ),
    Host(
        "svr4",
        "SVR4",
        (Interface("eth0", "ethernet-13", "140.252.13.34/27", "00:00:c0:c2:9b:26"),),
        {"0.0.0.0/0": "140.252.13.33", "140.252.13.64/27": "140.252.13.35"},
    ),
    Host(
        "slip",
        "BSD/386 1.0",
        (Interface("sl0", "slip-bsdi", "140.252.13.65/32"),),
        {"0.0.0.0/0": "140.252.13.66"},
    ),
    Host(  # a Telebit NetBlazer; its SLIP end borrows the Ethernet's address
        "netb",
        "Linux",
        (
            Interface("eth0", "ethernet-1", "140.252.1.183/24", "00:80:ad:03:6a:80"),
            Interface("sl0", "slip-netb", "140.252.1.183/32"),
        ),
        {"0.0.0.0/0": "140.252.1.4", "140.252.13.0/24": "140.252.1.29"},
        forwards=True,
        proxy_arp=("140.252.1.29",),
    ),
    Host(  # a Cisco router
        "gateway",
        "Linux",
        (
            Interface("eth0", "ethernet-1", "140.252.1.4/24", "02:00:8c:fc:01:04"),
            Interface("wan0", "internet", "140.252.1.4/32", "02:00:8c:fc:01:05"),
        ),
        {"0.0.0.0/0": "128.32.130.2", "140.252.13.0/24": "140.252.1.183"},
        forwards=True,
    ),
    _on_ethernet_1("aix", "AIX 3.2.2", "140.252.1.92", "02:00:8c:fc:01:5c"),
    _on_ethernet_1("solaris", "Solaris 2.2", "140.252.1.32", "02:00:8c:fc:01:20"),
    _on_ethernet_1("gemini", "SunOS 4.1.3", "140.252.1.11", "02:00:8c:fc:01:0b"),
    Host(
        "vangogh",
        "4.4BSD",
        (Interface("wan0", "internet", "128.32.130.2/32", "02:00:8c:fc:82:02"),),
        {"0.0.0.0/0": "140.252.1.4"},
        domain_name="vangogh.cs.berkeley.edu",
    ),
)

BOOK: Internet = internet(LINKS, HOSTS)


def etc_hosts() -> str:
    """The book's names as /etc/hosts has them."""
    lines = ["127.0.0.1 localhost"]
    for host in HOSTS:
        names = [name for name in (host.name, host.domain_name) if name]
        addresses = dict.fromkeys(interface.address.split("/")[0] for interface in host.interfaces)
        lines += [f"{address} {' '.join(names)}" for address in addresses]
    return "\n".join(lines) + "\n"


def etc_services() -> str:
    """The book's services, TCP and UDP, as /etc/services has them."""
    return "".join(
        f"{name} {port}/{protocol}\n"
        for name, port in SERVICES.items()
        for protocol in ("tcp", "udp")
    )
