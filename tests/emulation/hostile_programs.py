"""Programs that try to get out of their jail, or to use up the machine; each with its end.

A program that gets hold of what it must not have prints `GOT`, and what. ENDS: by name, what the
record or the transcript must say of it.
"""

from typing import NamedTuple


class Hostile(NamedTuple):
    """A program, how it must end (`exited`, `stopped`, `limit`), and words that must stand there.

    limit: in the record. shown: in the transcript.
    """

    source: str
    ended: str
    limit: str = ""
    shown: str = ""


def tries(*attempts: str) -> str:
    """A program that makes each attempt, and tells what came of it."""
    return "\n".join(
        ["import ctypes, os, socket, sys", "libc = ctypes.CDLL(None, use_errno=True)"]
        + [
            f"try:\n    print('GOT', {attempt!r}, {attempt})\n"
            f"except Exception as error:\n    print('refused', {attempt!r}, error)"
            for attempt in attempts
        ]
        + ["print('end of the program')"]
    )


# A call that libc makes: an error is raised as OSError.
CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""

FORK = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
FORK_AND_HIDE = """
import os, time
while True:
    try:
        if os.fork():
            os._exit(0) if os.getpid() % 2 else time.sleep(0.01)
        os.setsid()
    except OSError:
        pass
"""
ALLOCATE = """
kept = []
while True:
    kept.append(bytearray(8 << 20))
"""
ALLOCATE_BY_MANY = """
import os, time
for _ in range(12):
    if not os.fork():
        kept = bytearray(b"x") * (7 << 20)
        time.sleep(60)
time.sleep(60)
"""
FILL_THE_DISK = """
number = 0
while True:
    number += 1
    try:
        with open(f"/work/{number}", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
    except OSError:
        pass
"""
MANY_FILES = """
number = 0
while True:
    number += 1
    try:
        open(f"/work/{number}", "wb").close()
    except OSError:
        pass
"""
KILL_EVERYBODY = """
import os, signal, time
for target in (os.getppid(), 1, -1, *range(3, 300)):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        if target not in (os.getpid(), -1):
            try:
                os.kill(target, number)
                print("GOT", target)
            except OSError as error:
                pass
print("alone", flush=True)
os.kill(-1, signal.SIGKILL)
time.sleep(0.2)
print("end of the program")
"""
PRINT_FOR_EVER = """
while True:
    print("y" * 1000)
"""
IGNORE_SIGTERM = """
import signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
print("ready", flush=True)
while True:
    time.sleep(1)
"""
LEAVE_A_DAEMON = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_IGN)
        time.sleep(1000)
    os._exit(0)
os.wait()
print("end of the program")
"""
ESCAPES = r"""
import sys
sys.stdout.buffer.write(b"\x1b]0;owned\x07\x1b[2J\x9b31m\rbsdi % rm -rf /\x08\xff\xe2\x80\xae\n")
print("end of the program")
"""

# FILE is another student's file; ADDRESS and PORT are of a server of the machine outside, and so is
# ABSTRACT, a Unix socket's name.
PROGRAMS = {
    "forks without end": Hostile(FORK, "limit", "processes"),
    "forks and hides": Hostile(FORK_AND_HIDE, "limit"),
    "spins": Hostile("while True:\n    pass\n", "limit", "processor time"),
    "sleeps": Hostile("import time\ntime.sleep(1000)\n", "limit", "time: still running"),
    "allocates without end": Hostile(ALLOCATE, "limit", "memory"),
    "allocates by many": Hostile(ALLOCATE_BY_MANY, "limit", "memory"),
    "fills the disk": Hostile(FILL_THE_DISK, "limit", "files"),
    "makes files without end": Hostile(MANY_FILES, "limit", "files"),
    "kills everybody": Hostile(KILL_EVERYBODY, "exited", shown="alone"),
    "prints for ever": Hostile(PRINT_FOR_EVER, "limit", "output", "the rest is left out"),
    "ignores SIGTERM": Hostile(IGNORE_SIGTERM, "limit", "after SIGTERM"),
    "leaves a daemon": Hostile(LEAVE_A_DAEMON, "exited", shown="end of the program"),
    "writes escapes": Hostile(ESCAPES, "exited", shown=r"\x1b]0;owned\x07\x1b[2J"),
    "reads files": Hostile(
        tries(
            "open('/etc/passwd').read()",
            "open('/etc/shadow').read()",
            "open(FILE).read()",
            "open('/proc/1/root' + FILE).read()",
            "os.listdir('/home') + os.listdir('/root')",
            "os.listdir('/proc/1/cwd')",
            "open('/proc/1/environ').read()",
            "os.listdir('/dev/shm/run')",
            "open('/dev/kmsg').read(1)",
        ),
        "exited",
        shown="end of the program",
    ),
    "writes files": Hostile(
        tries(
            "open(FILE, 'w')",
            "open(__file__, 'a')",
            "open('/usr/bin/new', 'w')",
            "open('/etc/hosts', 'a')",
            "open('/new', 'w')",
            "open('/dev/new', 'w')",
            "open('/proc/sys/kernel/core_pattern', 'w')",
            "open('/proc/sys/net/ipv4/ip_forward', 'w')",
            "os.mkdir('/program/new')",
        ),
        "exited",
        shown="end of the program",
    ),
    "connects to the outside": Hostile(
        # A datagram can be sent on the emulated network; whether it gets out is seen outside.
        "import contextlib, socket\nwith contextlib.suppress(OSError):\n"
        "    socket.socket(type=socket.SOCK_DGRAM).sendto(b'out', (ADDRESS, PORT))\n"
        + tries(
            "socket.create_connection((ADDRESS, PORT), timeout=1)",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "socket.socket(40, socket.SOCK_STREAM)",  # AF_VSOCK: the machine's own host
            "socket.socket(38, socket.SOCK_SEQPACKET)",  # AF_ALG
            "socket.socket(socket.AF_UNIX).connect(ABSTRACT)",
        ),
        "exited",
        shown="end of the program",
    ),
    "wants to be more": Hostile(
        CALL
        + tries(
            "os.setuid(0)",
            "os.setgid(0)",
            "os.setgroups([0])",
            "call('unshare', 0x10000000)",  # a user namespace
            "call('unshare', 0x00020000)",  # a mount namespace
            "call('mount', b'none', b'/work', b'tmpfs', 0, None)",
            "call('ptrace', 16, 1, 0, 0)",  # PTRACE_ATTACH
            "call('memfd_create', b'hidden', 0)",
            "call('shmget', 1, 1 << 30, 0o1600)",
            "call('syscall', 425, 8, None)",  # io_uring_setup
            "os.nice(-5)",
            "os.chroot('/work')",
            "os.mknod('/work/sda', 0o60600, os.makedev(8, 0))",
        ),
        "exited",
        shown="end of the program",
    ),
}
