"""What a run leaves: what was recorded, its run.json, and its run directory, published whole."""

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from captures import run as run_json
from labs import catalog, tools
from labs.assignment import Assignment
from labs.publishing import PROGRAM, TICKET, clear, publish
from labs.sockets import Looks, recording_states
from labs.tcpdump import Taped, Tcpdump, capturing
from topologies.abilities import kernel
from topologies.inside_cover import SERVICES
from topologies.network import MININET_VERSION, Network


@contextlib.contextmanager
def recording(
    network: Network, lab: catalog.Lab, folder: Path
) -> Iterator[tuple[list[Tcpdump], Looks]]:
    """Capture at a lab's vantage points, and record the sockets there, into a folder."""
    points = [(point.host, point.interface) for point in lab.vantage_points]
    hosts = list(dict.fromkeys(host for host, _ in points))
    with (
        capturing(network, points, folder / "pcap") as dumps,
        recording_states(network, hosts, folder / "states.jsonl") as looks,
    ):
        yield dumps, looks


def record(
    network: Network,
    lab: catalog.Lab,
    wanted: Assignment,
    started: str,
    dumps: Sequence[Taped],
    programs: Sequence[run_json.Program] = (),
    at_rest: bool = True,
) -> run_json.Run:
    """The run.json of a run that ends now; at_rest: with every connection ended."""
    return run_json.Run(
        schema_version=run_json.SCHEMA_VERSION,
        lab=lab.name,
        catalog_version=catalog.VERSION,
        pace=wanted.pace,
        student=wanted.student or None,
        variant=wanted.values or None,
        started=started,
        ended=now(),
        kernel=kernel(),
        user="root" if _outer_root() else "ordinary",
        tools=tools.versions() | {"mininet": MININET_VERSION},
        hosts={host.name: _host(network, host.name) for host in network.mininet.hosts},
        links=[_link(network, name) for name in network.internet.links],
        services=SERVICES,
        vantage_points=[_vantage_point(dump) for dump in dumps],
        degraded=[run_json.Degraded(**asdict(one)) for one in network.degraded],
        programs=list(programs),
        at_rest=at_rest,
    )


def _host(network: Network, name: str) -> run_json.Host:
    host = network[name]
    facts = host.facts
    return run_json.Host(
        system=facts.system,
        interfaces={its.name: its.address for its in facts.interfaces},
        ethers={its.name: its.ether for its in facts.interfaces if its.ether},
        mtus={its.name: network.internet.mtu(its) for its in facts.interfaces},
        personality=msgspec.to_builtins(asdict(host.personality)),
        sysctls=host.sysctls,
    )


def _link(network: Network, name: str) -> run_json.Link:
    link = network.internet.links[name]
    settings = {"mtu": link.mtu, "bit_rate": link.bit_rate, "delay_ms": link.delay_ms}
    return run_json.Link(
        name=name,
        kind=link.kind,
        ends=[f"{host.name} {host.on(name).name}" for host in network.internet.on(name)],
        settings={key: value for key, value in settings.items() if value is not None},
        measured={
            pair: round_trip
            for pair, round_trip in network.measured_ms.items()
            if pair.startswith(f"{name} ")
        },
    )


def _vantage_point(dump: Taped) -> run_json.VantagePoint:
    return run_json.VantagePoint(
        host=dump.host,
        interface=dump.interface,
        file=f"pcap/{dump.file.name}",
        **asdict(dump.counts),
    )


def text_of(record: run_json.Run) -> bytes:
    """run.json's own text."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def publish_run(out: Path, scratch: Path, record: run_json.Run) -> None:
    """Every file whole; run.json last, since a run directory without it is an interrupted run."""
    clear(out)
    try:
        for file in sorted(scratch.rglob("*")):
            if file.is_file() and (file.suffix in PUBLISHED or file.name == TICKET):
                publish(out / file.relative_to(scratch), file.read_bytes())
            elif file.suffix == ".py":  # a student's program is the only one
                publish(out / PROGRAM, file.read_bytes())
        publish(out / "run.json", text_of(record))
    except OSError:
        clear(out)
        raise


PUBLISHED = {".pcap", ".txt", ".jsonl"}


def _outer_root() -> bool:
    """Whether this sandbox's root is the machine's root: then no ids are mapped."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def now() -> str:
    """The time as run.json has it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
