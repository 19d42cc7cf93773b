"""Section 18.11: what happens to clients while a server doesn't accept."""

from labs import waiting
from labs.pace import BOOK
from labs.stage import Stage
from labs.terminal import END_OF_INPUT, Terminal

QUEUES = {  # connections that a system queues for a backlog of 0, 1, 2 ... (section 18.11)
    "bsdi": (1, 2, 4, 5, 7, 8),
    "solaris": (0, 1, 2, 3, 4, 5),
}
NEIGHBOUR = {"bsdi": "svr4", "solaris": "aix"}
SUNS_LAST_SYN_S = 60  # 6, 12 and 24 s after the first, and some more


def play(stage: Stage) -> None:
    """The figure's four clients, and the table meanwhile: the server takes its time."""
    long_s = 30 if stage.pace == BOOK else 22
    port = stage.number("port")
    server = stage.types("bsdi", f"sock -s -v -F -q1 -O{long_s} {port}")
    stage.listening("bsdi", port)
    clients = connect_four(stage)
    table = [fill(stage, host, backlog) for host in QUEUES for backlog in range(6)]
    longest_s = long_s + SUNS_LAST_SYN_S
    stage.waits("until the server accepts, and the SYNs that it dropped come again", longest_s)
    for client in clients:
        client.shows("connected on", longest_s)
    stage.pause(book_s=2)
    for client in clients:
        client.presses(END_OF_INPUT)
        client.ends()
    server.interrupts()
    server.ends()
    for queued, sleeper in table:
        empty(queued, sleeper)
    stage.quiet()


def connect_four(stage: Stage) -> list[Terminal]:
    """sun's clients as in the figure: two find room in the queue, two don't."""
    pauses = (1.5, 0.1), (4.3, 0.1), (2.8, 0.1), (3.4, 5)
    server = stage.number("port")
    clients = []
    for port, (book_s, quick_s) in zip(range(1090, 1094), pauses, strict=True):
        stage.pause(book_s, quick_s)
        clients.append(stage.types("sun", f"sock -v -b{port} bsdi {server}"))
        await_sockets(stage, "sun", server, len(clients))
    return clients


def fill(stage: Stage, host: str, backlog: int) -> tuple[list[Terminal], Terminal]:
    """A server that never accepts, and a client more than its queue holds."""
    port = stage.number("table") + backlog
    server = stage.types(host, f"sock -s -q{backlog} -O600 {port}")
    stage.listening(host, port)
    clients: list[Terminal] = []
    for number in range(1, QUEUES[host][backlog] + 2):
        clients.append(stage.types(NEIGHBOUR[host], f"telnet {host} {port}"))
        await_sockets(stage, NEIGHBOUR[host], port, number)
    return clients, server


def empty(clients: list[Terminal], server: Terminal) -> None:
    """End the client that still tries, then the server, and with it all that it queued.

    The first, since a telnet whose SYN is refused would try the host's next address.
    """
    *queued, trying = clients
    for terminal in (trying, server, *queued):
        terminal.interrupts()
        terminal.ends()


def await_sockets(stage: Stage, host: str, port: int, count: int) -> None:
    """Wait until so many clients at a host have sent a SYN to a port."""

    def sent() -> bool:
        return sum(one.foreign.endswith(f".{port}") for one in stage.sockets(host)) == count

    waiting.wait_until(sent, f"{count} clients at {host} have sent a SYN to port {port}", 30)
