"""Section 18.11: one port, and one connection for each client."""

from pathlib import Path

from labs import waiting
from labs.stage import Stage
from labs.terminal import ESCAPE, Terminal


def prepare(stage: Stage) -> None:
    """A program behind sun's port 23 for each client."""
    stage.inetd_runs("sun", "telnet", "cat")


def play(stage: Stage) -> None:
    """Look at sun's endpoints before and after two clients from slip and one from solaris."""
    echo = start_udp_server(stage)
    stage.types("sun", "netstat -a -n -f inet").ends()
    clients = [connect(stage, "slip", "140.252.13.33", number) for number in (1, 2)]
    stage.types("sun", "netstat -a -n -f inet").ends()
    clients.append(connect(stage, "solaris", "140.252.1.29", 3))
    stage.types("sun", "netstat -a -n -f inet").ends()
    for client in clients:
        stage.pause(book_s=1)
        quit_telnet(client)
    echo.interrupts()
    echo.ends()


def start_udp_server(stage: Stage) -> Terminal:
    """A UDP server at sun, bound."""
    port = stage.number("udp")
    server = stage.types("sun", f"sock -u -s {port}")
    table = Path("/proc") / str(stage.network["sun"].pid) / "net/udp"
    bound = f":{port:04X} "
    waiting.wait_until(lambda: bound in table.read_text(), f"sun has a UDP socket at port {port}")
    return server


def connect(stage: Stage, host: str, address: str, number: int) -> Terminal:
    """One client more of sun's port 23: sun has `number` connections then."""
    client = stage.types(host, f"telnet {address} 23")
    client.shows("Escape character is", deadline_s=30)

    def established() -> bool:
        return sum(one.state == "ESTABLISHED" for one in stage.sockets("sun")) == number

    waiting.wait_until(established, f"sun has {number} established connections", 30)
    stage.pause(book_s=1)
    return client


def quit_telnet(client: Terminal) -> None:
    """Leave telnet as its user would."""
    client.presses(ESCAPE)
    client.shows("telnet>")
    client.types("quit")
    client.shows("Connection closed.")
    client.ends()
