"""The user's own terminal, put through to a program on an emulated host."""

import contextlib
import fcntl
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator

from labs.terminal import Terminal

SUSPEND = b"\x1a"  # Ctrl-Z
ENOUGH = 4096


def attach(terminal: Terminal, leaves: bool = True) -> bool:
    """Show what the program shows and pass on every key, until it ends; whether it has ended.

    leaves: Ctrl-Z returns to the prompt (False) while the program goes on; else it's passed on.
    Where standard input is no terminal, nothing is passed on. Raises EOFError when it is gone.
    """
    keys = sys.stdin.fileno() if sys.stdin.isatty() else None
    descriptor = os.pidfd_open(terminal.process.pid)
    try:
        with _raw(keys), _same_size(terminal, keys):
            return _carry(terminal, keys, descriptor, leaves)
    finally:
        os.close(descriptor)


def _carry(terminal: Terminal, keys: int | None, ended: int, leaves: bool) -> bool:
    sources = [terminal.news, ended, *([] if keys is None else [keys])]
    _show(terminal, keys)
    while True:
        ready = _ready(sources)
        if terminal.news in ready:
            os.eventfd_read(terminal.news)
            _show(terminal, keys)
        if keys is not None and keys in ready:
            typed = _typed(keys)
            if leaves and SUSPEND in typed:
                return False
            with contextlib.suppress(OSError):  # it may just have ended
                os.write(terminal.master, typed)
        if ended in ready:
            terminal.process.wait()
            terminal.settles()
            _show(terminal, keys)
            return True


def _typed(keys: int) -> bytes:
    try:
        typed = os.read(keys, ENOUGH)
    except OSError:
        typed = b""
    if not typed:
        raise EOFError("the terminal is gone")
    return typed


def _ready(sources: list[int]) -> list[int]:
    return select.select(sources, [], [])[0]


def _show(terminal: Terminal, keys: int | None) -> None:
    """Write what is new; a raw terminal needs its own carriage returns."""
    text = terminal.unseen()
    if keys is not None:
        text = text.replace("\n", "\r\n")
    sys.stdout.write(text)
    sys.stdout.flush()


@contextlib.contextmanager
def _raw(keys: int | None) -> Iterator[None]:
    """Every key comes as it is pressed, Ctrl-C too; afterwards the terminal is as before."""
    if keys is None:
        yield
        return
    before = termios.tcgetattr(keys)
    tty.setraw(keys, termios.TCSADRAIN)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it may be gone
            termios.tcsetattr(keys, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _same_size(terminal: Terminal, keys: int | None) -> Iterator[None]:
    """The program's terminal is as large as the user's, and follows it."""
    if keys is None:
        yield
        return

    def copy(*_: object) -> None:
        size = fcntl.ioctl(keys, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, size)

    copy()
    before = signal.signal(signal.SIGWINCH, copy)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
