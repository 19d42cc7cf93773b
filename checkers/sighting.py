"""Finding the connection that an expectation is about, and what it is worth as evidence."""

from array import array
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import structs

from captures.connections import Connection
from captures.segment import SYN, Endpoint, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.gaps import Gaps
from checkers.parties import Wanted, fitting
from checkers.verdict import Verdict


class Sighting(msgspec.Struct, frozen=True):
    """One connection as one vantage point saw it.

    client, server: the ends in the roles that the expectation gives them, whoever opened it.
    firsts: where several connections are looked at as one, the first segment of each.
    """

    evidence: Evidence
    vantage: Vantage
    connection: Connection
    client: Endpoint
    server: Endpoint
    firsts: tuple[Segment, ...] = ()

    @property
    def segments(self) -> list[Segment]:
        """The connection's segments in the order they were captured."""
        return self.connection.segments

    def sent_by(self, end: Endpoint) -> list[Segment]:
        """The segments from one end, in the order they were captured."""
        return [segment for segment in self.segments if segment.source == end]

    def syns_of(self, end: Endpoint) -> list[Segment]:
        """The SYNs from one end, whether they open the connection or answer."""
        return [segment for segment in self.sent_by(end) if segment.has(SYN)]

    @property
    def gaps(self) -> Gaps:
        """What the capture may lack of it."""
        firsts = self.firsts or tuple(self.segments[:1])
        return Gaps(self.evidence, self.vantage, self.connection, firsts)

    def host(self, end: Endpoint) -> str:
        """The name of the host at an end."""
        return self.evidence.names.host(end.host)

    def finding(
        self,
        verdict: Verdict,
        expected: str,
        observed: str,
        *frames: Segment,
        subject: str = "",
        hint: str = "",
    ) -> Finding:
        """A finding about this connection; `check` puts the expectation's name on it."""
        numbers = tuple(segment.frame for segment in frames)
        return Finding(
            "", verdict, expected, observed, subject, numbers, self.vantage.point, hint=hint
        )

    def absent(
        self, expected: str, observed: str, *frames: Segment, hint: str = "", inside: bool = False
    ) -> Finding:
        """A finding that a segment isn't there: FAIL, unless the capture itself may lack it.

        inside: later segments show that it should have come before them, so that a capture which
        just ends early is no excuse.
        """
        missing = self.gaps.earlier if inside else self.gaps.anywhere
        if missing:
            told = f"{observed}; {missing}"
            return self.finding(Verdict.INCONCLUSIVE, expected, told, *frames)
        return self.finding(Verdict.FAIL, expected, observed, *frames, hint=hint)


def best_of(
    evidence: Evidence,
    at: str,
    client: Wanted,
    server: Wanted,
    judge: Callable[[Sighting], Outcome],
    number: int | None = None,
) -> Outcome:
    """Judge each connection between the two ends, whoever opened it; the best outcome counts.

    number: judge only that one of them, from 1, in the order of their first segments.

    So a student's second try makes up for a failed first one. Where there is no such connection
    to judge, the outcome says so: FAIL only if a complete capture of a run shows that.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    found = list(sightings_at(evidence, vantage, client, server))
    wanted = found if number is None else found[number - 1 : number]
    if not wanted:
        nobody = _nobody(evidence, vantage, client, server, number, len(found))
        return Outcome((nobody,))
    judged = [judge(each) for each in wanted]
    return min(judged, key=_rank) if len(judged) > 1 else judged[0]


def all_of(
    evidence: Evidence,
    at: str,
    pairs: Sequence[tuple[Wanted, Wanted]],
    judge: Callable[[Sighting], Outcome],
    number: int | None = None,
) -> Outcome:
    """Judge the connections between several pairs of ends together, their segments in order.

    number: take only that one between each pair, from 1. The rest is as in `best_of`.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    chosen: dict[int, Sighting] = {}
    for client, server in pairs:
        found = list(sightings_at(evidence, vantage, client, server))
        wanted = found if number is None else found[number - 1 : number]
        if not wanted:
            nobody = _nobody(evidence, vantage, client, server, number, len(found))
            return Outcome((nobody,))
        chosen |= {each.connection.number: each for each in wanted}
    return judge(_merged([chosen[number] for number in sorted(chosen)]))


