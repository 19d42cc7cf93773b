"""A wire between two network namespaces, in user space: `python3 -m topologies.wire --help`.

It does the work of the kernel's slip and sch_netem, which not every kernel has. A process of its
own: prints `up` once both ends work, carries frames until SIGTERM, then prints what it carried and
dropped as one line of JSON, and ends with status 0. SIGUSR1 pulls the cable, SIGUSR2 plugs it in
again. It dies with the thread that started it.
Standard library alone, so that any Python 3.11 runs it.
"""

import argparse
import ctypes
import json
import math
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from selectors import EVENT_READ, SelectSelector
from typing import NamedTuple

from topologies import ports, rfc1055
from topologies.ports import DeviceGoneError, Port, PortError, PortSpec

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

BITS_PER_BYTE_ON_LINE = 10  # start bit, eight data bits, stop bit

SLIP_QUEUE, DELAY_QUEUE = 50, 1000  # frames

# Timers wake a virtual machine up to 0.2 ms late, each way: so wake early, and poll for the rest.
WAKE_EARLY_NS = 250_000

FRAMES_AT_ONCE = 64  # frames taken from one end before the others have their turn

STOP = (signal.SIGTERM, signal.SIGINT)
UNPLUG, PLUG = signal.SIGUSR1, signal.SIGUSR2

# <linux/prctl.h>
PR_SET_PDEATHSIG, PR_SET_TIMERSLACK = 1, 29


@dataclass
class Counts:
    """What became of one direction's frames; those still in flight are in none of these.

    carried: handed to the far host. dropped: came when the queue was full. lost: on the loss
    list, or while the cable was pulled. undelivered: crossed the wire, but the far device was down.
    """

    carried: int = 0
    dropped: int = 0
    lost: int = 0
    undelivered: int = 0


class Line:
    """One direction of a wire: frames in flight, in order, each with the time it arrives.

    Neither I/O nor clock: callers say what time it is, in nanoseconds since any fixed instant.
    """

    def __init__(self, queue: int) -> None:
        self.counts = Counts()
        self._queue = queue
        self._in_flight: deque[tuple[int, bytes]] = deque()

    @property
    def due_ns(self) -> int | None:
        """When the next frame arrives; None while the line is empty."""
        return self._in_flight[0][0] if self._in_flight else None

    def put(self, frame: bytes, now_ns: int) -> None:
        """Take in a frame that came at `now_ns`, or count why it is not carried."""
        raise NotImplementedError

    def cut(self) -> None:
        """Lose the frames in flight: the cable was pulled."""
        self.counts.lost += len(self._in_flight)
        self._in_flight.clear()

    def arrived(self, now_ns: int) -> list[bytes]:
        """Take out the frames that have arrived by `now_ns`."""
        frames = []
        while self._in_flight and self._in_flight[0][0] <= now_ns:
            frames.append(self._in_flight.popleft()[1])
        return frames


class DelayLine(Line):
    """Each frame leaves `delay_ns` after it came.

    queue: frames in flight at most. losses: which frames to lose, the first that comes being 1.
    """

    def __init__(self, delay_ns: int, queue: int, losses: frozenset[int] = frozenset()) -> None:
        super().__init__(queue)
        self._delay_ns = delay_ns
        self._losses = losses
        self._came = 0

    def put(self, frame: bytes, now_ns: int) -> None:
        """Take in a frame, unless it is on the loss list or the queue is full."""
        self._came += 1
        if self._came in self._losses:
            self.counts.lost += 1
        elif len(self._in_flight) >= self._queue:
            self.counts.dropped += 1
        else:
            self._in_flight.append((now_ns + self._delay_ns, frame))


