"""TCP options: the bytes of the header to `Option`s and back (RFC 9293, 3.1; 7323; 2018)."""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct

from captures.errors import CaptureError
from captures.segment import (
    END_OF_LIST,
    MSS,
    NOP,
    SACK,
    SACK_PERMITTED,
    TIMESTAMP,
    WINDOW_SCALE,
    Option,
)

# Options of a fixed length: the name for messages, and the layout of the value.
FIXED = {
    MSS: ("MSS", Struct(">H")),
    WINDOW_SCALE: ("window scale", Struct(">B")),
    SACK_PERMITTED: ("SACK-permitted", Struct(">")),
    TIMESTAMP: ("timestamp", Struct(">II")),
}
SIZES = {kind: layout.size + 2 for kind, (_, layout) in FIXED.items()}
# How nearly every segment of a modern connection begins its twelve bytes of options.
TIMESTAMP_ALONE = bytes([NOP, NOP, TIMESTAMP, 10])


# All that one system's SYNs differ in are their timestamps, if they have any.
@lru_cache(maxsize=1024)
def decode(raw: bytes) -> tuple[Option, ...]:
    """The options in the bytes behind the 20 of the TCP header; padding after END_OF_LIST is left.

    Raises CaptureError for a length that the option's kind or the header doesn't allow.
    """
    return tuple(_decoded(raw))


# The same bytes as `decode` gets, 40 at most.
@lru_cache(maxsize=1024)
def check(raw: bytes) -> None:
    """Raise the CaptureError that `decode` would, without decoding anything."""
    at, size = 0, len(raw)
    while at < size and (kind := raw[at]) != END_OF_LIST:
        if kind == NOP:
            at += 1
        elif at + 1 < size and SIZES.get(kind) == raw[at + 1] <= size - at:
            at += raw[at + 1]  # as nearly all
        else:
            at += _length(raw, at)


def encode(options: tuple[Option, ...]) -> bytes:
    """The options as they stand in a header, not padded to a multiple of four bytes."""
    return b"".join(_encoded(option) for option in options)


def _decoded(raw: bytes) -> Iterator[Option]:
    at = 0
    while at < len(raw):
        kind = raw[at]
        if kind == END_OF_LIST:
            yield Option(END_OF_LIST)
            return
        length = 1 if kind == NOP else _length(raw, at)
        yield Option(kind, _value(kind, raw[at + 2 : at + length]))
        at += length


def _length(raw: bytes, at: int) -> int:
    kind = raw[at]
    if at + 1 == len(raw):
        raise CaptureError(f"TCP option {kind} has no length: the header ends after its kind")
    length = raw[at + 1]
    if length < 2:
        raise CaptureError(f"TCP option {kind} has length {length}, at least 2 needed")
    name, layout = FIXED.get(kind, ("", None))
    if layout and length != layout.size + 2:
        raise CaptureError(f"{name} option length {length}, not {layout.size + 2}")
    if kind == SACK and (length < 10 or length % 8 != 2):
        raise CaptureError(f"SACK option length {length}, not 2 and 8 for each block")
    if at + length > len(raw):
        raise CaptureError(f"TCP option {kind} of {length} bytes runs beyond the TCP header")
    return length


def _value(kind: int, value: bytes) -> tuple[int, ...]:
    if kind == NOP:
        return ()
    if kind in FIXED:
        return FIXED[kind][1].unpack(value)
    if kind == SACK:
        return Struct(f">{len(value) // 4}I").unpack(value)
    return tuple(value)


def _encoded(option: Option) -> bytes:
    if option.kind in (END_OF_LIST, NOP):
        return bytes([option.kind])
    if option.kind in FIXED:
        value = FIXED[option.kind][1].pack(*option.value)
    elif option.kind == SACK:
        value = Struct(f">{len(option.value)}I").pack(*option.value)
    else:
        value = bytes(option.value)
    return bytes([option.kind, len(value) + 2]) + value
