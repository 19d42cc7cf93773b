"""The check `timeline`: a connection against the expected time line."""

from functools import lru_cache, partial

from checkers import timeline_findings as findings
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.parties import Wanted, port_number
from checkers.sighting import Sighting, best_of
from checkers.timeline import ArpLine, Body, Party, Step, lines, steps
from checkers.timeline_compare import Comparison, Packet, compare
from checkers.timeline_match import AmbiguousTimelineError, Compare, Losses, State, match
from checkers.timeline_parse import parse
from checkers.timeline_write import Bindings

# Grading holds the same few time lines against thousands of captures.
_parsed = lru_cache(maxsize=256)(parse)


def timeline(evidence: Evidence, at: str, timeline: str, connection: int | None = None) -> Outcome:
    """Every segment of the connection is as the time line says, and comes when it says.

    timeline: text in the notation of `timeline_parse`; its first line tells which connection.
    connection: which of several between its ends, from 1.
    Retransmissions and duplicates are not ignored: the first segment that differs is named.
    Raises TimelineError, ExpectationError.
    """
    body = _parsed(timeline)
    first = next(lines(body))
    client, server = _wanted(first.source, evidence), _wanted(first.destination, evidence)
    judge = partial(_judge, body)
    return best_of("timeline", evidence, at, client, server, judge, connection)


def _wanted(party: Party, evidence: Evidence) -> Wanted:
    if isinstance(party.port, str):
        return Wanted(party.host, port_number(party.port, evidence.names))
    return Wanted(party.host, None if party.port.variable else party.port.number)


def _judge(body: Body, sighting: Sighting) -> Outcome:
    compared = _comparing(sighting.evidence)
    result = match(body, _packets(body, sighting), compared)
    if isinstance(result, State):
        return findings.matched(sighting, result)
    excuse = sighting.missing or sighting.open_end
    if excuse and _explained_by_losses(body, sighting, compared):
        return findings.failed(sighting, result, excuse)
    return findings.failed(sighting, result)


def _packets(body: Body, sighting: Sighting) -> list[Packet]:
    """The connection's segments; with the capture's ARP packets, if the time line has any."""
    if not any(isinstance(step, ArpLine) for step in steps(body)):
        return [*sighting.segments]
    packets: list[Packet] = [*sighting.segments, *sighting.vantage.capture.arps]
    return sorted(packets, key=lambda packet: packet.frame)


def _comparing(evidence: Evidence) -> Compare:
    def compared(line: Step, packet: Packet, before: Packet | None, known: Bindings) -> Comparison:
        return compare(line, packet, before, known, evidence)

    return compared


def _explained_by_losses(body: Body, sighting: Sighting, compared: Compare) -> bool:
    """Whether segments that the capture may lack are all that parts it from the time line."""
    vantage = sighting.vantage
    losses = Losses(
        anywhere=sighting.most_lost,
        before=not sighting.from_start,
        after=vantage.capture.cut_short or bool(sighting.open_end),
    )
    try:
        return isinstance(match(body, _packets(body, sighting), compared, losses), State)
    except AmbiguousTimelineError:
        return True  # too many losses to tell
