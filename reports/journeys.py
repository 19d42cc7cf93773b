"""The way of each segment of a connection between its hosts, as one or more vantage points saw it.

The captures of a run have one clock, so a segment seen at both ends has two times, and one that
only its sender's capture has was lost.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captures.connections import Connection
from captures.names import Names
from captures.run import Link
from captures.segment import Endpoint
from captures.states import walk_connection
from checkers.evidence import Vantage
from checkers.parties import near
from checkers.seen import EARLY_NS
from reports.shown import middle, shown

EARLIEST_NS = -(1 << 63)


class Seen(NamedTuple):
    """A segment passed the host of `line` (its place among the hosts).

    time_ns: later than that of the frame before in the same capture, by a nanosecond where the
    capture says something else.
    """

    line: int
    frame: int
    time_ns: int


class Journey(NamedTuple):
    """One segment on its way. seen: in the order of its way. lost: it never came to its end.

    rightwards: from the first host to the last. text: in the notation. label: as `Label`.
    left_out: how many segments between this one and the one before are not shown.
    """

    text: str
    label: int
    rightwards: bool
    seen: tuple[Seen, ...]
    lost: bool = False
    left_out: int = 0


class Stay(NamedTuple):
    """The end at `line` came into a state; sure: False where the last segments may not be there."""

    line: int
    time_ns: int
    state: str
    sure: bool


class Ladder(NamedTuple):
    """A connection between its hosts, client first.

    hosts: the names over the lines. ends: both ends as `host.port`. points: the vantage points.
    timed: whether the capture has times at all. segments: how many there are.
    """

    number: int
    ends: tuple[str, str]
    hosts: tuple[str, ...]
    points: tuple[str, ...]
    journeys: tuple[Journey, ...]
    stays: tuple[Stay, ...]
    segments: int
    timed: bool

    @property
    def clocked(self) -> bool:
        """Whether more than one vantage point saw the connection, so that slopes are true."""
        return len(self.points) > 1

    @property
    def start_ns(self) -> int:
        """When the first segment was first seen."""
        return min(one.time_ns for each in self.journeys for one in each.seen)


class _Witness(NamedTuple):
    """A vantage point that saw the connection.

    line: 0 at its client, -1 at its server, None where it's at neither.
    """

    vantage: Vantage
    connection: Connection
    line: int | None


def ladders(
    vantages: Sequence[Vantage],
    names: Names,
    longest: int,
    links: Sequence[Link] = (),
    number: int | None = None,
) -> Iterator[Ladder]:
    """Every connection that any of the vantage points saw, each once, in the order of the points.

    Of a connection longer than `longest` segments the middle is left out. links: of the run, which
    tell what hosts a connection passes. number: only this one of each vantage point.
    """
    watchers = [_Watcher(vantage) for vantage in vantages]
    for place, watcher in enumerate(watchers):
        for one in watcher.vantage.capture.connections:
            drawn = any(_same(one, other) for other in watchers[:place])
            if number in (None, one.number) and not drawn:
                seen = _witnesses(one, watcher.vantage, names, watchers[place + 1 :])
                yield _ladder(one, _passed(seen, names, links), names, longest)


class _Watcher:
    """A vantage point, and its connections by their ends."""

    def __init__(self, vantage: Vantage) -> None:
        self.vantage = vantage
        self.between: dict[frozenset[Endpoint], list[Connection]] = defaultdict(list)
        for one in vantage.capture.connections:
            self.between[frozenset((one.client, one.server))].append(one)


def _ladder(
    connection: Connection, witnesses: Sequence[_Witness], names: Names, longest: int
) -> Ladder:
    hosts = _hosts(connection, witnesses, names)
    if len(witnesses) == 1:
        journeys = list(_alone(witnesses[0], connection.client, len(hosts) - 1, longest))
    else:
        journeys = _cut(_together(witnesses, connection.client, hosts), longest)
    return Ladder(
        number=connection.number,
        ends=(names.endpoint(connection.client), names.endpoint(connection.server)),
        hosts=hosts,
        points=tuple(one.vantage.point for one in witnesses),
        journeys=tuple(journeys),
        stays=tuple(_stays(witnesses, connection, names, hosts, journeys)),
        segments=len(connection),
        timed=witnesses[0].vantage.capture.timed,
    )


def _witnesses(
    connection: Connection, vantage: Vantage, names: Names, others: Sequence[_Watcher]
) -> list[_Witness]:
    """The vantage point, then the others that saw the same connection; one a host."""
    found = [_Witness(vantage, connection, _end(vantage, connection, names))]
    known = {_host(vantage)}
    for other in others:
        same = _same(connection, other)
        host = _host(other.vantage)
        if same is not None and host not in known:
            known.add(host)
            found.append(_Witness(other.vantage, same, _end(other.vantage, connection, names)))
    return found


def _host(vantage: Vantage) -> str:
    return vantage.point.partition(" ")[0]


def _end(vantage: Vantage, connection: Connection, names: Names) -> int | None:
    ends = near(connection, vantage.point, names)
    return 0 if connection.client in ends else -1 if connection.server in ends else None


def _same(connection: Connection, other: _Watcher) -> Connection | None:
    """The connection in another capture; it counts only if that one saw most of it."""
    candidates = other.between.get(frozenset((connection.client, connection.server)), ())
    keys = set(_keys(connection, connection.client)) if candidates else set()
    for one in candidates:
        if 2 * len(keys.intersection(_keys(one, connection.client))) > len(keys):
            return one
    return None


def _passed(witnesses: Sequence[_Witness], names: Names, links: Sequence[Link]) -> list[_Witness]:
    """Those at an end, or on the way between the ends; the first one where that is none.

    A switch that doesn't know an address yet shows its frames to hosts off the way, too.
    """
    first = witnesses[0].connection
    ends = names.host(first.client.host), names.host(first.server.host)
    far = [distances(links, end) for end in ends]
    way = far[0].get(ends[1])

    def passed(one: _Witness) -> bool:
        host = _host(one.vantage)
        on_way = host in far[0] and host in far[1] and far[0][host] + far[1][host] == way
        return one.line is not None or on_way

    return [one for one in witnesses if passed(one)] or [witnesses[0]]


def distances(links: Sequence[Link], start: str) -> dict[str, int]:
    """How many links lie between a host and each of the others."""
    known, edge = {start: 0}, [start]
    for host in edge:
        for link in links:
            ends = [end.partition(" ")[0] for end in link.ends]
            for other in ends if host in ends else ():
                if other not in known:
                    known[other] = known[host] + 1
                    edge.append(other)
    return known


Key = tuple[bool, int, int, int, bool]


def _keys(connection: Connection, client: Endpoint) -> list[Key]:
    """What tells a connection's segments from each other: direction, flags, numbers, and whether
    there is data. How much there is may differ: a first fragment has less.
    """
    columns = connection.columns
    return [
        (
            columns.ends[columns.flow[row]][0] == client,
            columns.flags[row],
            columns.seq[row],
            columns.ack[row],
            columns.payload[row] > 0,
        )
        for row in connection.rows
    ]


def _hosts(connection: Connection, witnesses: Sequence[_Witness], names: Names) -> tuple[str, ...]:
    """The ends' hosts, and between them those that saw the connection from several places."""
    between = [one for one in witnesses if one.line is None] if len(witnesses) > 1 else []
    between.sort(key=lambda one: one.connection.columns.time_ns[one.connection.rows[0]])
    if connection.columns.segment(connection.rows[0]).source != connection.client:
        between.reverse()  # what was seen first was on its way to the client
    return (
        names.host(connection.client.host),
        *(_host(one.vantage) for one in between),
        names.host(connection.server.host),
    )


