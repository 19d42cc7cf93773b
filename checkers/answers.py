"""The functions that know right answers, by name, each with its parameters.

A question names one; the right answer is computed from the evidence of whoever is asked, so that
an answer copied from another capture is wrong. docs/answers.md is this for authors of labs.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeGuard

import msgspec

from captures.errors import CaptureError
from checkers import answers_capture as of_capture
from checkers import answers_connection as of_connection
from checkers.checks import Ends, Ordinal, Parameters, Port, Text
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.parties import wanted
from checkers.recorded import State
from checkers.right import Answer, Kind, Right, Which
from checkers.sighting import Sighting, no_vantage_point, sightings
from checkers.verdict import Verdict

__all__ = ["ANSWERS", "Question", "Right", "answer_named", "right_answers", "validate"]


class Question(Protocol):
    """One question of a lab; the catalog's own type has these attributes."""

    @property
    def name(self) -> str:
        """What the question is called in this lab."""

    @property
    def answer(self) -> str:
        """What kind of answer is asked for."""

    @property
    def of(self) -> str:
        """Which of the functions knows the answer."""

    @property
    def at(self) -> str:
        """The vantage point, `host interface`; '' for none."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """The function's own parameters."""

    @property
    def where(self) -> str:
        """Where the lab says so, for messages: `.../questions.yaml:12`."""


class OfHost(Ends, frozen=True, kw_only=True):
    """host: whose end of the connection."""

    host: Text


class OfSegment(OfHost, frozen=True, kw_only=True):
    """segment, nth: which of the host's segments; -1 is the last."""

    segment: Kind
    nth: int = 1


class OfNumber(OfSegment, frozen=True, kw_only=True):
    """relative_to: the host whose ISN is subtracted; without it, the number as it is."""

    relative_to: Text | None = None


class Sender(Ends, frozen=True, kw_only=True):
    """segment, nth: which segment of either end; -1 is the last."""

    segment: Kind
    nth: int = 1


class Interval(Ends, frozen=True, kw_only=True):
    """start, end: two segments, each by `host`, `segment` and `nth`."""

    start: Which
    end: Which


class Count(Ends, frozen=True, kw_only=True):
    """segment: of which kind. host: sent by whom; after: only behind this segment."""

    segment: Kind
    host: Text | None = None
    after: Which | None = None


class Clients(Parameters, frozen=True, kw_only=True):
    """server: `host.port`. host: only clients on this host."""

    server: Text
    host: Text | None = None


class FragmentsOf(Parameters, frozen=True, kw_only=True):
    """host: who sent them."""

    host: Text


class Router(Parameters, frozen=True, kw_only=True):
    """router: the host that tells the MTU."""

    router: Text


class TimeInState(Parameters, frozen=True, kw_only=True):
    """A socket by host and local or foreign port; connection: which of several, from 1."""

    host: Text
    state: State
    port: Port | None = None
    connection: Ordinal | None = None


