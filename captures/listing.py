"""The book's listing of a capture, both ways.

    1 0.0                svr4.1037 > bsdi.discard: S 1415531521:1415531521(0) win 4096 <mss 1024>
    2 0.002402 (0.0024)  bsdi.discard > svr4.1037: S 1823083521:1823083521(0) ack 1415531522 ...

A line has the frame's number, seconds since the first line, seconds since the previous line in
parentheses, and a segment in the notation or an ARP packet. Number and parentheses may lack.
"""

import re
from collections.abc import Mapping, Sequence

from captures import arp, columns, notation, options, seconds
from captures.arp import Arp
from captures.capture import Capture, Layout
from captures.columns import UNKNOWN, Row
from captures.connections import Connection
from captures.errors import CaptureError
from captures.names import BOOK_SERVICES, Names
from captures.relative import InitialNumbers
from captures.segment import SYN, Endpoint

BOOK_NAMES = Names()
TIME_DECIMALS, GAP_DECIMALS = 6, 4

LINE = re.compile(
    r"""(?:(?P<number>\d{1,9})\ +)?
    (?P<time>-?\d{1,12}\.\d{1,9})
    (?:\ +\((?P<gap>-?\d{1,12}\.\d{1,9})\))?
    \ +(?P<packet>\S.*)""",
    re.VERBOSE | re.ASCII,
)
SEGMENT = re.compile(r"(?P<source>\S+) > (?P<destination>\S+): +(?P<fields>.*)")
ARP_REQUEST = re.compile(r"arp who-has (?P<target>\S+) tell (?P<sender>\S+)")
ARP_REPLY = re.compile(
    r"arp reply (?P<sender>\S+) is-at (?P<ether>[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5})"
)
LAST_PORT = 65_535


def read(text: str, services: Mapping[int, str] = BOOK_SERVICES) -> Capture:
    """Read a listing; hosts keep their names, and blank lines are skipped.

    What isn't printed (window, options, TOS, a sequence number) is None in the segments. Numbers
    relative to an ISN become absolute where the listing has the SYN.
    Raises CaptureError: `line 3: ...`.
    """
    listing = _Listing(services)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                listing.add(line.rstrip())
            except CaptureError as error:
                raise CaptureError(f"line {number}: {error}") from error
    return listing.capture()


class _Listing:
    """A listing while its lines are being read."""

    def __init__(self, services: Mapping[int, str]) -> None:
        self.ports = {name: port for port, name in services.items()}
        self.rows: list[Row] = []
        self.ends: list[tuple[Endpoint, Endpoint]] = []
        self.flows: dict[tuple[Endpoint, Endpoint], int] = {}
        self.numbers = InitialNumbers()
        self.arps: list[Arp] = []
        self.layouts: dict[int, Layout] = {}
        self.frame = 0
        self.time_ns: int | None = None

    def capture(self) -> Capture:
        found = columns.few(self.rows, self.ends)
        return Capture("listing", found, len(self.layouts), self.arps, layouts=self.layouts)

    def add(self, line: str) -> None:
        match = LINE.fullmatch(line)
        if match is None:
            raise CaptureError(
                f"{notation.excerpt(line)} is no line of a listing; expected such as "
                "'2 0.002402 (0.0024)  bsdi.discard > svr4.1037: . ack 1 win 4096'"
            )
        self._number(match["number"])
        time_ns, decimals = seconds.parse(match["time"])
        gap = self._gap(match["gap"], time_ns, decimals)
        self.time_ns = time_ns
        numbered, column = match["number"] is not None, match.start("packet")
        relative = self._packet(match["packet"], time_ns)
        self.layouts[self.frame] = Layout(numbered, decimals, gap, column, *relative)

    def _number(self, digits: str | None) -> None:
        number = self.frame + 1 if digits is None else int(digits)
        if number <= self.frame:
            raise CaptureError(f"number {number} after {self.frame}: numbers must rise")
        self.frame = number

    def _gap(self, text: str | None, time_ns: int, time_decimals: int) -> tuple[int, int] | None:
        if text is None:
            return None
        gap_ns, decimals = seconds.parse(text)
        real_ns = time_ns - (time_ns if self.time_ns is None else self.time_ns)
        # Both are rounded: each may be off by its last digit.
        if abs(gap_ns - real_ns) > 10 ** (9 - decimals) + 10 ** (9 - time_decimals):
            real = seconds.text(real_ns, decimals)
            raise CaptureError(f"the gap is printed as {text} s, but the times differ by {real} s")
        return gap_ns, decimals

    def _packet(self, text: str, time_ns: int) -> tuple[bool, bool]:
        """Add a segment or an ARP packet; whether its seq and ack are printed relative."""
        segment = SEGMENT.fullmatch(text)
        if segment:
            return self._segment(segment, time_ns)
        self.arps.append(_parse_arp(text, self.frame, time_ns))
        return False, False

    def _segment(self, match: re.Match[str], time_ns: int) -> tuple[bool, bool]:
        source = parse_endpoint(match["source"], self.ports)
        destination = parse_endpoint(match["destination"], self.ports)
        flow = flow_of(source, destination, self.flows, self.ends)
        flags, seq, ack, payload, window, carried, tos = notation.parse(match["fields"])
        seq_relative = ack_relative = False
        if seq is not None and not flags & SYN:
            seq, seq_relative = self.numbers.absolute(flow, seq)
        if ack is not None and not flags & SYN:
            ack, ack_relative = self.numbers.absolute(flow ^ 1, ack)
        self.numbers.note(flow, flags, seq, payload, ack)
        raw = None if carried is None else options.encode(carried)
        numbers = (UNKNOWN if field is None else field for field in (seq, ack, window, tos))
        seq, ack, window, tos = numbers
        self.rows.append((self.frame, time_ns, flow, flags, seq, ack, payload, window, raw, tos))
        return seq_relative, ack_relative


