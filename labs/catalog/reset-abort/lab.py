"""Section 18.7: bsdi % sock -L0 svr4 8888, one line, then end of input: an abortive release."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Send a line and close with SO_LINGER at 0 seconds: the server gets a reset, not a FIN."""
    port, text = stage.number("port"), stage.text("text")
    server = stage.types("svr4", f"sock -s {port}")
    stage.listening("svr4", port)
    client = stage.types("bsdi", f"sock -L0 svr4 {port}")
    stage.reaches("bsdi", "ESTABLISHED", port)
    stage.pause(book_s=4.8)
    client.types(text)
    server.shows(text)
    stage.pause(book_s=4.5)
    client.presses(END_OF_INPUT)
    server.shows("read error: Connection reset by peer")
    client.ends()
    server.ends()
