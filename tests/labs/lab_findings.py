"""Whether a lab's failure names what is wrong."""

from checkers.check import Report
from checkers.verdict import Verdict
from tests.labs.lab_evidence import having, said

LACKS = "the capture lacks packets"


def fails(result: Report, expectation: str, words: str) -> bool:
    """Whether a FAIL of this expectation says these words."""
    return any(
        line.startswith(expectation) and words in line
        for line in said(result, Verdict.FAIL).splitlines()
    )


def missed(result: Report) -> set[str]:
    """The expectations that a missing segment spoils: FAIL, or INCONCLUSIVE where the capture
    itself shows that the segment passed, since it was acknowledged."""
    excused = {finding.check for finding in result.findings if LACKS in finding.observed}
    return having(result, Verdict.FAIL) | excused


def miss_text(result: Report) -> str:
    """What these say."""
    return said(result, Verdict.FAIL) + said(result, Verdict.INCONCLUSIVE)
