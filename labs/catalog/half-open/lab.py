"""Section 18.7: svr4 crashes and reboots behind the back of a telnet from bsdi."""

from labs.stage import Stage


def prepare(stage: Stage) -> None:
    """svr4's discard server."""
    stage.inetd("svr4", "discard")


def play(stage: Stage) -> None:
    """Send a line, crash the server's host, reboot it, and send another line."""
    telnet = stage.types("bsdi", "telnet svr4 discard")
    telnet.shows("Escape character is")
    stage.pause(book_s=5.1)
    telnet.types(stage.text("first"))
    stage.acknowledged("bsdi", 9, data_bytes=len(stage.text("first")) + 2)  # CR LF
    stage.network.link("svr4", "eth0").pull()
    stage.crashes("svr4")
    stage.reboots("svr4")
    stage.pause(book_s=189)
    stage.types("bsdi", "netstat -a -n -f inet").ends()
    stage.types("svr4", "netstat -a -n -f inet").ends()
    telnet.types(stage.text("second"))
    telnet.shows("Connection closed by foreign host.")
    telnet.ends()
