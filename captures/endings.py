"""How a connection ended, as far as its capture shows."""

from typing import NamedTuple

from captures.columns import UNKNOWN
from captures.connections import Connection
from captures.segment import FIN, RST, SYN, Endpoint, plus, precedes

CLOSED, RESET, REFUSED = "closed by both", "reset", "refused"
HALF_CLOSED, OPEN, NEVER_OPENED = "half-closed", "still open", "never opened"


class Ending(NamedTuple):
    """How it ended, and by whom: the sender of the reset or of the only FIN; None for the rest.

    closed by both: each end's FIN is acknowledged. refused: the first thing that an end sent is a
    reset. never opened: nothing but SYNs. still open, half-closed: at the end of the capture.
    """

    how: str
    by: Endpoint | None = None

    @property
    def final(self) -> bool:
        """Whether nothing is left to come but answers to old duplicates (RFC 9293, 3.6)."""
        return self.how in (CLOSED, RESET, REFUSED)


def ending(connection: Connection) -> Ending:
    """How the connection ended; a reset after both ends have closed doesn't count."""
    columns = connection.columns
    fins: dict[int, int] = {}
    acknowledged: set[int] = set()
    spoken: set[int] = set()
    opened = False
    for row in connection.rows:
        flow, flags = columns.flow[row], columns.flags[row]
        if flags & RST:
            return Ending(RESET if flow in spoken else REFUSED, columns.ends[flow][0])
        spoken.add(flow)
        opened = opened or not flags & SYN
        if fins and flow ^ 1 in fins and _covers(columns.ack[row], fins[flow ^ 1]):
            acknowledged.add(flow ^ 1)
            if len(acknowledged) == 2:
                return Ending(CLOSED)
        if flags & FIN and flow not in fins:
            fins[flow] = _after(columns.seq[row], columns.payload[row])
    if len(fins) == 1:
        return Ending(HALF_CLOSED, columns.ends[next(iter(fins))][0])
    return Ending(OPEN if opened else NEVER_OPENED)


def _after(seq: int, payload: int) -> int:
    return UNKNOWN if seq == UNKNOWN else plus(seq, payload + 1)


def _covers(ack: int, end: int) -> bool:
    return UNKNOWN not in (ack, end) and not precedes(ack, end)
