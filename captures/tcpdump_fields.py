"""A segment as today's tcpdump prints it: `Flags [S.], seq 1, ack 2, win 3, length 0`.

Source: tcpdump 4.99, print-tcp.c.
"""

import re
from typing import NamedTuple

from captures import notation
from captures import options as tcp_options
from captures.errors import CaptureError
from captures.notation import excerpt
from captures.segment import (
    ACK,
    CWR,
    ECE,
    END_OF_LIST,
    FIN,
    MSS,
    NOP,
    PSH,
    RST,
    SACK,
    SACK_PERMITTED,
    SEQUENCE_SPACE,
    SYN,
    TIMESTAMP,
    URG,
    WINDOW_SCALE,
    Option,
)

FLAGS = {"F": FIN, "S": SYN, "R": RST, "P": PSH, ".": ACK, "U": URG, "E": ECE, "W": CWR}
FAST_OPEN = 34
MOST_OPTION_BYTES = 40

TCP = re.compile(r"Flags \[")
QUIET = re.compile(r"tcp \d+\b")
FIELDS = re.compile(
    r"""Flags\ \[(?P<flags>none|[FSRP.UEWe]{1,9})\]
    (?:,\ cksum\ 0x[0-9a-f]{1,4}\ \([^()]*\))?
    (?:,\ seq\ (?P<seq>\d{1,10})(?::(?P<end>\d{1,10}))?)?
    (?:,\ ack\ (?P<ack>\d{1,10}))?
    ,\ win\ (?P<window>\d{1,5})
    (?:,\ urg\ \d{1,5})?
    (?:,\ options\ \[(?P<options>[^\[\]]*)\])?
    ,\ length\ (?P<payload>\d{1,9})
    (?:[:,;\ ].*)?""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)

# Options as they are printed, and what their numbers mean.
OPTIONS = (
    (re.compile(r"eol"), END_OF_LIST),
    (re.compile(r"nop"), NOP),
    (re.compile(r"mss (\d{1,5})", re.ASCII), MSS),
    (re.compile(r"wscale (\d{1,3})", re.ASCII), WINDOW_SCALE),
    (re.compile(r"sackOK"), SACK_PERMITTED),
    (re.compile(r"TS val (\d{1,10}) ecr (\d{1,10})", re.ASCII), TIMESTAMP),
)
BLOCKS = re.compile(r"sack [1-4] ((?:\{\d{1,10}:\d{1,10}\}){1,4})", re.ASCII)
UNKNOWN = re.compile(r"unknown-(\d{1,3})(?: 0x((?:[0-9a-f]{2}){1,38}))?", re.ASCII)
COOKIE = re.compile(r"tfo +(?:cookiereq|cookie ((?:[0-9a-f]{2}){1,16}))", re.ASCII)
BITS = {MSS: 16, WINDOW_SCALE: 8}


class Fields(NamedTuple):
    """What one line says; None is 'not printed' (options: in words that don't tell them).

    seq, ack and the edges of SACK blocks stand as printed, maybe relative to the ISNs.
    """

    flags: int
    seq: int | None
    ack: int | None
    payload: int
    window: int
    options: tuple[Option, ...] | None


def parse(text: str) -> Fields | None:
    """Read what stands behind the ends; None where it is no TCP segment. Raises CaptureError."""
    if QUIET.match(text):
        raise CaptureError("-q prints neither flags nor numbers: print the capture without it")
    if not TCP.match(text):
        return None
    match = FIELDS.fullmatch(text)
    if match is None:
        raise CaptureError(f"can't read the segment {excerpt(text)}")
    seq, ack = (_number(match[name], 32, name) for name in ("seq", "ack"))
    fields = Fields(
        flags=_flags(match["flags"]),
        seq=seq,
        ack=ack,
        payload=int(match["payload"]),
        window=_number(match["window"], 16, "win") or 0,
        options=_options(match["options"] or ""),
    )
    _check(fields, _number(match["end"], 32, "seq"))
    return fields


def _check(fields: Fields, end: int | None) -> None:
    """Raise CaptureError where the line contradicts itself."""
    if bool(fields.flags & ACK) != (fields.ack is not None):
        raise CaptureError("the flag '.' and `ack` go together: one is missing")
    if fields.seq is None:
        if fields.payload or fields.flags & (SYN | FIN | RST):
            raise CaptureError("a segment with data, SYN, FIN or RST has a `seq`: it is missing")
        return
    last = fields.seq if end is None else end
    if (last - fields.seq) % SEQUENCE_SPACE != fields.payload:
        raise CaptureError(f"seq {fields.seq}:{last}, but length {fields.payload}")


def _number(digits: str | None, bits: int, name: str) -> int | None:
    if digits is None:
        return None
    if int(digits) >> bits:
        raise CaptureError(f"{name} {digits} doesn't fit in {bits} bits")
    return int(digits)


def _flags(letters: str) -> int:
    """The header's eight flags; `e` is the ninth (AE), which segments here don't have."""
    if letters == "none":
        return 0
    return sum(FLAGS.get(letter, 0) for letter in set(letters))


def _options(text: str) -> tuple[Option, ...] | None:
    """The options; None where the words don't tell all of them. Raises CaptureError."""
    found = [_option(word) for word in text.split(",")] if text else []
    options = tuple(option for option in found if option)
    raw = tcp_options.encode(options)
    if len(raw) > MOST_OPTION_BYTES or tcp_options.decode(raw) != options:
        raise CaptureError(f"no header holds such options: {excerpt(text)}")
    return options if len(options) == len(found) else None


def _option(text: str) -> Option | None:
    for pattern, kind in OPTIONS:
        if match := pattern.fullmatch(text):
            bits = BITS.get(kind, 32)
            values = (
                _number(digits, bits, notation.OPTION_WORDS[kind]) for digits in match.groups()
            )
            return Option(kind, tuple(value or 0 for value in values))
    if match := BLOCKS.fullmatch(text):
        edges = re.findall(r"\d+", match[1])
        return Option(SACK, tuple(_number(edge, 32, "sack") or 0 for edge in edges))
    if match := UNKNOWN.fullmatch(text):
        return Option(_number(match[1], 8, "option") or 0, tuple(bytes.fromhex(match[2] or "")))
    if match := COOKIE.fullmatch(text):
        return Option(FAST_OPEN, tuple(bytes.fromhex(match[1] or "")))
    return None
