"""The checks by name, each with its parameters; a check's docstring is what the student reads.

docs/checks.md is this for authors of labs.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, lru_cache, partial
from importlib import import_module
from types import ModuleType
from typing import Annotated, Literal, NamedTuple, cast

import msgspec

from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.expectation import Expectation
from checkers.finding import Outcome
from checkers.recorded import State
from checkers.words import TOLERANCE_S, Negotiable, ProgramEnds, ScheduleName, Word

Bytes = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every check's parameters are: nothing but the keys it knows."""


class Timeline(Parameters, frozen=True):
    """`timeline`: the text of the expected time line. connection: as in Ends. rests: seconds."""

    timeline: str
    connection: Ordinal | None = None
    rests: Seconds = 0


class Ends(Parameters, frozen=True, kw_only=True):
    """The connection's ends, `host` or `host.port`; connection: which of several, from 1."""

    client: str
    server: str
    connection: Ordinal | None = None


class Close(Ends, frozen=True, kw_only=True):
    """first: the host that closes first."""

    first: str | None = None


class Mss(Ends, frozen=True, kw_only=True):
    """Bytes by host: announced (null: no option), at most in a segment, and sent at least."""

    announces: Annotated[dict[str, Bytes | None], msgspec.Meta(min_length=1)]
    limits: dict[str, Bytes] = {}
    sends: dict[str, Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]] = {}


class Backoff(Ends, frozen=True, kw_only=True):
    """schedule: its name. of: which segment of the client. retransmissions: at least."""

    schedule: ScheduleName
    of: Literal["syn", "data", "fin"] = "syn"
    retransmissions: Ordinal | None = None
    only: bool = False


class OneSocket(Parameters, frozen=True, kw_only=True):
    """A socket of a host, by its local or foreign port; connection: which of several, from 1."""

    host: Text
    port: Port | None = None
    connection: Ordinal | None = None


class States(OneSocket, frozen=True, kw_only=True):
    """path: every state, in order. seen: states that must have been recorded."""

    path: Annotated[list[State], msgspec.Meta(min_length=1)]
    seen: list[State] = []


class Lasts(OneSocket, frozen=True, kw_only=True):
    """seconds, tolerance: how long the socket is in the state, give or take."""

    state: State
    seconds: Seconds
    tolerance: Seconds = TOLERANCE_S


class Transcript(Parameters, frozen=True, kw_only=True):
    """shows: texts in the order in which they stand in the host's transcript. never: others.

    after: a text behind whose last place all of that is.
    """

    host: Text
    shows: list[Text] = []
    never: list[Text] = []
    after: Text | None = None

    def __post_init__(self) -> None:
        if not (self.shows or self.never):
            raise ValueError("shows or never: at least one text")


class Reopened(Parameters, frozen=True):
    """The socket pair's ends, `host` or `host.port`."""

    client: str
    server: str


class AcceptQueue(Parameters, frozen=True):
    """server: `host.port`. holds: connections in its queue when the next SYN is dropped."""

    server: str
    holds: Annotated[int, msgspec.Meta(ge=0)]


class Fragments(Ends, frozen=True, kw_only=True):
    """mtu: the most bytes of a datagram that the line takes, IP header included."""

    mtu: Bytes


class FragmentationNeeded(Fragments, frozen=True, kw_only=True):
    """router: the host that tells the MTU."""

    router: str


class Options(Ends, frozen=True, kw_only=True):
    """Options by the notation's words: host to those of its SYN, and those agreed on."""

    syn: Annotated[dict[str, list[Word]], msgspec.Meta(min_length=1)]
    agreed: list[Negotiable]


class Sequence(Parameters, frozen=True, kw_only=True):
    """resets: false where none is expected."""

    resets: bool = True


class HalfClose(Ends, frozen=True, kw_only=True):
    """first: the host that closes its direction first. owes: bytes that the other end sends."""

    first: str
    owes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class Abort(Ends, frozen=True, kw_only=True):
    """by: the host that aborts the connection."""

    by: str


class HalfOpen(Ends, frozen=True, kw_only=True):
    """forgot: the host that knows nothing of the connection any more."""

    forgot: str


class Offers(Parameters, frozen=True, kw_only=True):
    """windows: host to bytes. mss: host to bytes, or null for a SYN without the option."""

    windows: dict[str, Bytes] = {}
    mss: dict[str, Bytes | None] = {}

    def __post_init__(self) -> None:
        if not (self.windows or self.mss):
            raise ValueError("windows or mss: of one host at least")


class Attempts(Parameters, frozen=True):
    """The ends, `host` and `host.port`; gaps: seconds between attempts to connect, in order."""

    client: str
    server: str
    gaps: list[Seconds] = []


class Program(Parameters, frozen=True, kw_only=True):
    """start: of the lab's program, from 1. ends: as it should. status: the exit status."""

    start: Ordinal = 1
    ends: ProgramEnds = "exits"
    status: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None


class At(Enum):
    """Whether a check needs a vantage point."""

    NEEDED = "needed"
    OPTIONAL = "optional"
    NONE = "none"


