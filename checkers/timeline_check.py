"""The check `timeline`: a connection against the expected time line."""

from functools import lru_cache, partial

import msgspec
from msgspec import structs

from captures.segment import Segment
from checkers import timeline_findings as findings
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.offload import LARGEST, PUT_TOGETHER
from checkers.parties import Wanted, port_number
from checkers.rests import rested
from checkers.sighting import Sighting, all_of, best_of
from checkers.timeline import ArpLine, Body, Line, Party, Step, openings, steps
from checkers.timeline_compare import Comparison, Packet, compare
from checkers.timeline_implied import first_wrong
from checkers.timeline_match import AmbiguousTimelineError, Compare, Failure, Losses, State, match
from checkers.timeline_parse import parse
from checkers.timeline_write import Bindings, party_text


class Expected(msgspec.Struct, frozen=True):
    """A time line as it was read; openings: of each connection; arps: whether it has ARP lines."""

    body: Body
    openings: tuple[Line, ...]
    arps: bool


# Grading holds the same time lines against thousands of captures: most of what a course of twenty
# labs has with every combination of values, for one has some KiB. What is one student's own, for an
# Ethernet address in it, goes when others come.
@lru_cache(maxsize=1024)
def _read(text: str) -> Expected:
    body = parse(text)
    return Expected(body, openings(body), any(isinstance(one, ArpLine) for one in steps(body)))


def timeline(
    evidence: Evidence,
    at: str,
    timeline: str,
    connection: int | None = None,
    rests: float = 0,
) -> Outcome:
    """Every segment of the connection is as the time line says, and comes when it says.

    timeline: text in the notation of `timeline_parse`; its first line tells which connection. A
    later SYN between other ends begins another connection; all that there are between the ends are
    then held against the time line together, in the order of the capture.
    connection: which of several between its ends, from 1. rests: seconds at least since the last
    segment of the connection that the socket pair carried before; 0: never mind.
    Retransmissions and duplicates are not ignored: the first segment that differs is named.
    Raises TimelineError, ExpectationError.
    """
    expected = _read(timeline)
    first, *others = [_ends(line, evidence) for line in expected.openings]
    judge = partial(_rested, rests, expected) if rests else partial(_judge, expected)
    if others:
        return all_of(evidence, at, [first, *others], judge, connection)
    return best_of(evidence, at, *first, judge, connection)


def ends(evidence: Evidence, timeline: str) -> tuple[Wanted, ...]:
    """The two ends of a time line's connection; none where it is about several.

    Raises TimelineError, ExpectationError.
    """
    first, *others = _read(timeline).openings
    return () if others else _ends(first, evidence)


def _ends(line: Line, evidence: Evidence) -> tuple[Wanted, Wanted]:
    return _wanted(line.source, evidence), _wanted(line.destination, evidence)


def _wanted(party: Party, evidence: Evidence) -> Wanted:
    if isinstance(party.port, str):
        return Wanted(party.host, port_number(party.port, evidence.names))
    return Wanted(party.host, None if party.port.variable else party.port.number)


def _rested(seconds: float, expected: Expected, sighting: Sighting) -> Outcome:
    outcome = _judge(expected, sighting)
    return structs.replace(outcome, findings=(*outcome.findings, rested(sighting, seconds)))


def _judge(expected: Expected, sighting: Sighting) -> Outcome:
    compared = _comparing(sighting)
    result = match(expected.body, _packets(expected, sighting), compared)
    if isinstance(result, State):
        wrong = _implied(result)
        if wrong:
            return findings.failed(sighting, wrong, sighting.gaps.earlier)
        return findings.matched(sighting, result)
    excuse = sighting.gaps.anywhere
    if excuse and _explained_by_losses(expected, sighting, compared):
        return findings.failed(sighting, result, excuse)
    return findings.failed(sighting, result, PUT_TOGETHER if _put_together(result) else "")


def _put_together(failure: Failure) -> bool:
    """Whether a segment differs only in its size, which no frame can have."""
    packet = failure.packet
    if not isinstance(packet, Segment) or "payload" not in failure.differs:
        return False
    return (packet.data or 0) > LARGEST and {*failure.differs} <= {"payload", "seq"}


def _implied(state: State) -> Failure | None:
    """The failure of a match where a segment differs in what its line leaves out."""
    wrong = first_wrong((line, packet) for line, packet, _ in state.pairs)
    if wrong is None:
        return None
    before = state.pairs[: wrong.place]
    line, packet, known = state.pairs[wrong.place]
    last = before[-1][1] if before else None
    as_far = structs.replace(state, position=wrong.place, before=last, bindings=known, pairs=before)
    return Failure(as_far, line, packet, (wrong.field,), wrong.told)


def _packets(expected: Expected, sighting: Sighting) -> list[Packet]:
    """The connection's segments; with the capture's ARP packets, if the time line has any."""
    if not expected.arps:
        return [*sighting.segments]
    packets: list[Packet] = [*sighting.segments, *sighting.vantage.capture.arps]
    return sorted(packets, key=lambda packet: packet.frame)


def _comparing(sighting: Sighting) -> Compare:
    its = partial(compare, evidence=sighting.evidence)
    if not sighting.firsts:
        return its
    numbers = _numbers(sighting)

    def compared(line: Step, packet: Packet, before: Packet | None, known: Bindings) -> Comparison:
        found = its(line, packet, before, known)
        if found.differs or not isinstance(line, Line):
            return found
        return _same_connection(line, numbers[packet.frame], found)

    return compared


def _numbers(sighting: Sighting) -> dict[int, int]:
    """The number of each frame's connection."""
    every = sighting.vantage.capture.connections
    return {one.columns.frame[row]: one.number for one in every for row in one.rows}


def _same_connection(line: Line, number: int, found: Comparison) -> Comparison:
    """Lines with the same ends are about one connection, lines with others about another."""
    key = " ".join(sorted(map(party_text, line.ends)))
    others = {other for name, other in found.bindings.items() if " " in name and name != key}
    if number in others or found.bindings.get(key, number) != number:
        return structs.replace(found, differs=("connection",))
    return structs.replace(found, bindings={**found.bindings, key: number})


def _explained_by_losses(expected: Expected, sighting: Sighting, compared: Compare) -> bool:
    """Whether segments that the capture may lack are all that parts it from the time line."""
    vantage = sighting.vantage
    if sighting.firsts and sighting.gaps.before:
        return True  # any number of segments may lie before the capture, in the midst of others
    losses = Losses(
        anywhere=sighting.gaps.most,
        before=bool(sighting.gaps.before),
        after=vantage.capture.cut_short or bool(sighting.gaps.after),
    )
    try:
        return isinstance(
            match(expected.body, _packets(expected, sighting), compared, losses), State
        )
    except AmbiguousTimelineError:
        return True  # too many losses to tell
