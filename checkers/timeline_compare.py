"""One line of the time line held against one segment."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from captures.arp import Arp
from captures.notation import FLAG_LETTERS
from captures.segment import ACK, SEQUENCE_SPACE, SYN, Option, Segment
from checkers.evidence import Evidence
from checkers.parties import is_host, port_number
from checkers.timeline import ArpLine, Expression, Line, OptionPattern, Party, Step
from checkers.timeline_write import Bindings

Packet = Segment | Arp

_FLAGS = sum(FLAG_LETTERS.values()) | ACK
STAMP_NS = 10_000_000  # two processors' frames may be stamped in the other order, so much apart

_NO_DATA = Expression(None, 0)

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


class _Field(msgspec.Struct, frozen=True):
    """A number that the line expects and the segment shows (None: the capture doesn't tell)."""

    name: str
    expected: Expression
    observed: int | None
    host: str


def compare(
    line: Step, packet: Packet, before: Packet | None, known: Bindings, evidence: Evidence
) -> Comparison:
    """Hold a line against a packet; `before`: the packet that the line's gap counts from.

    The direction comes first: in a segment of the other side nothing else is compared.
    Raises ExpectationError for a service without a port.
    """
    if isinstance(line, ArpLine) or isinstance(packet, Arp):
        result = Comparison(_compare_arp(line, packet, evidence), (), known)
    elif isinstance(line, Line):
        if not _same_direction(line, packet, evidence):
            return Comparison(("direction",), (), known)
        result = _compare_fields(line, packet, known, evidence)
    else:
        result = Comparison((), (), known)
    if before is None or result.differs == ("protocol",):
        return result
    gap_ns = packet.time_ns - before.time_ns
    if gap_ns < -STAMP_NS:
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
    bindings = dict(known)
    differs, unknown = [], []
    sound = not (evidence.run and evidence.run.degraded)
    for field in _fields(line, segment, evidence):
        told = sound and field.observed is not None
        why = "" if told else _blind(field, segment, evidence)
        if why:
            unknown.append(why)
        elif not _unify(field, bindings):
            differs.append(field.name)
    return Comparison(tuple(dict.fromkeys(differs)), tuple(dict.fromkeys(unknown)), bindings)


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


def _same_direction(line: Line, segment: Segment, evidence: Evidence) -> bool:
    return is_host(segment.source, line.source.host, evidence.names) and is_host(
        segment.destination, line.destination.host, evidence.names
    )


def _fields(line: Line, segment: Segment, evidence: Evidence) -> Iterator[_Field]:
    """The fields that the line mentions, in the notation's order."""
    sender, receiver = line.source.host, line.destination.host
    yield _Field("source port", _port(line.source, evidence), segment.source.port, sender)
    to = _port(line.destination, evidence)
    yield _Field("destination port", to, segment.destination.port, receiver)
    flags = line.flags | (ACK if line.ack is not None else 0)
    yield _Field("flags", Expression(None, flags), segment.flags & _FLAGS, sender)
    yield from _extent(line, segment)
    if line.ack is not None and segment.has(ACK):
        yield _Field("ack", line.ack, segment.ack, sender)
    if line.window is not None:
        yield _Field("window", line.window, segment.window, sender)
    if line.options is not None:
        yield from _options(line.options, segment.options, sender)
    if line.tos is not None:
        yield _Field("tos", Expression(None, line.tos), segment.tos, sender)


def _port(party: Party, evidence: Evidence) -> Expression:
    if isinstance(party.port, str):
        return Expression(None, port_number(party.port, evidence.names))
    return party.port


def _extent(line: Line, segment: Segment) -> Iterator[_Field]:
    sender = line.source.host
    if line.extent is None:
        yield _Field("payload", _NO_DATA, segment.payload, sender)
        return
    first, last, size = line.extent
    yield _Field("seq", first, segment.seq, sender)
    yield _Field("payload", size, segment.data, sender)
    if size.variable is not None or last.variable != first.variable:
        yield _Field("seq", last, segment.after_data, sender)


def _options(
    expected: tuple[OptionPattern, ...], observed: tuple[Option, ...] | None, sender: str
) -> Iterator[_Field]:
    """The number of options, then each one's kind and values; all are the field `options`."""
    count = None if observed is None else len(observed)
    yield _Field("options", Expression(None, len(expected)), count, sender)
    for pattern, option in zip(expected, observed or (), strict=False):
        yield _Field("options", Expression(None, pattern.kind), option.kind, sender)
        size = Expression(None, len(pattern.values))
        yield _Field("options", size, len(option.value), sender)
        for value, number in zip(pattern.values, option.value, strict=False):
            yield _Field("options", value, number, sender)


def _unify(field: _Field, bindings: dict[str, int]) -> bool:
    """Whether the expression can stand for the number; binds its variable if that is free."""
    variable, number = field.expected
    if field.observed is None:
        return True
    if variable is None:
        return number == field.observed
    told = (field.observed - number) % SEQUENCE_SPACE
    return bindings.setdefault(variable, told) == told


def _blind(field: _Field, segment: Segment, evidence: Evidence) -> str:
    """Why this capture can't tell whether the field is right; '' where it can."""
    if field.observed is None:
        return f"this capture doesn't show the {field.name} of frame {segment.frame}"
    aspects = ASPECTS.get(field.name)
    return evidence.why_degraded(*aspects, host=field.host) if aspects else ""


def _timeless(line: Step, packet: Packet, evidence: Evidence) -> str:
    """Why the gap before this packet tells nothing; '' where it does."""
    if not all(vantage.capture.timed for vantage in evidence.vantages.values()):
        return f"this capture doesn't show the time of frame {packet.frame}"
    if not isinstance(line, Line) or line.ack is not None or not line.flags & SYN:
        return ""
    return evidence.why_degraded("syn_timers", host=line.source.host)
