"""A lab's network, built: its hosts with their personalities and programs, and its script."""

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from labs import catalog
from labs.stage import Stage, install_programs
from topologies.abilities import TELNET_GROUP, measured
from topologies.hosts import PROGRAMS
from topologies.inside_cover import BOOK
from topologies.internet import Internet, part, with_delays, with_ethers, with_mtus
from topologies.network import Network, running
from topologies.personalities import Personality, personality
from topologies.sandbox import SCRATCH


def scratch() -> Path:
    """A new folder for what the run writes before it is published; it goes with the sandbox."""
    folder = SCRATCH / "run"
    folder.mkdir()
    return folder


@contextlib.contextmanager
def built(lab: catalog.Lab) -> Iterator[Network]:
    """Build a lab's network inside this sandbox and prove it; take it down at the end.

    Raises TopologyError where the lab asks for the impossible, NetworkError or RuntimeError where
    this machine can't give it.
    """
    abilities = measured()
    known_telnet = abilities.nftables and abilities.many_groups
    install_programs(PROGRAMS, TELNET_GROUP if known_telnet else None)
    with running(internet_of(lab), personalities_of(lab)) as network:
        yield network


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


def script_of(lab: catalog.Lab) -> ModuleType:
    """The lab's lab.py, as a module."""
    path = catalog.folder(lab.name) / "lab.py"
    specification = importlib.util.spec_from_file_location(f"lab_{lab.name}", path)
    assert specification is not None  # noqa: S101  (a path that ends in .py has a loader)
    assert specification.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def prepare(script: ModuleType, stage: Stage) -> None:
    """What a lab has before its users sit down: servers, files, filters; many have none."""
    if hasattr(script, "prepare"):
        script.prepare(stage)
