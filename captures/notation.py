"""The book's one-line notation of a segment, both ways (tcpdump's of 1993).

    S 1415531521:1415531521(0) win 4096 <mss 1024> [tos 0x10]
    . ack 1

Flags are S F R P (W, E and U as later tcpdumps have them), `.` where none of them is set; the
ACK flag is the presence of `ack`. A segment of ACK alone and without data prints no sequence
number. What isn't printed is unknown, except that no `seq:end(bytes)` means no data.
"""

import re
from typing import NamedTuple

from captures.errors import CaptureError
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
    Segment,
)

FLAG_LETTERS = {"S": SYN, "F": FIN, "R": RST, "P": PSH, "W": CWR, "E": ECE, "U": URG}
OPTION_WORDS = {
    END_OF_LIST: "eol",
    NOP: "nop",
    MSS: "mss",
    WINDOW_SCALE: "wscale",
    SACK_PERMITTED: "sackOK",
    TIMESTAMP: "timestamp",
}
OPTION_KINDS = {word: kind for kind, word in OPTION_WORDS.items()}
# The bits of each number that an option carries.
OPTION_BITS = {MSS: (16,), WINDOW_SCALE: (8,), TIMESTAMP: (32, 32)}

# These are compiled when a text is first read; most captures are none.
FIELDS = r"""(?xa)
    (?P<flags>[SFRPWEU]+|\.)
    (?:\ +(?P<seq>\d{1,10}):(?P<end>\d{1,10})\((?P<payload>\d{1,5})\))?
    (?:\ +ack\ (?P<ack>\d{1,10}))?
    (?:\ +win\ (?P<window>\d{1,5}))?
    (?:\ +<(?P<options>[^<>]+)>)?
    (?:\ +\[tos\ 0x(?P<tos>[0-9a-f]{1,2})\])?"""
# A header has room for four SACK blocks (RFC 2018), or for an option of 40 bytes.
SACK_TEXT = r"(?a)sack ([1-4]) ((?:\{\d{1,10}:\d{1,10}\}){1,4})"
UNKNOWN_TEXT = r"(?a)opt-(\d{1,3}):((?:[0-9a-f]{2}){0,38})"


class Fields(NamedTuple):
    """What one line in the notation says; None is 'not printed', numbers stand as printed."""

    flags: int
    seq: int | None
    ack: int | None
    payload: int
    window: int | None
    options: tuple[Option, ...] | None
    tos: int | None


def text(segment: Segment, relative_to: tuple[int | None, int | None] = (None, None)) -> str:
    """The segment in the notation.

    relative_to: the ISNs that sequence and acknowledgment numbers are printed relative to;
    None prints the absolute number.
    """
    seq_base, ack_base = (base or 0 for base in relative_to)
    parts = [flags_text(segment.flags)]
    if segment.seq is not None and (parts != ["."] or segment.payload):
        parts.append(sequence_text(segment.seq - seq_base, segment.payload))
    if segment.ack is not None:
        parts.append(f"ack {(segment.ack - ack_base) % SEQUENCE_SPACE}")
    if segment.window is not None:
        parts.append(f"win {segment.window}")
    if segment.options:
        parts.append(f"<{options_text(segment.options)}>")
    if segment.tos:
        parts.append(f"[tos {segment.tos:#x}]")
    return " ".join(parts)


def sequence_text(seq: int, payload: int) -> str:
    """`seq:end(bytes)`, where end is the number after the last byte of data."""
    return f"{seq % SEQUENCE_SPACE}:{(seq + payload) % SEQUENCE_SPACE}({payload})"


def parse(line: str) -> Fields:
    """Read one segment in the notation; raises CaptureError that quotes what it can't read."""
    match = re.match(FIELDS, line)
    if match is None:
        raise CaptureError(f"expected flags such as S, F, P or '.', found {excerpt(line)}")
    if match.end() < len(line):
        raise CaptureError(f"can't read {excerpt(line[match.end() :].strip())}")
    ack = _number(match["ack"], 32, "ack") if match["ack"] else None
    flags = parse_flags(match["flags"]) | (ACK if match["ack"] else 0)
    seq, payload = _sequence(match)
    window = _number(match["window"], 16, "win") if match["window"] else None
    options = parse_options(match["options"]) if match["options"] else None
    tos = int(match["tos"], 16) if match["tos"] else None
    return Fields(flags, seq, ack, payload, window, options, tos)


