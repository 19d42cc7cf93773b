"""Whether a lab's failure names what is wrong."""

from checkers.check import Report
from checkers.verdict import Verdict
from tests.labs.lab_evidence import said


def fails(result: Report, expectation: str, words: str) -> bool:
    """Whether a FAIL of this expectation says these words."""
    return any(
        line.startswith(expectation) and words in line
        for line in said(result, Verdict.FAIL).splitlines()
    )
