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
from checkers.timeline import (
    AnyOrder,
    ArpLine,
    Body,
    Either,
    Item,
    Perhaps,
    Repeat,
    Step,
)
from checkers.timeline_compare import Comparison, Packet
from checkers.timeline_overtaken import FURTHEST, Late, answering, only_acknowledges, overtaken
from checkers.timeline_write import Bindings

STEP_LIMIT = 50_000

Compare = Callable[[Step, Packet, Packet | None, Bindings], Comparison]


class _Again(msgspec.Struct, frozen=True):
    """What remains of a repeat; `began`: the segments matched before its last round."""

    left: Repeat
    began: int


Block = Perhaps | Either | AnyOrder | Repeat
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
    search.stack.append((_before(body, None), State()))
    while search.stack and not search.certain:
        search.follow(*search.stack.pop())
        if search.tried >= STEP_LIMIT:
            raise AmbiguousTimelineError(
                f"more than {STEP_LIMIT} ways through the time line: make its blocks simpler"
            )
    return search.result()


class _Way:
    """A state while lines are matched one after the other: most leave just one way to go on."""

    __slots__ = ("before", "bindings", "lost", "pairs", "position", "unknown")

    def __init__(self, state: State) -> None:
        self.position = state.position
        self.before = state.before
        self.bindings = state.bindings
        self.pairs = [*state.pairs]
        self.unknown = state.unknown
        self.lost = state.lost

    @property
    def state(self) -> State:
        """The state that it has come to."""
        return State(
            self.position,
            self.before,
            self.bindings,
            tuple(self.pairs),
            self.unknown,
            self.lost,
        )

    def take(self, position: int, line: Step, packet: Packet, compared: Comparison) -> None:
        """Match a line with the packet at this position."""
        self.position = position + 1
        self.before = packet
        self.bindings = compared.bindings
        self.pairs.append((line, packet, compared.bindings))
        if compared.unknown:
            self.unknown += compared.unknown


class _Search:
    """The ways not yet tried, the next on top; the best way and the furthest failure so far.

    tried: how many lines, blocks and ends.
    """

    def __init__(self, packets: Sequence[Packet], compare: Compare, losses: Losses) -> None:
        self.packets = packets
        self.compare = compare
        self.losses = losses
        self.lossless = losses == Losses()
        self.arps = Arp in {*map(type, packets)}
        self.stack: list[tuple[Rest, State]] = []
        self.tried = 0
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

    def follow(self, rest: Rest, state: State) -> None:
        """Go one way to its end; others that branch off wait on the stack."""
        way = _Way(state)
        while rest is not None:
            self.tried += 1
            item, rest = rest
            if isinstance(item, Step):
                if not self.lossless or (rest is not None and only_acknowledges(item)):
                    self._leave_others(item, rest, way)
                if not self._fits(item, way):
                    return
            else:
                rest, *others = _ways(item, rest, way.position)
                self._leave(others, way)
        self.tried += 1
        self._end(way)

    def _leave(self, others: list[Rest], way: _Way) -> None:
        """Remember what else to try from here, best first."""
        if others:
            state = way.state
            self.stack += [(other, state) for other in reversed(others)]

    def _leave_others(self, line: Step, rest: Rest, way: _Way) -> None:
        """Remember what to try instead of this line: it is lost, or the next one overtakes it."""
        if rest is not None:
            self._leave(self._overtaken(line, rest, way), way)
        if self.lossless:
            return
        if self._outside(way.position):
            self.stack.append((rest, _lost(way.state)))
        elif len(way.lost) < self.losses.anywhere:
            self.stack.append((rest, _lost(way.state, line)))

    def _end(self, way: _Way) -> None:
        """Every line is matched: every segment must be."""
        position = self._segment(way.position)
        if position < len(self.packets):
            self._fail(way, None, self.packets[position])
        elif self.found is None or not way.unknown:
            self.found = way.state

    def _fits(self, line: Step, way: _Way) -> bool:
        """Whether the next packet is as the line says; the way goes on behind it then."""
        position = self._place(line, way.position) if self.arps else way.position
        if position == len(self.packets):
            self._fail(way, line, None)
            return False
        packet = self.packets[position]
        compared = self.compare(line, packet, way.before, way.bindings)
        if compared.differs:
            self._fail(way, line, packet, compared.differs)
            return False
        way.take(position, line, packet, compared)
        return True

    def _overtaken(self, line: Step, rest: Further, way: _Way) -> list[Rest]:
        """The way on which the next line overtakes this one, if such a segment comes late."""
        before = way.pairs[-1][0] if way.pairs else None
        found = overtaken(line, rest[0], before)
        if found is None or not self._acknowledged_late(way.position):
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

    def _place(self, line: Step, position: int) -> int:
        """Where the packet is that the line must be about, from this position on.

        For an ARP line: of the ARP packets before the next segment the first that fits, else the
        first of its kind, else that segment.
        """
        end = self._segment(position)
        if not isinstance(line, ArpLine):
            return end
        waiting = range(position, end)
        differs = [self.compare(line, self.packets[place], None, {}).differs for place in waiting]
        alike = [place for place, fields in zip(waiting, differs, strict=True) if not fields]
        near = [
            place
            for place, fields in zip(waiting, differs, strict=True)
            if "operation" not in fields
        ]
        return [*alike, *near, end][0]

    def _outside(self, position: int) -> bool:
        """Whether the line's segment may have come before the capture began, or after its end."""
        at_start = self.losses.before and position == 0
        return at_start or (self.losses.after and self._segment(position) == len(self.packets))

    def _fail(
        self, way: _Way, line: Step | None, packet: Packet | None, differs: tuple[str, ...] = ()
    ) -> None:
        failure = Failure(way.state, line, packet, differs)
        if self.furthest is None or failure.rank > self.furthest.rank:
            self.furthest = failure


def _lost(state: State, *inside: Step) -> State:
    """The line's segment isn't in the capture, so the next gap can't be measured."""
    return structs.replace(state, before=None, lost=(*state.lost, *inside))


def _before(body: Body, rest: Rest) -> Rest:
    for item in reversed(body):
        rest = (item, rest)
    return rest


def _ways(block: Block | _Again | Late, rest: Rest, position: int) -> list[Rest]:
    """The ways through a block that begins at this position, the preferred first."""
    match block:
        case _Again(left, began):
            # After an empty round all further ones would be empty too.
            return [rest] if began == position else _times(left, rest, position)
        case Late():
            return _late(block, rest)
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
