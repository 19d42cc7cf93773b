"""The commands of the prompt of `tcplab start`: each is a method, its docstring the help."""

import inspect
import shlex
import sys
from collections.abc import Callable

from checkers.check import Report, report
from checkers.evidence import from_run_directory
from checkers.histories import histories
from cli import timeline as time_lines
from cli.coach import Coach
from cli.exits import UsageError
from cli.languages import said, spoken
from cli.panes import Panes
from cli.saying import say
from cli.wireshark import wireshark
from labs.attached import attach
from labs.by_hand import ByHand
from labs.shell import shell_command
from labs.terminal import Terminal

FRAMES = 1000  # a time line's: as many as anybody scrolls through
VERBATIM = {"type", "shows"}  # quotes are quotes there
LINES_AGAIN = 3  # of what a program showed before it went to the background
CONTROL = "^"
TYPING = "HOST COMMAND: type a command at a host, such as `svr4 telnet bsdi discard`."
LEAVING = "Ctrl-C ends it, Ctrl-Z or a last & puts it in the background. HOST: a shell."
ANY = "0.0.0.0."  # as netstat's * stands for it


class LeaveError(Exception):
    """The user leaves."""


class Commands:
    """What can be typed at the prompt; raises UsageError for what can't.

    jobs: the programs in the background, by number.
    """

    def __init__(self, session: ByHand, panes: Panes | None) -> None:
        self.session = session
        self.jobs: dict[int, Terminal] = {}
        self._panes = panes
        self._coach = Coach(session.lab, session.handout, spoken())

    def run(self, line: str) -> None:
        """Carry out one line; raises UsageError, LeaveError, and what the labs' room raises."""
        word, _, rest = line.strip().partition(" ")
        command = self.names().get(word)
        if word in self.session.hosts:
            self._at(word, rest.strip())
        elif command:
            words = rest.split() if word in VERBATIM else _words(rest)
            _check_usage(command, words)
            command(*words)
        elif word and not word.startswith("#"):
            raise UsageError(f"{word}: no host and no command here: `help` lists both")

    def names(self) -> dict[str, Callable[..., None]]:
        """The commands by name."""
        methods = inspect.getmembers(self, inspect.ismethod)
        return {name[3:]: method for name, method in methods if name.startswith("do_")}

    def ended(self) -> list[str]:
        """What is to be told of jobs that have ended; they are none any more."""
        over = {n: job for n, job in self.jobs.items() if job.process.poll() is not None}
        told = []
        for number, job in over.items():
            job.settles()
            ended = said(f"[{number}] ended: {job.host.name} {job.command}")
            told.append(f"{ended}\n{job.unseen()}".rstrip())
            del self.jobs[number]
        return told

    def _at(self, host: str, command: str) -> None:
        """Type a command at a host; nothing: a shell there."""
        self._needs_up(host)
        in_background = command.endswith("&")
        command = command.removesuffix("&").strip()
        stage = self.session.stage
        if not command:
            settings = shell_command(host, self.session.home)
            self._foreground(stage.types(host, settings, header=""), leaves=False)
        elif in_background:
            self._background(stage.types(host, command))
        else:
            self._foreground(stage.types(host, command))

    def _foreground(self, terminal: Terminal, leaves: bool = True) -> None:
        try:
            if attach(terminal, leaves):
                self.jobs = {n: job for n, job in self.jobs.items() if job is not terminal}
            else:
                self._background(terminal)
        except KeyboardInterrupt:  # standard input is a file: nobody else can end the program
            terminal.process.kill()
            raise

    def _background(self, terminal: Terminal) -> None:
        known = [number for number, job in self.jobs.items() if job is terminal]
        number = known[0] if known else max(self.jobs, default=0) + 1
        self.jobs[number] = terminal
        say("")
        say(said(f"[{number}] in the background: {terminal.host.name} {terminal.command}"))

    def _needs_up(self, host: str) -> None:
        if host not in self.session.hosts:
            raise UsageError(f"{host}: no such host: {', '.join(self.session.hosts)}")
        if self.session.is_down(host):
            raise UsageError(f"{host} is down: `reboot {host}` starts it")

    def do_help(self, name: str = "") -> None:
        """help [COMMAND]: this list."""
        shown = self.names()
        if name:
            if name not in shown:
                raise UsageError(f"{name}: no such command")
            shown = {name: shown[name]}
        else:
            say(said(TYPING))
            say(f"  {said(LEAVING)}")
        for method in dict.fromkeys(shown.values()):
            say(said(inspect.getdoc(method) or ""))

    def do_exit(self) -> None:
        """exit or quit: leave, and keep what was captured. Ctrl-D does so, too."""
        raise LeaveError

    do_quit = do_exit

    def do_show(self) -> None:
        """show: the lab's hand-out."""
        say(self.session.handout)

    def do_timeline(self, *point: str) -> None:
        """timeline [HOST INTERFACE]: the connections so far, there or everywhere."""
        at = " ".join(point) or None
        time_lines.timeline(self.session.so_far(), at, None, FRAMES, time_lines.As.ARROWS)

    def do_check(self) -> None:
        """check: what the lab's checks say so far, and what to do next."""
        say(self._coach.checked(self._report(), self.session.transcripts()))

    def do_hint(self, name: str = "") -> None:
        """hint [CHECK or QUESTION]: a hint on what isn't there yet; again: the next hint."""
        say(self._coach.hint(self._report(), name))

    def _report(self) -> Report:
        evidence = from_run_directory(self.session.so_far(), over=False)
        lab = self.session.lab
        return report(lab.name, evidence, lab.expect)

    def do_states(self) -> None:
        """states: the states that each socket went through, where states are recorded."""
        evidence = from_run_directory(self.session.so_far(), over=False)
        if not any(histories(evidence, host, None) for host in evidence.states):
            say(said("No TCP socket was seen yet: type something at a host, as `show` has it."))
        for host in evidence.states:
            for one in histories(evidence, host, None):
                ends = [
                    evidence.names.endpoint(end).replace(ANY, "*.")
                    for end in (one.local, one.foreign)
                ]
                listens = one.states == ["LISTEN"]
                name = f"{host}: {ends[0]}" + ("" if listens else f" to {ends[1]}")
                gone = " (gone)" if one.stays[-1].until_ns else ""
                say(f"{name}: {' '.join(one.states)}{gone}")

    def do_netstat(self, *hosts: str) -> None:
        """netstat [HOST...]: the sockets that hosts have now, as their users see them."""
        for host in hosts or self.session.lab.hosts:
            if hosts or not self.session.is_down(host):
                say(f"{host} % netstat -a -n -f inet")
                self._at(host, "netstat -a -n -f inet")

    def do_unplug(self, name: str) -> None:
        """unplug HOST or LINK: take out the cables; nobody is told, as in 1993."""
        self.session.pull(self._host_or_link(name))
        say(said(f"{name} is unplugged: nothing gets through until `plug {name}`"))

    def do_plug(self, name: str) -> None:
        """plug HOST or LINK: put the cables back."""
        self.session.plug(self._host_or_link(name))

    def _host_or_link(self, name: str) -> str:
        internet = self.session.network.internet
        if name not in internet.links:
            self._needs_up(name)
        return name

    def do_crash(self, host: str) -> None:
        """crash HOST: cut its power: it says nothing any more, and forgets everything."""
        self._needs_up(host)
        self.session.crash(host)
        say(said(f"{host} is down: `reboot {host}` starts it again"))

    def do_reboot(self, host: str) -> None:
        """reboot HOST: start it again (crash it first if it's up), with its inetd."""
        if host not in self.session.hosts:
            self._needs_up(host)
        if not self.session.is_down(host):
            self.session.crash(host)
        self.session.reboot(host)
        if self._panes:
            self._panes.respawn(host)
        say(said(f"{host} is up"))

    def do_tcpdump(self, host: str, *options: str) -> None:
        """tcpdump HOST [OPTIONS]: what passes there, as it passes; Ctrl-C ends it."""
        self._needs_up(host)
        given = " ".join(options) or f"-i {self._interface(host)} tcp or arp or icmp"
        command = f"tcpdump --immediate-mode -l -Z root {given}"
        terminal = Terminal(self.session.network[host], command, header="")
        try:
            attach(terminal, leaves=False)
        finally:
            terminal.close()

    def do_wireshark(self, host: str) -> None:
        """wireshark HOST: Wireshark on what passes there, live."""
        self._needs_up(host)
        say(said(wireshark(self.session.network[host], self._interface(host))))

    def _interface(self, host: str) -> str:
        points = [one.interface for one in self.session.lab.vantage_points if one.host == host]
        return [*points, self.session.network.internet.hosts[host].interfaces[0].name][0]

    def do_jobs(self) -> None:
        """jobs: the programs in the background."""
        for number, job in self.jobs.items():
            say(f"[{number}] {job.host.name} {job.command}")

    def do_fg(self, number: str = "") -> None:
        """fg [NUMBER]: bring a program of the background back; the last one."""
        job = self._job(number)
        job.unseen()  # it's part of what is shown now
        last = job.transcript.splitlines(keepends=True)[-LINES_AGAIN:]
        sys.stdout.write(f"({job.host.name} {job.command})\n{''.join(last)}")
        sys.stdout.flush()
        self._foreground(job)

    def do_type(self, number: str, *text: str) -> None:
        """type NUMBER TEXT: type a line into a job, ^] alone is that key. For files."""
        line = " ".join(text)
        job = self._job(number)
        if line.startswith(CONTROL) and len(line) == 2:
            job.presses(chr(ord(line[1].upper()) & 0x1F))
        else:
            job.types(line)

    def do_shows(self, number: str, *text: str) -> None:
        """shows NUMBER TEXT: wait until a job shows a text. For files."""
        self._job(number).shows(" ".join(text))

    def do_wait(self, number: str = "") -> None:
        """wait [NUMBER]: wait until a job has ended. For files."""
        self._job(number).ends(deadline_s=600)

    def _job(self, number: str) -> Terminal:
        wanted = int(number) if number.isdecimal() else max(self.jobs, default=0)
        if (number and not number.isdecimal()) or wanted not in self.jobs:
            told = f"job {number}" if number else "such job"
            raise UsageError(f"no {told}: `jobs` lists them")
        return self.jobs[wanted]


def _check_usage(command: Callable[..., None], words: list[str]) -> None:
    try:
        inspect.signature(command).bind(*words)
    except TypeError as error:
        raise UsageError(f"usage: {inspect.getdoc(command)}") from error


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text}: {error}") from error
