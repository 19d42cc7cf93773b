"""What a lab's script sees: the hosts' terminals, pauses, and conditions to wait for."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import NamedTuple, Protocol

from labs import catalog, programs, waiting
from labs.errors import LabError, MachineError
from labs.pace import BOOK
from labs.program import Program
from labs.sockets import AT_REST, Socket, SocketTable
from labs.terminal import PEERS_PROMPT, Terminal
from topologies.hosts import BookHost
from topologies.inside_cover import SERVICES
from topologies.links import Line
from topologies.network import Network


class Say(Protocol):
    """Tells how a lab goes on."""

    def __call__(self, text: str, longest_s: float | None = None, /) -> None:
        """Tell what it does or waits for now, and for how many seconds at most."""


class _Shown(NamedTuple):
    """What a host showed elsewhere than at a terminal of the stage."""

    host: BookHost
    transcript: str

    def close(self) -> None:
        """There is nothing to hang up."""


class Stage:
    """The running network of one lab, in a script's words.

    pace: `book` keeps the pauses of the book's users, `quick` shortens them; what kernels do
    takes the same time at either. values: what the lab's variant.yaml names. program: how the
    student's program is run, and its file.
    """

    def __init__(
        self,
        network: Network,
        pace: str,
        scratch: Path,
        say: Say,
        values: Mapping[str, int | str] | None = None,
        program: tuple[catalog.Program, Path] | None = None,
    ) -> None:
        self.network = network
        self.pace = pace
        self.values = values or {}
        self._scratch = scratch
        self._say = say
        self._program = program
        self.programs: list[Program] = []
        self._terminals: list[Terminal | Program | _Shown] = []
        self._tables: dict[str, SocketTable] = {}
        self._servers: dict[str, list[Mapping[str, str]]] = {}

    def text(self, name: str) -> str:
        """The value of this name, as it is typed."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """The value of this name; raises ValueError where it is no number."""
        return int(self.values[name])

    def types(self, host: str, command: str, header: str | None = None) -> Terminal:
        """A user at `host` types a command at the prompt; the terminal it runs in.

        header: what the terminal shows first, if not the prompt and the command.
        """
        self._say(f"{host} % {command}")
        terminal = Terminal(self.network[host], command, self._home(host), header, said=self._say)
        self._terminals.append(terminal)
        return terminal

    def starts_program(self, start: int = 1) -> Program:
        """Start the student's program with the arguments of the lab's start of this number."""
        assert self._program is not None  # noqa: S101  (labs of kind `program` have one)
        wanted, file = self._program
        arguments = str(wanted.starts[start - 1])
        self._say(f"{wanted.host} % python3 {file.name} {arguments}")
        program = Program(self.network[wanted.host], file, arguments, wanted.limits)
        self._terminals.append(program)
        self.programs.append(program)
        return program

    def serves(self, program: Program, port: int, deadline_s: float = 10) -> bool:
        """Wait until a program listens at a port; whether it does.

        A program that doesn't is the student's failure, which the checks find: no error.
        """
        host = program.host.name
        self._say(f"waiting until {host} listens at port {port}", deadline_s)
        with contextlib.suppress(LabError):
            waiting.wait_until(
                lambda: self.has(host, "LISTEN", port) or not program.running, "", deadline_s
            )
        return self.has(host, "LISTEN", port)

    def refuses(self, host: str, resets: int, program: Program) -> None:
        """Wait until a host has sent so many resets since it started, or the program has ended."""
        self._say(f"waiting until {host} has sent {resets} reset(s)")
        waiting.wait_until(
            lambda: not program.running or self.resets(host) >= resets,
            f"{host} sends {resets} resets",
            program.limits.wall_s + 10,
        )

    def resets(self, host: str) -> int:
        """How many resets the host's TCP has sent (OutRsts of RFC 1213)."""
        table = Path(f"/proc/{self.network[host].pid}/net/snmp").read_text().splitlines()
        names, values = (line.split() for line in table if line.startswith("Tcp:"))
        return int(values[names.index("OutRsts")])

    def peer(self, host: str, arguments: str) -> Terminal:
        """Start a scripted peer at `host`; it waits for its first step (`Terminal.steps`)."""
        terminal = self.types(host, f"peer {arguments}")
        terminal.shows(PEERS_PROMPT)
        return terminal

    def pause(self, book_s: float, quick_s: float = 0.1) -> None:
        """The user thinks, for as long as the book's did or for a moment."""
        seconds = book_s if self.pace == BOOK else quick_s
        self._say("the user waits", seconds)
        time.sleep(seconds)

    def inetd(self, host: str, *services: str) -> None:
        """Start the host's inetd with internal TCP services such as `discard`; they listen."""
        self._say(f"{host}: inetd serves {', '.join(services)}")
        self._start_inetd(host, dict.fromkeys(services, "internal"))

    def _start_inetd(self, host: str, servers: Mapping[str, str]) -> None:
        """Start an inetd with what it runs for each service, and wait until all of them listen."""
        self._servers.setdefault(host, []).append(servers)
        configuration = self._scratch / f"inetd-{host}-{'-'.join(servers)}.conf"
        lines = [f"{name} stream tcp nowait root {server}\n" for name, server in servers.items()]
        configuration.write_text("".join(lines))
        quiet = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": DEVNULL}
        self.network[host].start("inetd", "-d", str(configuration), **quiet)
        for service in servers:
            self.listening(host, SERVICES[service])

    def sockets(self, host: str) -> list[Socket]:
        """The TCP sockets of a host now."""
        return self._table(host).read()

    def _table(self, host: str) -> SocketTable:
        if host not in self._tables:
            self._tables[host] = SocketTable(self.network[host].pid)
        return self._tables[host]

    def acknowledged(self, host: str, port: int, data_bytes: int, deadline_s: float = 10) -> None:
        """Wait until a client's peer at this port has acknowledged so much data.

        Its SYN, which takes up a sequence number of its own, comes on top.
        """
        waiting.wait_until(
            lambda: self._table(host).acknowledged(port) > data_bytes,
            f"{data_bytes} bytes from {host} are acknowledged",
            deadline_s,
        )

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
                if host not in self.network.down
                for one in self.sockets(host)
            )

        self._say("waiting until every connection has ended", deadline_s)
        waiting.wait_until(at_rest, "every connection has ended", deadline_s)

    def waits(self, what: str, longest_s: float) -> None:
        """Tell what the next step waits for, `until bsdi gives up`, and for how long at most."""
        self._say(f"waiting {what}", longest_s)

    def keeps_arp_entry(self, host: str, neighbour: str) -> None:
        """Let `host` keep its ARP entry of a neighbour on the same Ethernet, whatever happens.

        Without the entry a connection attempt to a dead neighbour ends after three unanswered ARP
        requests, before the first SYN.
        """
        facts = self.network.internet.hosts
        for interface in facts[neighbour].interfaces:
            for own in facts[host].interfaces:
                if interface.ether and own.link == interface.link:
                    address = interface.address.partition("/")[0]
                    entry = [address, "lladdr", interface.ether, "dev", own.name]
                    command = ["ip", "neigh", "replace", *entry, "nud", "permanent"]
                    if self.network[host].start(*command).wait() != 0:
                        raise LabError(f"{host} can't keep the ARP entry of {neighbour}")

    def crashes(self, host: str) -> None:
        """Cut a host's power: not one segment leaves it any more."""
        self._say(f"{host} crashes")
        table = self._tables.pop(host, None)
        if table:
            table.close()  # it would keep the dead host's kernel state alive
        self.network.crash(host)

    def reboots(self, host: str) -> None:
        """Start a crashed host again; its inetd starts with it, no other program does."""
        self.boots(host)
        self.comes_up(host)

    def boots(self, host: str) -> None:
        """Start a crashed host again, without its inetd as yet."""
        self._say(f"{host} reboots")
        self.network.reboot(host)

    def comes_up(self, host: str, shown: str = "") -> None:
        """Start what inetd served at a host before it crashed; its console tells that it boots.

        shown: what its users saw before that at terminals that aren't the stage's.
        """
        texts = filter(None, (shown, f"({host} boots)\n"))
        self._terminals += [_Shown(self.network[host], text) for text in texts]
        for servers in self._servers.pop(host, []):
            self._start_inetd(host, servers)

    def filters(self, host: str, ruleset: str) -> None:
        """Load nftables rules at a host, such as one that loses a segment.

        Raises MachineError where this machine has no nftables.
        """
        nft = self.network[host].start("nft", "-f", "-", stdin=PIPE, stdout=DEVNULL, stderr=PIPE)
        _, errors = nft.communicate(ruleset.encode())
        if nft.returncode != 0:
            raise MachineError(f"{host}: can't load packet filter rules: {errors.decode().strip()}")

    def has(self, host: str, state: str, port: int) -> bool:
        """Whether a TCP socket of the host with this local or foreign port is in a state now."""
        return any(
            one.state == state and str(port) in (_port(one.local), _port(one.foreign))
            for one in self.sockets(host)
        )

    def reaches(self, host: str, state: str, port: int, deadline_s: float = 10) -> None:
        """Wait until a TCP socket of the host with this port is in a state."""
        what = f"{host} has a socket with port {port} in {state}"
        self._say(f"waiting until {what}", deadline_s)
        waiting.wait_until(lambda: self.has(host, state, port), what, deadline_s)

    def leaves(self, host: str, state: str, port: int, deadline_s: float = 10) -> None:
        """Wait until no TCP socket of the host with this port is in a state any longer."""
        what = f"{host} has no socket with port {port} in {state}"
        self._say(f"waiting until {what}", deadline_s)
        waiting.wait_until(lambda: not self.has(host, state, port), what, deadline_s)

    def inetd_runs(self, host: str, service: str, command: str) -> None:
        """Start the host's inetd, which runs a shell command for each client of a service."""
        program = self._scratch / f"{service}-{host}"
        _script(program, command)
        self._say(f"{host}: inetd runs {command.partition(' ')[0]} for each client of {service}")
        self._start_inetd(host, {service: f"{program} {service}"})

    def has_file(self, host: str, name: str, text: str) -> None:
        """Put a text file where the user of `host` is: the terminals' current directory."""
        (self._home(host) / name).write_text(text)

    def _home(self, host: str) -> Path:
        """The directory in which the host's user types."""
        directory = self._scratch / "home" / host
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    @contextlib.contextmanager
    def line_held(self, host: str, interface: str) -> Iterator[None]:
        """Hold up every frame on the line at a host's interface, and let them go on afterwards.

        Nothing is lost: what is sent meanwhile, from either end, arrives later.
        """
        line = self.network.link(host, interface)
        assert isinstance(line, Line)  # noqa: S101  (labs hold delay and SLIP lines only)
        self._say(f"the line at {host} {interface} is held up")
        line.wire.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            line.wire.send_signal(signal.SIGCONT)
            self._say(f"the line at {host} {interface} goes on")

    def transcripts(self) -> dict[str, str]:
        """What each host's terminals showed, in the order in which they were opened.

        A host that was started again says so in a line, as its console would: `(svr4 boots)`.
        """
        texts: dict[str, str] = {}
        for terminal in self._terminals:
            before = texts.get(terminal.host.name, "")
            # A prompt on which nothing was typed any more keeps its line.
            before += "\n" if before and not before.endswith("\n") else ""
            texts[terminal.host.name] = before + terminal.transcript
        return texts

    def everybody_leaves(self) -> None:
        """End whatever still runs at a terminal: else it may leave connections open for ever."""
        for program in self.programs:
            program.stop()
        for terminal in self._terminals:
            if isinstance(terminal, Terminal):
                terminal.process.kill()
                terminal.process.wait()

    def close(self) -> None:
        """Hang up every terminal."""
        for terminal in self._terminals:
            terminal.close()
        for table in self._tables.values():
            table.close()


def _port(end: str) -> str:
    """The port of an `address.port`."""
    return end.rpartition(".")[2]


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
