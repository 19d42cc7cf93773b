"""Section 18.11: sun % sock -s 140.252.1.29 8888 serves only what comes to that address."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Reach a server by the address that it is bound to, and by sun's other one."""
    port, text = stage.number("port"), stage.text("text")
    server = stage.types("sun", f"sock -s -v 140.252.1.29 {port}")
    stage.listening("sun", port)
    stage.types("sun", "netstat -a -n -f inet").ends()
    refused = stage.types("bsdi", f"sock 140.252.13.33 {port}")
    refused.shows("Connection refused")
    refused.ends()
    served = stage.types("solaris", f"sock -v 140.252.1.29 {port}")
    served.shows("connected on")
    stage.pause(book_s=2)
    served.types(text)
    server.shows(text)
    served.presses(END_OF_INPUT)
    served.ends()
    server.ends()
