"""What a stage's hosts showed: their terminals, and that one was started again."""

import subprocess
from pathlib import Path
from typing import Any

from labs.pace import QUICK
from labs.stage import Stage


class Here:
    """This machine, as a host by that name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, **options)


def test_a_host_that_was_started_again_says_so_between_its_terminals(tmp_path: Path) -> None:
    hosts: Any = {name: Here(name) for name in ("bsdi", "svr4")}
    stage = Stage(hosts, QUICK, tmp_path, lambda *_: None)

    def types(host: str, command: str) -> None:
        terminal = stage.types(host, command)
        terminal.ends()

    types("svr4", "echo before")
    types("bsdi", "echo before")
    stage.comes_up("svr4", shown="in a pane")
    types("svr4", "echo behind")
    stage.comes_up("svr4")
    assert stage.transcripts() == {
        "bsdi": "bsdi % echo before\nbefore\n",
        "svr4": (
            "svr4 % echo before\nbefore\nin a pane\n(svr4 boots)\n"
            "svr4 % echo behind\nbehind\n(svr4 boots)\n"
        ),
    }
    stage.close()
