"""The catalog of labs: one folder a lab, and the loader of its YAML files.

Labs are data. What they name on the network and what they check is judged by the rooms that
build and check; here a lab is read, and refused where it says what no lab can say.
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from sys import intern
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType, structs

from labs.catalog import questions, rubric, variant
from labs.catalog.part import Part
from labs.catalog.questions import Question
from labs.catalog.rubric import Item
from labs.catalog.variant import Rule, Values
from labs.catalog.yaml_file import YamlFile, YamlFileError

__all__ = [
    "Expectation",
    "Item",
    "Lab",
    "Limits",
    "Program",
    "Question",
    "YamlFileError",
    "expectations",
    "folder",
    "handout",
    "load",
    "load_rubric",
    "names",
    "of_kind",
    "rules",
]

CATALOG = Path(__file__).parent

# Changes whenever a lab or what it expects does; run.json remembers it.
VERSION = "1"

ETHER = r"^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]

# What a lab plays: the book's users, or a program that a student wrote.
Kind = Literal["session", "program"]
SESSION: Kind = "session"
PROGRAM: Kind = "program"


class Host(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lab says of a host: its system, MTUs, Ethernet address, and personality overrides."""

    system: str | None = None
    mtu: dict[str, Count] = {}
    ether: Annotated[str, msgspec.Meta(pattern=ETHER)] | None = None
    mss_local: Count | UnsetType | None = UNSET
    mss_nonlocal: Count | UnsetType | None = UNSET
    mss_option: bool | UnsetType = UNSET
    window: Count | UnsetType | None = UNSET
    sack: bool | UnsetType = UNSET
    end_of_list: bool | UnsetType = UNSET
    timestamps: bool | UnsetType = UNSET
    window_scaling: bool | UnsetType = UNSET
    path_mtu_discovery: bool | UnsetType = UNSET
    telnet_tos: Count | UnsetType | None = UNSET
    ephemeral_ports: tuple[Count, Count] | UnsetType | None = UNSET
    syn_gaps_s: tuple[Count, ...] | UnsetType | None = UNSET
    connect_gives_up_s: Count | UnsetType = UNSET
    syn_timers: bool | UnsetType = UNSET
    accept_queue: str | UnsetType = UNSET
    fin_wait_2_s: Count | UnsetType | None = UNSET

    @property
    def overrides(self) -> dict[str, object]:
        """The personality's settings that this lab changes, and only those."""
        given = msgspec.structs.asdict(self)
        return {
            key: value
            for key, value in given.items()
            if value is not UNSET and key not in ("system", "mtu", "ether")
        }


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lab says of a delay line: its delay one way."""

    delay_ms: Annotated[float, msgspec.Meta(ge=0)]


class Duration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """About how long a lab takes on a calm machine, in seconds, at each pace; 0: not told."""

    book: Count = 0
    quick: Count = 0

    def at(self, pace: str) -> int:
        """How long it takes at this pace, `book` or `quick`."""
        return self.book if pace == "book" else self.quick


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student's program may use up before it is ended; all that it starts counts with it.

    wall_s, cpu_s: seconds since its start, and of processors. memory_mb: in use at once.
    files_mb: in its directory. output_kb: on its terminal. network_mb: sent and received by its
    host, all of which a capture takes up. processes: threads count, too.
    """

    wall_s: Positive = 60
    cpu_s: Positive = 5
    memory_mb: Positive = 128
    files_mb: Positive = 8
    output_kb: Positive = 64
    network_mb: Positive = 8
    processes: Positive = 64


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a lab runs the student's program.

    called: its file's name in the lab. starts: the arguments of each time that it is started.
    """

    called: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\.py$")]
    host: Text
    starts: Annotated[tuple[str | int, ...], msgspec.Meta(min_length=1)]
    limits: Limits = Limits()


class VantagePoint(NamedTuple):
    """Where tcpdump listens: `svr4 eth0`."""

    host: str
    interface: str


class Expectation(msgspec.Struct, frozen=True, eq=False):
    """One check of the lab; it is the same as another one only where it is the same object.

    name: unique in the lab. at: the vantage point, or '' where the check may do without one.
    parameters: the check's own keys, which the checkers judge.
    where: file and line of this entry.
    """

    check: str
    name: str
    at: str
    parameters: Mapping[str, object]
    hint: str
    reference: str
    where: str


class Lab(msgspec.Struct, frozen=True):
    """A lab as lab.yaml and questions.yaml have it; `name` is its folder's.

    values: what differs by student.
    program: how it runs the student's program; None for a lab that plays the book's users.
    """

    name: str
    values: Values
    title: str
    section: str
    summary: str
    duration_s: Duration
    hosts: dict[str, Host]
    links: dict[str, Link]
    vantage_points: tuple[VantagePoint, ...]
    expect: tuple[Expectation, ...]
    questions: tuple[Question, ...] = ()
    program: Program | None = None

    @property
    def kind(self) -> Kind:
        """`program` where a student's program is played, else `session`."""
        return SESSION if self.program is None else PROGRAM

    @property
    def points(self) -> tuple[str, ...]:
        """The vantage points as an `at` names them: `svr4 eth0`."""
        return tuple(map(" ".join, self.vantage_points))

    @property
    def items(self) -> tuple[str, ...]:
        """The names of all that can earn points: checks, then questions."""
        return (*(one.name for one in self.expect), *(one.name for one in self.questions))


