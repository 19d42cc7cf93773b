"""Signs that a capture is no recording: what no host sends, and what no timer waits for.

Whoever edits a capture by hand leaves them. docs/decisions.md says what isn't looked at.
"""

from collections.abc import Iterator
from operator import sub

from captures.capture import Capture
from captures.connections import Connection
from captures.ends import Ends

PORT_0 = bytes(2)
WHOLE = 68  # bytes of a datagram that every link takes without fragments (RFC 791, 3.2)
# No retransmission timer runs for half as long: BSD's longest is 64 s, Linux's 120 s.
SECOND_NS = 10**9
LONGEST_NS = 240 * SECOND_NS


def doubt(capture: Capture) -> str:
    """Why this may not have been captured, in words; '' where nothing says so."""
    return _port_0(capture) or _small_fragment(capture) or _long_wait(capture)


def _port_0(capture: Capture) -> str:
    """TCP has no port 0: to a socket it means any port (RFC 6335, 6)."""
    columns = capture.columns
    if not isinstance(columns.ends, Ends):
        return ""  # a listing can be typed anyway
    # The bytes as they are: a scan has a million pairs of ends.
    for pair, key in enumerate(columns.ends.keys):
        if PORT_0 in (key[-4:-2], key[-2:]):
            row = next(row for row, flow in enumerate(columns.flow) if flow >> 1 == pair)
            return f"frame {columns.frame[row]} has port 0, which nobody can use"
    return ""


def _small_fragment(capture: Capture) -> str:
    for piece in capture.fragments:
        if not piece.last and piece.total + 8 <= WHOLE:
            return (
                f"frame {piece.frame} is a fragment of {piece.total} bytes, and more follow, "
                f"though every link takes {WHOLE} bytes whole"
            )
    return ""


def _long_wait(capture: Capture) -> str:
    """A segment with a number was acknowledged after minutes, and never sent again meanwhile."""
    times_ns = capture.columns.time_ns
    if not capture.timed or max(map(sub, times_ns[1:], times_ns), default=0) <= LONGEST_NS:
        return ""
    for one in capture.connections:
        for row, answer in _late_answers(one):
            frames = capture.columns.frame
            waited_s = (times_ns[answer] - times_ns[row]) // SECOND_NS
            return (
                f"frame {frames[answer]} acknowledges frame {frames[row]} after {waited_s} s, in "
                "which it would have been sent again: was the machine asleep?"
            )
    return ""


def _late_answers(one: Connection) -> Iterator[tuple[int, int]]:
    """Each segment with data, SYN or FIN, and the next one, where that is a late answer to it."""
    own = one.columns
    for row, answer in zip(one.rows, one.rows[1:], strict=False):
        late = own.time_ns[answer] - own.time_ns[row] > LONGEST_NS
        if late and own.flow[answer] == own.flow[row] ^ 1:
            segment = own.segment(row)
            if segment.length and segment.following == own.segment(answer).ack:
                yield row, answer
