"""What became of one lab: its report, or why there is none."""

import msgspec

from captures.run import Degraded
from checkers.check import Report
from checkers.verdict import Verdict


class Result(msgspec.Struct, frozen=True):
    """One lab's outcome. place: run directory or capture. problem: why there is no report.

    taken_for: the vantage points at which a bare capture was taken, judging by what fits.
    """

    lab: str
    place: str
    report: Report | None = None
    problem: str = ""
    degraded: tuple[Degraded, ...] = ()
    taken_for: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The report's verdict; ERROR where there is no report."""
        return self.report.verdict if self.report else Verdict.ERROR
