"""Section 18.6: bsdi closes first, and svr4 takes its time. Three connections at once."""

from labs.stage import Stage
from labs.terminal import END_OF_INPUT, Terminal


def play(stage: Stage) -> None:
    """Close twice and shut down once; svr4 closes late, after 2 s, and late."""
    late_s = stage.number("late_s")
    too_late = stage.number("port")
    in_time, shutdown = too_late + 1, too_late + 2
    clients = [
        connect(stage, too_late, f"sock -s -Q{late_s}s", "sock svr4"),
        connect(stage, in_time, "sock -s -Q2s", "sock svr4"),
        connect(stage, shutdown, f"sock -s -Q{late_s}s", "sock -h svr4"),
    ]
    for client in clients:
        client.presses(END_OF_INPUT)
    stage.reaches("bsdi", "FIN_WAIT_2", too_late)
    stage.leaves("bsdi", "FIN_WAIT_2", too_late, deadline_s=late_s + 7)
    stage.leaves("bsdi", "FIN_WAIT_2", shutdown, deadline_s=late_s + 7)


def connect(stage: Stage, port: int, server: str, client: str) -> Terminal:
    """Start a server on svr4 and a client on bsdi, and wait until they are connected."""
    stage.types("svr4", f"{server} {port}")
    stage.listening("svr4", port)
    terminal = stage.types("bsdi", f"{client} {port}")
    stage.reaches("bsdi", "ESTABLISHED", port)
    return terminal
