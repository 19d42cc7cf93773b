"""Section 18.2: svr4 % telnet bsdi discard, then ^] and quit after about four seconds."""

from labs.stage import Stage
from labs.terminal import ESCAPE


def prepare(stage: Stage) -> None:
    """The server's inetd."""
    stage.inetd(stage.text("server"), stage.text("service"))


def play(stage: Stage) -> None:
    """Open a connection, leave it idle, close it."""
    server, service = stage.text("server"), stage.text("service")
    telnet = stage.types(stage.text("client"), f"telnet {server} {service}")
    telnet.shows("Escape character is")
    stage.pause(book_s=4.1)
    telnet.presses(ESCAPE)
    telnet.shows("telnet>")
    telnet.types("quit")
    telnet.shows("Connection closed.")
    telnet.ends()
