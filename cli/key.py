"""One key that is pressed on a terminal."""

import os
import termios
import tty

LONGEST = 32  # bytes of a key: arrows send several
END = b"\x04"  # Ctrl-D


def pressed(terminal: int) -> str:
    """The next key, without waiting for the return key; '' at the end of input.

    What was pressed before this is called counts: click's getchar throws that away. terminal: a
    file descriptor. Raises KeyboardInterrupt for Ctrl-C.
    """
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        data = os.read(terminal, LONGEST)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    return "" if data == END else data.decode(errors="replace")
