"""What a line of a time line says by not saying it.

No `seq:end(bytes)`: no data, and the sequence number that follows the end's last (RFC 9293, 3.4).
No `win`: whatever the window is, it isn't closed. No `<...>`: no option that only a SYN may carry.
"""

from collections.abc import Iterable
from typing import NamedTuple

from captures.segment import FIN, RST, SEQUENCE_SPACE, SYN, Endpoint, Segment
from checkers.timeline import Line, Step
from checkers.timeline_compare import Packet
from checkers.words import ONLY_IN_SYNS

Flow = tuple[Endpoint, Endpoint]


class Wrong(NamedTuple):
    """The segment at this place (from 0) differs in a field that its line doesn't write."""

    place: int
    field: str
    told: str


def first_wrong(matched: Iterable[tuple[Step, Packet]]) -> Wrong | None:
    """The first segment that its line only seems to fit; unknown fields are no fault."""
    following: dict[Flow, int] = {}
    for place, (line, packet) in enumerate(matched):
        if not isinstance(packet, Segment):
            continue
        flow = packet.source, packet.destination
        expected = following.get(flow)
        told = _wrong(line, packet, expected) if isinstance(line, Line) else None
        if told:
            return Wrong(place, *told)
        if packet.seq != expected or packet.payload or packet.rest or packet.flags & (SYN | FIN):
            _follow(packet, expected, following)
    return None


def _follow(segment: Segment, last: int | None, following: dict[Flow, int]) -> None:
    """Remember the number after the highest that this end has used, so far `last`."""
    end = segment.following
    if end is None or segment.flags & RST:
        return
    last = end if last is None or segment.flags & SYN else last
    if (end - last) % SEQUENCE_SPACE < SEQUENCE_SPACE // 2:
        following[segment.source, segment.destination] = end


def _wrong(line: Line, segment: Segment, expected: int | None) -> tuple[str, str] | None:
    """The field, and what it is; expected: the number that follows the end's last."""
    flags = segment.flags
    told = line.extent is None and not flags & RST and None not in (segment.seq, expected)
    if told and segment.seq != expected:
        return "seq", f"seq {segment.seq}, not {expected}"
    if line.window is None and segment.window == 0 and not flags & RST:
        return "window", "win 0"
    if segment.options and line.options is None and not flags & SYN:
        kinds = {option.kind for option in segment.options}
        if kinds & {*ONLY_IN_SYNS}:
            return "options", "an option that only a SYN may carry"
    return None
