"""The story of a run: what its users and hosts did, and when; `tcplab demo` tells it again."""

import json
import time
from pathlib import Path

from labs.stage import Say


class Story:
    """Writes each step of a lab to a file as it happens, and passes it on.

    A line: `{"time_ns": since the epoch, "text": "svr4 % telnet bsdi discard"}`.
    """

    def __init__(self, file: Path, say: Say) -> None:
        self._file, self._say = file, say
        file.touch()

    def __call__(self, text: str, longest_s: float | None = None, /) -> None:
        """Note the step, and tell it."""
        with self._file.open("a") as lines:
            lines.write(json.dumps({"time_ns": time.time_ns(), "text": text}) + "\n")
        self._say(text, longest_s)
