"""Round-trip times across the wire beside theory: `python3 bench/wire.py`.

Medians of 20 echoes of 64 bytes (84-byte datagrams), in private namespaces; needs no root where
the kernel lets ordinary users make user namespaces. On a SLIP line each byte that must be escaped
(in a time stamp, an identifier or a checksum) adds 1.04 ms each way: such echoes stand out.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ECHOES = 20
A, B = "10.0.0.1", "10.0.0.2"
ETHERS = {A: "02:00:00:00:00:0a", B: "02:00:00:00:00:0b"}

BIT_RATE = 9600
DELAY_MS = 50.0
SLIP_THEORY_MS = 2 * (84 + 2) * 10 * 1000 / BIT_RATE  # an END on either side, 10 bits a byte


def main() -> int:
    if "--inside" not in sys.argv:
        return outside()
    run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    report("SLIP 9600 bit/s, packet ports", SLIP_THEORY_MS, packet_slip_ms())
    if os.access("/dev/net/tun", os.R_OK | os.W_OK):
        report("SLIP 9600 bit/s, TUN", SLIP_THEORY_MS, tun_slip_ms())
    report(f"delay line, {DELAY_MS:g} ms one way", 2 * DELAY_MS, delay_ms())
    return 0


def outside() -> int:
    """Start this script once more, in namespaces that go when it ends."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    namespaces = ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"]
    again = [sys.executable, str(Path(__file__).resolve()), "--inside"]
    return subprocess.run(["unshare", *user, *namespaces, *again], check=False).returncode


def report(what: str, theory_ms: float, measured_ms: list[float]) -> None:
    median_ms = statistics.median(measured_ms)
    print(
        f"{what}: theory {theory_ms:.3f} ms, median {median_ms:.3f} ms "
        f"({median_ms - theory_ms:+.3f}), {min(measured_ms):.3f} to {max(measured_ms):.3f} ms"
    )


def tun_slip_ms() -> list[float]:
    with host() as a, host() as b:
        ends = {A: a, B: b}
        with wire("slip", f"tun:{a}:line", f"tun:{b}:line", "--bit-rate", str(BIT_RATE)):
            configure(ends)
            return pings_ms(a)


def packet_slip_ms() -> list[float]:
    with host() as a, host() as b:
        ends = {A: a, B: b}
        make_veths(ends, arp="off")
        configure(ends)
        ports = [f"packet:self:{device(pid)}:{ETHERS[end]}" for end, pid in ends.items()]
        with wire("slip", *ports, "--bit-rate", str(BIT_RATE)):
            return pings_ms(a)


def delay_ms() -> list[float]:
    with host() as a, host() as b:
        ends = {A: a, B: b}
        make_veths(ends, arp="on")
        configure(ends)
        ports = [f"packet:self:{device(pid)}" for pid in (a, b)]
        with wire("delay", *ports, "--delay-ms", str(DELAY_MS)):
            pings_ms(a)  # ARP first
            return pings_ms(a)


@contextmanager
def host() -> Iterator[str]:
    """A network namespace without IPv6; the pid of a process in it."""
    command = ["unshare", "--net", "sh", "-c", "echo $$; exec cat"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        pid = process.stdout.readline().strip()
        run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", host=pid)
        yield pid


@contextmanager
def wire(*arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "topologies.wire", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n", "the wire did not come up: see its message"
        yield
        process.terminate()
        process.stdout.read()


def device(pid: str) -> str:
    """The wire's end of a host's veth; the kernel is slow to delete the last hosts' ones."""
    return f"line-{pid}"


def make_veths(ends: dict[str, str], arp: str) -> None:
    for end, pid in ends.items():
        peer = ["name", "line", "netns", pid, "address", ETHERS[end]]
        run("ip", "link", "add", device(pid), "type", "veth", "peer", *peer)
        run("ip", "link", "set", device(pid), "up")
        run("ip", "link", "set", "line", "arp", arp, host=pid)


def configure(ends: dict[str, str]) -> None:
    for end, peer in ((A, B), (B, A)):
        run("ip", "address", "add", end, "peer", peer, "dev", "line", host=ends[end])
        run("ip", "link", "set", "line", "up", host=ends[end])


def pings_ms(pid: str) -> list[float]:
    """Round-trip times; one ping each, since only its summary has microseconds."""
    return [ping_ms(pid) for _ in range(ECHOES)]


def ping_ms(pid: str) -> float:
    output = run("ping", "-n", "-q", "-c", "1", B, host=pid)
    match = re.search(r"min/avg/max/mdev = ([\d.]+)/", output)
    assert match, output
    return float(match[1])


def run(*command: str, host: str | None = None) -> str:
    where = ["nsenter", f"--target={host}", "--net"] if host else []
    return subprocess.run([*where, *command], check=True, text=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main())
