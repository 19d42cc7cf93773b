"""The states that sockets went through, as the run's recorder saw them: per host, over time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captures import seconds
from checkers.evidence import Evidence
from checkers.histories import History, Stay, histories

MOST = 24  # sockets shown of one host


class StateStay(NamedTuple):
    """One state. since, lasted: in seconds as text; '' for one that lasted on. part: in percent."""

    state: str
    since: str
    lasted: str
    left: float
    part: float


class SocketStates(NamedTuple):
    """One socket: `bsdi.1037 > svr4.discard`, and its states in order."""

    ends: str
    stays: tuple[StateStay, ...]


class HostStates(NamedTuple):
    """A host's sockets, the first seen first. left_out: how many more there were."""

    host: str
    sockets: tuple[SocketStates, ...]
    left_out: int


def states(evidence: Evidence) -> list[HostStates]:
    """Every host's connected sockets, not the listening ones; times count from the first state."""
    found = {host: _connected(evidence, host) for host in evidence.states}
    every = [stay for each in found.values() for one in each for stay in one.stays]
    if not every:
        return []
    start_ns = min(stay.since_ns for stay in every)
    ends = [stay.until_ns for stay in every if stay.until_ns is not None]
    end_ns = max([*ends, *(stay.since_ns for stay in every)])
    return [
        HostStates(
            host,
            tuple(_socket(one, evidence, start_ns, end_ns) for one in each[:MOST]),
            max(0, len(each) - MOST),
        )
        for host, each in found.items()
        if each
    ]


def _connected(evidence: Evidence, host: str) -> list[History]:
    return [one for one in histories(evidence, host, None) if one.foreign.port]


def _socket(one: History, evidence: Evidence, start_ns: int, end_ns: int) -> SocketStates:
    local, foreign = (evidence.names.endpoint(end) for end in (one.local, one.foreign))
    return SocketStates(f"{local} > {foreign}", tuple(_stays(one.stays, start_ns, end_ns)))


def _stays(stays: Sequence[Stay], start_ns: int, end_ns: int) -> Iterator[StateStay]:
    whole_ns = max(end_ns - start_ns, 1)
    for stay in stays:
        until_ns = end_ns if stay.until_ns is None else stay.until_ns
        lasted_ns = until_ns - stay.since_ns
        yield StateStay(
            stay.state,
            seconds.text(stay.since_ns - start_ns, 3),
            "" if stay.until_ns is None else seconds.text(lasted_ns, 3),
            100 * (stay.since_ns - start_ns) / whole_ns,
            100 * lasted_ns / whole_ns,
        )
