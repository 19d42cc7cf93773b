"""Segments that a capture shows twice, as one on several interfaces does (tcpdump -i any)."""

from collections.abc import Iterator

from msgspec.structs import replace

from captures import columns
from captures.capture import Capture
from captures.columns import Columns
from captures.connections import Connection

COPY_NS = 1_000_000  # no retransmission timer is as short (RFC 6298; RFC 8985 7.2 as built)
FIRST, LAST = 2, 10  # the columns that a copy shares: all but frame and time


def seen_twice(capture: Capture) -> set[int]:
    """The rows that equal the one right before them in their connection, less than 1 ms later.

    Two duplicate ACKs can be that, too: it shows no more than that the capture may have copies.
    """
    if not capture.timed:
        return set()
    return {row for one in capture.connections for row in _seen_twice(one)}


def _seen_twice(one: Connection) -> Iterator[int]:
    own = one.columns
    for before, row in zip(one.rows, one.rows[1:], strict=False):
        gap_ns = own.time_ns[row] - own.time_ns[before]
        if 0 <= gap_ns < COPY_NS and _fields(own, row) == _fields(own, before):
            yield row


def _fields(own: Columns, row: int) -> tuple[object, ...]:
    return tuple(column[row] for column in own[FIRST:LAST])


def without(capture: Capture, rows: set[int]) -> Capture:
    """The capture without these rows; frames keep their numbers."""
    own = capture.columns
    kept = [
        tuple(column[row] for column in own[:LAST])
        for row in range(len(own.frame))
        if row not in rows
    ]
    fewer = columns.few(kept, own.ends)  # type: ignore[arg-type]
    return replace(capture, columns=fewer)
