"""Sequence numbers as tcpdump prints them, made absolute (tcpdump 4.99, print-tcp.c).

Without -S the first segment with ACK of a socket pair, and each later SYN+ACK, shows absolute
numbers, and they are what all later ones count from: its seq, and its ack less one. Segments
without ACK are absolute always.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captures import options as tcp_options
from captures.columns import UNKNOWN, Row
from captures.segment import FIN, SACK, SEQUENCE_SPACE, SYN, Option

# A jump counts no more than this: one stray number must not outvote the others.
LARGEST_JUMP = 1 << 16


class Printed(NamedTuple):
    """One segment with its numbers as printed; otherwise as in `Columns`."""

    frame: int
    time_ns: int
    flow: int
    flags: int
    seq: int | None
    ack: int | None
    payload: int
    window: int
    options: tuple[Option, ...] | None
    tos: int | None


def absolute(printed: Sequence[Printed]) -> list[Row]:
    """The segments with absolute numbers; None where one counts from a number that isn't printed.

    The text doesn't say whether -S was given: of both readings the one holds in which the numbers
    go on from segment to segment with the smaller jumps.
    """
    relative = list(_from_first(printed))
    chosen = relative if _jumps(relative) < _jumps(printed) else printed
    return [_row(one) for one in chosen]


def _from_first(printed: Sequence[Printed]) -> Iterator[Printed]:
    """The segments, read as printed without -S."""
    bases: dict[int, int | None] = {}
    for one in printed:
        if one.ack is None:
            yield one
            continue
        first = bool(one.flags & SYN) or one.flow not in bases
        if first:
            bases[one.flow], bases[one.flow ^ 1] = one.seq, (one.ack - 1) % SEQUENCE_SPACE
        base, peer = bases[one.flow], bases[one.flow ^ 1]
        yield one._replace(
            seq=one.seq if first else _sum(one.seq, base),
            ack=one.ack if first else _sum(one.ack, peer),
            options=_moved(one.options, peer),
        )


def _sum(number: int | None, base: int | None) -> int | None:
    return None if number is None or base is None else (number + base) % SEQUENCE_SPACE


def _moved(options: tuple[Option, ...] | None, base: int | None) -> tuple[Option, ...] | None:
    """The options, with SACK's edges counted from `base`."""
    if options is None or not any(option.kind == SACK for option in options):
        return options
    if base is None:
        return None
    return tuple(
        Option(SACK, tuple((edge + base) % SEQUENCE_SPACE for edge in option.value))
        if option.kind == SACK
        else option
        for option in options
    )


def _jumps(segments: Sequence[Printed]) -> int:
    """How far numbers are from where the segments before have come, all in all."""
    latest: dict[int, int] = {}
    total = 0
    for one in segments:
        for flow, number in ((one.flow, one.seq), (one.flow ^ 1, one.ack)):
            if number is not None:
                total += _apart(number, latest.get(flow, number))
                latest[flow] = number
        if one.seq is not None:
            length = one.payload + bool(one.flags & SYN) + bool(one.flags & FIN)
            latest[one.flow] = (one.seq + length) % SEQUENCE_SPACE
    return total


def _apart(a: int, b: int) -> int:
    ahead = (a - b) % SEQUENCE_SPACE
    return min(ahead, SEQUENCE_SPACE - ahead, LARGEST_JUMP)


def _row(one: Printed) -> Row:
    raw = None if one.options is None else tcp_options.encode(one.options)
    numbers = (one.seq, one.ack, one.payload, one.window)
    known = (UNKNOWN if number is None else number for number in (*numbers, one.tos))
    seq, ack, payload, window, tos = known
    return (*one[:4], seq, ack, payload, window, raw, tos)
