"""When sockets were recorded in their states, held against what their host's vantage points saw.

A socket that got beyond SYN_SENT has sent and received: where all that a host sends and receives
passes vantage points, it did so before it was recorded. Most states are entered by a segment that
comes, and are recorded soon after it, or the record tells that its writer was late.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from captures.ends import Pair
from captures.names import Names
from captures.run import Run
from checkers.recorded import STATES_FILE, Socket, Sockets, States
from checkers.seen import (
    EARLY_NS,
    MILLISECOND_NS,
    Seen,
    Watched,
    all_captured_until_ns,
    flow_text,
)

# In these a socket may not have sent anything yet: who asks for a dead host's address sends no SYN.
SILENT = {"LISTEN", "CLOSED", "SYN_SENT"}
# A socket enters these when a segment comes; the others when its program closes it, and the FIN may
# wait behind data.
BY_SEGMENTS = {"ESTABLISHED", "SYN_RCVD", "CLOSE_WAIT", "FIN_WAIT_2", "TIME_WAIT", "CLOSING"}
# Two looks without `late_ns` are 0.4 s at most; of 9,700 such changes in 1,400 honest runs none was
# recorded later than 0.21 s after a segment, but for that.
LATE_NS = 1_000_000_000


def contradiction(run: Run, watched: Watched, states: States, names: Names) -> str:
    """A socket in a state that no segment explains, though its host sees all, in words."""
    for host, points in watched.items():
        records = states.get(host, ())
        if records:
            until_ns = None if run.at_rest else all_captured_until_ns(points)
            told = _of_host(host, records, _times(points), until_ns, names)
            if told:
                return told
    return ""


def _of_host(
    host: str,
    records: Sequence[Sockets],
    times: Mapping[Pair, list[int]],
    until_ns: int | None,
    names: Names,
) -> str:
    """until_ns: when its captures ended, where more may have come; None: nothing did."""
    before: Sockets | None = None
    sockets: set[Socket] = set()
    for record in records:
        now = set(record.sockets)
        new = [one for one in now - sockets if one.state not in SILENT]
        after_ns = None
        if new and before and (until_ns is None or record.time_ns <= until_ns):
            after_ns = record.time_ns - LATE_NS - record.late_ns - before.late_ns
        for one in new:
            told = _odd(one, record, after_ns, times)
            if told and names.host(one.foreign.host) != host:  # else it never left the host
                return (
                    f"{STATES_FILE} is of another run: by line {record.line} a socket from "
                    f"{flow_text((one.local, one.foreign), names)} was in {one.state}, {told}"
                )
        before, sockets = record, now
    return ""


def _times(points: Sequence[Seen]) -> Mapping[Pair, list[int]]:
    """When segments of each socket pair passed a host, in order; the same list both ways."""
    found: dict[Pair, list[int]] = {}
    for one in points:
        columns = one.capture.columns
        ends = list(columns.ends)
        passed = []
        for pair, back in zip(ends[::2], ends[1::2], strict=True):
            passed.append(found.setdefault(pair, []))
            found[back] = passed[-1]
        for time_ns, flow in zip(columns.time_ns, columns.flow, strict=True):
            passed[flow >> 1].append(time_ns)
    if len(points) > 1:
        for times in found.values():
            times.sort()
    return found


def _odd(
    socket: Socket, record: Sockets, after_ns: int | None, times: Mapping[Pair, list[int]]
) -> str:
    """Why it can't have been in that state then, in words; ''.

    after_ns: when a segment that took it there came at the earliest; None: nobody knows.
    """
    every = times.get((socket.local, socket.foreign))
    if not every:
        return "which no capture shows"
    known = bisect_right(every, record.time_ns + EARLY_NS)
    if not known:
        early_ms = (every[0] - record.time_ns) // MILLISECOND_NS
        return f"{early_ms} ms before its first segment was captured"
    if after_ns is None or socket.state not in BY_SEGMENTS or every[known - 1] >= after_ns:
        return ""
    late_ms = (record.time_ns - every[known - 1]) // MILLISECOND_NS
    return f"which no segment in the {late_ms} ms before explains"
