"""What this kernel and this user can do, found by trying it inside a sandbox."""

import functools
import json
import os
import platform
import shutil
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

SYSCTLS = Path("/proc/sys/net/ipv4")
TUN_DEVICE = Path("/dev/net/tun")
CLOCK_MONOTONIC_COARSE = 6  # <linux/time.h>; it advances by one tick (clock_getres(2))


@dataclass(frozen=True, slots=True)
class Abilities:
    """Each is True where it works here; the comment says since when kernels have it."""

    nftables: bool
    rto_max: bool  # net.ipv4.tcp_rto_max_ms, Linux 6.15
    syn_linear_timeouts: bool  # net.ipv4.tcp_syn_linear_timeouts, Linux 6.5
    tun: bool
    many_groups: bool  # more group ids than one: root, or /etc/subgid and newgidmap
    hz: int  # the kernel's timer ticks a second: CONFIG_HZ
    window_share: float  # of a receive buffer becomes a window: 0.25 in Linux 6.6 to 6.9, else 0.5


@functools.cache
def measured() -> Abilities:
    """Try each, in the sandbox that will need it."""
    return Abilities(
        nftables=shutil.which("nft") is not None and _works("nft", "list", "ruleset"),
        rto_max=(SYSCTLS / "tcp_rto_max_ms").exists(),
        syn_linear_timeouts=(SYSCTLS / "tcp_syn_linear_timeouts").exists(),
        tun=_tun_opens(),
        many_groups=_has_group(TELNET_GROUP),
        hz=round(1 / time.clock_getres(CLOCK_MONOTONIC_COARSE)),
        window_share=_window_share(),
    )


TELNET_GROUP = 23  # any group id that nobody else in the sandbox runs under


def kernel() -> str:
    """The kernel's release, as `uname -r` says it."""
    return platform.release()


def _works(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _tun_opens() -> bool:
    try:
        os.close(os.open(TUN_DEVICE, os.O_RDWR))
    except OSError:
        return False
    return True


def _window_share() -> float:
    """The part of a receive buffer that a new connection announces as its window.

    Asked to wait for so many bytes, a socket makes its buffer as large as that window needs
    (tcp_set_rcvlowat() in net/ipv4/tcp.c; half of the largest buffer is its limit).
    """
    largest = int((SYSCTLS / "tcp_rmem").read_text().split()[2])
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, largest // 2)
        return (largest // 2) / asked.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def _has_group(group: int) -> bool:
    """Whether `group` is mapped in this user namespace (gid_map: inside, outside, count)."""
    for line in Path("/proc/self/gid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= group < first + count:
            return True
    return False


if __name__ == "__main__":
    print(json.dumps(asdict(measured())))  # noqa: T201  (for the doctor, from inside a sandbox)