class _LabFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """lab.yaml's own keys."""

    title: Text
    section: Text
    summary: Text
    hosts: Annotated[dict[str, object], msgspec.Meta(min_length=1)]
    vantage_points: Annotated[
        list[Annotated[str, msgspec.Meta(pattern=r"^\S+ \S+$")]], msgspec.Meta(min_length=1)
    ]
    expect: list[dict[str, object]]
    links: dict[str, object] = {}
    duration_s: Duration = Duration()
    kind: Kind = SESSION
    program: dict[str, object] | None = None


class _CommonKeys(msgspec.Struct, frozen=True):
    """The keys that every expectation has or may have; all others are its check's parameters."""

    check: Text
    at: str = ""
    name: Text | None = None
    hint: str = ""
    reference: str = ""


def names(catalog: Path = CATALOG) -> list[str]:
    """The labs' names, in alphabetical order."""
    return sorted(path.parent.name for path in catalog.glob("*/lab.yaml"))


def of_kind(kind: Kind) -> list[str]:
    """The catalog's labs that play the book's users (`session`), or a student's program."""
    return [name for name in names() if load(name).kind == kind]


def folder(name: str, catalog: Path = CATALOG) -> Path:
    """The folder of a lab; raises LookupError that lists the labs there are."""
    home = catalog / name
    if home.name != name or name == ".." or not (home / "lab.yaml").is_file():
        known = names(catalog)
        from difflib import get_close_matches  # slow to load, and most names are right

        close = get_close_matches(name, known, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise LookupError(f"unknown lab {name!r}: {meant}The labs are {', '.join(known)}")
    return home


def load(name: str, catalog: Path = CATALOG, given: Values | None = None) -> Lab:
    """Read a lab, with a student's values or the book's.

    Raises LookupError, YamlFileError with file and line, and ValueError for values that no rule
    of the lab's variant.yaml allows.
    """
    lab = _without_questions(name, catalog, given)
    asked = questions.asked(_questions(name, catalog), lab.values, lab.items, lab.points)
    return structs.replace(lab, questions=asked)


def expectations(
    name: str, catalog: Path = CATALOG, given: Values | None = None
) -> tuple[Expectation, ...]:
    """What a lab expects, its questions left unread: a check has no use for them.

    Raises what `load` does.
    """
    return _without_questions(name, catalog, given).expect


def _without_questions(name: str, catalog: Path, given: Values | None) -> Lab:
    values = variant.completed(rules(name, catalog), given or {})
    parts = _parts(name, catalog)
    lab = parts.rest.made(values)
    points = lab.points
    found: dict[str, Expectation] = {}
    for part in parts.expect:
        one = part.made(values)
        if one.name in found:
            part.refuse(f"a second expectation named {one.name!r}: give it a name")
        if one.at and one.at not in points:
            part.refuse(f"{one.at} is no vantage point: {', '.join(points)}", "at")
        found[one.name] = one
    return structs.replace(lab, values=values, expect=tuple(found.values()))


def judged(name: str) -> frozenset[str]:
    """The values of a lab that its expectations or questions name; the others build the network.

    Raises LookupError, or YamlFileError with file and line.
    """
    parts: list[Part[Any]] = [*_parts(name, CATALOG).expect, *_questions(name, CATALOG)]
    names = {each for part in parts for each in part.names}
    return frozenset(value for value, rule in rules(name).items() if names & {value, *rule.implies})


@lru_cache(maxsize=128)
def rules(name: str, catalog: Path = CATALOG) -> Mapping[str, Rule]:
    """The rules of a lab's values, by name; raises LookupError, YamlFileError."""
    return variant.rules(folder(name, catalog))


class _Parts(NamedTuple):
    """A lab.yaml in parts. rest: the lab without its values, expectations and questions."""

    rest: Part[Lab]
    expect: tuple[Part[Expectation], ...]


# Graders read each lab once for every student's values.
@lru_cache(maxsize=128)
def _parts(name: str, catalog: Path) -> _Parts:
    file = YamlFile(folder(name, catalog) / "lab.yaml", keep=True)
    data = file.typed(dict[str, object])
    others = [(key,) for key in data if key != "expect"]
    entries = data.get("expect")
    count = len(entries) if isinstance(entries, list) else 0
    part = partial(Part[Any], anybodys=variant.anybodys(rules(name, catalog)))
    return _Parts(
        part(file, partial(_rest, name), *others),
        tuple(part(file, partial(_expectation, at), ("expect", at)) for at in range(count)),
    )


@lru_cache(maxsize=128)
def _questions(name: str, catalog: Path) -> tuple[Part[Question], ...]:
    return questions.parts(folder(name, catalog) / "questions.yaml")


def _rest(name: str, file: YamlFile) -> Lab:
    own = file.typed(_LabFile)
    return Lab(
        name=name,
        values={},
        title=own.title,
        section=own.section,
        summary=own.summary,
        duration_s=own.duration_s,
        hosts={host: file.typed(Host, "hosts", host) for host in own.hosts},
        links={link: file.typed(Link, "links", link) for link in own.links},
        vantage_points=tuple(VantagePoint(*point.split()) for point in own.vantage_points),
        expect=(),
        program=_program(file, own),
    )


def handout(name: str, given: Values | None = None, language: str = "en") -> str:
    """A lab's hand-out, with a student's values or the book's; raises LookupError, ValueError."""
    home = folder(name)
    values = variant.completed(rules(name), given or {})
    suffix = "" if language == "en" else f".{language}"
    return variant.filled((home / f"handout{suffix}.md").read_text(encoding="utf-8"), values)


def load_rubric(name: str, catalog: Path = CATALOG) -> dict[str, Item]:
    """The points of a lab's checks and questions, by name; one that isn't named is worth nothing.

    Raises LookupError, or YamlFileError with file and line.
    """
    lab = load(name, catalog)
    answers = {one.name: one.answer for one in lab.questions}
    return rubric.read(folder(name, catalog) / "rubric.yaml", lab.items, answers)


def _program(file: YamlFile, own: _LabFile) -> Program | None:
    """How a lab of kind `program` runs the student's; None for the others."""
    if (own.kind == PROGRAM) != (own.program is not None):
        file.refuse("`kind: program` and a `program:` go together", "kind")
    if own.program is None:
        return None
    program = file.typed(Program, "program")
    if program.host not in own.hosts:
        file.refuse(f"{program.host} is none of the lab's hosts", "program", "host")
    return program


def _expectation(place: int, file: YamlFile) -> Expectation:
    common = file.typed(_CommonKeys, "expect", place)
    keys = _CommonKeys.__struct_fields__
    entry = file.part("expect", place)
    return Expectation(
        check=common.check,
        name=common.name or common.check,
        at=common.at,
        parameters={key: value for key, value in entry.items() if key not in keys},
        hint=common.hint.strip(),
        reference=common.reference,
        where=intern(file.where("expect", place)),
    )
