"""-C: a terminal that hands over every character as it is typed."""

import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from .messages import NetworkError


@contextmanager
def cbreak() -> Iterator[None]:
    """Standard input in cbreak mode, then as it was; NetworkError if it is no terminal."""
    try:
        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
    except termios.error as error:
        raise NetworkError(f"can't set cbreak mode on standard input: {error.args[1]}") from error
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
