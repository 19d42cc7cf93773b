"""Reading captures, beside tshark: `python -m bench.captures`.

CPU seconds, user and system, of whole processes where tshark is compared with; all in one run.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bench import traffic
from captures import reader

CONNECTIONS = 20_000  # of some fifty packets: a million
SMALL, SMALL_PACKETS = 200, 30
ROUNDS = 3
IP_FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.dsfield")
TCP_FIELDS = ("srcport", "dstport", "seq_raw", "ack_raw", "flags", "len", "window_size_value")
FIELDS = ["frame.number", "frame.time_epoch", *IP_FIELDS, "tcp.options", "tcp.stream"]
FIELDS += [f"tcp.{field}" for field in TCP_FIELDS]


def tshark_s(path: Path) -> float:
    """CPU seconds of tshark, printing the fields that we decode."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields"]
    command += [word for field in FIELDS for word in ("-e", field)]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=silent, stderr=silent) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "tshark failed"
    return usage.ru_utime + usage.ru_stime


def ours(how: str, path: Path) -> dict[str, float]:
    """What `inside` measures in a process of its own; `how` is plain, numpy or small."""
    command = [sys.executable, "-m", "bench.captures", how, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def inside(how: str, path: Path) -> dict[str, float]:
    """Measure here; cpu_s counts from the process's start, work_s from there on."""
    if how != "numpy":
        sys.modules["numpy"] = None  # type: ignore[assignment]
    if how == "small":
        return small(path)
    start_s = time.process_time()
    capture = reader.read(path)
    connections = len(capture.connections)
    end_s = time.process_time()
    return {
        "packets": len(capture),
        "connections": connections,
        "work_s": end_s - start_s,
        "cpu_s": end_s,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """The most memory that this process ever had (getrusage counts its parent's, too)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def small(directory: Path) -> dict[str, float]:
    """Microseconds a small capture, decoded and grouped, and labelled too."""
    paths = sorted(directory.iterdir())

    def group(path: Path) -> None:
        assert reader.read(path).connections

    def label(path: Path) -> None:
        for connection in reader.read(path).connections:
            assert connection.labelled

    def each_us(work: Callable[[Path], None]) -> float:
        start_s = time.process_time()
        for path in paths:
            work(path)
        return (time.process_time() - start_s) / len(paths) * 1e6

    each_us(label)  # imports and caches
    rounds = [(each_us(group), each_us(label)) for _ in range(9)]
    grouped, labelled = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"grouped_us": grouped, "labelled_us": labelled}


def report_large(path: Path) -> None:
    ways = {"plain": (8, 150)} | ({"numpy": (30, 350)} if find_spec("numpy") else {})
    rounds = [{way: ours(way, path) for way in ways} for _ in range(ROUNDS)]
    their_s = tshark_s(path)
    for way, (times, limit_mb) in ways.items():
        cpu_s = statistics.median(each[way]["cpu_s"] for each in rounds)
        peak_mb = max(each[way]["peak_mb"] for each in rounds)
        packets, connections = (int(rounds[0][way][key]) for key in ("packets", "connections"))
        print(
            f"{packets} packets, {connections} connections, {way}: {cpu_s:.2f} s of CPU, "
            f"tshark {their_s:.1f} s (ratio {their_s / cpu_s:.1f}, at least {times}); "
            f"{peak_mb:.0f} MB (at most {limit_mb})"
        )
    if "numpy" not in ways:
        print("numpy is not installed here: nothing to say of it")


def report_small(directory: Path) -> None:
    for number in range(SMALL):
        path = directory / f"{number:03}.pcap"
        traffic.write(path, connections=1, segments=SMALL_PACKETS, seed=number)
    measured = ours("small", directory)
    their_us = 1e6 * statistics.median(
        tshark_s(directory / f"{number:03}.pcap") for number in range(5)
    )
    print(f"{SMALL_PACKETS}-packet capture, decoded and grouped: {measured['grouped_us']:.0f} us")
    print(
        f"{SMALL_PACKETS}-packet capture, labelled too: {measured['labelled_us']:.0f} us "
        f"(at most 150), one tshark {their_us / 1000:.0f} ms "
        f"(ratio {their_us / measured['labelled_us']:.0f}, at least 1000)"
    )


def report_growth(directory: Path, million: Path) -> None:
    """CPU a packet from 10^4 to 10^7 packets; the last ones are the million ten times."""
    paths = [directory / "ten-thousand", directory / "hundred-thousand", million]
    paths.append(directory / "ten-millions")
    traffic.write(paths[0], CONNECTIONS // 100)
    traffic.write(paths[1], CONNECTIONS // 10)
    traffic.repeat(million, 10, paths[3])
    # The smaller, the more often: a moment's work hits whatever else the machine does.
    sizes = [median_of(path, times) for path, times in zip(paths, (9, 5, 3, 1), strict=True)]
    each_us = [one["work_s"] / one["packets"] * 1e6 for one in sizes]
    for one, us in zip(sizes, each_us, strict=True):
        print(f"{int(one['packets']):>9} packets, plain: {us:.2f} us each, {one['peak_mb']:.0f} MB")
    ratio = each_us[-1] / each_us[0]
    print(f"a packet among ten millions costs {ratio:.2f} times one of ten thousand (at most 2)")


def median_of(path: Path, times: int) -> dict[str, float]:
    """The round of median work."""
    rounds = sorted((ours("plain", path) for _ in range(times)), key=lambda one: one["work_s"])
    return rounds[times // 2]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        million = directory / "million.pcap"
        traffic.write(million, CONNECTIONS)
        (directory / "small").mkdir()
        report_small(directory / "small")
        report_large(million)
        report_growth(directory, million)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(inside(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
