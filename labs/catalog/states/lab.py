"""Section 18.6: a normal open and close over a line so long that every state can be seen."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """bsdi opens and closes first; vangogh's server closes a second after it was told."""
    port = stage.number("port")
    server = stage.types("vangogh", f"sock -v -s -Q1 {port}")
    stage.listening("vangogh", port)
    client = stage.types("bsdi", f"sock -v vangogh.cs.berkeley.edu {port}")
    client.shows("connected on")
    server.shows("connection on")
    stage.pause(book_s=4, quick_s=0.5)
    client.presses(END_OF_INPUT)
    client.ends()
    server.shows("pausing before close")
    server.ends()
    stage.reaches("bsdi", "TIME_WAIT", port)
