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

STOP_AND_SHUT_UP = """
import os, signal
os.close(1)
os.close(2)
os.kill(os.getpid(), signal.SIGSTOP)
"""
SPIN_UNSEEN = """
import contextlib, os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what its children used is then nobody's
while True:
    for _ in range(6):
        if os.fork() == 0:
            for _ in range(4_000_000):
                pass
            os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.wait()
"""
FLOOD = """
import contextlib, socket
with socket.socket(type=socket.SOCK_DGRAM) as flood:
    while True:
        with contextlib.suppress(OSError):
            flood.sendto(bytes(60_000), ("svr4", 9))
"""

CHURN = """
import contextlib, socket
with socket.create_server(("", 7000), backlog=100) as server:
    while True:
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", 7000)):
                server.accept()[0].close()
"""

# The kernel keeps what was sent and not read, and no process has it.
FILL_SOCKETS = """
import contextlib, os, socket, time
for _ in range(3):
    if os.fork() == 0:
        kept = []
        with contextlib.suppress(OSError):
            while True:
                kept += socket.socketpair()
                for one in kept[-2:]:
                    one.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            one.send(bytes(4096))
        time.sleep(60)
time.sleep(60)
"""

# What lies around a lab, and what is in the jail by right.
LOOK_AROUND = """
import os, socket
KNOWN = ("/dev", "/etc", "/proc", "/program", "/usr", "/work")
print("open:", sorted(map(int, os.listdir("/proc/self/fd")))[:-1])
for place, folders, files in os.walk("/", onerror=lambda error: None):
    folders[:] = [one for one in folders if os.path.join(place, one) not in ("/usr", "/proc")]
    for name in files:
        if name.endswith((".pcap", ".json", ".jsonl", ".yaml", ".txt", ".pem")):
            print("GOT", place, name)
for name in set(os.listdir("/")) - {one[1:] for one in KNOWN}:
    if not os.path.islink("/" + name):
        print("there is", name)
for line in open("/proc/net/unix").read().splitlines()[1:]:
    fields = line.split()
    if len(fields) > 7:
        with socket.socket(socket.AF_UNIX) as door:
            try:
                print("GOT", fields[7], door.connect(fields[7].replace("@", chr(0), 1)))
            except OSError as error:
                print("refused", fields[7], error)
for number in os.listdir("/proc"):
    if number.isdigit() and int(number) not in (1, os.getpid()):
        print("GOT process", number)
print("end of the program")
"""

# A request to the kernel over netlink, which answers with an error number.
NETLINK = """
import os, socket, struct
def asked(family, kind, body, flags=0):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as kernel:
        kernel.settimeout(5)
        kernel.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
        error = -struct.unpack_from("=i", kernel.recv(65536), 16)[0]
    if error:
        raise OSError(error, os.strerror(error))
eth0 = socket.if_nametoindex("eth0")
mine = socket.create_server(("", 7000))
own_socket = struct.pack("=BBBxI", 2, 6, 0, 0xFFFFFFFF) + struct.pack(
    ">HH32xI8s", 7000, 0, 0, b"\\xff" * 8)
def sent_as(address):
    with socket.socket(type=socket.SOCK_DGRAM) as spoof:
        spoof.setsockopt(0, 15, 1)  # IP_FREEBIND
        spoof.bind((address, 0))
        return spoof.sendto(b"x", ("svr4", 9))
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
    "allocates in sockets": Hostile(FILL_SOCKETS, "limit", "memory"),
    "fills the disk": Hostile(FILL_THE_DISK, "limit", "files"),
    "makes files without end": Hostile(MANY_FILES, "limit", "files"),
    "kills everybody": Hostile(KILL_EVERYBODY, "exited", shown="alone"),
    "prints for ever": Hostile(PRINT_FOR_EVER, "limit", "output", "the rest is left out"),
    "ignores SIGTERM": Hostile(IGNORE_SIGTERM, "limit", "after SIGTERM"),
    "leaves a daemon": Hostile(LEAVE_A_DAEMON, "exited", shown="end of the program"),
    "stops and closes its output": Hostile(STOP_AND_SHUT_UP, "limit", "time: still running"),
    "spins where nobody counts": Hostile(SPIN_UNSEEN, "limit", "processor time"),
    "floods the network": Hostile(FLOOD, "limit", "network"),
    "opens connections without end": Hostile(CHURN, "limit"),
    "has NUL bytes": Hostile("print('fine')\0\n", "exited"),  # whatever this Python makes of it
    "is no UTF-8": Hostile("print('\udcff')\n", "exited", shown="SyntaxError"),
    "looks around": Hostile(LOOK_AROUND, "exited", shown="open: [0, 1, 2]\nend of the program"),
    "asks the kernel": Hostile(
        NETLINK
        + tries(
            "asked(0, 19, struct.pack('=BxHiII', 0, 0, eth0, 0, 1))",  # eth0 down
            "asked(0, 25, struct.pack('=8BI', 2, 0, 0, 0, 254, 0, 0, 1, 0))",  # RTM_DELROUTE
            "asked(4, 21, own_socket)",  # SOCK_DESTROY
            "sent_as('140.252.13.34')",
            "socket.socket().setsockopt(0, 19, 1)",  # IP_TRANSPARENT
            "socket.socket().setsockopt(1, 36, 1)",  # SO_MARK
            "socket.socket().bind(('', 23))",
        ),
        "exited",
        shown="end of the program",
    ),
    "wants devices and more time": Hostile(
        CALL
        + "import resource\n"
        + tries(
            "open('/dev/net/tun', 'r+b')",
            "open('/dev/tty', 'r+b')",
            "open('/dev/shm/new', 'w')",
            "open('/dev/sda')",
            "open('/sys/kernel/uevent_helper')",
            "open('/proc/sysrq-trigger', 'w')",
            "open('/proc/1/oom_score_adj', 'w')",
            "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000')",
            "open('/proc/1/fd/0')",
            "open('/proc/1/mem', 'r+b')",
            "call('setns', os.open('/proc/self/ns/net', 0), 0)",
            "resource.setrlimit(resource.RLIMIT_NPROC, (5000, 5000))",
            "resource.prlimit(1, resource.RLIMIT_NOFILE)",
            "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
            "os.setpriority(os.PRIO_PROCESS, 0, -1)",
        ),
        "exited",
        shown="end of the program",
    ),
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
