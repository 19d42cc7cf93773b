"""The words of a time line's line: expressions, endpoints, gaps, options.

Each function reads one word; it raises UnlikeError where that is another kind of word, and
ValueError where it says what can't be.
"""

import re
from decimal import Decimal
from functools import lru_cache

from captures import notation
from captures.segment import SEQUENCE_SPACE
from checkers.timeline import (
    TOLERANCE_DIVISOR,
    TOLERANCE_NS,
    Expression,
    Extent,
    Gap,
    OptionPattern,
    Party,
)
from checkers.timeline_tokens import UnlikeError

UNITS_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}

# These two stand in every line; the others are compiled when they are first met.
_EXPRESSION = re.compile(r"\$([A-Za-z_]\w*)([+-][0-9]{1,10})?|([0-9]{1,10})", re.ASCII)
_EXTENT = re.compile(r"([^:()]+):([^:()]+)\(([^:()]+)\)")
_TIME = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ns|us|ms|s)?"
_GAP = rf"\+{_TIME}(?:(~|±){_TIME})?"
_ETHER = r"[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}"
_TOS = r"\[tos 0x([0-9a-f]{1,2})\]"


# The catalog's time lines consist of the same thousand words, whatever the values of students are:
# ports, lengths and sizes. An Ethernet address is anybody's, and isn't kept.
_kept = lru_cache(maxsize=2048)


@_kept
def expression(text: str) -> Expression:
    """`$J+1`, `$c` or a number below 2^32."""
    found = _EXPRESSION.fullmatch(text)
    if not found:
        raise UnlikeError("a number or a variable such as $J+1")
    variable, offset, number = found.groups()
    if int(number or 0) >= SEQUENCE_SPACE:
        raise ValueError(f"{number} doesn't fit in 32 bits")
    return Expression(variable, int(number or offset or 0))


@_kept
def party(text: str) -> Party:
    """`bsdi.discard`, `svr4.$c`, `128.32.130.2.80`: the last dot parts host and port."""
    host, dot, port = text.rpartition(".")
    if not (host and dot and port) or ":" in text or "$" in host:
        raise UnlikeError("an endpoint such as svr4.$c or bsdi.discard")
    named = not (port.isascii() and port.isdigit()) and "$" not in port
    return Party(host, port if named else expression(port))


@_kept
def extent(text: str) -> Extent:
    """`$J+1:$J+14(13)`; refuses bytes that are not the end minus the beginning."""
    found = _EXTENT.fullmatch(text)
    if not found:
        raise UnlikeError("sequence numbers such as $J:$J(0), or ack, win, <options>, [tos]")
    first, last, size = map(expression, found.groups())
    if first.variable == last.variable and size.variable is None:
        apart = (last.number - first.number) % SEQUENCE_SPACE
        if apart != size.number:
            raise ValueError(f"{text}: {apart} bytes from first to last, not {size.number}")
    return Extent(first, last, size)


@_kept
def flags(text: str) -> int:
    """`S`, `FP`, `.` (none); ACK is told by `ack`."""
    return notation.parse_flags(text)


@_kept
def options(text: str) -> tuple[OptionPattern, ...]:
    """`<mss 1024,nop,timestamp $t 0>`: exactly these options in this order; `<>`: none."""
    inside = text[1:-1].strip()
    return tuple(_option(item.strip()) for item in inside.split(",") if inside)


def _option(text: str) -> OptionPattern:
    words = text.split(" ")
    plain = " ".join("0" if "$" in word else word for word in words)
    try:
        ((kind, numbers),) = notation.parse_options(plain)
    except ValueError as error:
        raise ValueError(f"option {text!r}: {error}") from error
    if kind not in notation.OPTION_WORDS:
        return OptionPattern(text, kind, tuple(Expression(None, number) for number in numbers))
    return OptionPattern(words[0], kind, tuple(map(expression, words[1:])))


@_kept
def tos(text: str) -> int:
    """`[tos 0x10]`: the IP header's type-of-service byte."""
    found = re.fullmatch(_TOS, text)
    if not found:
        raise UnlikeError("[tos 0x10]")
    return int(found[1], 16)


def ether(text: str) -> str:
    """`0:0:c0:6f:2d:40`, as the book prints it, with two digits a byte."""
    if not re.fullmatch(_ETHER, text):
        raise UnlikeError("an Ethernet address such as 0:0:c0:6f:2d:40")
    return ":".join(octet.rjust(2, "0") for octet in text.split(":"))


@_kept
def gap(text: str) -> Gap:
    """`+0~50ms` (a range), `+6s` (packetdrill's tolerance), `+6s±500ms` (its own)."""
    found = re.fullmatch(_GAP, text)
    if not found:
        raise UnlikeError("a gap such as +0~50ms, +6s or +6s±500ms")
    number, unit, sign, other, other_unit = found.groups()
    first_ns = _nanoseconds(text, number, unit or other_unit)
    if sign is None:
        tolerance_ns = max(TOLERANCE_NS, first_ns // TOLERANCE_DIVISOR)
        return Gap(first_ns - tolerance_ns, first_ns + tolerance_ns, text)
    second_ns = _nanoseconds(text, other, other_unit)
    if sign == "±":
        return Gap(first_ns - second_ns, first_ns + second_ns, text)
    if second_ns < first_ns:
        raise ValueError(f"{text}: the range ends before it begins")
    return Gap(first_ns, second_ns, text)


def _nanoseconds(text: str, number: str, unit: str | None) -> int:
    if unit is None:
        raise ValueError(f"{text}: no unit: write s, ms, us or ns behind the number")
    exact = Decimal(number) * UNITS_NS[unit]
    if exact != int(exact):
        raise ValueError(f"{text}: finer than a nanosecond")
    return int(exact)
