"""Section 18.11: sun % sock -s -f 140.252.13.35.7777 8888 serves that one foreign end only."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT, Terminal


def play(stage: Stage) -> None:
    """Ask a server for one end at bsdi from svr4, from another port of bsdi, and from there."""
    port, foreign = stage.number("port"), stage.number("foreign")
    server = stage.types("sun", f"sock -s -v -f 140.252.13.35.{foreign} {port}")
    stage.listening("sun", port)
    refused(stage, "svr4", f"sock sun {port}", server)
    refused(stage, "bsdi", f"sock -b{foreign + 1} sun {port}", server)
    client = stage.types("bsdi", f"sock -v -b{foreign} sun {port}")
    server.shows("connection on")
    stage.pause(book_s=2)
    client.types(stage.text("text"))
    server.shows(stage.text("text"))
    client.presses(END_OF_INPUT)
    client.ends()
    server.ends()


def refused(stage: Stage, host: str, command: str, server: Terminal) -> None:
    """Connect from an end that the server doesn't want, and be reset."""
    client = stage.types(host, command)
    server.shows("refused connection")
    client.shows("Connection reset by peer")
    client.ends()
