"""A pane of tmux: a shell on one host, recorded, until the host crashes.

Started by cli/panes.py inside the sandbox as `python -m labs.pane HOST PID FOLDER`; FOLDER is where
its record goes, and below which the host's user has a directory.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from labs.attached import attach
from labs.shell import shell_command
from labs.terminal import Terminal


class At:
    """A host of a network that another process has built; `pid`: of the host's own shell."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid

    def start(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Start a program there, with Popen's own options."""
        return subprocess.Popen(["mnexec", "-da", str(self.pid), *command], **options)

    @property
    def up(self) -> bool:
        """Whether it has not crashed."""
        return Path(f"/proc/{self.pid}").exists()


def main() -> None:
    """Offer a shell, and another one when the user leaves it, as long as the host is up."""
    name, pid, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    host, record = At(name, pid), folder / f"{name}.txt"
    while host.up:
        command = shell_command(name, folder)
        shell = Terminal(host, command, Path.cwd(), header="", record=record)
        attach(shell, leaves=False)
        shell.close()
    sys.stdout.write(f"\n{name} is down. Type `reboot {name}` at the tcplab prompt.\n")


if __name__ == "__main__":
    main()
