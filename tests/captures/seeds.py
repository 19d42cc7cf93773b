"""Whole captures of every format and link layer, small, to be damaged by tests."""

from pathlib import Path
from struct import pack

from captures.segment import ACK, MSS, NOP, SACK, SYN, TIMESTAMP, WINDOW_SCALE, Option
from tests.captures import frames, packets

OPTIONS = (
    Option(MSS, (1024,)),
    Option(NOP),
    Option(WINDOW_SCALE, (0,)),
    Option(TIMESTAMP, (1, 0)),
)
OPENING = frames.tcp(flags=SYN, seq=9, options=OPTIONS)
ANSWER = frames.tcp(frames.BSDI, frames.SVR4, flags=SYN | ACK, seq=7, ack=10)
DATA = frames.tcp(flags=ACK, seq=10, ack=8, payload=30, options=(Option(SACK, (7, 8)),))
SEGMENT = packets.segment(DATA)
UNREACHABLE = pack(">BBHHH", 3, 4, 0, 0, 296) + DATA[:28]
TOO_BIG = pack(">BBHI", 2, 0, 0, 1280) + packets.ipv6(SEGMENT)[:60]

PACKETS = [
    OPENING,
    ANSWER,
    DATA,
    frames.ipv4(SEGMENT[:24], fragment=0x2000),
    frames.ipv4(SEGMENT[24:], fragment=3),
    frames.ipv4(packets.authentication(6) + SEGMENT, protocol=51),
    frames.ipv4(UNREACHABLE, protocol=1),
    packets.ipv6(SEGMENT),
    packets.ipv6(packets.extension(43) + packets.extension(6, bytes(14)) + SEGMENT, 0),
    packets.ipv6(packets.fragment(6, more=True) + SEGMENT[:24], 44),
    packets.ipv6(TOO_BIG, 58),
]
ARP = frames.ethernet(frames.arp(1, "140.252.13.35", "140.252.13.34"), 0x0806)
NAMES = frames.option(1, b"\x8c\xfc\x0d\x22svr4\0") + frames.option(2, bytes(16) + b"any\0")


def pcapng(order: str) -> bytes:
    """Every block that is read, and one that isn't, in a section of this byte order."""
    resolution = frames.option(9, b"\x89", order) + frames.option(14, bytes(8), order)
    old = pack(order + "HHIIII", 0, 0, 0, 7, len(ARP), len(ARP)) + ARP
    return (
        frames.section(order)
        + frames.interface(resolution, order)
        + frames.interface(frames.option(1, b"comment", order), order, link_type=101)
        + b"".join(frames.packet(packet, 9, 1, order) for packet in PACKETS)
        + frames.simple_packet(ARP, order)
        + frames.block(2, old, order)
        + frames.block(0xBAD, b"own", order)
        + frames.statistics(frames.option(5, bytes(8), order), order=order)
    )


def captures() -> list[bytes]:
    """All of them: pcap on every link layer, pcapng, and the book's figures."""
    links = [
        frames.pcap(list(map(wrap, PACKETS)), link_type=link_type)
        for link_type, wrap in packets.LINKS.values()
    ]
    others = [
        frames.pcap([ARP, packets.ethernet(OPENING)], order=">", nanoseconds=True),
        frames.pcap(PACKETS, link_type=101, snapshot=40),
        pcapng("<") + frames.block(4, NAMES),
        pcapng(">") + pcapng("<"),
    ]
    figures = sorted((Path(__file__).parent / "figures").glob("*.txt"))
    return links + others + [path.read_bytes() for path in figures]
