"""Inside the sandbox: build the lab's network, play its script, capture, publish the run directory.

Started by launch.py as `python -m labs.runner ASSIGNMENT OUT`. Tells its progress, and at the end
its result, as JSON lines on standard output: {"say": text, "longest_s": seconds or null},
{"built": hosts}, {"done": path}, {"lab_error": text}, {"machine_error": text}.
"""

import datetime
import importlib.util
import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import msgspec

from captures import run as run_json
from labs import catalog, tools
from labs.assignment import Assignment
from labs.errors import LabError, MachineError
from labs.program import program_text
from labs.publishing import PROGRAM, TICKET, clear, publish
from labs.sockets import recording_states
from labs.stage import Stage, install_programs
from labs.tcpdump import Tcpdump, capturing
from topologies.abilities import TELNET_GROUP, kernel, measured
from topologies.hosts import PROGRAMS
from topologies.inside_cover import BOOK, SERVICES
from topologies.internet import Internet, TopologyError, part, with_delays, with_ethers, with_mtus
from topologies.network import MININET_VERSION, Network, NetworkError, running
from topologies.personalities import Personality, personality
from topologies.sandbox import SCRATCH


def play(wanted: Assignment, out: Path) -> None:
    """Play one lab and publish its run directory at `out`.

    Raises LabError where the script doesn't get what it waits for, MachineError, NetworkError or
    OSError where this machine can't play it, TopologyError where the lab asks for the impossible.
    """
    lab = catalog.load(wanted.lab, given=wanted.values)
    internet = internet_of(lab)
    started = _now()
    scratch = SCRATCH / "run"
    scratch.mkdir()
    abilities = measured()
    known_telnet = abilities.nftables and abilities.many_groups
    install_programs(PROGRAMS, TELNET_GROUP if known_telnet else None)
    say(f"building {', '.join(internet.hosts)}")
    with running(internet, personalities_of(lab)) as network:
        _tell("built", ", ".join(internet.hosts))
        program = _program(lab, wanted, scratch)
        dumps, programs = _play_on(network, lab, wanted.pace, scratch, program)
        record = _record(network, lab, wanted, started, dumps, programs)
        if wanted.ticket:
            (scratch / TICKET).write_text(wanted.ticket)
        _publish(out, scratch, record)


def internet_of(lab: catalog.Lab) -> Internet:
    """The part of the book's internet that a lab names, with the settings that it changes."""
    mtus = {host: its.mtu for host, its in lab.hosts.items()}
    ethers = {host: its.ether for host, its in lab.hosts.items() if its.ether}
    delays_ms = {link: its.delay_ms for link, its in lab.links.items()}
    needed = with_ethers(with_mtus(part(BOOK, lab.hosts), mtus), ethers)
    return with_delays(needed, delays_ms)


def personalities_of(lab: catalog.Lab) -> dict[str, Personality]:
    """The personality of each host that a lab names, with the lab's overrides."""
    return {
        name: personality(its.system or BOOK.host(name).system, its.overrides)
        for name, its in lab.hosts.items()
    }


def _program(
    lab: catalog.Lab, wanted: Assignment, scratch: Path
) -> tuple[catalog.Program, Path] | None:
    """How the lab runs the student's program, and a copy of it under the name it has there."""
    if lab.program is None:
        return None
    file = scratch / lab.program.called
    file.write_bytes(program_text(Path(wanted.program)))
    file.chmod(0o644)  # another user is to read it
    return lab.program, file


