"""Evidence to check: the connection of section 18.2 as a listing, as a pcap, as a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec.structs import replace

from captures.capture import Capture
from captures.names import Names
from captures.reader import parse
from captures.run import Degraded, Host, Run, VantagePoint
from captures.segment import Endpoint, Segment
from checkers.evidence import Evidence, Vantage
from checkers.recorded import Socket, Sockets
from tests.captures import frames

FIGURES = Path(__file__).parent.parent / "captures" / "figures"
CONNECTION = (FIGURES / "18.2-connection.txt").read_text()

POINT = "bsdi eth0"
ADDRESSES = {
    "svr4": "140.252.13.34",
    "bsdi": "140.252.13.35",
    "sun": "140.252.13.33",
    "slip": "140.252.13.65",
    "vangogh": "128.32.130.2",
}
NAMES = Names({address: name for name, address in ADDRESSES.items()})


@dataclass(frozen=True, eq=False)
class Wish:
    """An expectation, as the catalog would hand it over."""

    check: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    name: str = "wish"
    at: str = POINT
    hint: str = ""
    reference: str = ""
    where: str = "lab.yaml:7"


def from_listing(text: str) -> Evidence:
    """A bare listing."""
    return bare(parse(text.encode()))


def bare(capture: Capture) -> Evidence:
    return Evidence({"": Vantage("", capture, capture.drops or 0)}, NAMES)


def run_of(text: str) -> Evidence:
    """A listing as the complete capture of a run."""
    return Evidence({POINT: Vantage(POINT, parse(text.encode()))}, NAMES, sample_run())


def figure(name: str) -> Evidence:
    return from_listing((FIGURES / f"{name}.txt").read_text())


def segments(listing: str = CONNECTION) -> list[Segment]:
    """A listing's segments as a pcap has them: addresses, and every field known."""
    following: dict[Endpoint, int] = {}
    seen = []
    for segment in parse(listing.encode()):
        seq = following.get(segment.source, 0) if segment.seq is None else segment.seq
        following[segment.source] = seq + segment.length
        seen.append(_seen(segment, seq))
    return seen


def _seen(segment: Segment, seq: int) -> Segment:
    return replace(
        segment,
        source=Endpoint(ADDRESSES[segment.source.host], segment.source.port),
        destination=Endpoint(ADDRESSES[segment.destination.host], segment.destination.port),
        seq=seq,
        window=4096 if segment.window is None else segment.window,
        options=segment.options or (),
        tos=segment.tos or 0,
    )


def ran(
    observed: Sequence[Segment],
    *,
    drops: int = 0,
    cut: bool = False,
    degraded: Sequence[Degraded] = (),
    mtu: int = 1500,
    sysctls: Mapping[str, str] | None = None,
) -> Evidence:
    """The evidence of a run with one vantage point that saw these segments."""
    data = frames.pcap_of(observed)
    capture = parse(data[:-1] if cut else data)
    run = sample_run(drops=drops, degraded=degraded, mtu=mtu, sysctls=sysctls)
    return Evidence({POINT: Vantage(POINT, capture, drops)}, NAMES, run)


def sample_run(
    drops: int = 0,
    degraded: Sequence[Degraded] = (),
    mtu: int = 1500,
    sysctls: Mapping[str, str] | None = None,
) -> Run:
    settings = dict(sysctls or {})
    hosts = {
        name: Host("Linux", {"eth0": f"{address}/27"}, mtus={"eth0": mtu}, sysctls=settings)
        for name, address in ADDRESSES.items()
    }
    point = VantagePoint("bsdi", "eth0", "pcap/bsdi-eth0.pcap", 7, 7, drops)
    return Run(
        schema_version=1,
        lab="connection",
        catalog_version="1",
        pace="quick",
        started="1970-01-01T00:00:00+00:00",
        ended="1970-01-01T01:00:00+00:00",
        kernel="6.18",
        hosts=hosts,
        vantage_points=[point],
        degraded=list(degraded),
    )


def recorded(*lines: tuple[float, Sequence[str]], host: str = "bsdi") -> Evidence:
    """Evidence with a host's recorded states: seconds, and sockets as `local foreign STATE`."""
    entries = [
        Sockets(number, round(seconds * 1e9), tuple(map(_socket, sockets)))
        for number, (seconds, sockets) in enumerate(lines, 1)
    ]
    return Evidence({}, NAMES, sample_run(), states={host: entries})


def _socket(text: str) -> Socket:
    local, foreign, state = text.split()
    return Socket(endpoint(local), endpoint(foreign), state)


def endpoint(text: str) -> Endpoint:
    """`svr4.1037` with the address."""
    host, port = text.rsplit(".", 1)
    return Endpoint(ADDRESSES.get(host, host), int(port))


def write_run(directory: Path, observed: Sequence[Segment], run: Run | None = None) -> Path:
    """A run directory on disk."""
    (directory / "pcap").mkdir(parents=True)
    (directory / "pcap" / "bsdi-eth0.pcap").write_bytes(frames.pcap_of(observed))
    (directory / "run.json").write_bytes(msgspec.json.encode(run or sample_run()))
    return directory


def degraded(host: str, aspect: str) -> Degraded:
    return Degraded(host, aspect, "the book's", "Linux's", "an old kernel")


def changed(observed: Sequence[Segment], number: int, **fields: object) -> list[Segment]:
    """The segments with some fields of segment `number` (from 1) changed."""
    altered = list(observed)
    altered[number - 1] = replace(altered[number - 1], **fields)
    return altered


def without(observed: Sequence[Segment], *numbers: int) -> list[Segment]:
    return [segment for place, segment in enumerate(observed, 1) if place not in numbers]
