"""The parts of one run held against each other: what its vantage points saw, and socket states.

One network and one clock made all of them.
"""

from collections.abc import Sequence
from itertools import combinations

from captures.capture import Capture
from captures.ends import Pair
from captures.names import Names
from captures.run import Run
from captures.segment import SYN
from checkers import crossings, entered
from checkers.recorded import States
from checkers.seen import Seen, flow_text, watched

# An honest lab has some hundred segments; a scan with a million would take gigabytes as keys.
MOST_SEGMENTS = 50_000


def doubt(run: Run, seen: Sequence[Seen], states: States, names: Names) -> str:
    """Why the parts may be of different runs, in words; '' where nothing says so."""
    if sum(len(one.capture) for one in seen) > MOST_SEGMENTS:
        return ""
    its = watched(run, seen)
    return (
        _same_times(seen)
        or _other_isns(seen, names)
        or crossings.contradiction(run, seen, its, names)
        or entered.contradiction(run, its, states, names)
    )


def _same_times(seen: Sequence[Seen]) -> str:
    """Two captures whose every segment has the same time, to the microsecond.

    From one point to the next takes a microsecond or two, and some ten after a pause.
    """
    for one, other in combinations(seen, 2):
        times = one.capture.columns.time_ns
        if len(times) > 1 and times == other.capture.columns.time_ns:
            return (
                f"{one.place} and {other.place} have the same times throughout: one is a copy of "
                "the other"
            )
    return ""


def _other_isns(seen: Sequence[Seen], names: Names) -> str:
    """A direction of a socket pair with SYNs in two captures, which have no ISN in common."""
    known: dict[Pair, tuple[Seen, set[int]]] = {}
    for one in seen if len(seen) > 1 else ():
        for pair, isns in _isns(one.capture).items():
            first, others = known.setdefault(pair, (one, isns))
            if not isns & others:
                return (
                    f"{first.place} and {one.place} are of different runs: the ISN from "
                    f"{flow_text(pair, names)} is {min(others)} in one and {min(isns)} in the other"
                )
    return ""


def _isns(capture: Capture) -> dict[Pair, set[int]]:
    columns = capture.columns
    found: dict[int, set[int]] = {}
    for row in [row for row, flags in enumerate(columns.flags) if flags & SYN]:
        found.setdefault(columns.flow[row], set()).add(columns.seq[row])
    return {columns.ends[flow]: isns for flow, isns in found.items()}
