"""The expected time line as plain data: lines in the book's notation, and blocks of them."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from captures.segment import SYN

MILLISECOND_NS = 1_000_000

# A gap stated without a tolerance: packetdrill's, max(4 ms, 12.5 % of the gap).
TOLERANCE_NS = 4 * MILLISECOND_NS
TOLERANCE_DIVISOR = 8


class Expression(NamedTuple):
    """`$J+1` (variable J, number 1) or `4096` (no variable); counts modulo 2^32."""

    variable: str | None
    number: int


class Party(NamedTuple):
    """One end in a line: a host's name; its port as a number, a variable or a service."""

    host: str
    port: Expression | str


class Extent(NamedTuple):
    """`$J+1:$J+14(13)`: first sequence number, the one after the last, bytes of data."""

    first: Expression
    last: Expression
    size: Expression


class OptionPattern(NamedTuple):
    """One option in `<...>`: its name as written, its kind (IANA's number), its values."""

    name: str
    kind: int
    values: tuple[Expression, ...]


class Gap(NamedTuple):
    """Time since the segment before, in ns, both ends included; `text` as written: `+0~50ms`."""

    low_ns: int
    high_ns: int
    text: str


class Line(msgspec.Struct, frozen=True):
    """One expected segment; None is 'not mentioned, so not checked'.

    number: its line in the text. flags: of S F R P, and ACK where `ack` is not None.
    extent: None expects no data, since the notation leaves it out only then.
    options: () is `<>`, no option at all. most: where no window is mentioned, the largest in bytes.
    """

    number: int
    gap: Gap | None
    source: Party
    destination: Party
    flags: int
    extent: Extent | None = None
    ack: Expression | None = None
    window: Expression | None = None
    options: tuple[OptionPattern, ...] | None = None
    tos: int | None = None
    most: int | None = None

    @property
    def ends(self) -> frozenset[Party]:
        """Both ends as the line writes them: what tells its connection from others."""
        return frozenset((self.source, self.destination))


class Anything(msgspec.Struct, frozen=True):
    """`*`: one segment of the connection, whatever it is and whoever sent it."""

    number: int
    gap: Gap | None


class ArpLine(msgspec.Struct, frozen=True):
    """`arp who-has TARGET tell SENDER`, `arp reply SENDER is-at ETHER`: an ARP packet (RFC 826).

    operation: as in captures.arp. ether: as captures write it, two digits a byte.
    """

    number: int
    gap: Gap | None
    operation: int
    sender: str
    target: str | None = None
    ether: str | None = None


class Perhaps(msgspec.Struct, frozen=True):
    """`optional { ... }`: once or not at all."""

    body: "Body"


class Either(msgspec.Struct, frozen=True):
    """`either { ... } or { ... }`: one of the branches."""

    branches: tuple["Body", ...]


class AnyOrder(msgspec.Struct, frozen=True):
    """`any order { ... }`: each line or block in it once, in whatever order."""

    body: "Body"


class Repeat(msgspec.Struct, frozen=True):
    """`repeat 1..5 { ... }`: `low` to `high` times."""

    low: int
    high: int
    body: "Body"


Step = Line | Anything | ArpLine
Item = Step | Perhaps | Either | AnyOrder | Repeat
Body = tuple[Item, ...]


def steps(body: Body) -> Iterator[Step]:
    """Every line of a time line, blocks included, in the order of the text."""
    for item in body:
        if isinstance(item, Step):
            yield item
        elif isinstance(item, Either):
            for branch in item.branches:
                yield from steps(branch)
        else:
            yield from steps(item.body)


def lines(body: Body) -> Iterator[Line]:
    """Every line that expects a segment of its own description."""
    return (step for step in steps(body) if isinstance(step, Line))


def openings(body: Body) -> tuple[Line, ...]:
    """The line that opens each connection of a time line: its first, and each SYN of other ends."""
    found: dict[frozenset[Party], Line] = {}
    for line in lines(body):
        if not found or opens(line):
            found.setdefault(line.ends, line)
    return tuple(found.values())


def opens(line: Line) -> bool:
    """Whether a connection may begin with this line: a SYN that acknowledges nothing."""
    return bool(line.flags & SYN) and line.ack is None
