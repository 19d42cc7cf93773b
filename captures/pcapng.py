"""pcapng files: blocks to frames (draft-ietf-opsawg-pcapng)."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from struct import Struct

from captures.address import text
from captures.errors import CaptureError
from captures.recording import LONGEST_FRAME, Read, Record, Recording, Stretch, ended

MAGIC = b"\x0a\x0d\x0d\x0a"
BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
# Wireshark's own limit; what claims to be longer is damage, not a block.
LONGEST_BLOCK = 16 * 1024 * 1024
# Times are kept in 64 bits.
LATEST_NS = 1 << 63
# Frames that are decoded at a time.
BATCH = 1024

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, STATISTICS, PACKET = 0x0A0D0D0A, 1, 2, 3, 5, 6
NAMES = 4
# Records of a name resolution block: an address and its names, each ending with a zero.
ADDRESS_BYTES = {1: 4, 2: 16}
# What goes beyond is left: a name takes more memory than bytes in the file.
MOST_NAMES = 1 << 16
TIME_RESOLUTION, TIME_OFFSET = 9, 14
INTERFACE_DROPS, SYSTEM_DROPS = 5, 7


@dataclass(slots=True)
class Interface:
    """An interface description: how its frames are to be read, and what it dropped."""

    link_type: int
    longest: int
    units_a_second: int = 1_000_000
    offset_s: int = 0
    drops: int | None = None

    def time_ns(self, units: int) -> int:
        """A time in the interface's units as nanoseconds since the epoch."""
        return units * 1_000_000_000 // self.units_a_second + self.offset_s * 1_000_000_000


@dataclass
class Block:
    """One block: `offset` in the file, and its body without type, lengths and padding."""

    kind: int
    offset: int
    body: bytes

    def needs(self, size: int, name: str) -> None:
        """Raise CaptureError where the body is shorter than its fixed fields."""
        if len(self.body) < size:
            raise CaptureError(
                f"{name} at offset {self.offset}: {len(self.body)} bytes, {size} needed"
            )


@dataclass
class Section:
    """The section being read: its byte order and interfaces, and what all sections add to.

    records: frames that no batch has taken yet. number: that of the next frame.
    """

    order: str = "<"
    interfaces: list[Interface] = field(default_factory=list)
    closed: list[Interface] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    number: int = 1
    names: dict[str, str] = field(default_factory=dict)
    timed: bool = True
    cut_short: bool = False

    def unpack(self, layout: str, block: Block, name: str) -> tuple[int, ...]:
        """The fixed fields at the start of a block's body, in the section's byte order."""
        fields = Struct(self.order + layout)
        block.needs(fields.size, name)
        return fields.unpack_from(block.body)

    def add(self, time_ns: int, link_type: int, data: bytes, length: int) -> None:
        """Add the next frame; its fields are those of `Frame`."""
        self.records.append((self.number, time_ns, link_type, data, length))
        self.number += 1

    def take(self) -> list[Record]:
        """The frames that no batch has taken yet."""
        taken, self.records = self.records, []
        return taken

    def interface(self, number: int, block: Block) -> Interface:
        """The interface that a block names; raises CaptureError if it wasn't described."""
        if number >= len(self.interfaces):
            raise CaptureError(
                f"frame {self.number} at offset {block.offset}: interface {number}, "
                f"but the section describes {len(self.interfaces)}"
            )
        return self.interfaces[number]


def read(data: bytes, more: Read = ended) -> Recording:
    """Read a pcapng file that begins with `data` and goes on with `more`.

    Unknown blocks and options are skipped. A last block that is cut off is left out, and
    `cut_short` set. `drops` is the sum of isb_ifdrop and isb_osdrop over the interfaces.
    Raises CaptureError, naming the offset.
    """
    recording = Recording("pcapng")
    recording.batches = _batches(recording, Stretch(data, more))
    return recording


def _batches(recording: Recording, stretch: Stretch) -> Iterator[list[Record]]:
    section = Section()
    try:
        for block in _blocks(stretch, section):
            if block.kind in READERS:
                READERS[block.kind](section, block)
            if len(section.records) >= BATCH:
                yield section.take()
    except CaptureError:
        # What a frame before the damage says comes first.
        yield section.take()
        raise
    yield section.take()
    counts = [one.drops for one in section.closed + section.interfaces if one.drops is not None]
    recording.drops = sum(counts) if counts else None
    recording.count = section.number - 1
    recording.cut_short, recording.timed = section.cut_short, section.timed
    recording.names = section.names


def _blocks(stretch: Stretch, section: Section) -> Iterator[Block]:
    going = True
    while going:
        at = yield from _whole(stretch, section)
        rest = len(stretch.data) - at
        going = stretch.advance(at)
    section.cut_short = rest > 0


