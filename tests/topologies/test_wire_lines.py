"""The wire's lines, loop and command line, without namespaces and without a clock."""

import signal
import socket
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies import ports, wire
from topologies.ports import DeviceGoneError, PortError
from topologies.wire import DelayLine, Direction, SlipLine

MS = wire.NS_PER_MS
FAR_FUTURE_NS = 1 << 63
PING = bytes(84)  # a 64-byte ping: 86 bytes on the line, with an END on either side
PING_NS = 89_583_334  # 86 bytes of 10 bits at 9600 bit/s, rounded up


class FakePort:
    """A port on a socket pair, so that a selector can watch it."""

    def __init__(self, *incoming: bytes, gone: bool = False, up: bool = True) -> None:
        self._watched, self._far = socket.socketpair()
        self._incoming = deque(incoming)
        self._gone = gone
        self._up = up
        self.reads = 0
        self.sent: list[bytes] = []
        if incoming or gone:
            self._far.send(b"!")

    def fileno(self) -> int:
        return self._watched.fileno()

    def receive(self) -> bytes | None:
        self.reads += 1
        if self._gone:
            raise DeviceGoneError
        return self._incoming.popleft() if self._incoming else None

    def send(self, frame: bytes) -> bool:
        if self._up:
            self.sent.append(frame)
        return self._up

    def close(self) -> None:
        self._watched.close()
        self._far.close()


def test_delay_line_holds_a_frame_for_its_delay() -> None:
    line = DelayLine(100 * MS, queue=10)
    line.put(b"frame", now_ns=7 * MS)
    assert line.due_ns == 107 * MS
    assert line.arrived(107 * MS - 1) == []
    assert line.arrived(107 * MS) == [b"frame"]


def test_an_empty_line_waits_for_nothing() -> None:
    line = DelayLine(0, queue=10)
    assert line.due_ns is None
    assert line.arrived(MS) == []


@given(st.lists(st.integers(0, 1000 * MS)))
def test_delay_line_keeps_the_order(came_ns: list[int]) -> None:
    line = DelayLine(100 * MS, queue=1000)
    frames = [str(number).encode() for number in range(len(came_ns))]
    for frame, now_ns in zip(frames, sorted(came_ns), strict=True):
        line.put(frame, now_ns)
    assert line.arrived(2000 * MS) == frames


def test_delay_line_loses_the_frames_on_its_list_alone() -> None:
    line = DelayLine(0, queue=10, losses=frozenset({2, 4}))
    for number in range(1, 6):
        line.put(str(number).encode(), now_ns=0)
    assert line.arrived(0) == [b"1", b"3", b"5"]
    assert line.counts == wire.Counts(lost=2)


def test_delay_line_drops_what_its_queue_has_no_room_for() -> None:
    line = DelayLine(100 * MS, queue=2)
    for number in range(3):
        line.put(str(number).encode(), now_ns=0)
    assert line.counts == wire.Counts(dropped=1)
    assert line.arrived(100 * MS) == [b"0", b"1"]
    line.put(b"3", now_ns=100 * MS)
    assert line.counts == wire.Counts(dropped=1)


def test_slip_line_takes_ten_bits_a_byte() -> None:
    line = SlipLine(9600, queue=50)
    line.put(PING, now_ns=0)
    assert line.due_ns == PING_NS
    assert line.arrived(PING_NS - 1) == []
    assert line.arrived(PING_NS) == [PING]


def test_slip_line_takes_twice_as_long_for_escaped_bytes() -> None:
    line = SlipLine(9600, queue=50)
    line.put(b"\xc0" * 84, now_ns=0)
    assert line.due_ns == wire.transmission_ns(2 * 84 + 2, 9600)


def test_slip_line_sends_one_datagram_after_the_other() -> None:
    line = SlipLine(9600, queue=50)
    for _ in range(3):
        line.put(PING, now_ns=5 * MS)
    # Woken up late, it still owes nobody any time.
    assert len(line.arrived(5 * MS + 2 * PING_NS + MS)) == 2
    assert line.due_ns == 5 * MS + 3 * PING_NS


def test_slip_line_delay_does_not_slow_the_line() -> None:
    line = SlipLine(9600, queue=50, delay_ns=20 * MS)
    line.put(PING, now_ns=0)
    line.put(PING, now_ns=0)
    assert line.arrived(PING_NS + 20 * MS) == [PING]
    assert line.due_ns == 2 * PING_NS + 20 * MS


def test_slip_queue_counts_what_is_not_yet_sent() -> None:
    line = SlipLine(9600, queue=2, delay_ns=1000 * MS)
    for _ in range(3):
        line.put(PING, now_ns=0)
    assert line.counts == wire.Counts(dropped=1)
    line.put(PING, now_ns=PING_NS)  # the first is sent, though it has not arrived
    assert line.counts == wire.Counts(dropped=1)


