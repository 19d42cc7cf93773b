"""Section 18.6: a normal open and close over a line so long that every state can be seen."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """bsdi opens and closes first; vangogh's server closes a second after it was told."""
    server = stage.types("vangogh", "sock -v -s -Q1 6666")
    stage.listening("vangogh", 6666)
    client = stage.types("bsdi", "sock -v vangogh.cs.berkeley.edu 6666")
    client.shows("connected on")
    server.shows("connection on")
    stage.pause(book_s=4, quick_s=0.5)
    client.presses(END_OF_INPUT)
    client.ends()
    server.shows("pausing before close")
    server.ends()
    stage.reaches("bsdi", "TIME_WAIT", 6666)
