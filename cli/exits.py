"""Exit statuses, as the README lists them, and errors that become one of them."""

import os
from pathlib import Path

from checkers.verdict import Verdict

PASSED, FAILED, WRONG_USAGE, NO_VERDICT = 0, 1, 2, 3
INTERRUPTED = 130  # as shells say it of a Ctrl-C


class UsageError(Exception):
    """Wrong usage or unreadable input: the message says what to do; exit status 2."""


class MachineUnfitError(Exception):
    """This machine can't run labs: the message says why, and the mend; exit status 3."""


def plain_os_error(error: OSError, path: Path | None = None) -> str:
    """What an OSError means to whoever typed the name: what happened, where, what to do.

    path: what it is about, where that is known; an error about an open file has only its number.
    """
    known = path or error.filename
    if not isinstance(known, str | bytes | Path) or error.strerror is None:
        return str(error)
    name = os.fsdecode(known)
    folder = Path(name).parent
    if isinstance(error, FileNotFoundError) and not folder.exists():
        return f"{name}: there is no folder {folder}: make it, or check the name"
    if isinstance(error, FileNotFoundError):
        return f"{name}: there is no such file or folder: check the name"
    return f"{name}: {error.strerror}"


def status(verdict: Verdict) -> int:
    """The exit status of a verdict: 0 PASS, 1 FAIL, 3 for INCONCLUSIVE and ERROR."""
    return {Verdict.PASS: PASSED, Verdict.FAIL: FAILED}.get(verdict, NO_VERDICT)
