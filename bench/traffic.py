"""Captures to measure with: connections that run beside each other, cut to 96 bytes a frame.

One in ten runs over IPv6; all carry timestamps, and now and then a SYN or data is sent again or a
reset ends all. Checksums are 0: neither we nor tshark look at them.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from struct import Struct

SNAPSHOT = 96
HEADER = Struct("<IHHiIII").pack(0xA1B2C3D4, 2, 4, 0, 0, SNAPSHOT, 1)
RECORD = Struct("<4I").pack
ETHERNET = bytes.fromhex("020000000001 020000000002")
IPV4 = Struct(">12sHBBHHHBBH8s").pack
IPV6 = Struct(">12sHIHBB32s").pack
TCP = Struct(">HHIIBBHHH").pack
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SYN_OPTIONS = Struct(">BBHBBBBIIBBBB").pack
TIMESTAMPS = Struct(">BBBBII").pack
WORD = 0xFFFFFFFF

START_US = 1_700_000_000_000_000
ACTIVE = 400  # connections at a time


class Conversation:
    """One connection: what its ends send next."""

    def __init__(self, number: int, randomness: random.Random) -> None:
        self.random = randomness
        self.ipv6 = randomness.random() < 0.1
        size = 16 if self.ipv6 else 4
        hosts = [b"\xfd" + randomness.randbytes(size - 1) for _ in range(2)]
        self.addresses = b"".join(hosts), b"".join(reversed(hosts))
        self.ports = 32_768 + number % 28_000, 5001
        self.next = [randomness.getrandbits(32), randomness.getrandbits(32)]
        self.clock = randomness.getrandbits(30)

    def frame(self, sender: int, flags: int, size: int = 0) -> tuple[bytes, int]:
        """A frame's headers from `sender` (0: the client), and its length with `size` data."""
        self.clock += 1
        if flags & SYN:
            options = SYN_OPTIONS(2, 4, 1440, 4, 2, 8, 10, self.clock, 0, 1, 3, 3, 7)
        else:
            options = TIMESTAMPS(1, 1, 8, 10, self.clock, self.clock - 1)
        ports = self.ports if sender == 0 else self.ports[::-1]
        ack = self.next[1 - sender] if flags & ACK else 0
        offset = (20 + len(options)) << 2
        tcp = TCP(*ports, self.next[sender], ack, offset, flags, 502, 0, 0) + options
        addresses, length = self.addresses[sender], len(tcp) + size
        if self.ipv6:
            ip = IPV6(ETHERNET, 0x86DD, 6 << 28, length, 6, 64, addresses)
        else:
            ip = IPV4(ETHERNET, 0x0800, 0x45, 0, 20 + length, 0, 0x4000, 64, 6, 0, addresses)
        return ip + tcp, len(ip) + length

    def take(self, sender: int, size: int) -> None:
        """What comes next from `sender` follows these sequence numbers."""
        self.next[sender] = self.next[sender] + size & WORD

    def frames(self, segments: int) -> Iterator[tuple[bytes, int]]:
        """At least `segments` segments, from the SYN to the last ACK or an RST."""
        for _ in range(3 if self.random.random() < 0.05 else 1):
            yield self.frame(0, SYN)
        self.take(0, 1)
        yield self.frame(1, SYN | ACK)
        self.take(1, 1)
        yield self.frame(0, ACK)
        for _ in range((segments - 7) // 2):
            yield from self.data()
        yield from self.end()

    def data(self) -> Iterator[tuple[bytes, int]]:
        """Data and its acknowledgment; one in fifty is sent twice."""
        sender = int(self.random.random() > 0.3)
        size = self.random.choice((1428, 1428, self.random.randrange(1, 1428)))
        for _ in range(2 if self.random.random() < 0.02 else 1):
            yield self.frame(sender, PSH | ACK, size)
        self.take(sender, size)
        yield self.frame(1 - sender, ACK)

    def end(self) -> Iterator[tuple[bytes, int]]:
        """An RST, or FINs of both ends with their acknowledgments."""
        if self.random.random() < 0.05:
            yield self.frame(0, RST | ACK)
            return
        for sender in (0, 1):
            yield self.frame(sender, FIN | ACK)
            self.take(sender, 1)
            yield self.frame(1 - sender, ACK)


def records(connections: int, segments: int, seed: int) -> Iterator[bytes]:
    """The pcap records of all connections, at most ACTIVE of them at a time."""
    randomness = random.Random(seed)  # noqa: S311
    waiting = (Conversation(number, randomness).frames(segments) for number in range(connections))
    active = [one for _, one in zip(range(ACTIVE), waiting, strict=False)]
    time_us = START_US
    while active:
        place = randomness.randrange(len(active))
        sent = next(active[place], None)
        if sent is None:
            active[place : place + 1] = [one for one in [next(waiting, None)] if one]
            continue
        frame, length = sent
        time_us += randomness.randrange(1, 60)
        kept = min(length, SNAPSHOT)
        data = frame.ljust(kept, b"x")
        yield RECORD(*divmod(time_us, 1_000_000), kept, length) + data[:kept]


def write(path: Path, connections: int, segments: int = 51, seed: int = 7) -> int:
    """Write a pcap; how many packets it has."""
    packets = 0
    with path.open("wb") as file:
        file.write(HEADER)
        for packets, record in enumerate(records(connections, segments, seed), 1):  # noqa: B007
            file.write(record)
    return packets


def repeat(path: Path, times: int, onto: Path) -> None:
    """Write all records of a capture several times, one after the other."""
    body = path.read_bytes()[len(HEADER) :]
    with onto.open("wb") as file:
        file.write(HEADER)
        for _ in range(times):
            file.write(body)