def flags_text(flags: int) -> str:
    """`S`, `FP`, `.`: the ACK flag isn't among them, since `ack` shows it."""
    return "".join(letter for letter, flag in FLAG_LETTERS.items() if flags & flag) or "."


def parse_flags(letters: str) -> int:
    """The flags that `flags_text` prints; raises CaptureError for a letter that is none."""
    flags = 0
    for letter in "" if letters == "." else letters:
        if letter not in FLAG_LETTERS:
            raise CaptureError(f"no flag {letter!r}: flags are S F R P W E U, or '.' for none")
        flags |= FLAG_LETTERS[letter]
    return flags


def options_text(options: tuple[Option, ...]) -> str:
    """`mss 512,nop,wscale 0,nop,nop,timestamp 146647 0`; an unknown kind is `opt-30:0a0b`."""
    return ",".join(_option_text(option) for option in options)


def parse_options(text: str) -> tuple[Option, ...]:
    """The options that `options_text` prints; '' is none. Raises CaptureError."""
    options = tuple(_parse_option(word.strip()) for word in text.split(",") if text)
    if Option(END_OF_LIST) in options[:-1]:
        raise CaptureError("options after eol: it ends the list")
    return options


def excerpt(text: str) -> str:
    """The text quoted for a message, shortened to a line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _number(digits: str, bits: int, name: str) -> int:
    if int(digits) >> bits:
        raise CaptureError(f"{name} {digits} doesn't fit in {bits} bits")
    return int(digits)


def _sequence(match: re.Match[str]) -> tuple[int | None, int]:
    if match["seq"] is None:
        if match["flags"] != ".":
            raise CaptureError(f"flags {match['flags']} need seq:end(bytes) behind them")
        return None, 0
    seq, end = _number(match["seq"], 32, "seq"), _number(match["end"], 32, "seq")
    payload = _number(match["payload"], 16, "data")
    if (end - seq) % SEQUENCE_SPACE != payload:
        raise CaptureError(f"{seq}:{end}({payload}): the bytes aren't end minus seq")
    return seq, payload


def _option_text(option: Option) -> str:
    if option.kind == SACK:
        edges = zip(option.value[::2], option.value[1::2], strict=True)
        blocks = "".join(f"{{{left}:{right}}}" for left, right in edges)
        return f"sack {len(option.value) // 2} {blocks}"
    if option.kind not in OPTION_WORDS:
        return f"opt-{option.kind}:{bytes(option.value).hex()}"
    return " ".join([OPTION_WORDS[option.kind], *map(str, option.value)])


def _parse_option(text: str) -> Option:
    word, *numbers = text.split(" ")
    if word == "sack":
        return _parse_sack(text)
    if word.startswith("opt-"):
        return _parse_unknown(text)
    if word not in OPTION_KINDS:
        raise CaptureError(f"no option {excerpt(word)}: known are {', '.join(OPTION_KINDS)}, sack")
    kind = OPTION_KINDS[word]
    bits = OPTION_BITS.get(kind, ())
    if len(numbers) != len(bits) or not all(re.fullmatch("[0-9]{1,10}", n) for n in numbers):
        raise CaptureError(f"option {excerpt(text)}: {word} takes {len(bits)} number(s)")
    values = (_number(n, b, word) for n, b in zip(numbers, bits, strict=True))
    return Option(kind, tuple(values))


def _parse_sack(text: str) -> Option:
    match = re.fullmatch(SACK_TEXT, text)
    edges = tuple(map(int, re.findall(r"\d+", match[2]))) if match else ()
    if match is None or len(edges) != 2 * int(match[1]) or max(edges) >= SEQUENCE_SPACE:
        raise CaptureError(f"option {excerpt(text)}: expected such as sack 1 {{14:27}}")
    return Option(SACK, edges)


def _parse_unknown(text: str) -> Option:
    match = re.fullmatch(UNKNOWN_TEXT, text)
    if match is None or not int(match[1]) < 256 or int(match[1]) in (*OPTION_WORDS, SACK):
        raise CaptureError(f"option {excerpt(text)}: expected such as opt-30:0a0b")
    return Option(int(match[1]), tuple(bytes.fromhex(match[2])))
