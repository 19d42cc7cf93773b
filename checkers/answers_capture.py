"""Right answers that a whole capture or a run's record holds.

The first line of a docstring is the answer. Each returns a Right, or a Finding that says why
there is none.
"""

from collections.abc import Iterable
from typing import NamedTuple

from captures.connections import Connection
from captures.segment import ACK, RST, SYN, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding
from checkers.histories import histories
from checkers.parties import is_host, wanted
from checkers.recorded import STATES_FILE
from checkers.right import Answer, Right
from checkers.verdict import Verdict


class Seen(NamedTuple):
    """A vantage point and the evidence that it belongs to."""

    evidence: Evidence
    vantage: Vantage

    def absent(self, expected: str, observed: str) -> Finding:
        """That something isn't there: FAIL only where a run's capture is complete."""
        sure = self.evidence.ended and self.vantage.complete
        told = "; ".join(filter(None, (observed, self.vantage.lacks)))
        verdict = Verdict.FAIL if sure else Verdict.INCONCLUSIVE
        return Finding("", verdict, expected, told, vantage=self.vantage.point)


def clients(seen: Seen, server: str, host: str | None = None) -> Answer:
    """The ports of the clients that a server got, in the order in which they were connected."""
    names = seen.evidence.names
    end = wanted(server, names)
    opened = []
    for connection in seen.vantage.capture.connections:
        ours = is_host(connection.server, end.host, names) and connection.server.port == end.port
        theirs = host is None or is_host(connection.client, host, names)
        third = _completes(connection) if ours and theirs else None
        if third is not None:
            opened.append((third.frame, str(connection.client.port)))
    if not opened:
        return seen.absent(f"a client of {end.text(names)}", "none")
    frames, ports = zip(*sorted(opened), strict=True)
    return Right(ports, frames, seen.vantage.point)


def _completes(connection: Connection) -> Segment | None:
    """The segment that completes the handshake: the client's first ACK after a SYN+ACK."""
    answered = False
    for each in connection.segments:
        if each.source == connection.server:
            answered = answered or each.has(SYN | ACK)
        elif answered and each.has(ACK) and not each.flags & (SYN | RST):
            return each
    return None


def largest_fragment(seen: Seen, host: str) -> Answer:
    """The most bytes in one fragment that the host sent, IP header included."""
    fragments = [
        each
        for each in seen.vantage.capture.fragments
        if host in (each.source, seen.evidence.names.host(each.source))
    ]
    if not fragments:
        return seen.absent(f"a fragment from {host}", "none")
    biggest = max(fragments, key=lambda each: each.total)
    return Right(biggest.total, (biggest.frame,), seen.vantage.point)


def told_mtu(seen: Seen, router: str) -> Answer:
    """The MTU that a router told in its ICMP message 'fragmentation needed'."""
    for each in seen.vantage.capture.unreachables:
        if each.mtu is not None and router in (each.sender, seen.evidence.names.host(each.sender)):
            return Right(each.mtu, (each.frame,), seen.vantage.point)
    return seen.absent(f"an ICMP message of {router} that tells an MTU", "none")


def time_in_state(
    evidence: Evidence,
    host: str,
    state: str,
    port: int | None = None,
    connection: int | None = None,
) -> Iterable[Answer]:
    """How long a socket of the host was in a state, as states.jsonl recorded it."""
    expected = f"a socket of {host} in {state}"
    if not evidence.states.get(host):
        told = f"no socket states of {host} are recorded"
        return [Finding("", Verdict.INCONCLUSIVE, expected, told)]
    stays = [
        stay
        for history in histories(evidence, host, port)
        for stay in history.stays
        if stay.state == state
    ]
    if connection is not None:
        stays = stays[connection - 1 : connection]
    lines = f"{STATES_FILE} to line {evidence.states[host][-1].line}"
    none = Finding("", Verdict.FAIL, expected, "no such socket recorded", record=lines)
    found: list[Answer] = []
    for stay in stays:
        record = f"{STATES_FILE} line {stay.line}"
        if stay.until_ns is None:
            told = "still so at the end of the record"
            found.append(Finding("", Verdict.INCONCLUSIVE, expected, told, record=record))
        else:
            found.append(Right(stay.until_ns - stay.since_ns, record=record))
    return found or [none]
