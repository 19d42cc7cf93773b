"""What sock says on standard error, and how it fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

STANDARD_ERROR = 2


class UsageError(Exception):
    """The command line makes no sense; the message says why (exit status 2)."""


class NetworkError(Exception):
    """The network or the kernel said no; the message is sock's last word (exit status 1)."""


def say(text: str) -> None:
    """Print one line on standard error, at once and in one piece: forked children share it.

    Without Python's buffer, which a signal's handler may not enter while the program is in it.
    """
    os.write(STANDARD_ERROR, f"{text}\n".encode(errors="backslashreplace"))


@contextmanager
def failing_as(what: str) -> Iterator[None]:
    """Turn an OSError inside into NetworkError `what: the kernel's text`."""
    try:
        yield
    except OSError as error:
        raise NetworkError(f"{what}: {error.strerror or error}") from error
