"""Section 18.6: a server that closes first can't be started again at its port for a while."""

from labs.stage import Stage
from labs.terminal import Terminal

LONGEST_TIME_WAIT_S = 75  # 60 s, and what the granule of the kernel's timers adds


def play(stage: Stage) -> None:
    """Interrupt servers that have a client, start them again, and see TIME_WAIT to its end."""
    serve_and_interrupt(stage, "sock -v -s 6666", 6666)
    again = stage.types("sun", "sock -s 6666")
    again.shows("can't bind local address")
    again.ends()
    serve_and_interrupt(stage, "sock -v -A -s 7777", 7777)
    serve_and_interrupt(stage, "sock -v -A -s 7777", 7777)
    stage.types("sun", "netstat -f inet").ends()
    stage.leaves("sun", "TIME_WAIT", 6666, LONGEST_TIME_WAIT_S)
    serve_and_interrupt(stage, "sock -v -s 6666", 6666)


def serve_and_interrupt(stage: Stage, command: str, port: int) -> None:
    """A server at sun gets bsdi.1081 as its client, and the interrupt key."""
    server = stage.types("sun", command)
    stage.listening("sun", port)
    client = connect(stage, port)
    server.shows("connection on")
    stage.pause(book_s=2)
    server.interrupts()
    server.ends()
    client.shows("connection closed by peer")
    client.ends()
    stage.quiet()


def connect(stage: Stage, port: int) -> Terminal:
    """A client at bsdi, always at the same port of its own."""
    client = stage.types("bsdi", f"sock -v -b1081 sun {port}")
    client.shows("connected on")
    return client
