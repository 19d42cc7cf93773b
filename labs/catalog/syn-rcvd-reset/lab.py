"""Sections 18.6 and 18.7: a reset in SYN_RCVD, at a listening end and at an opening end."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Twice the user at bsdi gives up while the SYN is on its way, and bsdi resets the answer."""
    _listening_end(stage)
    _opening_end(stage)


def _listening_end(stage: Stage) -> None:
    """vangogh's server goes back from SYN_RCVD to LISTEN: its one connection is the next client."""
    server = stage.types("vangogh", "sock -v -s 7777")
    stage.listening("vangogh", 7777)
    impatient = stage.types("bsdi", "sock -v -b8888 vangogh.cs.berkeley.edu 7777")
    stage.reaches("vangogh", "SYN_RCVD", 7777)
    with stage.line_held("vangogh", "wan0"):
        impatient.interrupts()
        impatient.ends()
    stage.leaves("vangogh", "SYN_RCVD", 7777)
    stage.listening("vangogh", 7777)
    stage.pause(book_s=2, quick_s=0.5)
    patient = stage.types("bsdi", "sock -v -b8889 vangogh.cs.berkeley.edu 7777")
    patient.shows("connected on")
    server.shows("connection on")
    patient.types("hello, world")
    server.shows("hello, world")
    patient.presses(END_OF_INPUT)
    patient.ends()
    server.ends()


def _opening_end(stage: Stage) -> None:
    """vangogh's own active open, which meets bsdi's SYN, ends in CLOSED; its user is told."""
    stage.quiet()
    with stage.line_held("vangogh", "wan0"):
        impatient = stage.types("bsdi", "sock -v -b8890 vangogh.cs.berkeley.edu 7779")
        stage.reaches("bsdi", "SYN_SENT", 8890)
        impatient.interrupts()
        impatient.ends()
        opener = stage.types("vangogh", "sock -v -b7779 bsdi.tuc.noao.edu 8890")
        stage.reaches("vangogh", "SYN_SENT", 7779)
    opener.shows("connect() error: Connection re")
    opener.ends()
