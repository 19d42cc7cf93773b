"""Section 18.7: bsdi % telnet svr4 20000, where nobody serves port 20000."""

from labs.stage import Stage


def play(stage: Stage) -> None:
    """Ask for a connection to a port without a server."""
    telnet = stage.types("bsdi", f"telnet svr4 {stage.number('port')}")
    telnet.shows("Connection refused")
    telnet.ends()
