"""Sections 18.6 and 18.7: a reset in SYN_RCVD, at a listening end and at an opening end."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Twice the user at bsdi gives up while the SYN is on its way, and bsdi resets the answer."""
    _listening_end(stage)
    _opening_end(stage)


def _listening_end(stage: Stage) -> None:
    """vangogh's server goes back from SYN_RCVD to LISTEN: its one connection is the next client."""
    port, text, first = stage.number("server"), stage.text("text"), stage.number("client")
    server = stage.types("vangogh", f"sock -v -s {port}")
    stage.listening("vangogh", port)
    impatient = stage.types("bsdi", f"sock -v -b{first} vangogh.cs.berkeley.edu {port}")
    stage.reaches("vangogh", "SYN_RCVD", port)
    with stage.line_held("vangogh", "wan0"):
        impatient.interrupts()
        impatient.ends()
    stage.leaves("vangogh", "SYN_RCVD", port)
    stage.listening("vangogh", port)
    stage.pause(book_s=2, quick_s=0.5)
    patient = stage.types("bsdi", f"sock -v -b{first + 1} vangogh.cs.berkeley.edu {port}")
    patient.shows("connected on")
    server.shows("connection on")
    patient.types(text)
    server.shows(text)
    patient.presses(END_OF_INPUT)
    patient.ends()
    server.ends()


def _opening_end(stage: Stage) -> None:
    """vangogh's own active open, which meets bsdi's SYN, ends in CLOSED; its user is told."""
    here, there = stage.number("client") + 2, stage.number("server") + 2
    stage.quiet()
    with stage.line_held("vangogh", "wan0"):
        impatient = stage.types("bsdi", f"sock -v -b{here} vangogh.cs.berkeley.edu {there}")
        stage.reaches("bsdi", "SYN_SENT", here)
        impatient.interrupts()
        impatient.ends()
        opener = stage.types("vangogh", f"sock -v -b{there} bsdi.tuc.noao.edu {here}")
        stage.reaches("vangogh", "SYN_SENT", there)
    opener.shows("connect() error: Connection re")
    opener.ends()
