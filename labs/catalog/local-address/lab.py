"""Section 18.11: sun % sock -s 140.252.1.29 8888 serves only what comes to that address."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT


def play(stage: Stage) -> None:
    """Reach a server by the address that it is bound to, and by sun's other one."""
    server = stage.types("sun", "sock -s -v 140.252.1.29 8888")
    stage.listening("sun", 8888)
    stage.types("sun", "netstat -a -n -f inet").ends()
    refused = stage.types("bsdi", "sock 140.252.13.33 8888")
    refused.shows("Connection refused")
    refused.ends()
    served = stage.types("solaris", "sock -v 140.252.1.29 8888")
    served.shows("connected on")
    stage.pause(book_s=2)
    served.types("hello, world")
    server.shows("hello, world")
    served.presses(END_OF_INPUT)
    served.ends()
    server.ends()
