"""docs/student-guide.md, word for word: what it says is typed, what it shows must be shown."""

import re
import sys
import time
from pathlib import Path

import pytest

from tests.emulation.inside import PROJECT
from tests.emulation.screen import Screen, screen

pytestmark = pytest.mark.emulation

GUIDE = PROJECT / "docs/student-guide.md"
PROMPTS = ("$", "tcplab>", "telnet>")
KEY = re.compile(r"\^(.)")
DEADLINE_S = 60


def blocks(text: str) -> list[list[str]]:
    """The lines of each box."""
    return [box.splitlines() for box in re.findall(r"```console\n(.*?)```", text, re.DOTALL)]


class Follower:
    """Somebody who follows the guide: types what it says, and wants to see what it shows."""

    def __init__(self, terminal: Screen) -> None:
        self._terminal = terminal
        self._seen = 0  # so many characters of the terminal's text

    def follow(self, line: str) -> None:
        """One line of a box."""
        prompt, _, typed = line.partition(" ")
        if KEY.fullmatch(line):
            self._terminal.keys(f"C-{line[1].lower()}")
        elif prompt in PROMPTS:
            self._see(f"\n{prompt}")
            self._terminal.types(typed)
        elif line not in ("...", ""):
            for part in line.split(" ..."):
                self._see(part)

    def _see(self, text: str) -> None:
        """Wait until the text is shown, below what was seen before."""
        give_up = time.monotonic() + DEADLINE_S
        while True:
            shown = "\n" + self._terminal.text
            place = shown.find(text, self._seen)
            if place >= 0:
                self._seen = place + len(text)
                return
            assert time.monotonic() < give_up, f"the guide shows {text!r}, not\n{shown}"
            time.sleep(0.05)


@pytest.mark.timeout(400)
def test_a_student_who_follows_the_guide_gets_what_it_shows(tmp_path: Path) -> None:
    command = tmp_path / "bin/tcplab"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m cli.main "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    shell = ["env", f"PATH={command.parent}:/usr/bin:/bin:/usr/sbin:/sbin", "PS1=$ ", "sh", "-i"]
    boxes = blocks(GUIDE.read_text())
    assert len(boxes) >= 9
    with screen(shell, work, {"XDG_STATE_HOME": str(tmp_path), "ENV": ""}) as terminal:
        follower = Follower(terminal)
        for line in (line for box in boxes for line in box):
            follower.follow(line)
        terminal.shows("time-wait-server")  # the last command's output
        lines = terminal.text.splitlines()
    assert not [line for line in lines if "Traceback" in line]
    assert (work / "connection.zip").exists()
    assert (work / "mine/connection/answers.yaml").read_text() == "fin-ack: 2\ntime-wait: svr4\n"
