"""What `tcplab check` costs to start: CPU of whole processes, user and system, medians.

One small capture is checked, beside bare Python and beside Python that imports what the command
line is made of; the three take turns, so that a busy moment hits all of them. Modules are compiled
before, as they are from a user's second command on.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from captures.segment import ACK, FIN, MSS, SYN, Option
from tests.captures import frames

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 41
MOST_ABOVE_LIBRARIES_MS, MOST_TIMES_BARE = 40.0, 6.0


def startup(rounds: int = ROUNDS) -> dict[str, float]:
    """Medians in ms by name: bare, libraries and check."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "connection.pcap"
        capture.write_bytes(frames.pcap(connection()))
        commands = {
            "bare": ["-c", "pass"],
            "libraries": ["-c", "import click"],
            "check": ["-m", "cli.main", "check", str(capture), "--lab", "connection"],
        }
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        cpu_ms: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(1 + rounds):
            for name, arguments in commands.items():
                cpu_ms[name].append(process_cpu_ms([sys.executable, *arguments], environment))
    return {name: statistics.median(each[1:]) for name, each in cpu_ms.items()}


def connection() -> list[bytes]:
    """The frames of figure 18.2, without its telnet user's pause."""
    client, server = (frames.SVR4, frames.BSDI), (frames.BSDI, frames.SVR4)
    mss = [Option(MSS, (1024,))]
    packets = [
        frames.tcp(*client, flags=SYN, seq=100, options=mss),
        frames.tcp(*server, flags=SYN | ACK, seq=500, ack=101, options=mss),
        frames.tcp(*client, flags=ACK, seq=101, ack=501),
        frames.tcp(*client, flags=FIN | ACK, seq=101, ack=501),
        frames.tcp(*server, flags=ACK, seq=501, ack=102),
        frames.tcp(*server, flags=FIN | ACK, seq=501, ack=102),
        frames.tcp(*client, flags=ACK, seq=102, ack=502),
    ]
    return [frames.ethernet(packet) for packet in packets]


def process_cpu_ms(command: list[str], environment: dict[str, str]) -> float:
    """User and system time of one process that must succeed; its output is thrown away."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    assert status == 0, f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}"
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    os.chdir(ROOT)
    found = startup()
    bare, libraries, check = found["bare"], found["libraries"], found["check"]
    print(f"tcplab check on one small capture: {check:.1f} ms of CPU")
    print(
        f"  above its command-line libraries ({libraries:.1f} ms): {check - libraries:.1f} ms",
        end="",
    )
    print(f" (at most {MOST_ABOVE_LIBRARIES_MS:.0f})")
    print(f"  bare Python {bare:.1f} ms: {check / bare:.1f} times (at most {MOST_TIMES_BARE:.0f})")


if __name__ == "__main__":
    main()
