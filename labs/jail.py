"""The jail that a student's program runs in: bubblewrap, inside the sandbox.

The program sees a read-only Python, the book's /etc/hosts and /etc/services, its own file, a small
directory of its own, and the network of its emulated host; no other file, process or person. It
runs under a user id that nobody else has, without capabilities, and can get none.

Bubblewrap runs as the sandbox's root: so it needs no user namespace of its own, and works where
the sandbox itself does. setpriv then gives up that root for good.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from labs.catalog import Limits
from labs.errors import MachineError
from topologies.sandbox import ETC

WORK = Path("/work")  # the program's current directory, in the jail
PROGRAM = Path("/program")  # where its file lies, in the jail

# Above every id that a person, a package or a container gets (systemd's list of ids ends there).
FIRST_ID_OF_NOBODY = 2_147_483_648
ID_IN_A_MAPPED_RANGE = 5000

# Hard limits for one process, at twice what the guard allows all of them together: the guard says
# which limit a program hit, the kernel holds what the guard would be too late for.
SLACK = 2
VIRTUAL = 4  # address space to memory in use: a thread reserves 8 MB for its stack
OPEN_FILES = 128
FILES = 1024  # how many there may be in its directory
MEGABYTE = 1 << 20

# What starts programs on a host leaves it its two namespaces open (mnexec of Mininet).
WITHOUT_NAMESPACES = ("sh", "-c", 'exec "$@" 3<&- 4<&-', "sh")


def an_id() -> int:
    """A user id for one program: the kernel counts processes by user, so no two share one.

    Raises MachineError in a sandbox of one id alone.
    """
    ranges = [
        tuple(map(int, line.split()))
        for line in Path("/proc/self/uid_map").read_text().splitlines()
    ]
    if any(first == 0 and count > FIRST_ID_OF_NOBODY for first, _, count in ranges):
        return FIRST_ID_OF_NOBODY + secrets.randbelow(1 << 30)
    if any(first <= ID_IN_A_MAPPED_RANGE < first + count for first, _, count in ranges):
        return ID_IN_A_MAPPED_RANGE
    raise MachineError("a program needs a user id of its own. Run\n  sudo apt install uidmap")


def directory_options(user: int, limits: Limits) -> str:
    """mount(8)'s options for the tmpfs that is the program's directory."""
    size = SLACK * limits.files_mb
    return f"size={size}m,nr_inodes={FILES},mode=755,uid={user},gid={user},nosuid,nodev"


def command(
    program: Path, directory: Path, user: int, limits: Limits, status_fd: int, seccomp_fd: int
) -> list[str]:
    """The command line that runs a Python program in a jail, up to the program's arguments.

    program, directory: its file and its tmpfs, outside. status_fd: where bubblewrap tells the
    process id of the jail's first process, and the exit status.
    Raises MachineError without bubblewrap.
    """
    if shutil.which("bwrap") is None:
        raise MachineError("no `bwrap` here. Run\n  sudo apt install bubblewrap")
    inside = PROGRAM / program.name
    return [
        # Where memory runs short, the kernel is to take it from here.
        *("choom", "-n", "1000", "--", "bwrap"),
        *_files(program, inside, directory),
        *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv"),
        *("--setenv", "PATH", "/usr/bin", "--setenv", "LANG", "C.UTF-8"),
        # One arena a thread would use up the address space.
        *("--setenv", "MALLOC_ARENA_MAX", "2"),
        *("--setenv", "HOME", str(WORK), "--chdir", str(WORK)),
        # setpriv needs these three to give them up.
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID"),
        *("--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"),
        *("--seccomp", str(seccomp_fd), "--json-status-fd", str(status_fd), "--"),
        *("setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"),
        *_hard_limits(limits),
        *WITHOUT_NAMESPACES,
        *(_python(), "-I", "-u", str(inside)),
    ]


def _files(program: Path, inside: Path, directory: Path) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for place in map(Path, ("/bin", "/lib", "/lib32", "/lib64")):
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.exists():
            yield from ("--ro-bind", str(place), str(place))
    if not _python().startswith("/usr/"):
        yield from ("--ro-bind", sys.base_prefix, sys.base_prefix)
    for folder in ("/etc", str(PROGRAM)):
        yield from ("--perms", "0755", "--dir", folder)
    for name in ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache")
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--bind", str(directory), str(WORK), "--symlink", str(WORK), "/tmp")  # noqa: S108
    yield from ("--ro-bind", str(program), str(inside), "--remount-ro", "/")


def _python() -> str:
    """The Python below the suite's virtual environment, which the program doesn't see."""
    return os.path.realpath(sys.executable)


def _hard_limits(limits: Limits) -> list[str]:
    wanted = {
        "as": SLACK * VIRTUAL * limits.memory_mb * MEGABYTE,
        "cpu": SLACK * limits.cpu_s,
        "nproc": SLACK * limits.processes,
        "fsize": SLACK * limits.files_mb * MEGABYTE,
        "nofile": OPEN_FILES,
        "core": 0,
    }
    return ["prlimit", *(f"--{name}={value}:{value}" for name, value in wanted.items()), "--"]
