"""What the vantage points of one run saw, as its parts are held against each other."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from captures.capture import Capture
from captures.ends import Pair
from captures.names import Names
from captures.run import Run

# Two frames may be stamped in the other order, so much apart. All of a run have one clock: of
# 10,000 segments of 1,400 honest runs none was captured at its destination before at its source.
EARLY_NS = 10_000_000
MILLISECOND_NS = 1_000_000


class Seen(NamedTuple):
    """What was captured at `host interface`; whole: as far as the file and its recorder tell."""

    host: str
    interface: str
    capture: Capture
    whole: bool

    @property
    def place(self) -> str:
        """Which capture this is, in words."""
        return f"the capture at {self.host} {self.interface}"


# Hosts, and what was captured at each of their interfaces.
Watched: TypeAlias = Mapping[str, Sequence[Seen]]


def watched(run: Run, seen: Sequence[Seen]) -> Watched:
    """The hosts whose every interface is a vantage point that lacks nothing, and these."""
    found: dict[str, list[Seen]] = {}
    for one in seen:
        if one.whole:
            found.setdefault(one.host, []).append(one)
    return {
        host: points
        for host, points in found.items()
        if host in run.hosts and run.hosts[host].interfaces.keys() == {p.interface for p in points}
    }


def all_captured_until_ns(seen: Sequence[Seen]) -> int:
    """When the first of the captures ended, which are stopped one after the other."""
    return min(max(one.capture.columns.time_ns, default=0) for one in seen)


def flow_text(pair: Pair, names: Names) -> str:
    """`svr4.1037 to bsdi.discard`."""
    return f"{names.endpoint(pair[0])} to {names.endpoint(pair[1])}"
