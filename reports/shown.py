"""The segments of a connection as time lines show them; the middle may be left out."""

from collections.abc import Iterator
from typing import NamedTuple

from captures import notation
from captures.connections import Connection
from captures.relative import InitialNumbers
from captures.segment import SYN, Segment


class Shown(NamedTuple):
    """One segment. place: among the connection's, from 0. text: in the book's notation.

    label: what it is, beside an ordinary segment (`captures.labels.Label`).
    """

    place: int
    segment: Segment
    text: str
    label: int


def middle(count: int, longest: int) -> range:
    """The places left out of `count` segments, so that the first and last `longest` stay."""
    return range(longest // 2, count - (longest - longest // 2)) if count > longest else range(0)


def shown(connection: Connection, left_out: range) -> Iterator[Shown]:
    """The segments, without those left out; numbers after the SYNs are relative to the ISNs."""
    numbers = InitialNumbers()
    columns, rows = connection.columns, connection.rows
    labels = connection.labelled.labels
    for place, row in enumerate(rows):
        if place in left_out and not columns.flags[row] & SYN:
            continue  # only a SYN changes what numbers are relative to
        segment = columns.segment(row)
        flow = int(segment.source != connection.client)
        bases = numbers.bases(flow, segment.flags)
        numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        if place not in left_out:
            yield Shown(place, segment, notation.text(segment, bases), labels[place])