class SlipLine(Line):
    """A serial line: datagrams framed (RFC 1055) and sent byte after byte at `bit_rate` bit/s.

    A datagram has arrived when its last byte has, `delay_ns` after that byte was sent.
    queue: datagrams that wait or are being sent, at most.
    """

    def __init__(self, bit_rate: int, queue: int, delay_ns: int = 0) -> None:
        super().__init__(queue)
        self._bit_rate = bit_rate
        self._delay_ns = delay_ns
        self._sent_ns: deque[int] = deque()  # when each datagram of the queue will have been sent
        self._decoder = rfc1055.Decoder()

    def put(self, frame: bytes, now_ns: int) -> None:
        """Queue a datagram behind those that are not yet sent, unless the queue is full."""
        while self._sent_ns and self._sent_ns[0] <= now_ns:
            self._sent_ns.popleft()
        if len(self._sent_ns) >= self._queue:
            self.counts.dropped += 1
            return
        framed = rfc1055.encode(frame)
        # Counted from the end of the datagram before, not from whenever we woke up for it.
        start_ns = self._sent_ns[-1] if self._sent_ns else now_ns
        self._sent_ns.append(start_ns + transmission_ns(len(framed), self._bit_rate))
        self._in_flight.append((self._sent_ns[-1] + self._delay_ns, framed))

    def arrived(self, now_ns: int) -> list[bytes]:
        """Take out the datagrams that the bytes arrived by `now_ns` decode to."""
        return self._decoder.feed(b"".join(super().arrived(now_ns)))


class Direction(NamedTuple):
    """From one end of the wire to the other."""

    name: str
    source: Port
    line: Line
    destination: Port


def transmission_ns(length: int, bit_rate: int) -> int:
    """How long `length` bytes take on an asynchronous line of `bit_rate` bit/s, rounded up."""
    return -(-length * BITS_PER_BYTE_ON_LINE * NS_PER_S // bit_rate)


def carry(directions: Sequence[Direction], orders: socket.socket) -> None:
    """Carry frames until `orders`, from which signal numbers are read, says to stop."""
    plugged = True
    # Of all selectors this one alone takes microseconds: epoll_wait and poll round up to 1 ms.
    with SelectSelector() as selector:
        selector.register(orders, EVENT_READ)
        for direction in directions:
            selector.register(direction.source, EVENT_READ, direction)
        while True:
            for key, _ in selector.select(_sleep_s(directions)):
                if key.fileobj is orders:
                    order = orders.recv(1)[0]
                    if order in STOP:
                        return
                    plugged = order == PLUG
                elif not take_in(key.data):
                    selector.unregister(key.fileobj)
            for direction in directions:
                if not plugged:
                    direction.line.cut()
                deliver(direction, time.monotonic_ns())


def take_in(direction: Direction) -> bool:
    """Put the frames that have come on the line; False once no more can ever come."""
    try:
        for _ in range(FRAMES_AT_ONCE):
            frame = direction.source.receive()
            if frame is None:
                break
            direction.line.put(frame, time.monotonic_ns())
    except DeviceGoneError:
        return False
    return True


def deliver(direction: Direction, now_ns: int) -> None:
    """Hand the frames that have arrived by `now_ns` to the far host."""
    counts = direction.line.counts
    for frame in direction.line.arrived(now_ns):
        if direction.destination.send(frame):
            counts.carried += 1
        else:
            counts.undelivered += 1


def _sleep_s(directions: Sequence[Direction]) -> float | None:
    """How long to sleep: until shortly before the next frame is due, for ever if there is none."""
    due_ns = [d.line.due_ns for d in directions if d.line.due_ns is not None]
    if not due_ns:
        return None
    return max(0, min(due_ns) - WAKE_EARLY_NS - time.monotonic_ns()) / NS_PER_S


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a wire; the exit status: 0 after SIGTERM, 1 for a port that can't be opened, 2 usage."""
    options = _options(arguments)
    _die_with_parent()
    _keep_time()
    orders = _orders()
    try:
        directions = _open(options)
    except PortError as error:
        sys.stderr.write(f"wire: {error}\n")
        return 1
    _say("up")
    carry(directions, orders)
    _say(json.dumps({d.name: asdict(d.line.counts) for d in directions}))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _open(options: argparse.Namespace) -> list[Direction]:
    a, b = ports.open_port(options.port_a), ports.open_port(options.port_b)
    if options.kind == "slip":
        lines = [_slip_line(options) for _ in range(2)]
    else:
        lines = [_delay_line(options, losses) for losses in (options.losses_ab, options.losses_ba)]
    return [Direction("a_to_b", a, lines[0], b), Direction("b_to_a", b, lines[1], a)]


def _slip_line(options: argparse.Namespace) -> Line:
    return SlipLine(options.bit_rate, options.queue, options.delay_ns)


def _delay_line(options: argparse.Namespace, losses: frozenset[int]) -> Line:
    return DelayLine(options.delay_ns, options.queue, losses)


def _die_with_parent() -> None:
    """Be killed when the starting thread ends, however it ends: no wire outlives its lab."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _keep_time() -> None:
    """Wake up as near the asked time as the kernel lets this user: 1 ns of slack, not 50 us."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    with suppress(PermissionError):  # ordinary users have no real-time priority
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))


