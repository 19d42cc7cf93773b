"""Sequence numbers relative to the ISNs, as tcpdump prints them once it has seen the SYNs."""

from captures.segment import ACK, SEQUENCE_SPACE, SYN


class InitialNumbers:
    """The ISN of each directed flow as SYNs tell it, and how far its numbers have come.

    A flow is a number whose `flow ^ 1` runs the other way, as in `Columns`.
    """

    def __init__(self) -> None:
        self._isns: dict[int, int] = {}
        self._latest: dict[int, int] = {}

    def bases(self, flow: int, flags: int) -> tuple[int | None, int | None]:
        """What seq and ack are relative to; None where absolute: on SYNs, and without an ISN."""
        if flags & SYN:
            return None, None
        return self._isns.get(flow), self._isns.get(flow ^ 1)

    def absolute(self, flow: int, printed: int) -> tuple[int, bool]:
        """A number that was printed for `flow` as absolute, and whether it was relative.

        A listing doesn't say which it prints, and figure 18.7 mixes both: of the two readings
        the one nearer to the flow's latest number holds.
        """
        isn = self._isns.get(flow)
        if isn is None:
            return printed, False
        latest = self._latest[flow]
        shifted = (isn + printed) % SEQUENCE_SPACE
        relative = _apart(shifted, latest) < _apart(printed, latest)
        return (shifted, True) if relative else (printed, False)

    def note(self, flow: int, flags: int, seq: int | None, payload: int, ack: int | None) -> None:
        """Remember a segment with absolute numbers."""
        if flags & SYN and seq is not None:
            self._begin(flow, flags, seq)
        if seq is not None:
            self._latest[flow] = (seq + payload) % SEQUENCE_SPACE
        if ack is not None:
            self._latest[flow ^ 1] = ack

    def _begin(self, flow: int, flags: int, isn: int) -> None:
        # Another ISN opens the socket pair's next connection: the peer's old ISN is void.
        if not flags & ACK and self._isns.get(flow, isn) != isn:
            self._isns.pop(flow ^ 1, None)
        self._isns[flow] = isn


def _apart(number: int, latest: int) -> tuple[int, int]:
    """How far a number is from the latest, modulo 2^32; of two as far, the one ahead is less."""
    ahead = (number - latest) % SEQUENCE_SPACE
    return min(ahead, SEQUENCE_SPACE - ahead), ahead
