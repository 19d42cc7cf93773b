"""The segments of a capture as columns: one entry a segment in each.

A capture may hold a million segments and a check touch twenty: columns are quick to make, take
64 bytes a segment, and `Segment`s are made from them for what is asked.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from captures import options
from captures.segment import Endpoint, Segment

# In the columns of numbers: what the capture doesn't tell. No such field is ever negative.
UNKNOWN = -1

# One entry of every column, in the columns' order; UNKNOWN for numbers, None for options.
Row: TypeAlias = tuple[int, int, int, int, int, int, int, int, bytes | None, int]


class OptionBytes:
    """A column of bytes: of each segment the options as in its header; None is 'unknown'.

    All of them lie in one bytearray, where `offsets` and `sizes` (UNKNOWN: cut off) say.
    """

    __slots__ = ("data", "offsets", "sizes")

    def __init__(self) -> None:
        self.data = bytearray()
        self.offsets = array("q")
        self.sizes = array("h")

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, row: int) -> bytes | None:
        size = self.sizes[row]
        if size == UNKNOWN:
            return None
        offset = self.offsets[row]
        return bytes(self.data[offset : offset + size])

    def extend(self, pieces: Iterable[bytes | None]) -> None:
        """Add one entry for each piece."""
        pieces = tuple(pieces)
        known = [piece or b"" for piece in pieces]
        offset = len(self.data)
        for piece in known:
            self.offsets.append(offset)
            offset += len(piece)
        self.sizes.extend([UNKNOWN if piece is None else len(piece) for piece in pieces])
        self.data += b"".join(known)


class Columns(NamedTuple):
    """TCP segments in the order of the capture; the fields are those of `Segment`.

    flow: the directed flow's number; `ends[flow]` is its source and destination, and `flow ^ 1`
    runs the other way. options: the bytes of the header, checked but not decoded.
    seq, ack, window and tos are UNKNOWN, and options None, where the capture doesn't tell.
    """

    frame: array[int]
    time_ns: array[int]
    flow: array[int]
    flags: array[int]
    seq: array[int]
    ack: array[int]
    payload: array[int]
    window: array[int]
    options: OptionBytes
    tos: array[int]
    ends: list[tuple[Endpoint, Endpoint]]

    def segment(self, row: int) -> Segment:
        """Entry `row` (0-based) of every column as a Segment."""
        source, destination = self.ends[self.flow[row]]
        raw = self.options[row]
        return Segment(
            frame=self.frame[row],
            time_ns=self.time_ns[row],
            source=source,
            destination=destination,
            flags=self.flags[row],
            seq=_known(self.seq[row]),
            ack=_known(self.ack[row]),
            payload=self.payload[row],
            window=_known(self.window[row]),
            options=None if raw is None else options.decode(raw),
            tos=_known(self.tos[row]),
        )

    def segments(self) -> Iterator[Segment]:
        """Every segment, made as it is asked for."""
        return map(self.segment, range(len(self.frame)))

    def extend(self, rows: list[Row]) -> None:
        """Add rows at the end."""
        columns: tuple[Any, ...] = self
        if rows:
            for column, values in zip(columns, zip(*rows, strict=True), strict=False):
                column.extend(values)


def _known(number: int) -> int | None:
    return None if number == UNKNOWN else number


def empty() -> Columns:
    """Columns without any segment."""
    return Columns(
        *(array("I"), array("q"), array("I"), array("B"), array("q"), array("q")),
        *(array("I"), array("i"), OptionBytes(), array("h"), []),
    )
