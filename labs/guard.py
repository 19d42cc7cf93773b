"""Watches what a jail's processes use up together, and says which limit they passed.

The jail's own /proc is read, through its first process: it lists the jail's processes and no
others, whatever they do to hide.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labs.catalog import Limits

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
FIRST = 1  # the process id of bubblewrap's own process in the jail


@dataclass(frozen=True)
class Usage:
    """What the processes of a jail use at one moment; cpu_s also counts those that have ended."""

    processes: int
    cpu_s: float
    memory_bytes: int


def usage(first: int) -> Usage:
    """What is used in the jail whose first process has this id outside; nothing once it's gone."""
    processes, ticks, memory_bytes = 0, 0, 0
    for process in _processes(Path(f"/proc/{first}/root/proc")):
        # One that ends while it is looked at counts no more.
        with contextlib.suppress(OSError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime (proc(5))
            if int(process.name) != FIRST:
                processes += int(fields[17])  # num_threads
                memory_bytes += _memory_bytes((process / "status").read_text())
    return Usage(processes, ticks / TICKS_A_SECOND, memory_bytes)


def _processes(proc: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from [path for path in proc.iterdir() if path.name.isdigit()]


def _memory_bytes(status: str) -> int:
    """What a process has of its own; the pages of programs and libraries are everybody's."""
    own = ("RssAnon:", "RssShmem:", "VmSwap:")
    lines = [line.split() for line in status.splitlines() if line.startswith(own)]
    return sum(int(fields[1]) for fields in lines) * KILOBYTE


def files_bytes(directory: Path) -> int:
    """What is in a tmpfs; more than any limit once its files are too many. Raises OSError."""
    there = os.statvfs(directory)
    if there.f_files and not there.f_ffree:
        return there.f_blocks * there.f_frsize
    return (there.f_blocks - there.f_bfree) * there.f_frsize


def passed(limits: Limits, used: Usage, wall_s: float, in_files: Callable[[], int]) -> str:
    """The first limit that is passed, in words; '' for none."""
    if used.processes > limits.processes:
        return f"processes: {used.processes} of at most {limits.processes}"
    if used.memory_bytes > limits.memory_mb * MEGABYTE:
        return f"memory: {used.memory_bytes // MEGABYTE} MB of at most {limits.memory_mb}"
    if used.cpu_s > limits.cpu_s:
        return f"processor time: {used.cpu_s:.1f} s of at most {limits.cpu_s}"
    in_use = in_files()
    if in_use > limits.files_mb * MEGABYTE:
        return f"files: {in_use // MEGABYTE} MB of at most {limits.files_mb}"
    if wall_s > limits.wall_s:
        return f"time: still running after {limits.wall_s} s"
    return ""
