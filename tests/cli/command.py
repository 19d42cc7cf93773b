"""Run `tcplab` as a user does, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def tcplab(
    *arguments: str, before: tuple[str, ...] = (), typed: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """`tcplab ARGUMENTS`, its output and exit status.

    before: a command that runs it. typed: what it reads.
    """
    return subprocess.run(
        [*before, sys.executable, "-m", "cli.main", *arguments],
        cwd=PROJECT,
        input=typed,
        env=os.environ | {"COLUMNS": "80", "TERM": "dumb"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
