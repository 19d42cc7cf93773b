"""All measurements, one after the other: `python -m bench`."""

import json
import subprocess
import sys

from bench import captures, grading, startup, wire


def networks() -> dict[str, float]:
    """What bench/build.py measures inside a sandbox."""
    command = [sys.executable, "-m", "topologies.sandbox", sys.executable, "-m", "bench.build"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def main() -> None:
    captures.main()
    startup.main()
    grading.main()
    wire.outside()
    seconds = networks()
    plain, eight = seconds["plain_mininet_s"], seconds["eight_hosts_s"]
    print(f"eight hosts up and down: {eight:.3f} s, plain Mininet {plain:.3f} s", end="")
    print(f" (ratio {eight / plain:.2f}, at most 1.2)")
    print(f"the whole internet, ten hosts, with everything: {seconds['ten_hosts_s']:.3f} s")


if __name__ == "__main__":
    main()
