"""The states that a host's sockets went through, as states.jsonl recorded them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from captures import seconds
from captures.segment import Endpoint
from checkers.evidence import Evidence
from checkers.finding import numbered
from checkers.recorded import STATES_FILE, Sockets


class Stay(NamedTuple):
    """A socket was in a state. seen, gone: the first look that saw it so, the first that didn't.

    gone is None where it was still so at the last look.
    """

    state: str
    seen: Sockets
    gone: Sockets | None = None

    @property
    def line(self) -> int:
        """Where it was first seen, in states.jsonl."""
        return self.seen.line

    @property
    def since_ns(self) -> int:
        """When it was first seen so, since the epoch."""
        return self.seen.time_ns

    @property
    def until_ns(self) -> int | None:
        """When it was first seen no more; None: still so."""
        return self.gone.time_ns if self.gone else None


class History(msgspec.Struct):
    """One socket's stays in its states, in order."""

    local: Endpoint
    foreign: Endpoint
    stays: list[Stay] = []

    @property
    def states(self) -> list[str]:
        """The states, in order."""
        return [stay.state for stay in self.stays]

    @property
    def record(self) -> str:
        """Where it stands: `states.jsonl lines 3, 5 and 8`."""
        return f"{STATES_FILE} {numbered('line', [stay.line for stay in self.stays])}"


def stall(evidence: Evidence, host: str, history: History | None = None) -> str:
    """Where the recorder came so late that a short state can be missing, in words; '' for nowhere.

    history: while this socket was there, the looks that saw it first and no more included.
    """
    since_ns = history.stays[0].since_ns if history else 0
    until_ns = history.stays[-1].until_ns if history else None
    for entry in evidence.states.get(host, ()):
        over = until_ns is not None and entry.time_ns - entry.late_ns > until_ns
        if entry.late_ns and entry.time_ns >= since_ns and not over:
            return stalled(entry)
    return ""


def stalled(entry: Sockets) -> str:
    """That this look was late, in words."""
    return (
        f"the machine stalled: nobody looked for {seconds.text(entry.late_ns, 3)} s "
        f"before {STATES_FILE} line {entry.line}"
    )


def histories(evidence: Evidence, host: str, port: int | None) -> list[History]:
    """The sockets of a host that had this port at either end (None: any), the first seen first.

    A socket pair that comes back after it was gone, or that begins anew out of TIME_WAIT, is
    another socket.
    """
    found: list[History] = []
    current: dict[tuple[Endpoint, Endpoint], History] = {}
    for entry in evidence.states.get(host, ()):
        now = {
            (local, foreign): state
            for local, foreign, state in entry.sockets
            if port in (None, local.port, foreign.port)
        }
        for ends in [ends for ends in current if ends not in now]:
            _leave(current.pop(ends), entry)
        for ends, state in now.items():
            if ends in current and _anew(current[ends], state):
                _leave(current.pop(ends), entry)
            if ends not in current:
                current[ends] = History(*ends)
                found.append(current[ends])
            _see(current[ends], state, entry)
    return found


def counting(evidence: Evidence, every: Sequence[History]) -> Sequence[History]:
    """Those of the connection that counts, and of sockets that listen; all where any does.

    Two connections of the same socket pair aren't told apart.
    """
    if evidence.chosen is None:
        return every
    pair = _named(evidence, evidence.chosen.ends)
    return [
        its
        for its in every
        if not its.foreign.port or _named(evidence, (its.local, its.foreign)) == pair
    ]


def _named(evidence: Evidence, ends: Iterable[Endpoint]) -> set[Endpoint]:
    """The ends with their hosts' names, as a listing may have them and a record hasn't."""
    return {end._replace(host=evidence.names.host(end.host)) for end in ends}


def _anew(history: History, state: str) -> bool:
    last = history.stays[-1].state
    return last == "TIME_WAIT" and state != last


def _leave(history: History, entry: Sockets) -> None:
    history.stays[-1] = history.stays[-1]._replace(gone=entry)


def _see(history: History, state: str, entry: Sockets) -> None:
    if history.stays and history.stays[-1].state == state:
        return
    if history.stays:
        _leave(history, entry)
    history.stays.append(Stay(state, entry))
