"""Files that are there whole or not at all, whenever the power goes."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# What a run directory may hold, run.json first: without it the rest is no run.
TICKET = "ticket.json"
STORY = "story.jsonl"  # what was done when
PROGRAM = "program.py"  # the student's, of a lab that runs one
PRODUCTS = (
    *("run.json", "report.json", "pcap", "transcripts", "states.jsonl", STORY, TICKET),
    PROGRAM,
)
OF_A_RUN = {*PRODUCTS, "answers.yaml"}


def clear(out: Path) -> None:
    """Remove a run from its directory, but for the student's answers; an empty one goes too."""
    for name in PRODUCTS:
        if (out / name).is_dir():
            shutil.rmtree(out / name)
        else:
            (out / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds answers, or never was
        out.rmdir()


def publish(path: Path, content: bytes) -> None:
    """Write a file so that a crash leaves either all of it or nothing, not even a temporary file.

    The file gets its name only when it is complete and on the disk. Raises OSError.
    """
    with publishing(path) as file:
        file.write(content)


@contextlib.contextmanager
def publishing(path: Path) -> Iterator[BinaryIO]:
    """The same for what is written bit by bit: the file is there when the context ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _nameless(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _nameless(path: Path) -> Iterator[BinaryIO]:
    """A file without a name (O_TMPFILE), linked at `path` on a regular exit."""
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
    except OSError:  # not every file system has it: shared folders of virtual machines don't
        with _renamed(path) as file:
            yield file
        return
    with open(descriptor, "wb") as file:  # noqa: PTH123  (a descriptor, no path)
        yield file
        path.unlink(missing_ok=True)
        _link(file.fileno(), path)


def _link(descriptor: int, path: Path) -> None:
    """Give an open file a name (linkat with AT_SYMLINK_FOLLOW, as open(2) describes)."""
    own_files = os.open("/proc/self/fd", os.O_PATH)
    try:
        os.link(str(descriptor), path, src_dir_fd=own_files, follow_symlinks=True)
    finally:
        os.close(own_files)


@contextlib.contextmanager
def _renamed(path: Path) -> Iterator[BinaryIO]:
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
