"""One line of the time line held against one segment."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from captures.arp import Arp
from captures.names import Names
from captures.notation import FLAG_LETTERS
from captures.segment import ACK, SEQUENCE_SPACE, SYN, Option, Segment
from checkers.evidence import Evidence
from checkers.parties import is_host, port_number
from checkers.seen import EARLY_NS
from checkers.timeline import Anything, ArpLine, Expression, Extent, Line, OptionPattern, Step
from checkers.timeline_write import Bindings

Packet = Segment | Arp

_FLAGS = sum(FLAG_LETTERS.values()) | ACK
# The aspects of a host that can take the place of a book fact in a field.
ASPECTS: Mapping[str, tuple[str, ...]] = {
    "window": ("window",),
    "options": ("options", "mss"),
    "tos": ("tos",),
}


class Comparison(msgspec.Struct, frozen=True):
    """What came of it.

    differs: the fields that are certainly wrong. unknown: why a field can't be told, in words.
    bindings: the variables, with those that this segment tells.
    """

    differs: tuple[str, ...]
    unknown: tuple[str, ...]
    bindings: Bindings


# A field's name, the number that the line expects of it (`Expression`), and the one that the
# segment shows; None: the capture doesn't tell.
_Field: TypeAlias = tuple[str, tuple[str | None, int], int | None]


def compare(
    line: Step, packet: Packet, before: Packet | None, known: Bindings, evidence: Evidence
) -> Comparison:
    """Hold a line against a packet; `before`: the packet that the line's gap counts from.

    The direction comes first: in a segment of the other side nothing else is compared.
    Raises ExpectationError for a service without a port.
    """
    if isinstance(line, Line) and isinstance(packet, Segment):
        if not _same_direction(line, packet, evidence.names):
            return Comparison(("direction",), (), known)
        result = _compare_fields(line, packet, known, evidence)
    elif isinstance(line, Anything) and isinstance(packet, Segment):
        result = Comparison((), (), known)
    else:
        result = Comparison(_compare_arp(line, packet, evidence), (), known)
    if before is None or result.differs == ("protocol",):
        return result
    gap_ns = packet.time_ns - before.time_ns
    if gap_ns < -EARLY_NS:
        told = f"frame {packet.frame} has an earlier time than the one before"
        return replace(result, unknown=(*result.unknown, told))
    return result if line.gap is None else _compare_gap(line, packet, gap_ns, result, evidence)


def _compare_arp(line: Step, packet: Packet, evidence: Evidence) -> tuple[str, ...]:
    """What differs; a field that the capture doesn't tell doesn't."""
    if not (isinstance(line, ArpLine) and isinstance(packet, Arp)):
        return ("protocol",)
    host = evidence.names.host
    fields = [
        ("operation", line.operation, packet.operation),
        ("sender", line.sender, host(packet.sender)),
        ("target", line.target, packet.target and host(packet.target)),
        ("ether", line.ether, packet.sender_ether),
    ]
    return tuple(name for name, want, got in fields if None not in (want, got) and want != got)


def _compare_fields(
    line: Line, segment: Segment, known: Bindings, evidence: Evidence
) -> Comparison:
    bindings = known
    differs: list[str] = []
    unknown: list[str] = []
    sound = not (evidence.run and evidence.run.degraded)
    for name, (variable, number), observed in _fields(line, segment, evidence.names):
        if observed is None:
            unknown.append(f"this capture doesn't show the {name} of frame {segment.frame}")
            continue
        if not sound and (why := _excused(name, line, evidence)):
            unknown.append(why)
            continue
        # An expression stands for the number; it binds its variable where that is free.
        if variable is None:
            if number != observed:
                differs.append(name)
            continue
        told = (observed - number) % SEQUENCE_SPACE
        if variable not in bindings:
            bindings = {**bindings, variable: told}
        elif bindings[variable] != told:
            differs.append(name)
    if line.most is not None and sound and segment.window is not None:
        differs += ["window"] * (segment.window > line.most)
    if not (differs or unknown):
        return Comparison((), (), bindings)
    return Comparison(tuple(dict.fromkeys(differs)), tuple(dict.fromkeys(unknown)), bindings)


def _excused(name: str, line: Line, evidence: Evidence) -> str:
    """Why this field of the line's sender can't be checked in this run; '' where it can."""
    aspects = ASPECTS.get(name)
    return evidence.why_degraded(*aspects, host=line.source.host) if aspects else ""


def _compare_gap(
    line: Step, packet: Packet, gap_ns: int, fields: Comparison, evidence: Evidence
) -> Comparison:
    """The comparison of the fields, with what the gap adds to it."""
    why = _timeless(line, packet, evidence)
    if why:
        return replace(fields, unknown=(*fields.unknown, why))
    if line.gap and not line.gap.low_ns <= gap_ns <= line.gap.high_ns:
        return replace(fields, differs=(*fields.differs, "gap"))
    return fields


def _same_direction(line: Line, segment: Segment, names: Names) -> bool:
    return is_host(segment.source, line.source.host, names) and is_host(
        segment.destination, line.destination.host, names
    )


def _fields(line: Line, segment: Segment, names: Names) -> list[_Field]:
    """The fields that the line mentions, in the notation's order."""
    ack, extent = line.ack, line.extent
    flags = line.flags if ack is None else line.flags | ACK
    here, there = line.source.port, line.destination.port
    if isinstance(here, str):
        here = _number(here, names)
    if isinstance(there, str):
        there = _number(there, names)
    fields: list[_Field] = [
        ("source port", here, segment.source.port),
        ("destination port", there, segment.destination.port),
        ("flags", (None, flags), segment.flags & _FLAGS),
    ]
    if extent is None:
        fields.append(("payload", (None, 0), segment.payload))
    else:
        fields += _extent(extent, segment)
    if ack is not None and segment.flags & ACK:
        fields.append(("ack", ack, segment.ack))
    if line.window is not None:
        fields.append(("window", line.window, segment.window))
    if line.options is not None:
        fields += _options(line.options, segment.options)
    if line.tos is not None:
        fields.append(("tos", (None, line.tos), segment.tos))
    return fields


def _number(service: str, names: Names) -> Expression:
    return Expression(None, port_number(service, names))


def _extent(extent: Extent, segment: Segment) -> list[_Field]:
    first, last, size = extent
    fields: list[_Field] = [("seq", first, segment.seq), ("payload", size, segment.data)]
    if size.variable is not None or last.variable != first.variable:
        fields.append(("seq", last, segment.after_data))
    return fields


def _options(
    expected: tuple[OptionPattern, ...], observed: tuple[Option, ...] | None
) -> Iterator[_Field]:
    """The number of options, then each one's kind and values; all are the field `options`."""
    yield "options", (None, len(expected)), None if observed is None else len(observed)
    for pattern, option in zip(expected, observed or (), strict=False):
        yield "options", (None, pattern.kind), option.kind
        yield "options", (None, len(pattern.values)), len(option.value)
        for value, number in zip(pattern.values, option.value, strict=False):
            yield "options", value, number


def _timeless(line: Step, packet: Packet, evidence: Evidence) -> str:
    """Why the gap before this packet tells nothing; '' where it does."""
    if not all(vantage.capture.timed for vantage in evidence.vantages.values()):
        return f"this capture doesn't show the time of frame {packet.frame}"
    if not isinstance(line, Line) or line.ack is not None or not line.flags & SYN:
        return ""
    return evidence.why_degraded("syn_timers", host=line.source.host)
