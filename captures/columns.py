"""The segments of a capture as columns: one entry a segment in each.

A capture may hold a million segments and a check touch twenty: columns are quick to make, and
`Segment`s are made from them for what is asked. Of few segments they are tuples, the quickest
thing to make of rows; of many they are arrays, with 64 bytes a segment.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from captures import options
from captures.ends import Ends, Pair
from captures.segment import Segment

# In the columns of numbers: what the capture doesn't tell. No such field is ever negative.
UNKNOWN = -1

# The columns' codes as arrays, but the options'.
CODES = "IqIBqqIi h"
OPTIONS = CODES.index(" ")

Numbers: TypeAlias = "array[int] | tuple[int, ...]"
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

    def extend(self, pieces: tuple[bytes | None, ...]) -> None:
        """Add one entry for each piece."""
        known: Any = pieces
        try:
            sizes = list(map(len, known))
        except TypeError:  # dearer, and seldom needed: None is among them
            known = [piece or b"" for piece in pieces]
            sizes = [UNKNOWN if piece is None else len(piece) for piece in pieces]
        offsets = list(accumulate(map(len, known), initial=len(self.data)))
        self.offsets.extend(array("q", offsets[:-1]))
        self.sizes.extend(array("h", sizes))
        self.data += b"".join(known)


class Columns(NamedTuple):
    """TCP segments in the order of the capture; the fields are those of `Segment`.

    flow: the directed flow's number; `ends[flow]` is its source and destination, and `flow ^ 1`
    runs the other way. options: the bytes of the header, checked but not decoded.
    seq, ack, window and tos are UNKNOWN, and options None, where the capture doesn't tell.
    rests: `rest` of the segments in first fragments, by frame.
    """

    frame: Numbers
    time_ns: Numbers
    flow: Numbers
    flags: Numbers
    seq: Numbers
    ack: Numbers
    payload: Numbers
    window: Numbers
    options: OptionBytes | tuple[bytes | None, ...]
    tos: Numbers
    ends: Ends | list[Pair]
    rests: Mapping[int, int | None] = {}

    def segment(self, row: int) -> Segment:
        """Entry `row` (0-based) of every column as a Segment."""
        return self.segments_of((row,))[0]

    def segments_of(self, rows: Iterable[int]) -> list[Segment]:
        """These entries as Segments, without a call a field: checks ask for those of a class."""
        frame, time_ns, flow, flags, seq, ack, payload, window, raw, tos, ends, rests = self
        pairs: dict[int, Pair] = {}
        found = []
        for row in rows:
            way = flow[row]
            pair = pairs.get(way)
            if pair is None:
                pair = pairs[way] = ends[way]
            header = raw[row]
            found.append(
                Segment(
                    frame[row],
                    time_ns[row],
                    pair[0],
                    pair[1],
                    flags[row],
                    None if seq[row] == UNKNOWN else seq[row],
                    None if ack[row] == UNKNOWN else ack[row],
                    payload[row],
                    None if window[row] == UNKNOWN else window[row],
                    None if header is None else options.decode(header),
                    None if tos[row] == UNKNOWN else tos[row],
                    rests.get(frame[row], 0) if rests else 0,
                )
            )
        return found

    def segments(self) -> Iterator[Segment]:
        """Every segment, made as it is asked for."""
        return map(self.segment, range(len(self.frame)))

    def extend(self, rows: list[Row]) -> None:
        """Add rows at the end of arrays."""
        columns: tuple[Any, ...] = self
        turned = zip(*rows, strict=True)
        for code, column, values in zip(CODES, columns, turned, strict=False):
            # An array of the values takes half the time that column.extend(values) would.
            column.extend(values if code == " " else array(code, values))


def arrays(ends: Ends | list[Pair]) -> Columns:
    """Columns for many segments, without any yet."""
    columns: list[Any] = [OptionBytes() if code == " " else array(code) for code in CODES]
    return Columns._make([*columns, ends, {}])


def few(rows: list[Row], ends: Ends | list[Pair]) -> Columns:
    """Rows as columns, quickly."""
    columns: Any = zip(*rows, strict=True) if rows else [()] * len(CODES)
    return Columns._make([*columns, ends, {}])
