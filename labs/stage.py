"""What a lab's script sees: the hosts' terminals, pauses, and conditions to wait for."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL

from labs import programs, waiting
from labs.pace import BOOK
from labs.sockets import AT_REST, Socket, SocketTable
from labs.terminal import Terminal
from topologies.inside_cover import SERVICES
from topologies.network import Network

Say = Callable[[str], None]


class Stage:
    """The running network of one lab, in a script's words.

    pace: `book` keeps the pauses of the book's users, `quick` shortens them; what kernels do
    takes the same time at either.
    """

    def __init__(self, network: Network, pace: str, scratch: Path, say: Say) -> None:
        self.network = network
        self.pace = pace
        self._scratch = scratch
        self._say = say
        self._terminals: list[Terminal] = []
        self._tables: dict[str, SocketTable] = {}

    def types(self, host: str, command: str) -> Terminal:
        """A user at `host` types a command at the prompt; the terminal it runs in."""
        self._say(f"{host} % {command}")
        terminal = Terminal(self.network[host], command)
        self._terminals.append(terminal)
        return terminal

    def pause(self, book_s: float, quick_s: float = 0.1) -> None:
        """The user thinks, for as long as the book's did or for a moment."""
        seconds = book_s if self.pace == BOOK else quick_s
        self._say(f"the user waits {seconds:g} s")
        time.sleep(seconds)

    def inetd(self, host: str, *services: str) -> None:
        """Start the host's inetd with internal TCP services such as `discard`; they listen."""
        configuration = self._scratch / f"inetd-{host}.conf"
        lines = [f"{service} stream tcp nowait root internal\n" for service in services]
        configuration.write_text("".join(lines))
        self._say(f"{host}: inetd serves {', '.join(services)}")
        quiet = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": DEVNULL}
        self.network[host].start("inetd", "-d", str(configuration), **quiet)
        for service in services:
            self.listening(host, SERVICES[service])

    def sockets(self, host: str) -> list[Socket]:
        """The TCP sockets of a host now."""
        if host not in self._tables:
            self._tables[host] = SocketTable(self.network[host].pid)
        return self._tables[host].read()

    def listening(self, host: str, port: int, deadline_s: float = 10) -> None:
        """Wait until a server listens at a port of the host."""

        def listens() -> bool:
            return any(
                one.state == "LISTEN" and one.local.endswith(f".{port}")
                for one in self.sockets(host)
            )

        waiting.wait_until(listens, f"{host} listens at port {port}", deadline_s)

    def quiet(self, deadline_s: float = 30) -> None:
        """Wait until every connection has come to rest: none is open, opening or closing."""

        def at_rest() -> bool:
            return all(
                one.state in AT_REST
                for host in self.network.internet.hosts
                for one in self.sockets(host)
            )

        self._say("waiting until every connection has ended")
        waiting.wait_until(at_rest, "every connection has ended", deadline_s)

    def transcripts(self) -> dict[str, str]:
        """What each host's terminals showed, in the order in which they were opened."""
        texts: dict[str, str] = {}
        for terminal in self._terminals:
            texts[terminal.host.name] = texts.get(terminal.host.name, "") + terminal.transcript
        return texts

    def close(self) -> None:
        """Hang up every terminal."""
        for terminal in self._terminals:
            terminal.close()
        for table in self._tables.values():
            table.close()


def install_programs(directory: Path, telnet_group: int | None) -> None:
    """Put sock, netstat and telnet where the hosts' PATH finds them first.

    telnet_group: the group id by which the firewall knows telnet's connections; None: no such id.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, path in programs.PATHS.items():
        _script(directory / name, f'exec {sys.executable} -E -s {path} "$@"')
    telnet = programs.real_telnet()
    if telnet and telnet_group is not None:
        group = f"setpriv --regid {telnet_group} --clear-groups"
        _script(directory / "telnet", f'exec {group} {telnet} "$@"')


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
