"""run.json: what a run directory says of itself, typed.

This is the door between the halves: the runner of labs writes it, checkers read it. Readers
accept every older `schema_version` and ignore keys that they don't know (docs/run.schema.json).
"""

from typing import Annotated, Literal

import msgspec

from captures.names import BOOK_SERVICES, Names
from captures.place import Place

SCHEMA_VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0)]


class Host(msgspec.Struct, frozen=True):
    """An emulated host: interface to address (with prefix length), and what it behaves like."""

    system: str
    interfaces: dict[str, str]
    ethers: dict[str, str] = {}
    mtus: dict[str, int] = {}
    personality: dict[str, str | int | float | bool | list[int] | None] = {}
    sysctls: dict[str, str] = {}


class Link(msgspec.Struct, frozen=True):
    """An emulated link: its kind (ethernet, slip, delay), ends (`host interface`), settings."""

    name: str
    kind: str
    ends: list[str]
    settings: dict[str, str | int | float] = {}
    measured: dict[str, float] = {}


class VantagePoint(msgspec.Struct, frozen=True):
    """Where tcpdump listened: the capture's path below the run directory and tcpdump's counts."""

    host: str
    interface: str
    file: str
    captured: Count
    received: Count
    dropped: Count


class Degraded(msgspec.Struct, frozen=True):
    """Something that this kernel or user can't do: what was wanted, what came instead, and why."""

    host: str
    aspect: str
    wanted: str
    got: str
    why: str


class Program(msgspec.Struct, frozen=True):
    """One start of a student's program on a host, and how it ended.

    command: as its transcript has it. sha256: of the program's file. ended: `exited` by itself,
    `stopped` by SIGTERM from the lab, `limit`. status: exit status; None where it was killed.
    limit: which limit ended it, and how far it came; '' for none. The rest is what it used.
    """

    host: str
    command: str
    sha256: str
    ended: Literal["exited", "stopped", "limit"]
    status: int | None = None
    limit: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    output_bytes: Count = 0


class Run(msgspec.Struct, frozen=True):
    """One run of one lab. Times are ISO 8601 in UTC; `pace` is book, quick or by hand.

    variant: the student's own values of the lab, by name; none where it was played as in the book.
    programs: each start of the student's program, in order; none in labs that have no such.
    at_rest: whether every connection had ended when the captures were stopped.
    """

    schema_version: Annotated[int, msgspec.Meta(ge=1)]
    lab: str
    catalog_version: str
    pace: str
    started: str
    ended: str
    kernel: str
    hosts: dict[str, Host]
    vantage_points: list[VantagePoint]
    user: str = "root"
    student: str | None = None
    variant: dict[str, str | int] | None = None
    tools: dict[str, str] = {}
    links: list[Link] = []
    services: dict[str, int] = {}
    degraded: list[Degraded] = []
    programs: list[Program] = []
    at_rest: bool = True


def load(path: Place) -> Run:
    """Read a run.json; raises ValueError with the path and the key that is wrong."""
    try:
        run = msgspec.json.decode(path.read_bytes(), type=Run)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a run.json: {error}") from error
    if run.schema_version > SCHEMA_VERSION:
        raise ValueError(
            f"{path}: schema_version {run.schema_version}, and this suite knows up to "
            f"{SCHEMA_VERSION}: check it with the suite that wrote it, or a newer one"
        )
    return run


def names(run: Run) -> Names:
    """The names that the run's hosts and services had."""
    hosts = {
        address.partition("/")[0]: name
        for name, host in run.hosts.items()
        for address in host.interfaces.values()
    }
    services = {port: name for name, port in run.services.items()}
    return Names(hosts=hosts, services=services or BOOK_SERVICES)


def misnamed(run: Run, book: Names) -> str:
    """What a run.json says of an address against the book, in words; '' where it agrees.

    A handed-in run.json is a claim: it can't give one host's address to another, nor a host's
    name to an address that the book doesn't have.
    """
    for name, host in run.hosts.items():
        for address in host.interfaces.values():
            bare = address.partition("/")[0]
            owner = book.hosts.get(bare)
            if owner != name:
                truth = f"it is {owner}" if owner else "the book has no such address"
                return f"run.json says that {address} is {name}; {truth}"
    return ""


def json_schema() -> dict[str, object]:
    """The JSON Schema of run.json (docs/run.schema.json is this, written out)."""
    import inspect

    schema = msgspec.json.schema(Run)
    # Python 3.13 and later strip a docstring's indentation; the schema is the same on all.
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    return schema