def _whole(stretch: Stretch, section: Section) -> Generator[Block, None, int]:
    """The blocks that lie in the stretch with all their bytes; returns where they end."""
    at, data, size = 0, stretch.data, len(stretch.data)
    while at + 12 <= size:
        offset = stretch.offset + at
        if data[at : at + 4] == MAGIC:
            section.order = _byte_order(data, at, offset)
        kind, length = Struct(section.order + "2I").unpack_from(data, at)
        if length < 12 or length % 4 or length > LONGEST_BLOCK:
            raise CaptureError(
                f"block at offset {offset}: length {length} can't be, the file is damaged"
            )
        if at + length > size:
            break
        (again,) = Struct(section.order + "I").unpack_from(data, at + length - 4)
        if again != length:
            raise CaptureError(
                f"block at offset {offset}: length {length} in front, {again} behind"
            )
        yield Block(kind, offset, data[at + 8 : at + length - 4])
        at += length
    return at


def _byte_order(data: bytes, at: int, offset: int) -> str:
    order = BYTE_ORDERS.get(data[at + 8 : at + 12])
    if order is None:
        raise CaptureError(f"section at offset {offset}: no byte-order magic, the file is damaged")
    return order


def _options(body: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Options, and the records of names too: a number, a length, a value; 0 ends them."""
    header = Struct(order + "2H")
    at = start
    while at + 4 <= len(body):
        code, length = header.unpack_from(body, at)
        if code == 0:
            return
        yield code, body[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def _section(section: Section, block: Block) -> None:
    block.needs(16, "section header")
    major = int.from_bytes(block.body[4:6], "big" if section.order == ">" else "little")
    if major != 1:
        raise CaptureError(f"section at offset {block.offset}: pcapng version {major}, not 1")
    section.closed += section.interfaces
    section.interfaces = []


def _interface(section: Section, block: Block) -> None:
    link_type, longest = section.unpack("H2xI", block, "interface description")
    interface = Interface(link_type, longest or LONGEST_FRAME)
    for code, value in _options(block.body, 8, section.order):
        if code == TIME_RESOLUTION and len(value) == 1:
            base, exponent = (2, value[0] & 0x7F) if value[0] & 0x80 else (10, value[0])
            interface.units_a_second = base**exponent
        elif code == TIME_OFFSET and len(value) == 8:
            (interface.offset_s,) = Struct(section.order + "q").unpack(value)
    section.interfaces.append(interface)


def _packet(section: Section, block: Block) -> None:
    number, high, low, kept, length = section.unpack("5I", block, "packet")
    _add(section, block, number, high << 32 | low, kept, length)


def _old_packet(section: Section, block: Block) -> None:
    """The obsolete block of the first drafts: the interface's number has but two bytes."""
    number, high, low, kept, length = section.unpack("H2x4I", block, "packet")
    _add(section, block, number, high << 32 | low, kept, length)


def _add(section: Section, block: Block, number: int, units: int, kept: int, length: int) -> None:
    interface = section.interface(number, block)
    if kept > LONGEST_FRAME or kept > length or 20 + kept > len(block.body):
        raise CaptureError(
            f"frame {section.number} at offset {block.offset}: {kept} bytes captured "
            f"of {length}, in a block of {len(block.body)}: the file is damaged"
        )
    time_ns = interface.time_ns(units)
    if not -LATEST_NS <= time_ns < LATEST_NS:
        raise CaptureError(
            f"frame {section.number} at offset {block.offset}: its time is {time_ns // 10**9} s, "
            "and nobody captured then: the file is damaged"
        )
    section.add(time_ns, interface.link_type, block.body[20 : 20 + kept], length)


def _simple_packet(section: Section, block: Block) -> None:
    (length,) = section.unpack("I", block, "simple packet")
    interface = section.interface(0, block)
    kept = min(length, interface.longest)
    if 4 + kept > len(block.body):
        raise CaptureError(
            f"frame {section.number} at offset {block.offset}: {kept} bytes captured "
            f"of {length}, in a block of {len(block.body)}: the file is damaged"
        )
    section.add(0, interface.link_type, block.body[4 : 4 + kept], length)
    section.timed = False


def _names(section: Section, block: Block) -> None:
    """Remember the first name of each address; later blocks know better than earlier ones."""
    for kind, value in _options(block.body, 0, section.order):
        size = ADDRESS_BYTES.get(kind, 0)
        name = value[size:].partition(b"\0")[0].decode("utf-8", "replace")
        if name and size and len(section.names) < MOST_NAMES:
            section.names[text(value[:size])] = name


def _statistics(section: Section, block: Block) -> None:
    number = section.unpack("I8x", block, "interface statistics")[0]
    interface = section.interface(number, block)
    layout = Struct(section.order + "Q")
    counts = [
        layout.unpack(value)[0]
        for code, value in _options(block.body, 12, section.order)
        if code in (INTERFACE_DROPS, SYSTEM_DROPS) and len(value) == 8
    ]
    # Later statistics of the same interface count from the start too: they replace these.
    if counts:
        interface.drops = sum(counts)


READERS = {
    SECTION: _section,
    INTERFACE: _interface,
    OLD_PACKET: _old_packet,
    NAMES: _names,
    SIMPLE_PACKET: _simple_packet,
    STATISTICS: _statistics,
    PACKET: _packet,
}
