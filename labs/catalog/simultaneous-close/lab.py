"""Section 18.9: both ends close at the same moment, so that their FINs cross."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Both FINs are on the line before either arrives."""
    port, its = stage.number("server"), stage.number("client")
    server = stage.types("vangogh", f"sock -v -s {port}")
    stage.listening("vangogh", port)
    client = stage.types("bsdi", f"sock -v -b{its} vangogh.cs.berkeley.edu {port}")
    client.shows("connected on")
    server.shows("connection on")
    stage.pause(book_s=3, quick_s=0.5)
    with stage.line_held("vangogh", "wan0"):
        client.presses(END_OF_INPUT)
        server.presses(END_OF_INPUT)
        stage.reaches("bsdi", "FIN_WAIT_1", its)
        stage.reaches("vangogh", "FIN_WAIT_1", port)
    stage.reaches("bsdi", "TIME_WAIT", its)
    stage.reaches("vangogh", "TIME_WAIT", port)
    client.ends()
    server.ends()
