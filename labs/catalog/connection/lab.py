"""Section 18.2: svr4 % telnet bsdi discard, then ^] and quit after about four seconds."""

from labs.stage import Stage
from labs.terminal import ESCAPE


def play(stage: Stage) -> None:
    """Open a connection, leave it idle, close it."""
    stage.inetd("bsdi", "discard")
    telnet = stage.types("svr4", "telnet bsdi discard")
    telnet.shows("Escape character is")
    stage.pause(book_s=4.1)
    telnet.presses(ESCAPE)
    telnet.shows("telnet>")
    telnet.types("quit")
    telnet.shows("Connection closed.")
    telnet.ends()
