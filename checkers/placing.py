"""Where a bare capture was taken: as told, or at the place that fits it best."""

from collections.abc import Sequence

import msgspec
from msgspec import structs

from captures.names import BOOK_ETHERNETS
from checkers.check import check
from checkers.evidence import Evidence
from checkers.expectation import Expectation
from checkers.finding import Finding
from checkers.verdict import Verdict

# What a capture shows: the vantage points on one Ethernet, or a single one.
Place = tuple[str, ...]

# These look at whatever passes a vantage point, so they don't tell which one it is.
ANYWHERE = ("sequence", "offers")


def told(evidence: Evidence, point: str) -> Evidence:
    """A bare capture as one of this vantage point, and so of all on the same Ethernet."""
    (vantage,) = evidence.vantages.values()
    vantages = {point: structs.replace(vantage, point=point)}
    return structs.replace(evidence, vantages=vantages, stands_for=_place(point))


def placed(evidence: Evidence, expectations: Sequence[Expectation]) -> Evidence:
    """The evidence; a bare capture of which nobody told the place stands for one of the lab's.

    It's the place where nothing fails and most passes: what fails there, fails wherever the
    capture was taken. Of places that fit as well, it's the one that the lab checks first. A run,
    a capture whose place is told, and one of a lab that looks at one place alone stay as they are.
    Raises CaptureError for a malformed capture.
    """
    places = list(dict.fromkeys(_place(one.at) for one in expectations if one.at))
    if evidence.run or evidence.stands_for or len(places) < 2:
        return evidence
    fits = [_fit(evidence, place, expectations) for place in places]
    best = min([fit for fit in fits if fit.seen] or fits, key=_rank)
    looked_at = dict.fromkeys(one.at for one in expectations if one.at in best.place)
    return structs.replace(evidence, stands_for=tuple(looked_at))


def _place(point: str) -> Place:
    return next((points for points in BOOK_ETHERNETS if point in points), (point,))


class _Fit(msgspec.Struct, frozen=True):
    """How a capture fits a place. seen: it shows a connection that the lab looks for there.

    passed: so many checks have something to pass.
    """

    place: Place
    seen: bool
    failed: bool
    passed: int


def _fit(evidence: Evidence, place: Place, expectations: Sequence[Expectation]) -> _Fit:
    looking = [one for one in expectations if one.at in place]
    found = [(one, check(evidence, one).findings) for one in looking]
    verdicts = [{its.verdict for its in findings} for _, findings in found]
    return _Fit(
        place,
        any(_shown(*each) for each in found),
        any(Verdict.FAIL in each for each in verdicts),
        sum(Verdict.PASS in each for each in verdicts),
    )


def _shown(expectation: Expectation, findings: Sequence[Finding]) -> bool:
    return expectation.check not in ANYWHERE and any(its.frames for its in findings)


def _rank(fit: _Fit) -> tuple[bool, int]:
    return fit.failed, -fit.passed
