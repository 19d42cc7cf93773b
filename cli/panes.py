"""The panes of `tcplab start --tmux`: the prompt, a shell on each host, and a live tcpdump.

The tmux server lives in the sandbox, with its socket in the sandbox's own tmpfs: it dies with it,
and has nothing to do with any other tmux of the user's.
"""

import contextlib
import os
import subprocess
import sys

from cli.languages import said
from labs.by_hand import ByHand
from topologies.sandbox import SCRATCH

SOCKET = SCRATCH / "tmux"
SESSION = "tcplab"
MOST_IN_ONE = 3  # hosts beside each other in 80 columns; more get a window of their own

ANOTHER_PANE = "another pane: click, or Ctrl-b and an arrow key"
HOSTS_ELSEWHERE = "the hosts: Ctrl-b n; another pane: click"
SETTINGS = {
    "mouse": "on",
    "pane-border-status": "top",
    "pane-border-format": " #{pane_title} ",
    "history-limit": "20000",
    "status-left": "",
    "status-right-length": "60",
}


def tmux(*arguments: str) -> list[str]:
    """The command line that speaks to this sandbox's tmux server."""
    return ["tmux", "-u", "-S", str(SOCKET), "-f", "/dev/null", *arguments]


class Panes:
    """The panes beside the prompt's own."""

    def __init__(self, session: ByHand) -> None:
        self._session = session
        self._of_host: dict[str, str] = {}

    def open(self) -> None:
        """Open a pane for each host of the lab, and one for tcpdump at its first vantage point."""
        for name, value in SETTINGS.items():
            _do("set-option", "-g", name, value)
        self._status(ANOTHER_PANE)
        prompt = _do("display-message", "-p", "#{pane_id}")
        point = self._session.lab.vantage_points[0]
        title = said(f"captured at {point.host} {point.interface}")
        above = ["split-window", "-b", "-v", "-t", prompt]
        self._pane([*above, "-l", "30%"], self._tcpdump(point.host, point.interface), title)
        hosts = list(self._session.lab.hosts)
        if len(hosts) > MOST_IN_ONE:
            self._tiled(hosts)
        else:
            self._beside(hosts, above)
        _do("select-pane", "-t", prompt, "-T", "tcplab")

    def _beside(self, hosts: list[str], above: list[str]) -> None:
        """The hosts' panes in one row, as wide as each other."""
        pane = self._host([*above, "-l", "45%"], hosts[0])
        for left, host in zip(range(len(hosts), 1, -1), hosts[1:], strict=False):
            share = f"{100 * (left - 1) // left}%"
            pane = self._host(["split-window", "-h", "-l", share, "-t", pane], host)

    def _tiled(self, hosts: list[str]) -> None:
        """The hosts' panes in a window of their own."""
        pane = self._host(["new-window", "-n", "hosts"], hosts[0])
        for host in hosts[1:]:
            pane = self._host(["split-window", "-t", pane], host)
            _do("select-layout", "-t", pane, "tiled")  # else there is no room for the next
        self._status(HOSTS_ELSEWHERE)

    def _status(self, text: str) -> None:
        _do("set-option", "-g", "status-right", f" {said(text)} ")

    def respawn(self, host: str) -> None:
        """Give a host that was rebooted its shell again."""
        if host in self._of_host:
            pane = self._of_host[host]
            _do("respawn-pane", "-k", "-t", pane, *self._shell(host))

    def hang_up(self) -> None:
        """End the hosts' shells, and what was started from them."""
        for pane in self._of_host.values():
            with contextlib.suppress(RuntimeError):  # the tmux server may be gone already
                _do("kill-pane", "-t", pane)

    def _host(self, where: list[str], host: str) -> str:
        self._of_host[host] = self._pane(where, self._shell(host), host)
        return self._of_host[host]

    def _pane(self, where: list[str], command: list[str], title: str) -> str:
        pane = _do(*where, "-d", "-P", "-F", "#{pane_id}", *command)
        _do("select-pane", "-t", pane, "-T", title)
        _do("set-option", "-p", "-t", pane, "remain-on-exit", "on")
        return pane

    def _shell(self, host: str) -> list[str]:
        its = self._session.network[host]
        folder = self._session.panes
        environment = [f"{name}={value}" for name, value in its.environment.items()]
        pane = [sys.executable, "-m", "labs.pane", host, str(its.pid), str(folder)]
        return ["env", *environment, *pane]

    def _tcpdump(self, host: str, interface: str) -> list[str]:
        pid = str(self._session.network[host].pid)
        options = ["--immediate-mode", "-l", "-t", "-Z", "root", "-i", interface]
        return ["mnexec", "-a", pid, "tcpdump", *options, "tcp or arp or icmp"]


def _do(*arguments: str) -> str:
    """Have tmux do something; what it prints. Raises RuntimeError with its own words."""
    done = subprocess.run(tmux(*arguments), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def run_in_tmux(command: list[str]) -> None:
    """Run a command as the first pane of a new tmux server, until the user leaves it."""
    environment = {name: text for name, text in os.environ.items() if name != "TMUX"}
    subprocess.run(
        tmux("new-session", "-s", SESSION, "-n", "lab", *command), env=environment, check=False
    )
    close()


def close() -> None:
    """End the tmux server, if it isn't gone already, and with it every pane."""
    subprocess.run(tmux("kill-server"), capture_output=True, check=False)
