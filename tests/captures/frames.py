"""Hand-made frames and captures: what tests of every room are fed with.

`tcp()` and `ipv4()` give the bytes of a packet, `ethernet()` a frame around it, `pcap()` and
`pcapng()` a file of frames. Everything not said has a harmless default.
"""

from collections.abc import Sequence
from struct import pack

from captures import options as tcp_options
from captures.segment import ACK, Endpoint, Option, Segment

SVR4, BSDI = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.35", 9)
ETHERS = bytes.fromhex("0000c06f2d40 0000c0c29b26")


def tcp(
    source: Endpoint = SVR4,
    destination: Endpoint = BSDI,
    *,
    flags: int = ACK,
    seq: int = 1,
    ack: int | None = None,
    payload: int = 0,
    window: int = 4096,
    options: Sequence[Option] | bytes = (),
    tos: int = 0,
) -> bytes:
    """An IPv4 packet with a TCP segment; `options` as Options (padded) or as raw bytes."""
    raw = options if isinstance(options, bytes) else tcp_options.encode(tuple(options))
    raw += bytes(-len(raw) % 4)
    offset = (20 + len(raw)) // 4 << 4
    ports = pack(">HH", source.port, destination.port)
    rest = pack(">IIBBHHH", seq, ack or 0, offset, flags, window, 0, 0)
    return ipv4(ports + rest + raw + bytes(payload), source.host, destination.host, tos=tos)


def ipv4(
    body: bytes,
    source: str = SVR4.host,
    destination: str = BSDI.host,
    *,
    tos: int = 0,
    protocol: int = 6,
    fragment: int = 0,
    total: int | None = None,
) -> bytes:
    """An IPv4 packet; `fragment` is the field of flags and offset, `total` a false total length."""
    length = 20 + len(body) if total is None else total
    start = pack(">BBHHHBBH", 0x45, tos, length, 0, fragment, 64, protocol, 0)
    return start + address(source) + address(destination) + body


def address(dotted: str) -> bytes:
    """`140.252.13.35` as four bytes."""
    return bytes(map(int, dotted.split(".")))


def ethernet(packet: bytes, kind: int = 0x0800) -> bytes:
    """An Ethernet frame, padded to 60 bytes as a sender's interface does."""
    return (ETHERS + pack(">H", kind) + packet).ljust(60, b"\0")


def arp(operation: int, sender: str, target: str, ether: str = "00:00:c0:6f:2d:40") -> bytes:
    """An ARP packet."""
    start = pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    ethers = bytes.fromhex(ether.replace(":", "")), bytes(6)
    return start + ethers[0] + address(sender) + ethers[1] + address(target)


def pcap(
    frames: Sequence[bytes],
    *,
    times_ns: Sequence[int] | None = None,
    order: str = "<",
    nanoseconds: bool = False,
    link_type: int = 1,
    snapshot: int = 262_144,
) -> bytes:
    """A pcap file; frame i is at i milliseconds unless `times_ns` says otherwise."""
    magic, unit_ns = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    parts = [pack(order + "IHHiIII", magic, 2, 4, 0, 0, snapshot, link_type)]
    for frame, time_ns in zip(frames, times_ns or default_times_ns(frames), strict=True):
        second, fraction_ns = divmod(time_ns, 1_000_000_000)
        kept = frame[:snapshot]
        parts.append(pack(order + "IIII", second, fraction_ns // unit_ns, len(kept), len(frame)))
        parts.append(kept)
    return b"".join(parts)


def default_times_ns(frames: Sequence[bytes]) -> list[int]:
    """A millisecond between frames."""
    return [number * 1_000_000 for number in range(len(frames))]


def segment_packet(segment: Segment) -> bytes:
    """The packet that an observer would see as this Segment (unknown fields become 0)."""
    return tcp(
        segment.source,
        segment.destination,
        flags=segment.flags,
        seq=segment.seq or 0,
        ack=segment.ack,
        payload=segment.payload,
        window=segment.window or 0,
        options=segment.options or (),
        tos=segment.tos or 0,
    )


def pcap_of(segments: Sequence[Segment]) -> bytes:
    """A pcap with a frame for each Segment, at its time; frames count from 1, as ever."""
    packets = [ethernet(segment_packet(segment)) for segment in segments]
    return pcap(packets, times_ns=[segment.time_ns for segment in segments], nanoseconds=True)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    length = pack(order + "I", len(body) + 12)
    return pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """A pcapng option."""
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    """A pcapng section header."""
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    options: bytes = b"", order: str = "<", link_type: int = 1, longest: int = 0
) -> bytes:
    """A pcapng interface description."""
    return block(1, pack(order + "HHI", link_type, 0, longest) + options, order)


def packet(frame: bytes, units: int = 0, number: int = 0, order: str = "<") -> bytes:
    """A pcapng enhanced packet of interface `number`, at `units` of its time resolution."""
    fields = (number, units >> 32, units & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, pack(order + "5I", *fields) + frame, order)


def simple_packet(frame: bytes, order: str = "<", kept: int | None = None) -> bytes:
    """A pcapng simple packet, of which `kept` bytes were captured."""
    return block(3, pack(order + "I", len(frame)) + frame[:kept], order)


def statistics(options: bytes, number: int = 0, order: str = "<") -> bytes:
    """A pcapng interface statistics block."""
    return block(5, pack(order + "III", number, 0, 0) + options, order)
