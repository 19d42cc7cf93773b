"""A student's prediction of the next segment, read leniently, held against what came."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from captures.names import Names
from captures.segment import ACK, FIN, PSH, RST, SEQUENCE_SPACE, SYN, Segment
from checkers.finding import counted

WORDS = {"syn": SYN, "fin": FIN, "rst": RST, "reset": RST, "psh": PSH, "push": PSH, "ack": ACK}
LETTERS = {"S": SYN, "F": FIN, "R": RST, "P": PSH, "A": ACK, ".": ACK}
SHOWN = {SYN: "SYN", FIN: "FIN", RST: "RST", ACK: "ACK"}
ACK_NUMBER = re.compile(r"\back\s+(\d+)", re.IGNORECASE)
BYTES = re.compile(r"\((\d+)\)|\b(\d+)\s*bytes?\b", re.IGNORECASE)
LETTER_WORD = re.compile(r"[SFRPA.]+")


class Prediction(NamedTuple):
    """What was read of a prediction; None is 'not said'.

    host: who sends it. flags: of SYN, FIN, RST, PSH, ACK. ack: the number acknowledged.
    """

    host: str | None
    flags: int | None
    ack: int | None
    payload: int | None


class Judged(msgspec.Struct, frozen=True):
    """What was right and what was wrong in a prediction, in words; why: what the segment does."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    why: str

    @property
    def whole(self) -> bool:
        """Whether sender and flags were said, and nothing was wrong."""
        return not self.wrong


def read(text: str, hosts: tuple[str, ...]) -> Prediction:
    """Read `svr4 > bsdi: S ack 1 (0)`, `svr4 SYN+ACK`, `bsdi . ack`, `svr4 fin, ack 2`.

    The first host named is the sender. What isn't understood is passed over.
    """
    number = ACK_NUMBER.search(text)
    size = BYTES.search(text)
    rest = BYTES.sub(" ", text)
    words = re.findall(r"[A-Za-z0-9.]+", rest.replace("/", " ").replace("+", " "))
    names = [name for word in words for name in hosts if _is_host(word, name)]
    flags = [_flags(word) for word in words if not any(_is_host(word, name) for name in hosts)]
    known = [each for each in flags if each is not None]
    return Prediction(
        names[0] if names else None,
        _together(known) if known else None,
        int(number[1]) if number else None,
        int(next(filter(None, size.groups()))) if size else None,
    )


def _is_host(word: str, name: str) -> bool:
    """`svr4`, `svr4.1037`."""
    return word.lower() == name.lower() or word.lower().startswith(f"{name.lower()}.")


def _flags(word: str) -> int | None:
    if word.lower() in WORDS:
        return WORDS[word.lower()]
    if LETTER_WORD.fullmatch(word):
        return _together([LETTERS[letter] for letter in word])
    return None


def _together(flags: list[int]) -> int:
    found = 0
    for each in flags:
        found |= each
    return found


def judge(
    said: Prediction, segment: Segment, names: Names, bases: tuple[int | None, int | None]
) -> Judged:
    """Hold a prediction against the segment; bases: the ISNs that numbers are relative to."""
    verdicts = [*_sender(said, segment, names), *_flags_said(said, segment)]
    verdicts += [*_ack(said, segment, bases[1]), *_payload(said, segment)]
    return Judged(
        tuple(text for is_right, text in verdicts if is_right),
        tuple(text for is_right, text in verdicts if not is_right),
        why(segment),
    )


def _sender(said: Prediction, segment: Segment, names: Names) -> Iterator[tuple[bool, str]]:
    sender = names.host(segment.source.host)
    if said.host is None:
        yield False, f"you didn't say who sends it: {sender}"
    else:
        yield said.host == sender, f"{sender} sends it"


def _flags_said(said: Prediction, segment: Segment) -> Iterator[tuple[bool, str]]:
    shown = [name for flag, name in SHOWN.items() if segment.has(flag)]
    text = f"its flags are {' and '.join(shown)}" if shown else "it has no flag"
    if said.flags is None:
        yield False, f"you said no flags: {text}"
        return
    # PSH is the sender's way of saying that it has no more just now: nobody can know.
    yield (said.flags | PSH) == (_own(segment) | PSH), text


def _own(segment: Segment) -> int:
    return _together([flag for flag in SHOWN if segment.has(flag)])


def _ack(said: Prediction, segment: Segment, base: int | None) -> Iterator[tuple[bool, str]]:
    if said.ack is None:
        return
    if segment.ack is None:
        yield False, "it acknowledges nothing"
        return
    relative = (segment.ack - (base or 0)) % SEQUENCE_SPACE
    yield said.ack in (relative, segment.ack), f"it acknowledges up to {relative}"


def _payload(said: Prediction, segment: Segment) -> Iterator[tuple[bool, str]]:
    if said.payload is not None:
        yield said.payload == segment.payload, f"it carries {counted(segment.payload, 'byte')}"


def why(segment: Segment) -> str:
    """What such a segment is for, in a sentence (RFC 9293, 3.4 to 3.6)."""
    if segment.has(RST):
        return "A reset: its sender knows no connection that this belongs to, or gives it up."
    if segment.has(SYN) and segment.has(ACK):
        return "It accepts the connection; the SYN that it answers counts for one number."
    if segment.has(SYN):
        return "It asks for a connection, and tells its sender's initial sequence number."
    if segment.has(FIN):
        return "Its sender has no more data: this direction is closed, the other one isn't yet."
    if segment.payload:
        return "Data: each byte of it has a number, and waits for its acknowledgement."
    return "An acknowledgement alone: all numbers below it have arrived."
