"""The four verdicts and how a set of them adds up."""

from collections.abc import Iterable
from enum import IntEnum


class Verdict(IntEnum):
    """What a check says, from best to worst.

    INCONCLUSIVE: this capture can't tell. ERROR: the suite or the lab is broken.
    """

    PASS = 0
    INCONCLUSIVE = 1
    ERROR = 2
    FAIL = 3


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; INCONCLUSIVE for none, since no evidence is never a pass."""
    return max(verdicts, default=Verdict.INCONCLUSIVE)
