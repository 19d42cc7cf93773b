"""A time line held against one connection's segments: search with backtracking.

What remains to be matched is a linked list of lines and blocks. A block offers ways to go on, in
order of preference; a line goes on if the next segment fits. The stack keeps the ways not yet
tried, so that no Python call nests, however long the capture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from captures.segment import Segment
from checkers.errors import ExpectationError
from checkers.timeline import AnyOrder, Anything, Body, Either, Item, Line, Perhaps, Repeat, Step
from checkers.timeline_compare import Comparison
from checkers.timeline_write import Bindings

STEP_LIMIT = 50_000

Compare = Callable[[Step, Segment, Segment | None, Bindings], Comparison]


@dataclass(frozen=True, slots=True)
class _Again:
    """What remains of a repeat; `began`: the segments matched before its last round."""

    left: Repeat
    began: int


Rest = tuple[Item | _Again, "Rest"] | None


@dataclass(frozen=True, slots=True)
class Losses:
    """Segments that the capture may lack: so many anywhere; any number before it or after it."""

    anywhere: int = 0
    before: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How far a way through the time line has come.

    position: segments matched. before: the segment that the next gap counts from, if known.
    pairs: matched lines with their segments, and the bindings then. unknown: fields that the
    capture can't tell. lost: lines without a segment, within the losses that are allowed.
    """

    position: int = 0
    before: Segment | None = None
    bindings: Bindings = field(default_factory=dict)
    pairs: tuple[tuple[Step, Segment, Bindings], ...] = ()
    unknown: tuple[str, ...] = ()
    lost: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Where the way that came furthest ended.

    line: what was expected, None for 'no further segment'. segment: what was there, None for the
    end of the capture. differs: the fields.
    """

    state: State
    line: Step | None
    segment: Segment | None
    differs: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Further is higher; at the same segment, the line that differs in the fewest fields."""
        return self.state.position, "direction" not in self.differs, -len(self.differs)


class AmbiguousTimelineError(ExpectationError):
    """The time line's blocks allow too many ways to try them all."""


def match(
    body: Body, segments: Sequence[Segment], compare: Compare, losses: Losses | None = None
) -> State | Failure:
    """The best way through the time line, else the failure of the one that came furthest.

    Best is the first way without unknown fields; else the first at all.
    Raises AmbiguousTimelineError.
    """
    search = _Search(segments, compare, losses or Losses())
    stack: list[tuple[Rest, State]] = [(_before(body, None), State())]
    for _ in range(STEP_LIMIT):
        if not stack or search.certain:
            break
        rest, state = stack.pop()
        stack += reversed(search.steps(rest, state))
    else:
        raise AmbiguousTimelineError(
            f"more than {STEP_LIMIT} ways through the time line: make its blocks simpler"
        )
    return search.result()


class _Search:
    """The best way and the furthest failure so far."""

    def __init__(self, segments: Sequence[Segment], compare: Compare, losses: Losses) -> None:
        self.segments = segments
        self.compare = compare
        self.losses = losses
        self.found: State | None = None
        self.furthest: Failure | None = None

    @property
    def certain(self) -> bool:
        return self.found is not None and not self.found.unknown

    def result(self) -> State | Failure:
        result = self.found or self.furthest
        if result is None:
            raise AssertionError("a search ends with a way or a failure")
        return result

    def steps(self, rest: Rest, state: State) -> list[tuple[Rest, State]]:
        """What to try next, best first."""
        if rest is None:
            self._end(state)
            return []
        item, rest = rest
        if isinstance(item, Line | Anything):
            return [(rest, after) for after in self._line(item, state)]
        if isinstance(item, _Again) and item.began == state.position:
            return [(rest, state)]  # an empty round: all further ones would be empty too
        block = item.left if isinstance(item, _Again) else item
        return [(way, state) for way in _ways(block, rest, state.position)]

    def _end(self, state: State) -> None:
        """Every line is matched: every segment must be."""
        if state.position < len(self.segments):
            self._fail(Failure(state, None, self.segments[state.position]))
        elif self.found is None or not state.unknown:
            self.found = state

    def _line(self, line: Step, state: State) -> list[State]:
        """The states after this line: matched, then lost."""
        states = []
        if state.position == len(self.segments):
            self._fail(Failure(state, line, None))
        else:
            segment = self.segments[state.position]
            compared = self.compare(line, segment, state.before, state.bindings)
            if compared.differs:
                self._fail(Failure(state, line, segment, compared.differs))
            else:
                states.append(_matched(state, line, segment, compared))
        if self._may_be_lost(state):
            states.append(_lost(state, line))
        return states

    def _may_be_lost(self, state: State) -> bool:
        at_start = self.losses.before and state.position == 0
        at_end = self.losses.after and state.position == len(self.segments)
        return at_start or at_end or len(state.lost) < self.losses.anywhere

    def _fail(self, failure: Failure) -> None:
        if self.furthest is None or failure.rank > self.furthest.rank:
            self.furthest = failure


def _matched(state: State, line: Step, segment: Segment, compared: Comparison) -> State:
    return State(
        state.position + 1,
        segment,
        compared.bindings,
        (*state.pairs, (line, segment, compared.bindings)),
        state.unknown + compared.unknown,
        state.lost,
    )


def _lost(state: State, line: Step) -> State:
    """The line's segment isn't in the capture, so the next gap can't be measured."""
    return State(
        state.position,
        None,
        state.bindings,
        state.pairs,
        state.unknown,
        (*state.lost, line),
    )


def _before(body: Body, rest: Rest) -> Rest:
    for item in reversed(body):
        rest = (item, rest)
    return rest


def _ways(block: Perhaps | Either | AnyOrder | Repeat, rest: Rest, position: int) -> list[Rest]:
    """The ways through a block that begins at this position, the preferred first."""
    match block:
        case Perhaps(body):
            return [_before(body, rest), rest]
        case Either(branches):
            return [_before(branch, rest) for branch in branches]
        case AnyOrder(body):
            return _orders(body, rest)
        case Repeat():
            return _times(block, rest, position)


def _orders(body: Body, rest: Rest) -> list[Rest]:
    """Each item first, then the others in any order."""
    if not body:
        return [rest]
    return [
        (first, (AnyOrder(body[:place] + body[place + 1 :]), rest))
        for place, first in enumerate(body)
    ]


def _times(block: Repeat, rest: Rest, position: int) -> list[Rest]:
    """Another round if `high` allows, and no more if `low` does."""
    left = Repeat(max(block.low - 1, 0), block.high - 1, block.body)
    again = _before(block.body, (_Again(left, position), rest))
    return ([again] if block.high else []) + ([rest] if block.low == 0 else [])
