"""Hypothesis strategy: connections with losses, retransmissions, probes and closed windows."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from captures.segment import ACK, FIN, MSS, SEQUENCE_SPACE, SYN, Endpoint, Option, Segment

CLIENT, SERVER = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.35", 9)
OFFER = (Option(MSS, (1460,)),)
OPEN = 4096
MILLISECOND_NS = 1_000_000
# Below, at and above what tshark's guesses depend on: 3 ms, 20 ms, a round trip.
GAPS_NS = [MILLISECOND_NS // 10, 5 * MILLISECOND_NS, 40 * MILLISECOND_NS, 700 * MILLISECOND_NS]


@dataclass
class End:
    """One end: its next sequence number, what it acknowledges, its window, and what it sent.

    late: segments that were sent, and that the capture may still show later or never.
    """

    own: Endpoint
    next: int
    acks: int = 0
    window: int = OPEN
    sent: list[tuple[int, int, int]] = field(default_factory=list)
    late: list[tuple[int, int, int]] = field(default_factory=list)


Draw = Callable[[st.SearchStrategy[int]], int]


@dataclass
class Wire:
    """What a capture shows of a connection between two ends."""

    ends: tuple[End, End]
    draw: Draw
    shown: list[Segment] = field(default_factory=list)

    def show(self, who: int, seq: int, size: int, flags: int = ACK) -> None:
        """A segment from one end passes, acknowledging what that end does."""
        me, peer = self.ends[who], self.ends[1 - who]
        gap_ns = GAPS_NS[self.draw(st.integers(0, len(GAPS_NS) - 1))]
        last_ns = self.shown[-1].time_ns if self.shown else 0
        acks = me.acks if flags & ACK else None
        options = OFFER if flags & SYN else ()
        numbers = seq % SEQUENCE_SPACE, acks, size, me.window
        place = len(self.shown) + 1, last_ns + gap_ns, me.own, peer.own
        self.shown.append(Segment(*place, flags, *numbers, options, 0))

    def send(self, who: int, captured: bool = True, flags: int = ACK) -> None:
        """New data, a FIN with it or alone; captured, or missed for now."""
        me = self.ends[who]
        size = self.draw(st.integers(1, 200)) if not flags & FIN else self.draw(st.integers(0, 9))
        segment = me.next, size, flags
        me.next = (me.next + size + bool(flags & FIN)) % SEQUENCE_SPACE
        me.sent.append(segment)
        if captured:
            self.show(who, *segment)
        else:
            me.late.append(segment)

    def again(self, who: int) -> None:
        """Something that was sent before, as it was."""
        sent = self.ends[who].sent
        if sent:
            self.show(who, *sent[self.draw(st.integers(0, len(sent) - 1))])

    def otherwise(self, who: int) -> None:
        """Something that was sent before, cut otherwise: from within one segment, to any end."""
        me = self.ends[who]
        data = [(seq, size) for seq, size, flags in me.sent if size > 1 and not flags & FIN]
        if data:
            seq, size = data[self.draw(st.integers(0, len(data) - 1))]
            into = self.draw(st.integers(0, size - 1))
            self.show(who, seq + into, self.draw(st.integers(2, 300)))
            after = (seq + into + self.shown[-1].payload) % SEQUENCE_SPACE
            if 0 < (after - me.next) % SEQUENCE_SPACE < 1000:
                me.next = after

    def arrive(self, who: int) -> None:
        """What the capture missed comes after all."""
        late = self.ends[who].late
        if late:
            self.show(who, *late.pop(self.draw(st.integers(0, len(late) - 1))))

    def acknowledge(self, who: int) -> None:
        """An ACK of all that the other end sent, captured or not."""
        self.ends[who].acks = self.ends[1 - who].next
        self.show(who, self.ends[who].next, 0)

    def repeat(self, who: int) -> None:
        """The same ACK again."""
        self.show(who, self.ends[who].next, 0)

    def keep_alive(self, who: int) -> None:
        """The number before the next one, with a byte or without."""
        self.show(who, self.ends[who].next - 1, self.draw(st.integers(0, 1)))

    def turn_window(self, who: int) -> None:
        """The window closes, or opens again."""
        me = self.ends[who]
        me.window = 0 if me.window else OPEN
        self.show(who, me.next, 0)

    def probe(self, who: int) -> None:
        """One byte of new data, which a closed window may refuse."""
        me = self.ends[who]
        self.show(who, me.next, 1)
        if self.ends[1 - who].window or self.draw(st.booleans()):
            me.sent.append((me.next, 1, ACK))
            me.next = (me.next + 1) % SEQUENCE_SPACE

    def starve(self, who: int) -> None:
        """The other end's window closes, and it refuses the byte of a probe."""
        peer = self.ends[1 - who]
        peer.window = 0
        self.acknowledge(1 - who)
        self.show(who, self.ends[who].next, 1)
        self.repeat(1 - who)

    def rest(self, who: int) -> None:
        """All is acknowledged; then one end asks whether the other is still there."""
        for end in (who, 1 - who):
            self.ends[end].window = OPEN
            self.acknowledge(end)
        self.keep_alive(who)
        self.repeat(1 - who)

    def fill(self, who: int) -> None:
        """New data up to the edge of the other end's window."""
        me, peer = self.ends[who], self.ends[1 - who]
        room = (peer.acks + peer.window - me.next) % SEQUENCE_SPACE
        if 0 < room <= OPEN:
            me.sent.append((me.next, room, ACK))
            self.show(who, me.next, room)
            me.next = (me.next + room) % SEQUENCE_SPACE

    def close(self, who: int) -> None:
        """A FIN, and once more before it is acknowledged, or behind that."""
        self.send(who, flags=FIN | ACK)
        fin = self.ends[who].sent[-1]
        for acknowledged in range(2):
            if self.draw(st.booleans()):
                self.show(who, *fin)
            if not acknowledged:
                self.acknowledge(1 - who)


MOVES: tuple[Callable[[Wire, int], None], ...] = (
    Wire.send,
    Wire.send,
    lambda wire, who: wire.send(who, captured=False),
    Wire.again,
    Wire.otherwise,
    Wire.arrive,
    Wire.acknowledge,
    Wire.acknowledge,
    Wire.repeat,
    Wire.keep_alive,
    Wire.turn_window,
    Wire.probe,
    Wire.starve,
    Wire.rest,
    Wire.fill,
)


@st.composite
def troubled(draw: st.DrawFn) -> list[Segment]:
    """A connection that opens, has up to 30 troubles, and may close; frames count from 1."""
    client, server = (
        End(own, draw(st.integers(0, SEQUENCE_SPACE - 1))) for own in (CLIENT, SERVER)
    )
    wire = Wire((client, server), draw)
    for _ in range(draw(st.integers(1, 2))):
        wire.show(0, client.next, 0, SYN)
    client.next = (client.next + 1) % SEQUENCE_SPACE
    server.acks = client.next
    for _ in range(draw(st.integers(1, 2))):
        wire.show(1, server.next, 0, SYN | ACK)
    server.next = (server.next + 1) % SEQUENCE_SPACE
    wire.acknowledge(0)
    for move, who in draw(
        st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from((0, 1))), max_size=30)
    ):
        move(wire, who)
    if draw(st.booleans()):
        wire.close(draw(st.sampled_from((0, 1))))
    return wire.shown
