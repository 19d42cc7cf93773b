"""One TCP segment as an observer saw it."""

from typing import NamedTuple, overload

import msgspec

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))

SEQUENCE_SPACE = 1 << 32


class Endpoint(NamedTuple):
    """One end of a connection: `host` is an address from a pcap, or a name from a listing."""

    host: str
    port: int


class Option(NamedTuple):
    """One TCP option: its kind (IANA's number) and its decoded value, () where it has none.

    mss (2): (mss,); window scale (3): (shift,); timestamp (8): (value, echo reply);
    SACK (5): left and right edges in turn; unknown kinds: the bytes, one integer each.
    """

    kind: int
    value: tuple[int, ...] = ()


END_OF_LIST, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMP = 0, 1, 2, 3, 4, 5, 8


class Segment(msgspec.Struct, gc=False):
    """A TCP segment; None is 'this capture doesn't tell', never zero.

    frame: 1-based number in the capture (a listing: the number printed, else counted).
    time_ns: integer nanoseconds; since the epoch (pcap) or since the first line (listing).
    seq, ack: absolute, modulo 2^32. ack is None where the ACK flag is off.
    payload: bytes of data. window: as on the wire, unscaled. tos: the IP header's byte.
    rest: how many more bytes of data lie in other fragments of the IP datagram.
    """

    frame: int
    time_ns: int
    source: Endpoint
    destination: Endpoint
    flags: int
    seq: int | None
    ack: int | None
    payload: int
    window: int | None
    options: tuple[Option, ...] | None
    tos: int | None
    rest: int | None = 0

    def has(self, flags: int) -> bool:
        """Whether all of `flags` are set."""
        return self.flags & flags == flags

    @property
    def length(self) -> int:
        """Sequence numbers that the segment occupies: data, SYN and FIN (RFC 9293, 3.4)."""
        return self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def data(self) -> int | None:
        """Bytes of data of the whole segment; None where the capture lacks fragments of it."""
        return None if self.rest is None else self.payload + self.rest

    @property
    def opens(self) -> bool:
        """Whether it is a SYN that answers none: its sender asks for a connection."""
        return self.flags & (SYN | ACK) == SYN

    @property
    def after_data(self) -> int | None:
        """The sequence number after the segment's data, which is that of its FIN if it has one.

        None where the capture doesn't show the segment's own, or not all of its fragments.
        """
        return None if self.data is None else plus(self.seq, self.data)

    @property
    def following(self) -> int | None:
        """The sequence number after the segment's last, which acknowledges all of it.

        Modulo 2^32 (RFC 9293, 3.4); None where the capture doesn't show the segment's own, or not
        all of its fragments.
        """
        return None if self.rest is None else plus(self.seq, self.length + self.rest)

    def option(self, kind: int) -> Option | None:
        """The first option of this kind; None where there is none or the options are unknown."""
        return next((option for option in self.options or () if option.kind == kind), None)


@overload
def plus(number: int, more: int) -> int: ...
@overload
def plus(number: None, more: int) -> None: ...


def plus(number: int | None, more: int) -> int | None:
    """So many sequence numbers on, modulo 2^32 (RFC 9293, 3.4); None from an unknown number."""
    return None if number is None else (number + more) % SEQUENCE_SPACE


def precedes(a: int, b: int) -> bool:
    """Whether sequence number `a` comes before `b`, modulo 2^32 (RFC 9293, 3.4)."""
    return 0 < (b - a) % SEQUENCE_SPACE < SEQUENCE_SPACE // 2


def covers(ack: int | None, number: int | None) -> bool:
    """Whether an acknowledgment number is `number` or a later one; False where one is unknown."""
    return ack is not None and number is not None and not precedes(ack, number)
