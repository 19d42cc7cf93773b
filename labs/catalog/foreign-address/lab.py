"""Section 18.11: sun % sock -s -f 140.252.13.35.7777 8888 serves that one foreign end only."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT, Terminal


def play(stage: Stage) -> None:
    """Ask a server that wants bsdi.7777 from svr4, from another port of bsdi, and from there."""
    server = stage.types("sun", "sock -s -v -f 140.252.13.35.7777 8888")
    stage.listening("sun", 8888)
    refused(stage, "svr4", "sock sun 8888", server)
    refused(stage, "bsdi", "sock -b7778 sun 8888", server)
    client = stage.types("bsdi", "sock -v -b7777 sun 8888")
    server.shows("connection on")
    stage.pause(book_s=2)
    client.types("hello, world")
    server.shows("hello, world")
    client.presses(END_OF_INPUT)
    client.ends()
    server.ends()


def refused(stage: Stage, host: str, command: str, server: Terminal) -> None:
    """Connect from an end that the server doesn't want, and be reset."""
    client = stage.types(host, command)
    server.shows("refused connection")
    client.shows("Connection reset by peer")
    client.ends()
