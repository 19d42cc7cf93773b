"""The segments of a capture as columns: one entry a segment in each.

A capture may hold a million segments and a check touch twenty: columns are quick to make,
and `Segment`s are made from them for what is asked.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from captures import options
from captures.segment import Endpoint, Segment

# One entry of every column, in the columns' order.
Row: TypeAlias = tuple[
    int, int, int, int, int | None, int | None, int, int | None, bytes | None, int | None
]


class Columns(NamedTuple):
    """TCP segments in the order of the capture; the fields are those of `Segment`.

    flow: the directed flow's number; `ends[flow]` is its source and destination, and `flow ^ 1`
    runs the other way. options: the bytes of the header, checked but not decoded.
    None is 'unknown', in every column whose type allows it.
    """

    frame: tuple[int, ...]
    time_ns: tuple[int, ...]
    flow: tuple[int, ...]
    flags: tuple[int, ...]
    seq: tuple[int | None, ...]
    ack: tuple[int | None, ...]
    payload: tuple[int, ...]
    window: tuple[int | None, ...]
    options: tuple[bytes | None, ...]
    tos: tuple[int | None, ...]
    ends: tuple[tuple[Endpoint, Endpoint], ...]

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
            seq=self.seq[row],
            ack=self.ack[row],
            payload=self.payload[row],
            window=self.window[row],
            options=None if raw is None else options.decode(raw),
            tos=self.tos[row],
        )

    def segments(self) -> Iterator[Segment]:
        """Every segment, made as it is asked for."""
        return map(self.segment, range(len(self.frame)))


def columns(rows: list[Row], ends: list[tuple[Endpoint, Endpoint]]) -> Columns:
    """Turn rows into columns."""
    turned: Any = zip(*rows, strict=True) if rows else ((),) * len(Columns._fields[:-1])
    return Columns._make([*turned, tuple(ends)])
