"""Section 18.6: a client that closes first can't use its port again for a while."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT

LONGEST_TIME_WAIT_S = 75  # 60 s, and what the granule of the kernel's timers adds


def prepare(stage: Stage) -> None:
    """The echo servers."""
    stage.inetd("bsdi", "echo")
    stage.inetd("svr4", "echo")


def play(stage: Stage) -> None:
    """Talk to bsdi's echo server twice, try each port again, and see TIME_WAIT to its end."""
    first = stage.number("port")
    second = first + 1
    talk(stage, f"sock -v -b{first} bsdi echo")
    fail(stage, f"sock -b{first} bsdi echo", "can't bind local address")
    talk(stage, f"sock -v -A -b{second} bsdi echo")
    fail(stage, f"sock -A -b{second} bsdi echo", "connect() error")
    talk(stage, f"sock -v -A -b{second} svr4 echo")
    stage.types("sun", "netstat -f inet").ends()
    stage.leaves("sun", "TIME_WAIT", first, LONGEST_TIME_WAIT_S)
    stage.leaves("sun", "TIME_WAIT", second, LONGEST_TIME_WAIT_S)
    talk(stage, f"sock -v -b{first} bsdi echo")


def talk(stage: Stage, command: str) -> None:
    """Open a connection from sun, have a line echoed, and close it."""
    client = stage.types("sun", command)
    client.shows("TCP_MAXSEG")
    text = stage.text("text")
    client.types(text)
    client.shows(f"{text}\n{text}\n")  # as typed, and as echoed
    stage.pause(book_s=1)
    client.presses(END_OF_INPUT)
    client.ends()
    stage.quiet()


def fail(stage: Stage, command: str, message: str) -> None:
    """Type a command at sun that ends with an error message."""
    client = stage.types("sun", command)
    client.shows(message)
    client.ends()
