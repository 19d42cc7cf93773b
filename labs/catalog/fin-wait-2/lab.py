"""Section 18.6: bsdi closes first, and svr4 takes its time. Three connections at once."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT, Terminal

TOO_LATE, IN_TIME, SHUTDOWN = 8881, 8882, 8883


def play(stage: Stage) -> None:
    """Close twice and shut down once; svr4 closes after 8 s, after 2 s, and after 8 s."""
    clients = [
        connect(stage, TOO_LATE, "sock -s -Q8s 8881", "sock svr4 8881"),
        connect(stage, IN_TIME, "sock -s -Q2s 8882", "sock svr4 8882"),
        connect(stage, SHUTDOWN, "sock -s -Q8s 8883", "sock -h svr4 8883"),
    ]
    for client in clients:
        client.presses(END_OF_INPUT)
    stage.reaches("bsdi", "FIN_WAIT_2", TOO_LATE)
    stage.leaves("bsdi", "FIN_WAIT_2", TOO_LATE, deadline_s=15)
    stage.leaves("bsdi", "FIN_WAIT_2", SHUTDOWN, deadline_s=15)


def connect(stage: Stage, port: int, server: str, client: str) -> Terminal:
    """Start a server on svr4 and a client on bsdi, and wait until they are connected."""
    stage.types("svr4", server)
    stage.listening("svr4", port)
    terminal = stage.types("bsdi", client)
    stage.reaches("bsdi", "ESTABLISHED", port)
    return terminal
