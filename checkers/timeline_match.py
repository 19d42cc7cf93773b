"""A time line held against one connection's segments: search with backtracking.

What remains to be matched is a linked list of lines and blocks. A block offers ways to go on, in
order of preference; a line goes on if the next segment fits. The stack keeps the ways not yet
tried, so that no Python call nests, however long the capture.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from captures.arp import Arp
from captures.segment import ACK, Segment
from checkers.errors import ExpectationError
from checkers.timeline import AnyOrder, ArpLine, Body, Either, Item, Perhaps, Repeat, Step
from checkers.timeline_compare import Comparison, Packet
from checkers.timeline_overtaken import FURTHEST, Late, answering, overtaken
from checkers.timeline_write import Bindings

STEP_LIMIT = 50_000

Compare = Callable[[Step, Packet, Packet | None, Bindings], Comparison]


class _Again(msgspec.Struct, frozen=True):
    """What remains of a repeat; `began`: the segments matched before its last round."""

    left: Repeat
    began: int


Further = tuple[Item | _Again | Late, "Rest"]
Rest = Further | None


class Losses(msgspec.Struct, frozen=True):
    """Segments that the capture may lack: so many anywhere; any number before it or after it."""

    anywhere: int = 0
    before: bool = False
    after: bool = False


class State(msgspec.Struct, frozen=True):
    """How far a way through the time line has come.

    position: packets matched or passed over. before: the packet that the next gap counts from, if
    known. pairs: matched lines with their packets, and the bindings then. unknown: fields that the
    capture can't tell. lost: lines without a segment inside the capture, as the losses allow.
    """

    position: int = 0
    before: Packet | None = None
    bindings: Bindings = {}
    pairs: tuple[tuple[Step, Packet, Bindings], ...] = ()
    unknown: tuple[str, ...] = ()
    lost: tuple[Step, ...] = ()


class Failure(msgspec.Struct, frozen=True):
    """Where the way that came furthest ended.

    line: what was expected, None for 'no further segment'. packet: what was there, None for the
    end of the capture. differs: the fields. told: what differs in words, where the notation
    doesn't print it.
    """

    state: State
    line: Step | None
    packet: Packet | None
    differs: tuple[str, ...] = ()
    told: str = ""

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Further is higher; at the same segment, the line that differs in the fewest fields."""
        alike = not {"direction", "protocol", "connection"} & set(self.differs)
        return self.state.position, alike, -len(self.differs)


class AmbiguousTimelineError(ExpectationError):
    """The time line's blocks allow too many ways to try them all."""


def match(
    body: Body, packets: Sequence[Packet], compare: Compare, losses: Losses | None = None
) -> State | Failure:
    """The best way through the time line, else the failure of the one that came furthest.

    packets: segments of one connection, and any ARP packets among them, which are passed over
    where no line expects them.
    Best is the first way without unknown fields; else the first at all.
    Raises AmbiguousTimelineError.
    """
    search = _Search(packets, compare, losses or Losses())
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

    def __init__(self, packets: Sequence[Packet], compare: Compare, losses: Losses) -> None:
        self.packets = packets
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
        if isinstance(item, Step):
            ways: list[tuple[Rest, State]] = [(rest, after) for after in self._line(item, state)]
            if rest is not None:
                ways += [(way, state) for way in self._overtaken(item, rest, state)]
            return ways
        if isinstance(item, Late):
            return [(way, state) for way in _late(item, rest)]
        if isinstance(item, _Again) and item.began == state.position:
            return [(rest, state)]  # an empty round: all further ones would be empty too
        block = item.left if isinstance(item, _Again) else item
        return [(way, state) for way in _ways(block, rest, state.position)]

    def _end(self, state: State) -> None:
        """Every line is matched: every segment must be."""
        position = self._segment(state.position)
        if position < len(self.packets):
            self._fail(Failure(state, None, self.packets[position]))
        elif self.found is None or not state.unknown:
            self.found = state

    def _line(self, line: Step, state: State) -> list[State]:
        """The states after this line: matched, then lost."""
        states = []
        position = self._place(line, state)
        if position == len(self.packets):
            self._fail(Failure(state, line, None))
        else:
            packet = self.packets[position]
            compared = self.compare(line, packet, state.before, state.bindings)
            if compared.differs:
                self._fail(Failure(state, line, packet, compared.differs))
            else:
                states.append(_matched(state, position, line, packet, compared))
        if self._outside(state):
            states.append(_lost(state))
        elif len(state.lost) < self.losses.anywhere:
            states.append(_lost(state, line))
        return states

    def _overtaken(self, line: Step, rest: Further, state: State) -> list[Rest]:
        """The way on which the next line overtakes this one, if such a segment comes late."""
        before = state.pairs[-1][0] if state.pairs else None
        found = overtaken(line, rest[0], before)
        if found is None or not self._acknowledged_late(state.position):
            return []
        following = rest[1] and (answering(rest[1][0]), rest[1][1])
        return [(found[0], (found[1], following))]

    def _acknowledged_late(self, position: int) -> bool:
        """Whether a segment that only acknowledges follows the one here, from the same end."""
        near = self.packets[position : position + 2 + FURTHEST]
        segments = [packet for packet in near if isinstance(packet, Segment)]
        return any(
            (later.source, later.flags, later.payload) == (segments[0].source, ACK, 0)
            for later in segments[1:]
        )

    def _segment(self, position: int) -> int:
        """Where the next segment is, from this position on; behind the last packet if nowhere."""
        while position < len(self.packets) and isinstance(self.packets[position], Arp):
            position += 1
        return position

    def _place(self, line: Step, state: State) -> int:
        """Where the packet is that the line must be about.

        For an ARP line: of the ARP packets before the next segment the first that fits, else the
        first of its kind, else that segment.
        """
        end = self._segment(state.position)
        if not isinstance(line, ArpLine):
            return end
        waiting = range(state.position, end)
        differs = [self.compare(line, self.packets[place], None, {}).differs for place in waiting]
        alike = [place for place, fields in zip(waiting, differs, strict=True) if not fields]
        near = [
            place
            for place, fields in zip(waiting, differs, strict=True)
            if "operation" not in fields
        ]
        return [*alike, *near, end][0]

    def _outside(self, state: State) -> bool:
        """Whether the line's segment may have come before the capture began, or after its end."""
        at_start = self.losses.before and state.position == 0
        return at_start or (
            self.losses.after and self._segment(state.position) == len(self.packets)
        )

    def _fail(self, failure: Failure) -> None:
        if self.furthest is None or failure.rank > self.furthest.rank:
            self.furthest = failure


def _matched(
    state: State, position: int, line: Step, packet: Packet, compared: Comparison
) -> State:
    return State(
        position + 1,
        packet,
        compared.bindings,
        (*state.pairs, (line, packet, compared.bindings)),
        state.unknown + compared.unknown,
        state.lost,
    )


def _lost(state: State, *inside: Step) -> State:
    """The line's segment isn't in the capture, so the next gap can't be measured."""
    return State(
        state.position,
        None,
        state.bindings,
        state.pairs,
        state.unknown,
        (*state.lost, *inside),
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


def _late(late: Late, rest: Rest) -> list[Rest]:
    """The acknowledgment here, made before or after what overtook it; or behind the next line."""
    here: list[Rest] = [(late.made_before, rest), (late.ack, rest)]
    if not late.left or rest is None:
        return here
    return [*here, (rest[0], (structs.replace(late, left=late.left - 1), rest[1]))]


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