class Check(NamedTuple):
    """A check: where its function `(evidence, at, **parameters) -> Outcome` is, and what it takes.

    function: `module.function` of this room; it is loaded when the check is asked for, as a lab
    asks for few. reference_name: of the module's constant that says where the check is from; ''
    for none. at: whether the function takes a vantage point, and may get '' for none.
    """

    function: str
    parameters: type[Parameters]
    reference_name: str = "REFERENCE"
    at: At = At.NEEDED

    @property
    def run(self) -> Callable[..., Outcome]:
        """The function itself."""
        found: Callable[..., Outcome] = getattr(self._module, self.function.partition(".")[2])
        return found

    @property
    def reference(self) -> str:
        """The RFC or section that the check is from, or ''."""
        return str(getattr(self._module, self.reference_name)) if self.reference_name else ""

    @property
    def promise(self) -> str:
        """What the check promises: the first line of its docstring."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]

    @property
    def _module(self) -> ModuleType:
        return _loaded(self.function.partition(".")[0])


@cache
def _loaded(module: str) -> ModuleType:
    return import_module(f"checkers.{module}")


NAMED = {
    "handshake": Check("handshake.handshake", Ends),
    "mss": Check("mss.mss", Mss),
    "close": Check("close.close", Close),
    "backoff": Check("backoff.backoff", Backoff),
    "fragments": Check("fragments.fragments", Fragments, "FRAGMENTS_REFERENCE"),
    "fragmentation_needed": Check(
        "fragments.fragmentation_needed", FragmentationNeeded, "NEEDED_REFERENCE"
    ),
    "options": Check("options.options", Options),
    "states": Check("states.states", States, at=At.OPTIONAL),
    "lasts": Check("lasts.lasts", Lasts, at=At.NONE),
    "transcript": Check("transcript.transcript", Transcript, "", At.NONE),
    "reopened": Check("reopened.reopened", Reopened),
    "half_close": Check("half_close.half_close", HalfClose),
    "refused": Check("resets.refused", Ends, "REFUSED_REFERENCE"),
    "abort": Check("resets.abort", Abort, "ABORT_REFERENCE"),
    "half_open": Check("resets.half_open", HalfOpen, "HALF_OPEN_REFERENCE"),
    "simultaneous_open": Check("simultaneous.simultaneous_open", Ends, "OPEN_REFERENCE"),
    "simultaneous_close": Check("simultaneous.simultaneous_close", Ends, "CLOSE_REFERENCE"),
    "sequence": Check("sequence.sequence", Sequence),
    "offers": Check("offers.offers", Offers),
    "attempts": Check("attempts.attempts", Attempts, ""),
    "program": Check("program.program", Program, "", At.NONE),
    "accept_queue": Check("accept_queue.accept_queue", AcceptQueue),
}
CHECKS = {"timeline": Check("timeline_check.timeline", Timeline, ""), **NAMED}


def check_named(name: str) -> Check:
    """The check of this name; raises ExpectationError that lists the names there are."""
    if name not in CHECKS:
        raise ExpectationError(f"unknown check {name!r}: the checks are {', '.join(CHECKS)}")
    return CHECKS[name]


class Ready(NamedTuple):
    """An expectation's check with its parameters, typed: all but the evidence.

    parameters: as `run` has them, the vantage point among them.
    """

    run: Callable[[Evidence], Outcome]
    kind: type[Parameters]
    parameters: Mapping[str, object]
    reference: str


# A class is judged by the same expectations over and over: most of what a course of twenty labs has
# with every combination of values, which would be half a KiB each. They are told apart as objects,
# as catalogs share those that are the same.
@lru_cache(maxsize=2048)
def ready(expectation: Expectation) -> Ready:
    """The expectation's check; raises ExpectationError, which names a parameter that is wrong."""
    named = check_named(expectation.check)
    given = _typed(expectation, named.parameters)
    at = {} if named.at is At.NONE else {"at": expectation.at}
    run = partial(named.run, **at, **given)
    return Ready(run, named.parameters, run.keywords, named.reference)


def _typed(expectation: Expectation, kind: type[Parameters]) -> dict[str, object]:
    try:
        typed = msgspec.convert(expectation.parameters, type=kind)
    except msgspec.ValidationError as error:
        raise ExpectationError(f"{expectation.check}: {error}") from error
    return msgspec.structs.asdict(typed)


def validate(expectation: Expectation) -> None:
    """Refuse an expectation that can't be checked, before any evidence is there.

    Raises ExpectationError that begins with the place in lab.yaml.
    """
    try:
        _check_vantage_point(expectation)
        given = _typed(expectation, check_named(expectation.check).parameters)
        if expectation.check == "timeline":
            from checkers.timeline_parse import parse

            parse(str(given["timeline"]))
        if expectation.check == "states":
            from checkers.states import check_path

            check_path(tuple(cast("list[str]", given["path"])))
    except ExpectationError as error:
        raise ExpectationError(f"{expectation.where}: {expectation.name}: {error}") from error


def _check_vantage_point(expectation: Expectation) -> None:
    need = check_named(expectation.check).at
    if need is At.NEEDED and not expectation.at:
        raise ExpectationError("no `at`: name the vantage point, such as `at: bsdi eth0`")
    if need is At.NONE and expectation.at:
        raise ExpectationError(f"{expectation.check} looks at no capture: leave `at` out")
