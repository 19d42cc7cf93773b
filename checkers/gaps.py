"""When is a capture complete? What it may lack of a connection, and why, is decided here.

| the capture is | between its segments it may lack | after the last one |
|---|---|---|
| of a run that was at rest | what its recorder dropped, or the file lost | nothing |
| of a run that goes on | the same | anything |
| of a run left while a connection was open | the same | anything, but after its end |
| bare | the same, and all of an end that isn't captured | anything, but after its end |

Of each it may also lack what was acknowledged and is in no frame, whatever the recorder says, and
what came before a first segment that is no SYN. A connection's end is both FINs acknowledged, or a
reset. `Evidence.doubt` is another matter: then the files themselves aren't believed.
"""

from typing import NamedTuple

from captures.connections import Connection
from captures.endings import ending
from captures.labels import Loss
from captures.segment import ACK, Segment
from checkers.evidence import Evidence, Vantage


class Gaps(NamedTuple):
    """The gaps of one connection at one vantage point, each as the reason in words, '' for none.

    firsts: the first segment of each connection that is looked at. Each answer is found when it is
    asked for: most checks of right captures ask for none.
    """

    evidence: Evidence
    vantage: Vantage
    connection: Connection
    firsts: tuple[Segment, ...]

    @property
    def before(self) -> str:
        """Why segments may be missing before the first one."""
        begun = all(first.opens for first in self.firsts)
        return "" if begun else "the capture begins in the middle of the connection"

    @property
    def between(self) -> str:
        """Why segments may be missing between those captured."""
        return self.vantage.damage or self.vantage.unseen(self._losses)

    @property
    def earlier(self) -> str:
        """Why segments may be missing before the last one."""
        return self.between or self.before

    @property
    def after(self) -> str:
        """Why segments may be missing after the last one."""
        if not self.evidence.over:
            return self.evidence.goes_on
        if self.evidence.ended or ending(self.connection).final:
            return ""
        return "the capture ends before the connection does"

    @property
    def anywhere(self) -> str:
        """Why segments may be missing at all."""
        return self.earlier or self.after

    @property
    def most(self) -> int:
        """How many segments may be missing between those captured.

        Each number that was acknowledged unseen can have been a segment of its own, and had an
        answer that is missing, too. Of an end that isn't captured at all, ACKs are missing besides.
        """
        unseen = sum(loss.size for loss in self._losses)
        silent = 2 * len(self.connection) if self._one_sided else 0
        return self.vantage.drops + self.vantage.capture.clipped + 2 * unseen + silent

    @property
    def _one_sided(self) -> bool:
        """Whether one end acknowledges what the other sent, and nothing of that is captured.

        A run's own captures are of both directions.
        """
        segments = self.connection.segments
        acknowledges = any(segment.has(ACK) for segment in segments)
        sources = {segment.source for segment in segments}
        return self.evidence.run is None and len(sources) == 1 and acknowledges

    @property
    def _losses(self) -> list[Loss]:
        return self.vantage.losses([self.connection])