def test_frames_of_a_down_device_are_counted() -> None:
    up, down = FakePort(b"1", b"2"), FakePort(up=False)
    direction = Direction("a_to_b", up, DelayLine(0, queue=10), down)
    assert wire.take_in(direction)
    wire.deliver(direction, FAR_FUTURE_NS)
    assert direction.line.counts == wire.Counts(undelivered=2)
    up.close()
    down.close()


def test_one_end_can_not_starve_the_other() -> None:
    port = FakePort(*[b"x"] * (wire.FRAMES_AT_ONCE + 1))
    line = DelayLine(0, queue=1000)
    assert wire.take_in(Direction("a_to_b", port, line, port))
    assert len(line.arrived(FAR_FUTURE_NS)) == wire.FRAMES_AT_ONCE
    port.close()


def test_carry_forgets_an_end_whose_device_is_gone() -> None:
    stopper, stop = socket.socketpair()
    gone, alive = FakePort(gone=True), FakePort(b"frame")

    class StoppingPort(FakePort):
        def send(self, frame: bytes) -> bool:
            stopper.send(bytes([signal.SIGTERM]))
            return super().send(frame)

    far = StoppingPort()
    directions = [
        Direction("a_to_b", gone, DelayLine(0, queue=10), alive),
        Direction("b_to_a", alive, DelayLine(MS, queue=10), far),
    ]
    with stopper, stop:
        wire.carry(directions, stop)
    assert far.sent == [b"frame"]
    assert gone.reads == 1  # it would be readable for ever
    for port in (gone, alive, far):
        port.close()


def test_a_cut_line_loses_what_is_in_flight() -> None:
    for line in (DelayLine(MS, queue=10), SlipLine(9600, queue=10)):
        line.put(PING, now_ns=0)
        line.put(PING, now_ns=0)
        line.cut()
        assert line.arrived(FAR_FUTURE_NS) == []
        assert line.counts == wire.Counts(lost=2)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("tun:123:sl0", ports.PortSpec("tun", "123", "sl0", None)),
        ("packet:self:wan-a", ports.PortSpec("packet", "self", "wan-a", None)),
        ("packet:self:wan-a:", ports.PortSpec("packet", "self", "wan-a", None)),
        (
            "packet:7:sl0:02:00:00:00:00:0A",
            ports.PortSpec("packet", "7", "sl0", b"\x02\0\0\0\0\x0a"),
        ),
    ],
)
def test_port_specs(text: str, spec: ports.PortSpec) -> None:
    assert ports.parse(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sl0",
        "tap:1:sl0",
        "tun:0:sl0",
        "tun:x:sl0",
        "tun:1:",
        "tun:1:%d",  # the kernel would choose a number
        "tun:1:a b",
        "tun:1:sl0:",
        "tun:1:sixteen-letters.",
        "packet:1:sl0:02:00",
        "packet:1:sl0:020000000001",
    ],
)
def test_bad_port_specs_say_what_to_give(text: str) -> None:
    with pytest.raises(ValueError, match="give tun:PID:NAME"):
        ports.parse(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("slip tun:1:a tun:1:b --bit-rate 0", "--bit-rate: '0': give a whole number above 0"),
        ("slip tun:1:a tun:1:b --bit-rate -9600", "give a whole number above 0"),
        ("slip tun:1:a tun:1:b --queue 0", "--queue: '0': give a whole number above 0"),
        ("slip tun:1:a tun:1:b --delay-ms -1", "'-1': give 0 or more milliseconds"),
        ("slip tun:1:a packet:1:b", "a SLIP line carries datagrams"),
        ("slip tun:1:a b", "port 'b': give tun:PID:NAME"),
        ("delay packet:1:a packet:1:b", "required: --delay-ms"),
        ("delay packet:1:a packet:1:b --delay-ms nan", "give 0 or more milliseconds"),
        ("delay packet:1:a packet:1:b --delay-ms inf", "give 0 or more milliseconds"),
        ("delay packet:1:a packet:1:b --delay-ms soon", "give 0 or more milliseconds"),
        ("delay packet:1:a tun:1:b --delay-ms 1", "give two alike"),
        ("delay packet:1:a packet:1:b --delay-ms 1 --loss-a-to-b 0", "whole number above 0"),
        ("delay packet:1:a packet:1:b --delay-ms 1 --loss-b-to-a 3,", "whole number above 0"),
        ("", "required: kind"),
    ],
)
def test_bad_parameters_say_what_to_give(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        wire.main(arguments.split())
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_a_port_of_no_process_says_the_mend() -> None:
    with pytest.raises(PortError, match=r"process 4194305: .*: give the pid of a running process"):
        ports.open_port(ports.parse("tun:4194305:sl0"))  # one above Linux's largest pid