def _merged(sightings: Sequence[Sighting]) -> Sighting:
    """Several connections as if they were one, under the ends of the first."""
    rows = array("I", sorted(row for each in sightings for row in each.connection.rows))
    merged = sightings[0].connection.of(rows)
    firsts = tuple(each.segments[0] for each in sightings)
    return structs.replace(sightings[0], connection=merged, firsts=firsts)


def _rank(outcome: Outcome) -> tuple[Verdict, int]:
    return outcome.verdict, -(outcome.match.length if outcome.match else 0)


def sightings_at(
    evidence: Evidence, vantage: Vantage, client: Wanted, server: Wanted
) -> Iterator[Sighting]:
    """The connections between two ends that were seen there, whoever opened them."""
    ours, theirs = fitting(client, evidence.names), fitting(server, evidence.names)
    ports = {client.port, server.port} - {None}
    for connection in evidence.connections_at(vantage):
        opener, other = connection.ends
        if not ports <= {opener.port, other.port}:
            continue  # the quickest to tell where there are many
        for first, second in ((opener, other), (other, opener)):
            if ours(first) and theirs(second):
                yield Sighting(evidence, vantage, connection, first, second)
                break


def no_vantage_point(evidence: Evidence, at: str) -> Finding:
    """That nothing was captured where the check wants to look."""
    captured = " and ".join(evidence.vantages) or "nowhere"
    hint = f"Capture at {at}: nothing else shows what this check is about."
    if evidence.taken_for:
        captured = " or ".join(evidence.taken_for)
        hint = f"Was it captured at {at}? Then say so: --at '{at}'."
        captured += ", as it fits that best"
    return Finding(
        check="",
        verdict=Verdict.INCONCLUSIVE,
        expected=f"a capture at {at}",
        observed=f"a capture at {captured}",
        hint=hint,
    )


def _nobody(
    evidence: Evidence,
    vantage: Vantage,
    client: Wanted,
    server: Wanted,
    number: int | None,
    others: int,
) -> Finding:
    """That there is no such connection; `others`: how many there are, fewer than asked for."""
    ends = f"from {client.text(evidence.names)} to {server.text(evidence.names)}"
    ends = ends if number is None or not others else f"number {number} {ends}"
    sure = evidence.ended and vantage.complete
    if others:
        observed, hint = f"{others} of them", ""
    elif sure:
        observed = f"no SYN {ends}"
        hint = "The capture is complete, so nobody tried to connect: read the transcripts."
    else:
        observed = f"this capture holds no connection {ends}"
        observed += f"; {vantage.lacks}" if vantage.lacks else ""
        hint = "Wrong capture or vantage point?" if evidence.over else ""
    return Finding(
        check="",
        verdict=Verdict.FAIL if sure else Verdict.INCONCLUSIVE,
        expected=f"a connection {ends}",
        observed=observed,
        vantage=vantage.point,
        hint=hint,
    )


def sightings(
    evidence: Evidence, at: str, client: Wanted, server: Wanted, number: int | None = None
) -> list[Sighting] | Finding:
    """Every connection between the two ends, or only that one of them; or why there is none.

    The arguments are those of `best_of`.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return no_vantage_point(evidence, at)
    found = list(sightings_at(evidence, vantage, client, server))
    chosen = found if number is None else found[number - 1 : number]
    return chosen or _nobody(evidence, vantage, client, server, number, len(found))


def following(sighting: Sighting) -> Sighting | None:
    """The next connection of the same socket pair; None where there is none."""
    pair = {sighting.client, sighting.server}
    for one in sighting.vantage.capture.connections:
        if {one.client, one.server} == pair and one.number > sighting.connection.number:
            return structs.replace(sighting, connection=one)
    return None