def _play_on(
    network: Network,
    lab: catalog.Lab,
    pace: str,
    scratch: Path,
    program: tuple[catalog.Program, Path] | None,
) -> tuple[list[Tcpdump], list[run_json.Program]]:
    script = _script(lab)
    stage = Stage(network, pace, scratch, say, lab.values, program)
    points = [(point.host, point.interface) for point in lab.vantage_points]
    hosts = list(dict.fromkeys(host for host, _ in points))
    try:
        with (
            capturing(network, points, scratch / "pcap") as dumps,
            recording_states(network, hosts, scratch / "states.jsonl"),
        ):
            script.play(stage)
            if lab.program:
                stage.everybody_leaves()
            stage.quiet()
    finally:
        stage.close()
    for host, text in stage.transcripts().items():
        (scratch / "transcripts").mkdir(exist_ok=True)
        (scratch / "transcripts" / f"{host}.txt").write_text(text)
    return dumps, [program.record() for program in stage.programs]


def _script(lab: catalog.Lab) -> ModuleType:
    """The lab's lab.py, as a module."""
    path = catalog.folder(lab.name) / "lab.py"
    specification = importlib.util.spec_from_file_location(f"lab_{lab.name}", path)
    assert specification is not None  # noqa: S101  (a path that ends in .py has a loader)
    assert specification.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _record(
    network: Network,
    lab: catalog.Lab,
    wanted: Assignment,
    started: str,
    dumps: list[Tcpdump],
    programs: list[run_json.Program],
) -> run_json.Run:
    return run_json.Run(
        schema_version=run_json.SCHEMA_VERSION,
        lab=lab.name,
        catalog_version=catalog.VERSION,
        pace=wanted.pace,
        student=wanted.student or None,
        variant=wanted.values or None,
        started=started,
        ended=_now(),
        kernel=kernel(),
        user="root" if _outer_root() else "ordinary",
        tools=tools.versions() | {"mininet": MININET_VERSION},
        hosts={host.name: _host(network, host.name) for host in network.mininet.hosts},
        links=[_link(network, name) for name in network.internet.links],
        services=SERVICES,
        vantage_points=[_vantage_point(dump) for dump in dumps],
        degraded=[run_json.Degraded(**asdict(one)) for one in network.degraded],
        programs=programs,
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


def _vantage_point(dump: Tcpdump) -> run_json.VantagePoint:
    assert dump.counts is not None  # noqa: S101  (it has stopped)
    return run_json.VantagePoint(
        host=dump.host,
        interface=dump.interface,
        file=f"pcap/{dump.file.name}",
        **asdict(dump.counts),
    )


def _publish(out: Path, scratch: Path, record: run_json.Run) -> None:
    """Every file whole; run.json last, since a run directory without it is an interrupted run."""
    clear(out)
    try:
        for file in sorted(scratch.rglob("*")):
            if file.is_file() and (file.suffix in PUBLISHED or file.name == TICKET):
                publish(out / file.relative_to(scratch), file.read_bytes())
            elif file.suffix == ".py":  # a student's program is the only one
                publish(out / PROGRAM, file.read_bytes())
        text = msgspec.json.format(msgspec.json.encode(record), indent=2)
        publish(out / "run.json", text + b"\n")
    except OSError:
        clear(out)
        raise


PUBLISHED = {".pcap", ".txt", ".jsonl"}


def _outer_root() -> bool:
    """Whether this sandbox's root is the machine's root: then no ids are mapped."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def say(text: str, longest_s: float | None = None) -> None:
    """Tell the progress: what is being done or waited for, and for how long at most."""
    _tell("say", text, longest_s=longest_s)


def _tell(kind: str, text: str, **more: object) -> None:
    print(json.dumps({kind: text, **more}), flush=True)  # noqa: T201  (the protocol with launch.py)


def main() -> int:
    """Play the assignment (as JSON) for the run directory on the command line.

    Returns 0, or 1 after an error that was told.
    """
    assignment, out = sys.argv[1:]
    try:
        play(msgspec.json.decode(assignment, type=Assignment), Path(out))
    except (LabError, TopologyError) as error:
        _tell("lab_error", str(error))
    except (MachineError, NetworkError, OSError) as error:
        _tell("machine_error", str(error))
    except RuntimeError as error:  # a setting that the kernel refuses
        _tell("machine_error", str(error))
    else:
        _tell("done", out)
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
