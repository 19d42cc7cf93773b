"""A capture's connections as the time line that they fulfil: how a new lab's expectation is made.

What differs from run to run becomes a variable: ephemeral ports, ISNs, timestamps. What a system is
known by stays as seen: flags, data's sizes, windows, options, TOS.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from captures import notation
from captures.capture import Capture
from captures.connections import Connection
from captures.names import Names
from captures.segment import (
    ACK,
    RST,
    SACK,
    SEQUENCE_SPACE,
    SYN,
    TIMESTAMP,
    Endpoint,
    Option,
    Segment,
)
from checkers.errors import ExpectationError
from checkers.parties import port_number
from checkers.timeline import (
    MILLISECOND_NS,
    Expression,
    Extent,
    Gap,
    Line,
    OptionPattern,
    Party,
)
from checkers.timeline_write import write

BERKELEY_EPHEMERAL_PORTS = range(1024, 5001)
LINUX_EPHEMERAL_PORTS = range(32768, 61000)  # net.ipv4.ip_local_port_range

# A gap below this depends on the machine alone, one above it on a timer or a user.
SHORT_GAP_NS = 200 * MILLISECOND_NS
STEP_NS = 50 * MILLISECOND_NS
# A busy machine is late: as late as a timer in the check `backoff`, or an eighth of the gap.
TOLERANCE_NS = 250 * MILLISECOND_NS
TOLERANCE_DIVISOR = 8

Base = tuple[str, int]  # a variable, and the number that it stands for


def expectation_of(
    capture: Capture, names: Names, connection: int | None = None, short_gaps: bool = True
) -> str:
    """The expected time line that a capture fulfils, as text.

    connection: its number in the capture, from 1; None: all of them, in one time line. A gap under
    0.2 s is allowed to be anything from 0 to twice as long and 50 ms (short_gaps False: any); a
    longer one may be an eighth or 0.25 s more or less. Left out: ARP, the options of a segment with
    SACK blocks, a TOS of 0.
    Raises ExpectationError where there is no such connection, or it can't be written.
    """
    chosen = _chosen(capture, connection)
    writers = _writers(chosen, names)
    rows = sorted((row, one) for one in chosen for row in one.rows)
    before: Segment | None = None
    lines = []
    for number, (row, one) in enumerate(rows, 1):
        segment = capture.segment(row)
        known = before if capture.timed else None
        gap = _gap(segment.time_ns - known.time_ns, short_gaps) if known else None
        lines.append(writers[one.number].line(number, gap, segment))
        before = segment
    return write(tuple(lines))


def lab_entry(timeline: str, at: str, name: str = "recorded") -> str:
    """The entry of a lab.yaml's `expect` that holds this time line."""
    head = f"  - check: timeline\n    name: {name}\n    at: {at}\n    timeline: |\n"
    return head + textwrap.indent(timeline, " " * 6)


def _chosen(capture: Capture, number: int | None) -> Sequence[Connection]:
    every = capture.connections
    chosen = [one for one in every if number in (None, one.number)]
    if not chosen:
        wanted = "connection" if number is None else f"connection {number}"
        raise ExpectationError(f"no {wanted} in this capture: it holds {len(every)}")
    if len(chosen) > 1:
        for one in chosen:
            if one.segments[0].flags & (SYN | ACK) != SYN:
                raise ExpectationError(
                    f"connection {one.number} begins in the middle: choose connections one by one"
                )
    return chosen


def _writers(chosen: Sequence[Connection], names: Names) -> "dict[int, _Writer]":
    """A writer for each connection, with ends that no other has."""
    writers: dict[int, _Writer] = {}
    taken: set[frozenset[Party]] = set()
    for place, one in enumerate(chosen, 1):
        suffix = str(place) if len(chosen) > 1 else ""
        server = _party(one.server, names, f"s{suffix}", _ephemeral(one.server, names))
        client = _party(one.client, names, f"c{suffix}", _ephemeral(one.client, names))
        if frozenset((client, server)) in taken:
            client = _party(one.client, names, f"c{suffix}", ephemeral=True)
        taken.add(frozenset((client, server)))
        parties = {one.client: client, one.server: server}
        variables = {one.client: f"J{suffix}", one.server: f"K{suffix}"}
        writers[one.number] = _Writer(parties, variables, f"T{suffix}_" if suffix else "T")
    return writers


def _ephemeral(end: Endpoint, names: Names) -> bool:
    unnamed = names.service(end.port).isdigit()
    return unnamed and (end.port in BERKELEY_EPHEMERAL_PORTS or end.port in LINUX_EPHEMERAL_PORTS)


def _party(end: Endpoint, names: Names, variable: str, ephemeral: bool) -> Party:
    host = names.host(end.host)
    if ":" in host or "$" in host:
        raise ExpectationError(f"{host} can't stand in a time line: give the host a name")
    if ephemeral:
        return Party(host, Expression(variable, 0))
    service = names.service(end.port)
    if service.isdigit() or not _known(service, end.port, names):
        return Party(host, Expression(None, end.port))
    return Party(host, service)


