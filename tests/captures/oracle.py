"""tshark as the oracle: what it says of a capture, and generated frames to ask it about.

Only the protocols that the suite reads are enabled, and nothing is put together from several
frames: docs/differences.md says what that leaves out.
"""

import random
import subprocess
from collections.abc import Sequence
from struct import pack
from typing import NamedTuple, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from captures.segment import Segment
from tests.captures import frames, packets
from tests.captures.strategies import ENDPOINTS, segments

# tshark has no dissector for SLIP's pseudo-header.
LINKS = sorted(set(packets.LINKS) - {"slip"})
WITH_ARP = [name for name in LINKS if name in {"ethernet", "vlan", "802.1ad", "cooked", "cooked 2"}]

PROTOCOLS = """eth ethertype vlan ieee8021ad sll raw null ppp chdlc ip ipv6 ipv6.hopopts
    ipv6.routing ipv6.dstopts ipv6.fraghdr ah shim6 icmp icmpv6 tcp arp""".split()
PREFERENCES = """ip.defragment:FALSE ipv6.defragment:FALSE tcp.desegment_tcp_streams:FALSE
    tcp.analyze_sequence_numbers:FALSE""".split()
FIELDS = """frame.number frame.time_epoch frame.protocols ip.src ip.dst ipv6.src ipv6.dst
    tcp.srcport tcp.dstport tcp.flags tcp.seq tcp.seq_raw tcp.ack_raw tcp.len tcp.window_size_value
    tcp.options ip.dsfield ipv6.tclass tcp.stream arp.opcode arp.src.proto_ipv4 icmp.mtu icmpv6.mtu
    ip.frag_offset ipv6.fraghdr.offset ip.flags.mf ipv6.fraghdr.more""".split()

# Of these at least one is not zero in a fragment; offsets are in units of eight bytes.
FRAGMENT_FIELDS = ["ip.frag_offset", "ipv6.fraghdr.offset", "ip.flags.mf", "ipv6.fraghdr.more"]
# Where one of these headers contradicts itself behind its length, tshark reads no further.
UNREAD = ("ipv6.hopopts", "ipv6.dstopts", "ipv6.routing")

# More than any value takes; what runs out of bytes isn't drawn.
BYTES_A_VALUE = 8192

Row = dict[str, str]
Value = TypeVar("Value")


class Given(NamedTuple):
    """One frame: its link layer's name in `packets.LINKS`, its bytes, and how many are kept."""

    link: str
    data: bytes
    kept: int


def drawn(strategy: st.SearchStrategy[Value], seed: int, count: int) -> list[Value]:
    """So many values of a strategy, the same ones in every run.

    Each is drawn from pseudo-random bytes alone: hypothesis's own choice depends on constants in
    the modules that happen to be loaded, even derandomized.
    """
    found: list[Value] = []

    @given(strategy)
    def keep(value: Value) -> None:
        found.append(value)

    source = random.Random(seed)  # noqa: S311  it has to be predictable
    while len(found) < count:
        keep.hypothesis.fuzz_one_input(source.randbytes(BYTES_A_VALUE))  # type: ignore[attr-defined]
    return found


def pcapng(batch: Sequence[Given]) -> bytes:
    """One file with an interface for each link layer; frame i is at i microseconds."""
    parts = [frames.section()]
    parts += [frames.interface(link_type=packets.LINKS[name][0]) for name in LINKS]
    for units, one in enumerate(batch):
        data = one.data[: one.kept]
        header = pack("<5I", LINKS.index(one.link), 0, units, len(data), len(one.data))
        parts.append(frames.block(6, header + data))
    return b"".join(parts)


def dissect(data: bytes) -> list[Row]:
    """tshark's fields of every frame; an empty string where a frame has none."""
    command = ["tshark", "-n", "-r", "-", "-T", "fields", "-E", "occurrence=f"]
    command += ["--disable-protocol", "ALL"]
    command += [word for name in PROTOCOLS for word in ("--enable-protocol", name)]
    command += [word for one in PREFERENCES for word in ("-o", one)]
    command += [word for name in FIELDS for word in ("-e", name)]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    return [_row(line.split("\t")) for line in lines]


def _row(values: list[str]) -> Row:
    row = dict(zip(FIELDS, values, strict=True))
    if row["tcp.flags"]:
        # With them tshark shows the four bits in front, which the suite leaves.
        row["tcp.flags"] = f"0x{int(row['tcp.flags'], 16) & 0xFF:04x}"
    return row


def shows_segment(row: Row) -> bool:
    """Whether tshark shows a TCP segment up to its window, and not one that ICMP quotes.

    Where the window is cut off, tshark 4.6 shows what is before it, and 4.0 nothing.
    """
    names = row["frame.protocols"].split(":")
    return bool(row["tcp.window_size_value"]) and not {"icmp", "icmpv6"} & set(names)


