"""How long a socket pair rested between two connections (TCP/IP Illustrated 18.6).

Whoever closes first keeps the pair in TIME_WAIT: Linux for 60 s.
"""

from captures import seconds as decimal
from captures.connections import Connection
from checkers.finding import Finding
from checkers.sighting import Sighting
from checkers.verdict import Verdict

SECOND_NS = 1_000_000_000


def rested(sighting: Sighting, seconds: float) -> Finding:
    """Whether the connection begins so many seconds after the last one of its socket pair ended."""
    before = _before(sighting)
    expected = f"{seconds:g} s at least since the connection before it"
    if before is None:
        told = "no connection of this socket pair before"
        return sighting.absent(expected, told, sighting.segments[0])
    last, first = before.segments[-1], sighting.segments[0]
    if not sighting.vantage.capture.timed:
        told = "this capture doesn't show times"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, last, first)
    rest_ns = first.time_ns - last.time_ns
    verdict = Verdict.PASS if rest_ns >= seconds * SECOND_NS else Verdict.FAIL
    return sighting.finding(verdict, expected, f"{decimal.text(rest_ns, 3)} s", last, first)


def _before(sighting: Sighting) -> Connection | None:
    """The last connection before this one with the same ends."""
    pair = {sighting.client, sighting.server}
    earlier = sighting.vantage.capture.connections[: sighting.connection.number - 1]
    return next((one for one in reversed(earlier) if {one.client, one.server} == pair), None)
