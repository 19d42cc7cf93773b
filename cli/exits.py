"""Exit statuses, as the README lists them, and errors that become one of them."""

from checkers.verdict import Verdict

PASSED, FAILED, WRONG_USAGE, NO_VERDICT = 0, 1, 2, 3
INTERRUPTED = 130  # as shells say it of a Ctrl-C


class UsageError(Exception):
    """Wrong usage or unreadable input: the message says what to do; exit status 2."""


class MachineUnfitError(Exception):
    """This machine can't run labs: the message says why, and the mend; exit status 3."""


def status(verdict: Verdict) -> int:
    """The exit status of a verdict: 0 PASS, 1 FAIL, 3 for INCONCLUSIVE and ERROR."""
    return {Verdict.PASS: PASSED, Verdict.FAIL: FAILED}.get(verdict, NO_VERDICT)
