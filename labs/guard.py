"""Watches what a jail's processes use up together, and says which limit they passed.

The jail's own /proc is read, through its first process: it lists the jail's processes and no
others, whatever they do to hide.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from labs.catalog import Limits

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
FIRST = "1"  # the process id of bubblewrap's own process in the jail

# What a Unix socket may hold unread, on no process's account: twice the kernel's net.core.wmem_max.
UNIX_SOCKET_BYTES = 2 * 212_992


@dataclass(frozen=True)
class Usage:
    """What the processes of a jail use at one moment; cpu_s also counts those that have ended.

    network_bytes: what their host has sent and received meanwhile.
    """

    processes: int
    cpu_s: float
    memory_bytes: int
    network_bytes: int = 0


class _OnHost(NamedTuple):
    """What all of a host's processes use together, since it was built or at this moment."""

    network_bytes: int  # received and sent (proc_net(5)), from itself and to itself, too
    unix_sockets: int


class _Process(NamedTuple):
    """What the kernel tells of one process; ticks: of its own, and of those that it waited for."""

    key: tuple[str, str]  # its id, and when it began: ids are used again
    ticks: int
    waited_for: int
    threads: int
    memory_bytes: int


class Meter:
    """Reads what is used in the jail whose first process has this id outside.

    The kernel adds what a process used to its parent's account, but only where the parent waits for
    it: of the others counts what they had used when they were last seen, 50 ms ago at most.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._before = _on_host(first)
        self._seen: dict[tuple[str, str], int] = {}
        self._ended = 0

    def read(self) -> Usage:
        """What is used now; nothing once the jail is gone."""
        every = list(_processes(self._first))
        now = _on_host(self._first)
        own = [one for one in every if one.key[0] != FIRST]
        sockets = max(0, now.unix_sockets - self._before.unix_sockets)
        return Usage(
            processes=sum(one.threads for one in own),
            cpu_s=self._ticks(every) / TICKS_A_SECOND,
            memory_bytes=sum(one.memory_bytes for one in own) + sockets * UNIX_SOCKET_BYTES,
            network_bytes=now.network_bytes - self._before.network_bytes,
        )

    def _ticks(self, every: Sequence[_Process]) -> int:
        """Of those that run, and of those that have ended."""
        seen = {one.key: one.ticks for one in every}
        self._ended += sum(ticks for key, ticks in self._seen.items() if key not in seen)
        self._seen = seen
        return sum(seen.values()) + max(self._ended, sum(one.waited_for for one in every))


def _on_host(process: int) -> _OnHost:
    """Of the host that a process runs on; nothing once it's gone."""
    tables = Path(f"/proc/{process}/net")
    with contextlib.suppress(OSError):
        devices = (tables / "dev").read_text().splitlines()[2:]
        counts = [line.partition(":")[2].split() for line in devices]
        moved = sum(int(each[0]) + int(each[8]) for each in counts)
        return _OnHost(moved, len((tables / "unix").read_text().splitlines()) - 1)
    return _OnHost(0, 0)


def _processes(first: int) -> Iterator[_Process]:
    """The processes of a jail; none before it has a /proc of its own, or once it's gone."""
    proc = Path(f"/proc/{first}/root/proc")
    with contextlib.suppress(OSError):
        if proc.stat().st_dev == Path("/proc").stat().st_dev:
            return  # of all that is in the sandbox
        for path in proc.iterdir():
            # One that ends while it is looked at counts no more.
            with contextlib.suppress(OSError):
                if path.name.isdigit():
                    yield _process(path)


def _process(path: Path) -> _Process:
    fields = (path / "stat").read_text().rpartition(")")[2].split()
    user, system, waited_user, waited_system = map(int, fields[11:15])  # proc(5)
    return _Process(
        key=(path.name, fields[19]),
        ticks=user + system,
        waited_for=waited_user + waited_system,
        threads=int(fields[17]),
        memory_bytes=_memory_bytes((path / "status").read_text()),
    )


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
    if used.network_bytes > limits.network_mb * MEGABYTE:
        return f"network: {used.network_bytes // MEGABYTE} MB of at most {limits.network_mb}"
    in_use = in_files()
    if in_use > limits.files_mb * MEGABYTE:
        return f"files: {in_use // MEGABYTE} MB of at most {limits.files_mb}"
    if wall_s > limits.wall_s:
        return f"time: still running after {limits.wall_s} s"
    return ""