def _alone(witness: _Witness, client: Endpoint, last: int, longest: int) -> Iterator[Journey]:
    """The journeys that one vantage point saw: at its own end, else where each begins."""
    left_out = middle(len(witness.connection), longest)
    time_ns = EARLIEST_NS
    for one in shown(witness.connection, left_out):
        rightwards = one.segment.source == client
        line = (0 if rightwards else last) if witness.line is None else witness.line % (last + 1)
        time_ns = max(one.segment.time_ns, time_ns + 1)
        seen = Seen(line, one.segment.frame, time_ns)
        skipped = len(left_out) if left_out and one.place == left_out.stop else 0
        yield Journey(one.text, one.label, rightwards, (seen,), left_out=skipped)


def _together(
    witnesses: Sequence[_Witness], client: Endpoint, hosts: Sequence[str]
) -> list[Journey]:
    """The journeys that all of them saw, in the order in which they began."""
    places = {id(one): _line(one, hosts) for one in witnesses}
    watched = set(places.values())
    found: list[Journey] = []
    for rightwards in (True, False):
        ways: dict[Key, list[Journey]] = defaultdict(list)
        in_order = sorted(witnesses, key=lambda one: places[id(one)], reverse=not rightwards)
        for one in in_order:
            arrived: dict[Key, list[Journey]] = defaultdict(list)
            for key, journey in _seen_by(one, places[id(one)], client):
                if key[0] == rightwards:
                    arrived[key].append(journey)
            for key, fresh in arrived.items():
                ways[key] = _joined(ways[key], fresh)
        found += [journey for way in ways.values() for journey in way]
    last = len(hosts) - 1
    told = [one._replace(lost=_is_lost(one, watched, last)) for one in found]
    return sorted(told, key=lambda one: one.seen[0].time_ns)


