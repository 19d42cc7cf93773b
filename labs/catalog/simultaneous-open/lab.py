"""Section 18.8: bsdi and vangogh connect to each other at the same moment."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Both SYNs are on the line before either arrives; then each user types a line."""
    with stage.line_held("vangogh", "wan0"):
        bsdi = stage.types("bsdi", "sock -v -b8888 vangogh.cs.berkeley.edu 7777")
        vangogh = stage.types("vangogh", "sock -v -b7777 bsdi.tuc.noao.edu 8888")
        stage.reaches("bsdi", "SYN_SENT", 8888)
        stage.reaches("vangogh", "SYN_SENT", 7777)
    bsdi.shows("connected on")
    vangogh.shows("connected on")
    stage.pause(book_s=5, quick_s=0.5)
    bsdi.types("hello, world")
    vangogh.shows("hello, world")
    stage.pause(book_s=3.5, quick_s=0.5)
    vangogh.types("and hi there")
    bsdi.shows("and hi there")
    stage.pause(book_s=3.3, quick_s=0.5)
    vangogh.presses(END_OF_INPUT)
    bsdi.shows("connection closed by peer")
    bsdi.ends()
    vangogh.ends()
