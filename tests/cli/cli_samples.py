"""Packets of a right and of a wrong connection, and run directories of them."""

import json
from pathlib import Path

from captures.segment import ACK, FIN, SYN, Option
from tests.captures import frames

FIGURE = Path(__file__).parents[1] / "captures/figures/18.2-connection.txt"


def segment(client: bool, flags: int, **fields: object) -> bytes:
    ends = (frames.SVR4, frames.BSDI) if client else (frames.BSDI, frames.SVR4)
    return frames.ethernet(frames.tcp(*ends, flags=flags, **fields))  # type: ignore[arg-type]


MSS = [Option(2, (1024,))]
RIGHT = [
    segment(True, SYN, seq=100, options=MSS),
    segment(False, SYN | ACK, seq=500, ack=101, options=MSS),
    segment(True, ACK, seq=101, ack=501),
    segment(True, FIN | ACK, seq=101, ack=501),
    segment(False, ACK, seq=501, ack=102),
    segment(False, FIN | ACK, seq=501, ack=102),
    segment(True, ACK, seq=102, ack=502),
]
WRONG = [segment(True, SYN, seq=100, options=[Option(2, (1460,))]), *RIGHT[1:]]


def run_directory(folder: Path, packets: list[bytes], captured: int, **changes: object) -> Path:
    """A run directory of lab connection with these packets at both vantage points."""
    hosts = {
        name: {"system": system, "interfaces": {"eth0": address}}
        for name, system, address in (
            ("svr4", "SVR4", "140.252.13.34/27"),
            ("bsdi", "BSD/386 1.0", "140.252.13.35/27"),
        )
    }
    points = [
        {"host": name, "interface": "eth0", "file": f"pcap/{name}-eth0.pcap"}
        | {"captured": captured, "received": captured, "dropped": 0}
        for name in hosts
    ]
    run = {"schema_version": 1, "lab": "connection", "catalog_version": "1", "pace": "quick"}
    run |= {"started": "1970-01-01T00:00:00Z", "ended": "1970-01-01T00:00:05Z", "kernel": "6.18"}
    run |= {"hosts": hosts, "vantage_points": points, "services": {"discard": 9}} | changes
    (folder / "pcap").mkdir(parents=True)
    for place, point in enumerate(points):  # a crossing takes a microsecond
        times_ns = [time_ns + 1000 * place for time_ns in frames.default_times_ns(packets)]
        (folder / str(point["file"])).write_bytes(frames.pcap(packets, times_ns=times_ns))
    (folder / "run.json").write_text(json.dumps(run))
    return folder
