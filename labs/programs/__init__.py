"""The programs that the book's user typed, and the peer of students' programs."""

import shutil
from pathlib import Path

_HERE = Path(__file__).resolve().parent

# Each runs by its path under any Python 3.11, without the project around it.
PATHS = {"sock": _HERE / "sock", "netstat": _HERE / "netstat.py", "peer": _HERE / "peer.py"}


def real_telnet() -> str | None:
    """The path of the system's telnet client, if there is one."""
    return shutil.which("telnet")