def _orders() -> socket.socket:
    """A socket that the numbers of signals come from, so that a selector can wait for them."""
    readable, written = socket.socketpair()
    written.setblocking(False)
    signal.set_wakeup_fd(written.detach())
    for number in (*STOP, UNPLUG, PLUG):
        signal.signal(number, lambda *_: None)
    return readable


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; on a mistake say what to give, and exit with status 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    datagrams = [port.carries_datagrams for port in (options.port_a, options.port_b)]
    if options.kind == "slip" and not all(datagrams):
        parser.error("a SLIP line carries datagrams: give tun or packet:PID:NAME:ETHER ports")
    if options.kind == "delay" and any(datagrams) and not all(datagrams):
        parser.error("one end carries Ethernet frames, the other datagrams: give two alike")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wire", description="Join two network namespaces; SIGTERM ends it."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    slip = kinds.add_parser("slip", help="serial line: RFC 1055 framing, 10 bits a byte")
    _add_common(slip, queue=SLIP_QUEUE)
    slip.add_argument("--bit-rate", type=_positive, default=9600, metavar="BIT/S")
    slip.add_argument("--delay-ms", dest="delay_ns", type=_delay_ns, default=0, metavar="MS")
    delay = kinds.add_parser("delay", help="delay line: every frame leaves so much later")
    _add_common(delay, queue=DELAY_QUEUE)
    delay.add_argument("--delay-ms", dest="delay_ns", type=_delay_ns, required=True, metavar="MS")
    _add_losses(delay, "--loss-a-to-b", "losses_ab")
    _add_losses(delay, "--loss-b-to-a", "losses_ba")
    return parser


def _add_common(parser: argparse.ArgumentParser, queue: int) -> None:
    for name in ("port_a", "port_b"):
        parser.add_argument(name, type=_port, metavar=name.upper(), help=ports.PORT_HELP)
    parser.add_argument("--queue", type=_positive, default=queue, metavar="FRAMES")


def _add_losses(parser: argparse.ArgumentParser, option: str, name: str) -> None:
    explanation = "lose the Nth and the Mth frame that come this way, counted from 1"
    parser.add_argument(
        option, dest=name, type=_losses, default=frozenset(), metavar="N,M", help=explanation
    )


def _port(text: str) -> PortSpec:
    try:
        return ports.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number above 0")
    return int(text)


def _delay_ns(text: str) -> int:
    try:
        delay_ms = float(text)
    except ValueError:
        delay_ms = math.nan
    if not 0 <= delay_ms < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: give 0 or more milliseconds")
    return round(delay_ms * NS_PER_MS)


def _losses(text: str) -> frozenset[int]:
    return frozenset(_positive(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
