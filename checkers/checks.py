"""The checks by name, each with its parameters; a check's docstring is what the student reads."""

import inspect
from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from checkers import close, handshake, mss
from checkers.errors import ExpectationError
from checkers.expectation import Expectation
from checkers.finding import Outcome
from checkers.timeline_check import timeline
from checkers.timeline_parse import parse

Bytes = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every check's parameters are: nothing but the keys it knows."""


class Timeline(Parameters, frozen=True):
    """`timeline`: the text of the expected time line."""

    timeline: str


class Ends(Parameters, frozen=True):
    """The connection's ends, `host` or `host.port`."""

    client: str
    server: str


class Close(Ends, frozen=True):
    """first: the host that closes first."""

    first: str | None = None


class Mss(Ends, frozen=True):
    """Bytes by host: announced (null: no option), and the most that a segment may hold."""

    announces: Annotated[dict[str, Bytes | None], msgspec.Meta(min_length=1)]
    limits: dict[str, Bytes] = {}


class Check(NamedTuple):
    """A check: the function `(evidence, at, **parameters) -> Outcome`, and where it's from."""

    run: Callable[..., Outcome]
    parameters: type[Parameters]
    reference: str = ""

    @property
    def promise(self) -> str:
        """What the check promises: the first line of its docstring."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]


NAMED = {
    "handshake": Check(handshake.handshake, Ends, handshake.REFERENCE),
    "mss": Check(mss.mss, Mss, mss.REFERENCE),
    "close": Check(close.close, Close, close.REFERENCE),
}
CHECKS = {"timeline": Check(timeline, Timeline), **NAMED}


def check_named(name: str) -> Check:
    """The check of this name; raises ExpectationError that lists the names there are."""
    if name not in CHECKS:
        raise ExpectationError(f"unknown check {name!r}: the checks are {', '.join(CHECKS)}")
    return CHECKS[name]


def parameters(expectation: Expectation) -> dict[str, object]:
    """The expectation's parameters, typed; raises ExpectationError that names the wrong one."""
    kind = check_named(expectation.check).parameters
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
        given = parameters(expectation)
        if expectation.check == "timeline":
            parse(str(given["timeline"]))
    except ExpectationError as error:
        raise ExpectationError(f"{expectation.where}: {expectation.name}: {error}") from error
