"""sock's options of the socket, read back from the kernel."""

import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from labs.programs.sock.messages import NetworkError
from labs.programs.sock.options import parse
from labs.programs.sock.socket_options import IP_PKTINFO, set_after, set_before

SOL, TCP, IP = socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IP


CAP_NET_ADMIN, CAP_NET_RAW = 12, 13  # linux/capability.h


def capable(capability: int) -> bool:
    """Whether this process has the capability (capabilities(7))."""
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return bool(effective >> capability & 1)


def tcp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def udp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


@pytest.mark.parametrize(
    ("arguments", "level", "option", "value", "message"),
    [
        ("-A", SOL, socket.SO_REUSEADDR, 1, "SO_REUSEADDR set"),
        ("-T", SOL, socket.SO_REUSEPORT, 1, "SO_REUSEPORT set"),
        ("-Y", SOL, socket.SO_DONTROUTE, 1, "SO_DONTROUTE set"),
        ("-R 5000", SOL, socket.SO_RCVBUF, 10000, "SO_RCVBUF = 10000"),  # Linux doubles it
        ("-S 5000", SOL, socket.SO_SNDBUF, 10000, "SO_SNDBUF = 10000"),
        ("-X 512", TCP, socket.TCP_MAXSEG, 512, "TCP_MAXSEG = 512"),
        ("-H 0x10", IP, socket.IP_TOS, 0x10, "IP_TOS = 16"),
        ("-J 3", IP, socket.IP_TTL, 3, "IP_TTL = 3"),
        ("-B -u", SOL, socket.SO_BROADCAST, 1, "SO_BROADCAST set"),
        ("-E -u", IP, IP_PKTINFO, 1, "IP_PKTINFO set"),
        ("-t 7 -u", IP, socket.IP_MULTICAST_TTL, 7, "IP_MULTICAST_TTL = 7"),
    ],
)
def test_before_the_connection(
    arguments: str,
    level: int,
    option: int,
    value: int,
    message: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with udp() if "-u" in arguments else tcp() as sock:
        assert sock.getsockopt(level, option) != value
        set_before(sock, parse(["-v", *arguments.split(), "sun", "7"]))
        assert sock.getsockopt(level, option) == value
    assert capfd.readouterr().err == f"{message}\n"


def test_nothing_is_set_that_was_not_asked_for() -> None:
    with tcp() as touched, tcp() as fresh:
        set_before(touched, parse(["sun", "7"]))
        set_after(touched, parse(["sun", "7"]))
        for option in (socket.SO_REUSEADDR, socket.SO_KEEPALIVE, socket.SO_RCVBUF):
            assert touched.getsockopt(SOL, option) == fresh.getsockopt(SOL, option)
        assert touched.getsockopt(SOL, socket.SO_LINGER, 8) == struct.pack("ii", 0, 0)


@pytest.mark.parametrize(
    ("arguments", "level", "option"),
    [("-K", SOL, socket.SO_KEEPALIVE), ("-N", TCP, socket.TCP_NODELAY)],
)
def test_on_the_connection(arguments: str, level: int, option: int) -> None:
    with tcp() as sock:
        set_after(sock, parse([arguments, "sun", "7"]))
        assert sock.getsockopt(level, option) == 1


def test_linger_and_timeouts(capfd: pytest.CaptureFixture[str]) -> None:
    with tcp() as sock:
        set_after(sock, parse(["-v", "-L5", "-x1500", "-y2500ms", "sun", "7"]))
        assert sock.getsockopt(SOL, socket.SO_LINGER, 8) == struct.pack("ii", 1, 5)
        for option, wanted in ((socket.SO_RCVTIMEO, 1.5), (socket.SO_SNDTIMEO, 2.5)):
            seconds, microseconds = struct.unpack("ll", sock.getsockopt(SOL, option, 16))
            # The kernel keeps it in ticks, of at most 10 ms.
            assert wanted <= seconds + microseconds / 1e6 < wanted + 0.02
    assert capfd.readouterr().err.endswith("linger on, time = 5\n")


@pytest.mark.parametrize(("letter", "kind"), [("g", 0x83), ("G", 0x89)])
def test_source_route(letter: str, kind: int) -> None:
    options = parse([f"-{letter}140.252.13.33", f"-{letter}140.252.1.4", "sun", "7"])
    with tcp() as sock:
        if not capable(CAP_NET_RAW):
            with pytest.raises(NetworkError, match=r"^source route: Operation not permitted$"):
                set_before(sock, options)
            return
        set_before(sock, options)
        route = sock.getsockopt(IP, socket.IP_OPTIONS, 40)
    hops = socket.inet_aton("140.252.13.33") + socket.inet_aton("140.252.1.4")
    # RFC 791, 3.1: no operation, kind, length, pointer to the first hop, hops.
    assert route == bytes([1, kind, 11, 4]) + hops


def test_debug_needs_privilege() -> None:
    options = parse(["-D", "sun", "7"])
    with tcp() as sock:
        if not capable(CAP_NET_ADMIN):
            with pytest.raises(NetworkError, match=r"^SO_DEBUG setsockopt error: Permission den"):
                set_before(sock, options)
            return
        set_before(sock, options)
        assert sock.getsockopt(SOL, socket.SO_DEBUG) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-j 1.2.3.4 -u", "can't join multicast group 1.2.3.4: Invalid argument"),
        ("-g 127.0.0.1 " * 12, "source route: Invalid argument"),  # more than 40 bytes
        ("-X 1", "TCP_MAXSEG setsockopt error: Invalid argument"),
    ],
)
def test_what_the_kernel_refuses(arguments: str, message: str) -> None:
    with udp() if "-u" in arguments else tcp() as sock:
        options = parse([*arguments.split(), "sun", "7"])
        with pytest.raises(NetworkError, match=f"^{re.escape(message)}$"):
            set_before(sock, options)


def test_a_buffer_above_the_kernel_s_limit_is_said() -> None:
    with tcp() as sock:
        options = parse(["-R", "2000000000", "sun", "7"])
        with pytest.raises(NetworkError, match=r"^SO_RCVBUF = \d+, not 2000000000: it is above"):
            set_before(sock, options)


INTERRUPTED = """
import os, select, signal, sys, threading
from labs.programs.sock.messages import say

reader, writer = os.pipe()
os.dup2(writer, 2)
signal.signal(signal.SIGIO, lambda _signal, _frame: say("SIGIO"))

def interrupt_and_read():
    while select.select([], [writer], [], 0.01)[1]:  # until the pipe is full, and so say waits
        pass
    signal.pthread_kill(threading.main_thread().ident, signal.SIGIO)
    while data := os.read(reader, 65536):
        os.write(1, data)

threading.Thread(target=interrupt_and_read, daemon=True).start()
for _ in range(20_000):
    say("a line")
"""


def test_a_signals_handler_may_say_something_while_something_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert "\nSIGIO\na line\n" in done.stdout
