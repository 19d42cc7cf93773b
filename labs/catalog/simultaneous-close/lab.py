"""Section 18.9: both ends close at the same moment, so that their FINs cross."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Both FINs are on the line before either arrives."""
    server = stage.types("vangogh", "sock -v -s 7777")
    stage.listening("vangogh", 7777)
    client = stage.types("bsdi", "sock -v -b8888 vangogh.cs.berkeley.edu 7777")
    client.shows("connected on")
    server.shows("connection on")
    stage.pause(book_s=3, quick_s=0.5)
    with stage.line_held("vangogh", "wan0"):
        client.presses(END_OF_INPUT)
        server.presses(END_OF_INPUT)
        stage.reaches("bsdi", "FIN_WAIT_1", 8888)
        stage.reaches("vangogh", "FIN_WAIT_1", 7777)
    stage.reaches("bsdi", "TIME_WAIT", 8888)
    stage.reaches("vangogh", "TIME_WAIT", 7777)
    client.ends()
    server.ends()
