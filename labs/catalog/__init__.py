"""The catalog of labs: one folder a lab, and the loader of its lab.yaml and rubric.yaml.

Labs are data. What they name on the network and what they check is judged by the rooms that
build and check; here a lab is read, and refused where it says what no lab can say.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, TypeVar

import msgspec
import yaml
from msgspec import UNSET, UnsetType

CATALOG = Path(__file__).parent

# Changes whenever a lab or what it expects does; run.json remembers it.
VERSION = "1"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
T = TypeVar("T")


class CatalogError(ValueError):
    """A lab that can't be read: the message begins with file and line."""


class Host(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lab says of a host: its system, its interfaces' MTUs, and personality overrides."""

    system: str | None = None
    mtu: dict[str, Count] = {}
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
            if value is not UNSET and key not in ("system", "mtu")
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


class VantagePoint(NamedTuple):
    """Where tcpdump listens: `svr4 eth0`."""

    host: str
    interface: str


class Expectation(msgspec.Struct, frozen=True):
    """One check of the lab.

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
    """A lab as lab.yaml has it; `name` is its folder's."""

    name: str
    title: str
    section: str
    summary: str
    duration_s: Duration
    hosts: dict[str, Host]
    links: dict[str, Link]
    vantage_points: tuple[VantagePoint, ...]
    expect: tuple[Expectation, ...]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an expectation is worth: points, a hint of the course, who sees it when."""

    points: Count
    hint: str = ""
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = "visible"


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


def folder(name: str, catalog: Path = CATALOG) -> Path:
    """The folder of a lab; raises LookupError that lists the labs there are."""
    known = names(catalog)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise LookupError(f"unknown lab {name!r}: {meant}The labs are {', '.join(known)}")
    return catalog / name


def load(name: str, catalog: Path = CATALOG) -> Lab:
    """Read a lab; raises LookupError, or CatalogError with file and line."""
    file = _File(folder(name, catalog) / "lab.yaml")
    own = file.typed(_LabFile)
    return Lab(
        name=name,
        title=own.title,
        section=own.section,
        summary=own.summary,
        duration_s=own.duration_s,
        hosts={host: file.typed(Host, "hosts", host) for host in own.hosts},
        links={link: file.typed(Link, "links", link) for link in own.links},
        vantage_points=tuple(VantagePoint(*point.split()) for point in own.vantage_points),
        expect=_expectations(file, own),
    )


def load_rubric(name: str, catalog: Path = CATALOG) -> dict[str, Item]:
    """The points of a lab's expectations, by name; one that isn't named is worth nothing.

    Raises LookupError, or CatalogError with file and line.
    """
    expected = {expectation.name for expectation in load(name, catalog).expect}
    file = _File(folder(name, catalog) / "rubric.yaml")
    items = file.typed(dict[str, object])
    for item in items:
        if item not in expected:
            known = ", ".join(sorted(expected))
            file.refuse(f"{item!r} is no expectation of this lab; those are {known}", item)
    return {item: file.typed(Item, item) for item in items}


def _expectations(file: "_File", own: _LabFile) -> tuple[Expectation, ...]:
    found: dict[str, Expectation] = {}
    for place, entry in enumerate(own.expect):
        common = file.typed(_CommonKeys, "expect", place)
        name = common.name or common.check
        if name in found:
            file.refuse(f"a second expectation named {name!r}: give it a name", "expect", place)
        if common.at not in ("", *own.vantage_points):
            points = ", ".join(own.vantage_points)
            file.refuse(f"{common.at} is no vantage point: {points}", "expect", place, "at")
        found[name] = Expectation(
            check=common.check,
            name=name,
            at=common.at,
            parameters={
                key: value
                for key, value in entry.items()
                if key not in _CommonKeys.__struct_fields__
            },
            hint=common.hint.strip(),
            reference=common.reference,
            where=file.where("expect", place),
        )
    return tuple(found.values())


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which refuses a key that stands twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key must be a word", key.start_mark)
            if key.value in seen:
                message = f"duplicate key {key.value!r}"
                raise yaml.MarkedYAMLError(None, None, message, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _File:
    """A YAML file whose every part knows its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            loader = _Loader(path.read_text(encoding="utf-8"))
            self.root = loader.get_single_node()
            self.data: Any = loader.construct_document(self.root) if self.root else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise CatalogError(f"{path}:{line}: {error.problem or error.context}") from error
        except OSError as error:
            raise CatalogError(f"{path}:1: {error.strerror}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CatalogError(f"{path}:1: not readable as YAML: {error}") from error

    def typed(self, kind: type[T], *steps: str | int) -> T:
        """The part at these steps (keys and positions), typed; raises CatalogError."""
        value = self.data
        for step in steps:
            value = value[step]
        try:
            return msgspec.convert(value, type=kind)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at ")
            inner = re.findall(r"\.(\w+)|\[(\d+)\]", place)
            unknown = re.findall("unknown field `(.*)`", message)
            within = [name or int(position) for name, position in inner]
            named = f"{'.'.join(str(step) for step in (*steps, *within))}: " if within else ""
            self.refuse(f"{named}{message}", *steps, *within, *unknown)

    def where(self, *steps: str | int) -> str:
        """`lab.yaml:12`, with the path: the line of the part at these steps, as far as they go."""
        node, line = self.root, self.root.start_mark.line if self.root else 0
        for step in steps:
            parts = _parts(node)
            if step not in parts:
                break
            marked, node = parts[step]
            line = marked.start_mark.line
        return f"{self.path}:{line + 1}"

    def refuse(self, message: str, *steps: str | int) -> NoReturn:
        """Raise the CatalogError that names this part's line."""
        raise CatalogError(f"{self.where(*steps)}: {message}")


def _parts(node: yaml.Node | None) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """A node's parts by key or position: where each begins, and the part itself."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {place: (part, part) for place, part in enumerate(node.value)}
    return {}
