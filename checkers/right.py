"""A right answer, and which segment of a connection a question is about."""

from typing import Annotated, Literal

import msgspec

from captures.segment import FIN, RST, SYN, Segment
from checkers.finding import Finding, place_text
from checkers.sighting import Sighting
from checkers.verdict import Verdict

Value = int | str | tuple[str, ...]
Kind = Literal["syn", "fin", "rst", "data", "any"]

FLAGS = {"syn": SYN, "fin": FIN, "rst": RST}


class Right(msgspec.Struct, frozen=True):
    """The right answer to a question, and what shows it: frames of a capture, or a record's line.

    value: a number as it is, a sequence number modulo 2^32, a time in ns, a host's name; flags and
    lists as words.
    """

    value: Value
    frames: tuple[int, ...] = ()
    vantage: str = ""
    record: str = ""

    @property
    def place(self) -> str:
        """Where it can be seen, as a finding says it."""
        return place_text(self.frames, self.vantage, self.record)


# Instead of a right answer: why this evidence has none. FAIL: since what is asked for isn't there.
Answer = Right | Finding


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One segment of a connection: the nth of its kind from a host (-1: the last).

    segment: syn, fin, rst, data (one that carries some), or any.
    """

    host: str
    segment: Kind
    nth: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 1

    def __post_init__(self) -> None:
        if self.nth == 0:
            raise ValueError("nth: the first is 1, the last is -1")

    @property
    def text(self) -> str:
        """`SYN 2 of bsdi`."""
        kind = self.segment if self.segment in ("data", "any") else self.segment.upper()
        words = {"data": "segment with data", "any": "segment"}
        place = "the last" if self.nth == -1 else f"number {self.nth}"
        return f"{words.get(kind, kind)} of {self.host}, {place}"


def of_kind(sighting: Sighting, segment: Kind, host: str | None = None) -> list[Segment]:
    """The segments of a kind, from a host (None: from both), as captured."""
    found = sighting.segments
    if host is not None:
        its = sighting.evidence.names.addresses(host)
        found = [each for each in found if each.source.host in its]
    if segment == "any":
        return found
    if segment == "data":
        return [each for each in found if each.payload > 0]
    flag = FLAGS[segment]
    return [each for each in found if each.flags & flag]


def find(sighting: Sighting, which: Which) -> Segment | Finding:
    """The segment, or why there is none."""
    found = of_kind(sighting, which.segment, which.host)
    place = which.nth - 1 if which.nth > 0 else len(found) + which.nth
    if 0 <= place < len(found):
        return found[place]
    return sighting.absent(which.text, f"{len(found)} of them", *sighting.segments[-1:])


def right(sighting: Sighting, value: Value | None, *segments: Segment) -> Answer:
    """An answer that these segments show; None: their capture doesn't print it."""
    if value is None:
        told = "this capture doesn't show it"
        return sighting.finding(Verdict.INCONCLUSIVE, "the answer", told, *segments)
    return Right(value, tuple(each.frame for each in segments), sighting.vantage.point)
