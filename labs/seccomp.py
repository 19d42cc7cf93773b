"""A seccomp filter for programs of students: no way to the kernel's rarer doors.

Uid, capabilities and namespaces already keep a program in; the filter takes away what could get
around them or around its limits: new user namespaces, mounts, memory and messages that no process
owns, io_uring (whose requests no filter sees), and sockets of families that know no network
namespace, such as AF_VSOCK. A refused call fails with EPERM, as for any ordinary user.
"""

import errno
import platform
import struct
from collections.abc import Iterator
from typing import NamedTuple

from labs.errors import MachineError

# linux/bpf_common.h, linux/seccomp.h; the offsets are of struct seccomp_data.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
X32 = 0x40000000  # the bit of x86_64's second set of calls

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h).
NEW_NAMESPACES = 0x7E020000
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK


class Machine(NamedTuple):
    """A processor's audit number (linux/audit.h), and the numbers of its calls (asm/unistd.h)."""

    audit: int
    clone: int
    socket: int
    refused: tuple[int, ...]


# The calls that fail: their numbers on x86_64 and on aarch64.
REFUSED = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "userfaultfd": (323, 282),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "memfd_secret": (447, 447),
}
MACHINES = {
    "x86_64": Machine(0xC000003E, 56, 41, tuple(numbers[0] for numbers in REFUSED.values())),
    "aarch64": Machine(0xC00000B7, 220, 198, tuple(numbers[1] for numbers in REFUSED.values())),
}
CLONE3 = 435  # its flags lie in memory, where no filter can look; the C library then uses clone


def program_filter() -> bytes:
    """The filter for this machine's processor, as bubblewrap's --seccomp reads it.

    Raises MachineError for a processor whose calls aren't listed here.
    """
    name = platform.machine()
    if name not in MACHINES:
        raise MachineError(f"no seccomp filter for {name}: programs run on {', '.join(MACHINES)}")
    return b"".join(_instructions(MACHINES[name]))


def _instructions(machine: Machine) -> Iterator[bytes]:
    yield _one(LOAD, ARCHITECTURE)
    yield _one(EQUAL, machine.audit, 1, 0)
    yield _one(RETURN, KILL)
    yield _one(LOAD, NUMBER)
    yield from _refuse(AT_LEAST, X32, errno.EPERM)
    for number in machine.refused:
        yield from _refuse(EQUAL, number, errno.EPERM)
    yield from _refuse(EQUAL, CLONE3, errno.ENOSYS)
    yield _one(EQUAL, machine.clone, 0, 4)
    yield _one(LOAD, FIRST_ARGUMENT)
    yield from _refuse(ANY_BIT, NEW_NAMESPACES, errno.EPERM)
    yield _one(RETURN, ALLOW)
    yield _one(EQUAL, machine.socket, 0, 2 + len(FAMILIES))
    yield _one(LOAD, FIRST_ARGUMENT)
    for left, family in zip(range(len(FAMILIES), 0, -1), FAMILIES, strict=True):
        yield _one(EQUAL, family, left, 0)
    yield _one(RETURN, ERROR | errno.EAFNOSUPPORT)
    yield _one(RETURN, ALLOW)


def _refuse(condition: int, value: int, error: int) -> Iterator[bytes]:
    """End with an error where the loaded word meets the condition, else go on behind this."""
    yield _one(condition, value, 0, 1)
    yield _one(RETURN, ERROR | error)


def _one(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction: struct sock_filter of linux/filter.h."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
