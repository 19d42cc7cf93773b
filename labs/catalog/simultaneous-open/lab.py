"""Section 18.8: bsdi and vangogh connect to each other at the same moment."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Both SYNs are on the line before either arrives; then each user types a line."""
    here, there = stage.number("bsdi_port"), stage.number("vangogh_port")
    first, second = stage.text("first"), stage.text("second")
    with stage.line_held("vangogh", "wan0"):
        bsdi = stage.types("bsdi", f"sock -v -b{here} vangogh.cs.berkeley.edu {there}")
        vangogh = stage.types("vangogh", f"sock -v -b{there} bsdi.tuc.noao.edu {here}")
        stage.reaches("bsdi", "SYN_SENT", here)
        stage.reaches("vangogh", "SYN_SENT", there)
    bsdi.shows("connected on")
    vangogh.shows("connected on")
    stage.pause(book_s=5, quick_s=0.5)
    bsdi.types(first)
    vangogh.shows(first)
    stage.pause(book_s=3.5, quick_s=0.5)
    vangogh.types(second)
    bsdi.shows(second)
    stage.pause(book_s=3.3, quick_s=0.5)
    vangogh.presses(END_OF_INPUT)
    bsdi.shows("connection closed by peer")
    bsdi.ends()
    vangogh.ends()