def _known(service: str, port: int, names: Names) -> bool:
    """Whether a time line's `service` means this port: the book's services come first."""
    return port_number(service, names) == port and not set(service) & {":", "$", "."}


@dataclass
class _Writer:
    """Writes one connection's segments as lines; bases: what each end's numbers count from."""

    parties: dict[Endpoint, Party]
    variables: dict[Endpoint, str]
    stamp: str
    bases: dict[Endpoint, int] = field(default_factory=dict)
    following: dict[Endpoint, int] = field(default_factory=dict)
    stamps: dict[tuple[Endpoint, int], str] = field(default_factory=dict)
    stamped: int = 0

    def line(self, number: int, gap: Gap | None, segment: Segment) -> Line:
        """The segment as a line."""
        extent = self._extent(segment)
        ack = None
        if segment.ack is not None:
            ack = self._number(segment.destination, segment.ack)
        return Line(
            number,
            gap,
            self.parties[segment.source],
            self.parties[segment.destination],
            segment.flags & ~ACK,
            extent,
            ack,
            None if segment.window is None else Expression(None, segment.window),
            self._options(segment),
            segment.tos or None,
        )

    def _extent(self, segment: Segment) -> Extent | None:
        """None where the notation implies it: an ACK alone that follows the end's last segment."""
        seq, source = segment.seq, segment.source
        if seq is None:
            return None
        data = segment.payload if segment.data is None else segment.data
        end = (seq + data) % SEQUENCE_SPACE
        size = Expression(None, data)
        if segment.has(RST) and not seq and source not in self.bases:
            return Extent(Expression(None, 0), Expression(None, end), size)
        implied = segment.flags == ACK and not segment.payload
        implied = implied and self.following.get(source) == seq
        first, last = self._number(source, seq), self._number(source, end)
        if not segment.has(RST):
            self._follow(source, (end + segment.length - segment.payload) % SEQUENCE_SPACE)
        return None if implied else Extent(first, last, size)

    def _follow(self, source: Endpoint, end: int) -> None:
        last = self.following.get(source, end)
        if (end - last) % SEQUENCE_SPACE < SEQUENCE_SPACE // 2:
            self.following[source] = end

    def _number(self, owner: Endpoint, number: int) -> Expression:
        """A sequence number of this end, relative to the first that was seen of it."""
        base = self.bases.setdefault(owner, number)
        apart = (number - base) % SEQUENCE_SPACE
        if apart >= SEQUENCE_SPACE // 2:
            apart -= SEQUENCE_SPACE
        return Expression(self.variables[owner], apart)

    def _options(self, segment: Segment) -> tuple[OptionPattern, ...] | None:
        options = segment.options
        if options is None or any(option.kind == SACK for option in options):
            return None  # SACK's edges are sequence numbers, and can't be relative here
        return tuple(self._option(segment, option) for option in options)

    def _option(self, segment: Segment, option: Option) -> OptionPattern:
        if option.kind == TIMESTAMP:
            return OptionPattern("timestamp", TIMESTAMP, tuple(self._stamps(segment, option)))
        values = tuple(Expression(None, value) for value in option.value)
        text = notation.options_text((option,))
        name = text.split(" ")[0] if option.kind in notation.OPTION_WORDS else text
        return OptionPattern(name, option.kind, values)

    def _stamps(self, segment: Segment, option: Option) -> Iterator[Expression]:
        """A new variable for the clock; the echo is the peer's that it repeats, or 0."""
        value, echo = option.value
        self.stamped += 1
        variable = f"{self.stamp}{self.stamped}"
        self.stamps[segment.source, value] = variable
        yield Expression(variable, 0)
        repeated = self.stamps.get((segment.destination, echo))
        yield Expression(repeated, 0) if repeated and echo else Expression(None, echo)


def _gap(gap_ns: int, short: bool) -> Gap | None:
    """The gap as an expectation; None where time runs backwards, or a short one isn't wanted."""
    if gap_ns < (0 if short else SHORT_GAP_NS):
        return None
    if gap_ns < SHORT_GAP_NS:
        most_ns = (2 * gap_ns // STEP_NS + 1) * STEP_NS
        return Gap(0, most_ns, f"+0~{most_ns // MILLISECOND_NS}ms")
    tolerance_ns = max(TOLERANCE_NS, gap_ns // TOLERANCE_DIVISOR)
    middle, about = (round(each / MILLISECOND_NS) for each in (gap_ns, tolerance_ns))
    low_ns, high_ns = (middle - about) * MILLISECOND_NS, (middle + about) * MILLISECOND_NS
    return Gap(low_ns, high_ns, f"+{middle}ms±{about}ms")