class Named(NamedTuple):
    """A function that knows an answer: what kind it is, and what the function needs.

    about: a connection, a whole capture, or the record of a run. whole: the answer is worth nothing
    where the capture is known to lack packets; otherwise it stands in the segment itself. to_end:
    segments that come later can change it, so that the connection's end must be seen.
    """

    run: Callable[..., Any]
    parameters: type[Parameters]
    answer: str
    about: str = "connection"
    whole: bool = True
    to_end: bool = False

    @property
    def promise(self) -> str:
        """What the answer is: the first line of the function's docstring."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]


ANSWERS = {
    "isn": Named(of_connection.isn, OfHost, "sequence", whole=False),
    "seq": Named(of_connection.seq, OfNumber, "sequence"),
    "ack": Named(of_connection.ack, OfNumber, "sequence"),
    "fin_acknowledged": Named(of_connection.fin_acknowledged, OfHost, "sequence"),
    "isn_step": Named(of_connection.isn_step, OfHost, "sequence"),
    "sender": Named(of_connection.sender, Sender, "host"),
    "flags": Named(of_connection.flags, OfSegment, "flags"),
    "interval": Named(of_connection.interval, Interval, "time"),
    "count": Named(of_connection.count, Count, "number", to_end=True),
    "port": Named(of_connection.port, OfHost, "number", whole=False),
    "mss": Named(of_connection.mss, OfHost, "number", whole=False),
    "window": Named(of_connection.window, OfSegment, "number"),
    "options": Named(of_connection.options, OfHost, "list", whole=False),
    "options_bytes": Named(of_connection.options_bytes, OfHost, "number", whole=False),
    "largest": Named(of_connection.largest, OfHost, "number", to_end=True),
    "clients": Named(of_capture.clients, Clients, "list", "capture"),
    "largest_fragment": Named(of_capture.largest_fragment, FragmentsOf, "number", "capture"),
    "told_mtu": Named(of_capture.told_mtu, Router, "number", "capture", whole=False),
    "time_in_state": Named(of_capture.time_in_state, TimeInState, "time", "record"),
}


def answer_named(name: str) -> Named:
    """The function of this name; raises ExpectationError that lists the names there are."""
    if name not in ANSWERS:
        raise ExpectationError(f"unknown answer {name!r}: there are {', '.join(ANSWERS)}")
    return ANSWERS[name]


def validate(question: Question) -> None:
    """Refuse a question that nobody can answer, before any evidence is there.

    Raises ExpectationError that begins with the place in questions.yaml.
    """
    try:
        _check(question)
    except ExpectationError as error:
        raise ExpectationError(f"{question.where}: {question.name}: {error}") from error


def _check(question: Question) -> None:
    named = answer_named(question.of)
    _parameters(named, question)
    if named.answer != question.answer:
        raise ExpectationError(f"{question.of} is a {named.answer}, not a {question.answer}")
    if (named.about == "record") == bool(question.at):
        need = "looks at no capture: leave `at` out" if question.at else "needs `at`"
        raise ExpectationError(f"{question.of} {need}")


def right_answers(evidence: Evidence, question: Question) -> list[Answer]:
    """Every right answer of this evidence: one for each connection that may be meant.

    A Finding among them, or alone, says what can't be told and why; a question that makes no
    sense, and a function that crashes, are an ERROR. Raises CaptureError for a malformed capture.
    """
    if evidence.doubt:
        return [Finding("", Verdict.INCONCLUSIVE, "files of one run", evidence.doubt)]
    try:
        named = answer_named(question.of)
        return _answers(evidence, question.at, named, _parameters(named, question))
    except CaptureError:
        raise
    except Exception as error:  # noqa: BLE001  a broken function must never look like an answer
        told = f"{type(error).__name__}: {error}"
        hint = f"The lab or the suite is broken, not the capture: see {question.where}."
        return [Finding("", Verdict.ERROR, f"{question.of} to be told", told, hint=hint)]


def _parameters(named: Named, question: Question) -> dict[str, Any]:
    try:
        typed = msgspec.convert(question.parameters, type=named.parameters)
    except msgspec.ValidationError as error:
        raise ExpectationError(f"{question.of}: {error}") from error
    return msgspec.structs.asdict(typed)


def _answers(evidence: Evidence, at: str, named: Named, given: dict[str, Any]) -> list[Answer]:
    if named.about == "record":
        return list(named.run(evidence, **given))
    if named.about == "capture":
        vantage = evidence.at(at)
        if vantage is None:
            return [no_vantage_point(evidence, at)]
        answer: Answer = named.run(of_capture.Seen(evidence, vantage), **given)
        return [_doubted(answer, vantage.lacks) if _can_change(answer, named) else answer]
    client, server = (wanted(given.pop(end), evidence.names) for end in ("client", "server"))
    found = sightings(evidence, at, client, server, given.pop("connection"))
    if isinstance(found, Finding):
        return [found]
    return [_of_sighting(named, each, given) for each in found]


def _of_sighting(named: Named, sighting: Sighting, given: dict[str, Any]) -> Answer:
    answer: Answer = named.run(sighting, **given)
    if not _can_change(answer, named):
        return answer
    the_last = named.to_end or given.get("nth", 1) < 0
    return _doubted(answer, sighting.gaps.anywhere if the_last else sighting.gaps.earlier)


def _can_change(answer: Answer, named: Named) -> TypeGuard[Right]:
    """Whether segments that a capture lacks could change the answer."""
    return named.whole and isinstance(answer, Right)


def _doubted(answer: Right, lacks: str) -> Answer:
    """The answer, unless its capture lacks segments; `lacks` tells which, '' for none."""
    if not lacks:
        return answer
    return Finding(
        "", Verdict.INCONCLUSIVE, "a capture without gaps", lacks, "", answer.frames, answer.vantage
    )
