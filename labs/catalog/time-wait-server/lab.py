"""Section 18.6: a server that closes first can't be started again at its port for a while."""

from labs.stage import Stage
from labs.terminal import Terminal

LONGEST_TIME_WAIT_S = 75  # 60 s, and what the granule of the kernel's timers adds


def play(stage: Stage) -> None:
    """Interrupt servers that have a client, start them again, and see TIME_WAIT to its end."""
    port, reuser = stage.number("server"), stage.number("reuser")
    serve_and_interrupt(stage, "sock -v -s", port)
    again = stage.types("sun", f"sock -s {port}")
    again.shows("can't bind local address")
    again.ends()
    serve_and_interrupt(stage, "sock -v -A -s", reuser)
    serve_and_interrupt(stage, "sock -v -A -s", reuser)
    stage.types("sun", "netstat -f inet").ends()
    stage.leaves("sun", "TIME_WAIT", port, LONGEST_TIME_WAIT_S)
    serve_and_interrupt(stage, "sock -v -s", port)


def serve_and_interrupt(stage: Stage, command: str, port: int) -> None:
    """A server at sun gets a client from bsdi, and the interrupt key."""
    server = stage.types("sun", f"{command} {port}")
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
    client = stage.types("bsdi", f"sock -v -b{stage.number('client')} sun {port}")
    client.shows("connected on")
    return client
