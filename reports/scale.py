"""Times to heights: in order and far enough apart to read, to scale as far as that goes, long
pauses cut."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

# A pause is cut where it's so many times the usual one.
LONG = 20
# What a pause that isn't cut takes beyond the least, at most: the longest, and one on average.
STRETCH, AVERAGE = 110, 40
# What a cut one takes.
BREAK = 44
UNITS = ((10**9, "s"), (10**6, "ms"), (10**3, "µs"))


def usual_ns(pauses_ns: Iterable[int]) -> float:
    """How long a usual pause is, 0 where there is none: the median, which one long pause leaves."""
    # `statistics` takes longer to load than a capture to check.
    known = sorted(pauses_ns)
    return (known[len(known) // 2] + known[(len(known) - 1) // 2]) / 2 if known else 0


def pause_text(pause_ns: int) -> str:
    """A pause with the digits that tell something: `4.15 s`, `101 ms`, `12.5 µs`."""
    unit_ns, unit = next((one for one in UNITS if pause_ns >= one[0]), UNITS[-1])
    size = pause_ns / unit_ns
    return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"


class Break(NamedTuple):
    """A pause that isn't drawn to scale: where on the page it is, and how long it took.

    left_out: how many segments within it aren't drawn.
    """

    y: float
    pause_ns: int
    left_out: int = 0


class Scale:
    """The height of each of some moments.

    least: how far two moments that follow each other are apart at least, in pixels.
    top: where the first one is. usual_ns: how long a usual pause is. left_out: how many segments
    aren't drawn before a moment.
    breaks: the pauses that were cut.
    """

    def __init__(
        self,
        times_ns: Iterable[int],
        least: float,
        top: float,
        usual_ns: float,
        left_out: Mapping[int, int],
    ) -> None:
        self.times = sorted(set(times_ns))
        pauses = [(after - before, after) for before, after in pairwise(self.times)]
        drawn = [pause for pause, after in pauses if after not in left_out]
        limit = LONG * usual_ns
        whole = [pause for pause in drawn if pause <= limit]
        longest, total = max(whole, default=0) or 1, sum(whole) or 1
        stretch = min(STRETCH / longest, AVERAGE * len(whole) / total)
        self.heights, self.breaks = [top], list[Break]()
        for pause, after in pauses:
            height = self.heights[-1]
            skipped = left_out.get(after, 0)
            if pause > limit or skipped:
                self.breaks.append(Break(height + (least + BREAK) / 2, pause, skipped))
                self.heights.append(height + least + BREAK)
            else:
                self.heights.append(height + least + stretch * pause)

    def y(self, time_ns: int) -> float:
        """The height of a moment; one between two others lies in proportion."""
        after = bisect_right(self.times, time_ns)
        if after == 0 or after == len(self.times):
            return self.heights[max(0, after - 1)]
        before_ns, after_ns = self.times[after - 1 : after + 1]
        low, high = self.heights[after - 1 : after + 1]
        return low + (high - low) * (time_ns - before_ns) / (after_ns - before_ns)