def differences(segment: Segment, row: Row) -> list[str]:
    """What tshark says otherwise of a segment: `frame 3 tcp.len: 5, tshark 7`."""
    # Of a first fragment tshark tells no length.
    return [
        f"frame {segment.frame} {name}: {ours}, tshark {row[name]}"
        for name, ours in fields(segment).items()
        if row[name] != ours and not (name == "tcp.len" and not row[name])
    ]


def fields(segment: Segment) -> dict[str, str]:
    """What is known of a segment, as tshark writes it."""
    four = "." in segment.source.host
    source, destination, tos = ("ip.src", "ip.dst", "ip.dsfield") if four else IPV6_FIELDS
    found = {
        "frame.time_epoch": f"{segment.time_ns // 10**9}.{segment.time_ns % 10**9:09d}",
        source: segment.source.host,
        destination: segment.destination.host,
        "tcp.srcport": str(segment.source.port),
        "tcp.dstport": str(segment.destination.port),
        "tcp.flags": f"0x{segment.flags:04x}",
        "tcp.seq_raw": str(segment.seq),
        "tcp.len": str(segment.payload),
        "tcp.window_size_value": str(segment.window),
        tos: f"0x{segment.tos:02x}" if four else f"0x{segment.tos:08x}",
    }
    if segment.ack is not None:
        found["tcp.ack_raw"] = str(segment.ack)
    return found


IPV6_FIELDS = ("ipv6.src", "ipv6.dst", "ipv6.tclass")


def wrapped(
    packet: st.SearchStrategy[bytes], links: Sequence[str] = LINKS
) -> st.SearchStrategy[Given]:
    """Frames with these packets on any of these links, some of them cut by a snapshot length."""
    data = st.tuples(st.sampled_from(links), packet).map(
        lambda pair: (pair[0], packets.LINKS[pair[0]][1](pair[1]))
    )
    kept = st.one_of(st.just(65535), st.integers(0, 120))
    return st.builds(lambda pair, size: Given(pair[0], pair[1], size), data, kept)


def _chain(headers: Sequence[int], body: bytes, protocol: int) -> tuple[bytes, int]:
    """Extension headers in front of the body, and the number of the first."""
    for kind in headers:
        header = packets.authentication(protocol) if kind == 51 else packets.extension(protocol)
        body, protocol = header + body, kind
    return body, protocol


@st.composite
def ip_packets(draw: st.DrawFn) -> bytes:
    """TCP and other packets of both versions, with options, extension headers, or in fragments."""
    segment = packets.segment(frames.segment_packet(draw(segments())))
    protocol = draw(st.sampled_from([6, 6, 6, 6, 17, 47]))
    more, offset = draw(st.sampled_from([(False, 0)] * 6 + [(True, 0), (True, 64), (False, 128)]))
    tos = draw(st.integers(0, 255))
    if draw(st.booleans()):
        fragment = more << 13 | offset // 8 | draw(st.sampled_from([0, 0x4000]))
        source, destination = draw(ENDPOINTS).host, draw(ENDPOINTS).host
        packet = frames.ipv4(
            segment, source, destination, tos=tos, protocol=protocol, fragment=fragment
        )
        return draw(st.sampled_from([packet, with_ip_options(packet)]))
    headers = draw(st.lists(st.sampled_from([0, 43, 51, 60]), max_size=2, unique=True))
    body, first = _chain(headers, segment, protocol)
    if more or offset:
        body, first = packets.fragment(first, offset, more) + body, 44
    return packets.ipv6(body, first, tos=tos)


def with_ip_options(packet: bytes) -> bytes:
    """The same IPv4 packet with eight bytes of options that do nothing."""
    total = pack(">H", len(packet) + 8)
    return b"\x47" + packet[1:2] + total + packet[4:20] + b"\1" * 7 + b"\0" + packet[20:]


@st.composite
def icmp_packets(draw: st.DrawFn) -> bytes:
    """ICMP messages of both versions that quote a segment."""
    quoted = frames.segment_packet(draw(segments()))
    mtu = draw(st.integers(0, 65535))
    if draw(st.booleans()):
        message = pack(">BBHHH", 3, draw(st.integers(0, 5)), 0, 0, mtu) + quoted[:28]
        return frames.ipv4(message, protocol=1)
    six = packets.ipv6(packets.segment(quoted))
    return packets.ipv6(pack(">BBHI", draw(st.sampled_from([1, 2])), 0, 0, mtu) + six[:48], 58)


@st.composite
def damaged(draw: st.DrawFn) -> Given:
    """A frame with some bytes of its headers replaced."""
    whole = draw(wrapped(ip_packets()))
    data = bytearray(whole.data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, min(len(data), 90) - 1))
        data[at] = (
            draw(st.sampled_from([0, 1, 4, 6, 0x40, 0x50, 0x60, 0x81, 0xFF]))
            if draw(st.booleans())
            else draw(st.integers(0, 255))
        )
    return whole._replace(data=bytes(data))


@st.composite
def arp_packets(draw: st.DrawFn) -> bytes:
    """ARP packets, some of them neither request nor reply."""
    ends = (draw(ENDPOINTS).host for _ in range(2))
    return frames.arp(draw(st.integers(1, 4)), *ends)