def _line(witness: _Witness, hosts: Sequence[str]) -> int:
    if witness.line is None:
        return 1 + hosts[1:-1].index(_host(witness.vantage))
    return witness.line % len(hosts)


def _seen_by(witness: _Witness, line: int, client: Endpoint) -> Iterator[tuple[Key, Journey]]:
    keys = _keys(witness.connection, client)
    time_ns = EARLIEST_NS
    for key, one in zip(keys, shown(witness.connection, range(0)), strict=True):
        time_ns = max(one.segment.time_ns, time_ns + 1)
        seen = Seen(line, one.segment.frame, time_ns)
        yield key, Journey(one.text, one.label, key[0], (seen,))


def _joined(sent: list[Journey], arrived: list[Journey]) -> list[Journey]:
    """Copies of one segment at one place, and further on: which is which.

    Where as many arrived as were sent, they are the same, in order. Else each that arrived is the
    last one sent before that no other is: a copy is sent again long after the one before was lost.
    """
    if len(sent) == len(arrived):
        return [_after(one, two) for one, two in zip(sent, arrived, strict=True)]
    joined: list[Journey] = []
    waiting = list(sent)
    for two in reversed(arrived):
        limit_ns = two.seen[0].time_ns + EARLY_NS
        place = max(
            (p for p, one in enumerate(waiting) if one.seen[-1].time_ns <= limit_ns), default=None
        )
        joined.append(two if place is None else _after(waiting.pop(place), two))
    return sorted([*waiting, *joined], key=lambda one: one.seen[-1].time_ns)


def _after(one: Journey, two: Journey) -> Journey:
    """The journey with where it was seen next; its label is that of where it set out."""
    return one._replace(seen=(*one.seen, *two.seen))


def _is_lost(journey: Journey, watched: set[int], last: int) -> bool:
    """Whether the host that it was for saw nothing of it, though it watched."""
    end = last if journey.rightwards else 0
    return end in watched and journey.seen[-1].line != end


def _cut(journeys: list[Journey], longest: int) -> list[Journey]:
    left_out = middle(len(journeys), longest)
    if not left_out:
        return journeys
    after = journeys[left_out.stop]._replace(left_out=len(left_out))
    return [*journeys[: left_out.start], after, *journeys[left_out.stop + 1 :]]


def _stays(
    witnesses: Sequence[_Witness],
    connection: Connection,
    names: Names,
    hosts: Sequence[str],
    journeys: Sequence[Journey],
) -> Iterator[Stay]:
    """The states of both ends, each as its own host's vantage point shows them, if there is one."""
    ends = connection.client, connection.server
    for end, line in ((0, 0), (-1, len(hosts) - 1)):
        best = next((one for one in witnesses if one.line == end), witnesses[0])
        here = None if len(witnesses) == 1 else _line(best, hosts)
        seen = (one for each in journeys for one in each.seen)
        times_ns = {one.frame: one.time_ns for one in seen if here in (None, one.line)}
        for step in walk_connection(
            best.connection, near(best.connection, best.vantage.point, names)
        ):
            if step.end == ends[end]:
                time_ns = times_ns.get(step.frame, step.time_ns)
                yield Stay(line, time_ns, step.state, step.sure)
