"""What a pcap or pcapng file holds: frames as bytes, before anything is decoded."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias

import msgspec

# The most that tcpdump ever keeps of a frame; a captured length beyond it is no length.
LONGEST_FRAME = 262_144
# What is read of a file at a time: enough to make the work around a chunk small, and little
# beside the columns.
CHUNK_BYTES = 1 << 18

# Reads on: at most so many bytes, and none at the end of the file.
Read: TypeAlias = Callable[[int], bytes]
# The fields of a Frame; a plain tuple, since a named one takes five times as long to make.
Record: TypeAlias = tuple[int, int, int, bytes, int]


class Frame(NamedTuple):
    """One frame: `data` is what was kept of it, `length` its size in bytes on the wire.

    number: 1-based, as Wireshark and tcpdump count. time_ns: integer nanoseconds since the epoch.
    link_type: LINKTYPE_ number of tcpdump.org's registry (1 Ethernet, 101 raw IP).
    """

    number: int
    time_ns: int
    link_type: int
    data: bytes
    length: int


def ended(size: int) -> bytes:
    """The Read of bytes that are all there already."""
    return b""


class Stretch:
    """A stretch of a file: `data`, which begins at `offset` of the file. The next is read on."""

    __slots__ = ("data", "more", "offset")

    def __init__(self, data: bytes, more: Read) -> None:
        self.data, self.more, self.offset = data, more, 0

    def advance(self, used: int, size: int = CHUNK_BYTES) -> bool:
        """Drop `used` bytes in front, and add up to `size` behind; False at the file's end.

        Where there was little, no more than that is asked for: so small files take no large
        buffer.
        """
        fresh = self.more(min(size, max(len(self.data), 1)))
        if fresh:
            self.data = self.data[used:] + fresh
            self.offset += used
        return bool(fresh)


class Recording(msgspec.Struct, dict=True):
    """The frames of one file in order, and what the file says of its own completeness.

    kind: pcap or pcapng. batches: the frames as Records, some at a time, read as they are asked
    for; all else is known once they have come to their end. They raise CaptureError where the
    file is damaged, after the frames before it.
    count: frames. cut_short: the file ends inside a frame (the whole ones are here).
    drops: frames that the capture lost, None where the file doesn't tell.
    timed: False where frames have no time (pcapng's simple packet blocks); their time_ns is 0.
    names: of addresses, as pcapng's name resolution blocks tell them.
    """

    kind: str
    batches: Iterator[list[Record]] = msgspec.field(default_factory=lambda: iter(()))
    count: int = 0
    cut_short: bool = False
    drops: int | None = None
    timed: bool = True
    names: dict[str, str] = {}

    @cached_property
    def frames(self) -> list[Frame]:
        """All frames at once."""
        return [Frame._make(record) for batch in self.batches for record in batch]
