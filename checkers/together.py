"""The parts of one run held against each other: what its vantage points saw, and socket states.

One network and one clock made all of them. A segment that came somewhere was sent, and a socket
that got beyond SYN_SENT has sent and received: where all that a host sends passes vantage points,
both are in their captures. What was sent may be lost on its way, so nothing is said of that.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple, TypeAlias

from captures.capture import Capture
from captures.ends import Pair
from captures.names import Names
from captures.run import Run
from captures.segment import RST, SYN
from checkers.recorded import STATES_FILE, States

# Its ends, flags, numbers, and window, and whether there are data. How many may differ on the way:
# of a datagram's fragments the first one alone is a segment.
_Key: TypeAlias = tuple[Pair, int, int, int, int, bool]


# In these a socket may not have sent anything yet: who asks for a dead host's address sends no SYN.
SILENT = {"LISTEN", "CLOSED", "SYN_SENT"}
# An honest lab has some hundred segments; a scan with a million would take gigabytes as keys.
MOST_SEGMENTS = 50_000


class Seen(NamedTuple):
    """What was captured at `host interface`; whole: as far as the file and its recorder tell."""

    host: str
    interface: str
    capture: Capture
    whole: bool


# Hosts, and what was captured at each of their interfaces.
Watched: TypeAlias = dict[str, list[Seen]]


def doubt(run: Run, seen: Sequence[Seen], states: States, names: Names) -> str:
    """Why the parts may be of different runs, in words; '' where nothing says so."""
    if sum(len(one.capture) for one in seen) > MOST_SEGMENTS:
        return ""
    watched = _watched(run, seen)
    return (
        _other_isns(seen, names)
        or _never_sent(run, seen, watched, names)
        or _never_seen(watched, states, names)
    )


def _other_isns(seen: Sequence[Seen], names: Names) -> str:
    """A direction of a socket pair with SYNs in two captures, which have no ISN in common."""
    known: dict[Pair, tuple[Seen, set[int]]] = {}
    for one in seen if len(seen) > 1 else ():
        for pair, isns in _isns(one.capture).items():
            first, others = known.setdefault(pair, (one, isns))
            if not isns & others:
                return (
                    f"{_point(first)} and {_point(one)} are of different runs: the ISN from "
                    f"{_flow(pair, names)} is {min(others)} in one and {min(isns)} in the other"
                )
    return ""


def _isns(capture: Capture) -> dict[Pair, set[int]]:
    columns = capture.columns
    found: dict[int, set[int]] = {}
    for row in [row for row, flags in enumerate(columns.flags) if flags & SYN]:
        found.setdefault(columns.flow[row], set()).add(columns.seq[row])
    return {columns.ends[flow]: isns for flow, isns in found.items()}


def _never_sent(run: Run, seen: Sequence[Seen], watched: Watched, names: Names) -> str:
    """A segment that came somewhere, or came more often than its sender's vantage points saw it."""
    if len(seen) < 2 or not watched:
        return ""
    sent = Counter(key for one in seen for key in _keys(one, {one.host}, names))
    until_ns = None if run.at_rest else _all_captured_until_ns(seen)
    for one in seen:
        arrived = Counter(_keys(one, watched.keys() - {one.host}, names, until_ns))
        for key, count in arrived.items():
            # On its way a router may send it back to where it came from, and see it twice.
            least = count if names.host(key[0][1].host) == one.host else 1
            if least > sent[key]:
                return (
                    f"{_point(one)} is of another run than the rest: it has a segment from "
                    f"{_flow(key[0], names)} that {names.host(key[0][0].host)} didn't send"
                )
    return ""


def _all_captured_until_ns(seen: Sequence[Seen]) -> int:
    """When the first of the captures ended, which are stopped one after the other."""
    return min(max(one.capture.columns.time_ns, default=0) for one in seen)


def _keys(
    one: Seen, senders: Set[str], names: Names, until_ns: int | None = None
) -> Iterator[_Key]:
    """The segments of these hosts; without the resets of one that knows nothing any more.

    These a host may send while it boots, before its capture goes on.
    """
    columns = one.capture.columns
    ends = [pair if names.host(pair[0].host) in senders else None for pair in columns.ends]
    for time_ns, flow, flags, seq, ack, payload, window in zip(
        columns.time_ns,
        columns.flow,
        columns.flags,
        columns.seq,
        columns.ack,
        columns.payload,
        columns.window,
        strict=True,
    ):
        pair = ends[flow]
        if pair and flags != RST and (until_ns is None or time_ns <= until_ns):
            yield pair, flags, seq, ack, window, payload > 0


def _never_seen(watched: Watched, states: States, names: Names) -> str:
    """A socket that got beyond SYN_SENT though its host's vantage points show none of it."""
    for host, points in watched.items():
        pairs = {pair for one in points for pair in one.capture.columns.ends}
        for record in states.get(host, ()):
            for socket in record.sockets:
                pair = socket.local, socket.foreign
                if socket.state in SILENT or pair in pairs:
                    continue
                if names.host(socket.foreign.host) != host:  # else it never left the host
                    return (
                        f"{STATES_FILE} is of another run: by line {record.line} a socket from "
                        f"{_flow(pair, names)} was in {socket.state}, which no capture shows"
                    )
    return ""


def _watched(run: Run, seen: Sequence[Seen]) -> Watched:
    """The hosts whose every interface is a vantage point that lacks nothing, and these."""
    found: Watched = {}
    for one in seen:
        if one.whole:
            found.setdefault(one.host, []).append(one)
    return {
        host: points
        for host, points in found.items()
        if host in run.hosts and run.hosts[host].interfaces.keys() == {p.interface for p in points}
    }


def _point(one: Seen) -> str:
    return f"the capture at {one.host} {one.interface}"


def _flow(pair: Pair, names: Names) -> str:
    return f"{names.endpoint(pair[0])} to {names.endpoint(pair[1])}"