def flow_of(
    source: Endpoint,
    destination: Endpoint,
    flows: dict[tuple[Endpoint, Endpoint], int],
    ends: list[tuple[Endpoint, Endpoint]],
) -> int:
    """The number of a flow, as in `Columns`; a new one is put into `flows` and `ends`."""
    if (source, destination) not in flows:
        flows[source, destination] = len(ends)
        flows.setdefault((destination, source), len(ends) + 1)
        ends += [(source, destination), (destination, source)]
    return flows[source, destination]


def parse_endpoint(text: str, ports: Mapping[str, int]) -> Endpoint:
    """`bsdi.discard` as an Endpoint; ports: of services by name. Raises CaptureError."""
    host, _, service = text.rpartition(".")
    if not host:
        raise CaptureError(f"{notation.excerpt(text)} is no host.port such as svr4.1037")
    if service in ports:
        return Endpoint(host, ports[service])
    if not re.fullmatch("[0-9]{1,5}", service) or int(service) > LAST_PORT:
        known = ", ".join(sorted(ports))
        raise CaptureError(f"no service {notation.excerpt(service)}: expected a port or {known}")
    return Endpoint(host, int(service))


def _parse_arp(text: str, frame: int, time_ns: int) -> Arp:
    request, reply = ARP_REQUEST.fullmatch(text), ARP_REPLY.fullmatch(text)
    if request:
        return Arp(frame, time_ns, arp.REQUEST, request["sender"], None, request["target"])
    if reply:
        octets = (octet.zfill(2) for octet in reply["ether"].split(":"))
        return Arp(frame, time_ns, arp.REPLY, reply["sender"], ":".join(octets), None)
    raise CaptureError(
        f"{notation.excerpt(text)} is neither a segment (svr4.1037 > bsdi.discard: ...) "
        "nor ARP (arp who-has bsdi tell svr4)"
    )


def write(
    capture: Capture,
    names: Names = BOOK_NAMES,
    relative: bool | None = None,
    connection: Connection | None = None,
) -> str:
    """The capture, or one connection of it, as a listing, one line a segment or ARP packet.

    relative: print sequence numbers relative to the ISNs (True) or absolute (False), in the form
    of figure 18.2. None prints a listing byte for byte as it was read, anything else absolute.
    """
    rows = range(len(capture)) if connection is None else connection.rows
    arps = capture.arps if connection is None else []
    times_ns = {capture.columns.frame[row]: capture.columns.time_ns[row] for row in rows}
    times_ns |= {one.frame: one.time_ns for one in arps}
    layouts = capture.layouts
    if not layouts or relative is not None or connection is not None:
        times_ns, layouts = _figure_form(times_ns, bool(relative))
    packets = {one.frame: _arp_text(one, names) for one in arps}
    packets |= _segment_texts(capture, rows, names, layouts)
    return "".join(
        f"{_prefix(frame, times_ns[frame], layouts[frame])}{packets[frame]}\n"
        for frame in sorted(packets)
    )


def _figure_form(
    times_ns: Mapping[int, int], relative: bool
) -> tuple[dict[int, int], dict[int, Layout]]:
    """Times since the first frame, and the layout of figure 18.2: two spaces before the packet."""
    frames = sorted(times_ns)
    since_ns = {frame: times_ns[frame] - times_ns[frames[0]] for frame in frames}
    layouts = {}
    for before, frame in zip(frames[:1] + frames, frames, strict=False):
        gap_ns = since_ns[frame] - since_ns[before]
        first = frame == frames[0]
        layouts[frame] = Layout(
            numbered=True,
            decimals=1 if first else TIME_DECIMALS,
            gap=None if first else (gap_ns, GAP_DECIMALS),
            column=0,
            seq_relative=relative,
            ack_relative=relative,
        )
    widths = (len(_prefix(frame, since_ns[frame], layouts[frame])) for frame in frames)
    column = max(widths, default=0) + 2
    return since_ns, {frame: one._replace(column=column) for frame, one in layouts.items()}


def _prefix(frame: int, time_ns: int, layout: Layout) -> str:
    """Number, time and gap, padded to the column where the packet begins."""
    prefix = f"{frame} " if layout.numbered else ""
    prefix += seconds.text(time_ns, layout.decimals)
    if layout.gap:
        prefix += f" ({seconds.text(*layout.gap)})"
    return prefix.ljust(layout.column)


def _segment_texts(
    capture: Capture, rows: Sequence[int], names: Names, layouts: Mapping[int, Layout]
) -> dict[int, str]:
    numbers = InitialNumbers()
    texts = {}
    for row in rows:
        segment, flow = capture.segment(row), capture.columns.flow[row]
        seq_base, ack_base = numbers.bases(flow, segment.flags)
        numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        layout = layouts[segment.frame]
        bases = (
            seq_base if layout.seq_relative else None,
            ack_base if layout.ack_relative else None,
        )
        ends = f"{names.endpoint(segment.source)} > {names.endpoint(segment.destination)}"
        texts[segment.frame] = f"{ends}: {notation.text(segment, bases)}"
    return texts


def _arp_text(one: Arp, names: Names) -> str:
    sender = names.host(one.sender)
    if one.operation == arp.REQUEST:
        return f"arp who-has {names.host(one.target or '?')} tell {sender}"
    # The book prints octets without leading zeros.
    octets = (f"{int(octet, 16):x}" for octet in (one.sender_ether or "").split(":"))
    return f"arp reply {sender} is-at {':'.join(octets)}"
