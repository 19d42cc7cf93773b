"""Several connections between the same two ends: tries, of which one counts for all checks.

Two halves of a right connection don't make one. So checks that are about the connection between
two ends or about a socket of it, and don't say which of several, are all about the same one: that
with which most is well.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import structs

from captures.segment import Endpoint
from checkers.checks import Ends, OneSocket, ready
from checkers.errors import ExpectationError
from checkers.evidence import Evidence, Try, Vantage
from checkers.expectation import Expectation
from checkers.finding import Outcome
from checkers.parties import Wanted, wanted
from checkers.sighting import sightings_at
from checkers.verdict import Verdict

Check = Callable[[Evidence, Expectation], Outcome]


def outcomes(
    evidence: Evidence, expectations: Sequence[Expectation], check: Check
) -> list[Outcome]:
    """What `check` says of each expectation, in their order.

    Raises what `check` does.
    """
    decided: dict[int, Outcome] = {}
    for ends, places in _about_the_same(evidence, expectations):
        group = [expectations[place] for place in places]
        tries = _tries(evidence, ends, [one.at for one in group])
        if len(tries) > 1:
            judged = (
                [check(structs.replace(evidence, chosen=chosen), one) for one in group]
                for chosen in tries
            )
            decided |= zip(places, min(judged, key=_rank), strict=True)
    return [
        decided[place] if place in decided else check(evidence, one)
        for place, one in enumerate(expectations)
    ]


def _about_the_same(
    evidence: Evidence, expectations: Sequence[Expectation]
) -> Iterator[tuple[tuple[Wanted, ...], list[int]]]:
    """Two ends, and the places of the expectations that are about the connection between them."""
    if not any(_several(evidence, one) for one in evidence.vantages.values()):
        return
    groups: dict[frozenset[Wanted], tuple[tuple[Wanted, ...], list[int]]] = {}
    for place, one in enumerate(expectations):
        ends = _ends(evidence, one)
        if ends:
            groups.setdefault(frozenset(ends), (ends, []))[1].append(place)
    for place, one in enumerate(expectations):
        its = [places for ends, places in groups.values() if _is_at_one(evidence, one, ends)]
        if len(its) == 1:
            its[0].append(place)
    yield from groups.values()


def _several(evidence: Evidence, vantage: Vantage) -> bool:
    """Whether two hosts have more than one connection, which is soon told."""
    host = evidence.names.host
    every = vantage.capture.connections
    return len(every) > 1 and len(every) > len(
        {frozenset([host(end.host) for end in one.ends]) for one in every}
    )


def _ends(evidence: Evidence, expectation: Expectation) -> tuple[Wanted, ...]:
    """The two ends; none where it isn't about one connection, says which one, or is broken."""
    try:
        its = ready(expectation)
        given = its.parameters
        if not expectation.at or given.get("connection") is not None:
            return ()
        if expectation.check == "timeline":
            from checkers.timeline_check import ends

            return ends(evidence, str(given["timeline"]))
        if issubclass(its.kind, Ends):
            return tuple(wanted(str(given[end]), evidence.names) for end in ("client", "server"))
    except ExpectationError:  # the check itself will say so
        pass
    return ()


def _is_at_one(evidence: Evidence, expectation: Expectation, ends: Sequence[Wanted]) -> bool:
    """Whether it is about a socket at one of the ends, told by its port, and any will do."""
    try:
        its = ready(expectation)
    except ExpectationError:
        return False  # the check itself will say so
    given = its.parameters
    if not issubclass(its.kind, OneSocket) or given["connection"] is not None:
        return False
    hosts = {address for end in ends for address in evidence.names.addresses(end.host)}
    own = evidence.names.addresses(str(given["host"]))
    ports = {end.port for end in ends} - {None}
    return given["port"] in ports and not hosts.isdisjoint(own)


def _tries(evidence: Evidence, ends: tuple[Wanted, ...], points: Sequence[str]) -> list[Try]:
    """Each connection between the ends, as it is numbered at every vantage point.

    A socket pair's second connection at one vantage point is its second one at the others.
    """
    found: dict[tuple[frozenset[Endpoint], int], dict[str, int]] = {}
    vantages = {one.point: one for point in points if (one := evidence.at(point))}
    for vantage in vantages.values():
        seen: Counter[frozenset[Endpoint]] = Counter()
        for sighting in sightings_at(evidence, vantage, *ends):
            pair = frozenset((sighting.client, sighting.server))
            seen[pair] += 1
            numbers = found.setdefault((pair, seen[pair]), dict.fromkeys(vantages, 0))
            numbers[vantage.point] = sighting.connection.number
    return [Try(pair, numbers) for (pair, _), numbers in found.items()]


def _rank(judged: Iterable[Outcome]) -> tuple[list[Verdict], int]:
    """The worst verdicts first; of tries that are as good, what the time lines fit longest."""
    every = list(judged)
    verdicts = sorted((one.verdict for one in every), reverse=True)
    return verdicts, -sum(one.match.length for one in every if one.match)
