"""A student's program as a file: who plays it and who grades it read it in the same way."""

import os
import stat
from pathlib import Path

LONGEST_BYTES = 256 << 10


def program_text(path: Path) -> bytes:
    """A program's file as it is; raises OSError for what can't be read, is no file, or too long."""
    # A pipe that nobody writes to must not hold anybody up.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path}: not a regular file")
        return held_to_length(file.read(LONGEST_BYTES + 1), str(path))


def held_to_length(text: bytes, path: str) -> bytes:
    """A program as it was read, up to a byte too many; raises OSError where it is too long."""
    if len(text) > LONGEST_BYTES:
        raise OSError(f"{path}: longer than {LONGEST_BYTES >> 10} KB")
    return text
