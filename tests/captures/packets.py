"""IPv6 packets, extension headers and every link layer, for tests of the formats."""

from collections.abc import Callable
from struct import pack

from tests.captures import frames

SVR4_IPV6, BSDI_IPV6 = (
    bytes.fromhex("20010db8" + "00" * 11 + "22"),
    bytes.fromhex("fe80" + "35" * 14),
)
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
# By the first four bits of a packet; an ARP packet begins with a zero.
KINDS = {4: IPV4, 6: IPV6, 0: ARP}


def ipv6(
    body: bytes,
    protocol: int = 6,
    *,
    size: int | None = None,
    tos: int = 0,
    addresses: bytes = SVR4_IPV6 + BSDI_IPV6,
) -> bytes:
    """An IPv6 packet; `size` is a false payload length."""
    length = len(body) if size is None else size
    return pack(">IHBB", 6 << 28 | tos << 20, length, protocol, 64) + addresses + body


def segment(packet: bytes) -> bytes:
    """The TCP segment in an IPv4 packet without options, to be put elsewhere."""
    return packet[20:]


def extension(protocol: int, body: bytes = b"\1\4\0\0\0\0") -> bytes:
    """A hop-by-hop, routing or destination header in front of `protocol`."""
    return bytes([protocol, (len(body) - 6) // 8]) + body


def fragment(protocol: int, offset: int = 0, more: bool = False, identification: int = 7) -> bytes:
    """IPv6's fragment header; `offset` in bytes."""
    return pack(">BxHI", protocol, offset | more, identification)


def authentication(protocol: int) -> bytes:
    """An authentication header with a check value of 12 bytes."""
    return pack(">BBHII", protocol, 4, 0, 1, 1) + bytes(12)


def kind(packet: bytes) -> int:
    """The Ethernet type of an IP or ARP packet."""
    return KINDS[packet[0] >> 4]


def ethernet(packet: bytes) -> bytes:
    """Not padded, as offloading interfaces show frames."""
    return frames.ETHERS + pack(">H", kind(packet)) + packet


def tagged(*tags: int) -> Callable[[bytes], bytes]:
    """Ethernet with VLAN tags of these types."""

    def wrap(packet: bytes) -> bytes:
        types = [*tags, kind(packet)]
        return (
            frames.ETHERS
            + pack(">H", types[0])
            + b"".join(pack(">HH", 5, one) for one in types[1:])
            + packet
        )

    return wrap


def cooked(packet: bytes) -> bytes:
    return pack(">HHH8sH", 0, 1, 6, bytes(8), kind(packet)) + packet


def cooked_2(packet: bytes) -> bytes:
    return pack(">HHIHBB8s", kind(packet), 0, 2, 1, 0, 6, bytes(8)) + packet


def null(order: str, ipv6_family: int = 30) -> Callable[[bytes], bytes]:
    def wrap(packet: bytes) -> bytes:
        return pack(order + "I", 2 if kind(packet) == IPV4 else ipv6_family) + packet

    return wrap


def ppp(start: str, compressed: bool) -> Callable[[bytes], bytes]:
    def wrap(packet: bytes) -> bytes:
        protocol = 0x21 if kind(packet) == IPV4 else 0x57
        return bytes.fromhex(start) + protocol.to_bytes(1 if compressed else 2, "big") + packet

    return wrap


def cisco(packet: bytes) -> bytes:
    return pack(">BBH", 0x0F, 0, kind(packet)) + packet


def slip(packet: bytes) -> bytes:
    return bytes(16) + packet


def raw(packet: bytes) -> bytes:
    return packet


# name: link type, the frame around an IP packet, and the bytes in front of it
LINKS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, ethernet),
    "vlan": (1, tagged(0x8100)),
    "802.1ad": (1, tagged(0x88A8, 0x8100)),
    "old qinq": (1, tagged(0x9100, 0x8100, 0x8100)),
    "cooked": (113, cooked),
    "cooked 2": (276, cooked_2),
    "raw": (101, raw),
    "raw bsd": (12, raw),
    "raw openbsd": (14, raw),
    "raw ipv4 or 6": (228, raw),
    "null little": (0, null("<")),
    "null big": (0, null(">", 28)),
    "loop": (108, null(">", 24)),
    "ppp": (9, ppp("ff03", compressed=False)),
    "ppp bare": (9, ppp("", compressed=False)),
    "ppp compressed": (50, ppp("", compressed=True)),
    "ppp hdlc": (50, ppp("ff03", compressed=True)),
    "cisco hdlc": (50, cisco),
    "slip": (8, slip),
}
