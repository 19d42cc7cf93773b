"""What today's tcpdump prints of a capture (`tcpdump -n -r FILE`), read as a capture.

    22:13:34.000100 IP 10.0.0.1.1037 > 10.0.0.2.9: Flags [S], seq 100, win 4096, length 0
    22:13:34.000200 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46

Any of -S, -t to -ttttt, -e, -v, -vv, -# and -x may have been given. Source: tcpdump 4.99,
print.c, print-ip.c, print-tcp.c, print-arp.c.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import structs

from captures import arp, columns, listing, tcpdump_fields, tcpdump_numbers, tcpdump_times
from captures.arp import Arp
from captures.capture import Capture
from captures.errors import CaptureError
from captures.names import BOOK_SERVICES
from captures.notation import excerpt
from captures.segment import Endpoint
from captures.tcpdump_numbers import Printed

KIND = "tcpdump text"

# -# prints the number and two spaces.
HEAD = re.compile(rf"(?: *(?P<number>\d{{1,9}})  )?(?P<time>{tcpdump_times.TIME} )?", re.ASCII)
ETHER = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
# What stands before the packet: where it went on interface `any`, and Ethernet's header (-e).
DIRECTION = r" *(?:\S+ +)?(?:In|Out|B|M|P) +"
ETHERNET = rf"(?:ifindex \d+ )?{ETHER} (?:\(oui [^()]*\) )?(?:> [^,]*,)?"
LINK = re.compile(rf"(?:{DIRECTION})?(?:{ETHERNET} ?)?", re.ASCII)
ETHERTYPE = re.compile(
    r"(?:vlan \d+, p \d+,(?: DEI,)? )?ethertype (\S+)(?: \(0x[0-9a-f]{4}\))?(?:, length \d+)?[:,] ",
    re.ASCII,
)
PROTOCOL = re.compile(r"(IP6?|ARP),? ")
ETHERTYPES = {"IPv4": "IP", "IPv6": "IP6", "ARP": "ARP"}

# Without a time (-t) a line begins a packet by its first word.
FIRST_WORD = re.compile(rf"(?:[A-Z][\w.]*|{DIRECTION}\S+)[ ,]|{ETHER} ", re.ASCII)
OURS = re.compile(
    rf"^(?: *\d{{1,9}}  )?(?:{tcpdump_times.TIME} )?"
    rf"(?:(?:{DIRECTION})?(?:IP6? [^ ]+ |IP6? \(|ARP, )|(?:{DIRECTION})?{ETHERNET} ?ethertype )",
    re.MULTILINE | re.ASCII,
)
# What tcpdump says on standard error, where that went into the same file.
SAID = re.compile(
    r"tcpdump: |reading from file |listening on |dropped privs to |\d+ packets? (?:captured|"
    r"received by filter|dropped by interface)|(?P<drops>\d{1,18}) packets? dropped by kernel",
    re.ASCII,
)

HEADER = re.compile(r"\((?P<header>(?:[^()]|\([^()]*\))*)\) *")
TOS = re.compile(r"(?:tos|class) 0x([0-9a-f]{1,2})\b")
ENDS = re.compile(r"(?P<source>\S+) > (?P<destination>\S+?):? (?P<rest>.*)")
ARP_FORMS = "(?:Ethernet \\(len 6\\), IPv4 \\(len 4\\), )?"
ARP_REQUEST = re.compile(rf"{ARP_FORMS}Request who-has (\S+) (?:\({ETHER}\) )?tell ([^\s,]+),")
ARP_REPLY = re.compile(rf"{ARP_FORMS}Reply (\S+) is-at ({ETHER})\b")
# The snapshot length cut the packet here.
CUT = re.compile(r"\[\|(?:ip6?|tcp|arp)\]|truncated-ip6? - ")


@dataclass
class Entry:
    """One packet's text: where it begins, -#'s number, its time as printed, and the rest."""

    line: int
    number: int | None
    time: str
    text: str


@dataclass
class _Found:
    """What the packets are, while they are being read."""

    services: Mapping[str, int]
    printed: list[Printed] = field(default_factory=list)
    ends: list[tuple[Endpoint, Endpoint]] = field(default_factory=list)
    flows: dict[tuple[Endpoint, Endpoint], int] = field(default_factory=dict)
    arps: list[Arp] = field(default_factory=list)
    others: int = 0
    clipped: int = 0


def recognises(text: str) -> bool:
    """Whether a text has a line that tcpdump prints, and the book's listing hasn't."""
    return OURS.search(text) is not None


def read(text: str, services: Mapping[int, str] = BOOK_SERVICES) -> Capture:
    """Read what tcpdump printed; names of hosts stay, names of services become ports.

    What isn't printed is None: the sequence number of a bare ACK, the type of service without -v,
    a number relative to one that wasn't printed. No `options` are no options: tcpdump prints all.
    `timed` is False without times (-t), and where times since the first packet (-ttttt) might be
    times since the packet before (-ttt). Clock times count on over midnight.
    Raises CaptureError: `line 3: ...`.
    """
    if text.endswith("\n"):
        return _read(text, services)
    whole = text[: text.rfind("\n") + 1]
    try:
        found = _read(text, services)
    except CaptureError:
        if not whole:
            raise
        found = None
    # The file may end inside a line: such a one counts where it shows a packet to its end.
    before = _read(whole, services)
    if found and _packets(found) > _packets(before):
        return found
    return structs.replace(before, cut_short=True)


def _packets(capture: Capture) -> int:
    return len(capture) + len(capture.arps) + capture.clipped


def _read(text: str, services: Mapping[int, str]) -> Capture:
    entries, drops = _entries(text)
    cut_short = bool(entries) and _is_header_alone(entries[-1].text)
    if cut_short:
        del entries[-1]
    times_ns, timed = tcpdump_times.times_ns([(one.line, one.time) for one in entries])
    ports = {name: port for port, name in services.items()}
    found = _Found(ports)
    frame = 0
    for entry, time_ns in zip(entries, times_ns, strict=True):
        try:
            frame = _frame(entry.number, frame)
            _add(entry.text, frame, time_ns, found)
        except CaptureError as error:
            raise CaptureError(f"line {entry.line}: {error}") from error
    return Capture(
        kind=KIND,
        columns=columns.few(tcpdump_numbers.absolute(found.printed), found.ends),
        frames=len(entries),
        arps=found.arps,
        cut_short=cut_short,
        drops=drops,
        timed=timed,
        others=found.others,
        clipped=found.clipped,
    )


def _entries(text: str) -> tuple[list[Entry], int | None]:
    """The packets' texts, and how many the kernel dropped if tcpdump says so."""
    entries: list[Entry] = []
    drops = None
    for number, line in enumerate(text.split("\n"), 1):
        said = SAID.match(line)
        if said:
            drops = int(said["drops"]) if said["drops"] else drops
        elif line.strip():
            _put(line.rstrip(), number, entries)
    return entries, drops


def _put(line: str, number: int, entries: list[Entry]) -> None:
    """Add a line to the entries: as a new one, or to the last (-v, -x)."""
    head = HEAD.match(line)
    rest = line[head.end() :] if head else line
    if head and (head["time"] or FIRST_WORD.match(rest)):
        counted = int(head["number"]) if head["number"] else None
        entries.append(Entry(number, counted, (head["time"] or "")[:-1], rest))
    elif not entries or not line[0].isspace():
        raise CaptureError(
            f"line {number}: {excerpt(line)} is no line of tcpdump's; print the capture again "
            "with `tcpdump -n -r FILE`, and without -A"
        )
    elif _is_header_alone(entries[-1].text):
        entries[-1].text += f" {line.strip()}"


def _is_header_alone(text: str) -> bool:
    """Whether -v printed the IP header alone: the packet follows on a line of its own."""
    return HEADER.fullmatch(_protocol(text)[1]) is not None


def _frame(printed: int | None, last: int) -> int:
    if printed is None:
        return last + 1
    if printed <= last:
        raise CaptureError(f"number {printed} after {last}: numbers must rise")
    return printed


def _add(text: str, frame: int, time_ns: int, found: _Found) -> None:
    protocol, body = _protocol(text)
    if CUT.search(body):
        found.clipped += 1
    elif protocol == "ARP":
        _arp(body, frame, time_ns, found)
    elif protocol:
        _ip(body, frame, time_ns, found)
    else:
        found.others += 1


def _protocol(text: str) -> tuple[str, str]:
    """IP, IP6, ARP or '' for another one, and what is printed of it."""
    link = LINK.match(text)
    text = text[link.end() :] if link else text
    protocol = ""
    while ethertype := ETHERTYPE.match(text):
        protocol, text = ETHERTYPES.get(ethertype[1], ""), text[ethertype.end() :]
    named = PROTOCOL.match(text)
    return (named[1], text[named.end() :]) if named else (protocol, text)


def _arp(body: str, frame: int, time_ns: int, found: _Found) -> None:
    request, reply = ARP_REQUEST.match(body), ARP_REPLY.match(body)
    if request:
        found.arps.append(Arp(frame, time_ns, arp.REQUEST, request[2], None, request[1]))
    elif reply:
        found.arps.append(Arp(frame, time_ns, arp.REPLY, reply[1], reply[2], None))
    else:
        found.others += 1


def _ip(body: str, frame: int, time_ns: int, found: _Found) -> None:
    header = HEADER.match(body)
    ends = ENDS.fullmatch(body, header.end() if header else 0)
    if ends is None:
        raise CaptureError(f"expected such as '10.0.0.1.1037 > 10.0.0.2.9:', found {excerpt(body)}")
    fields = tcpdump_fields.parse(ends["rest"])
    if fields is None:
        found.others += 1
        return
    flow = _flow(ends, found)
    tos = _tos(header["header"]) if header else None
    found.printed.append(Printed(frame, time_ns, flow, *fields, tos))


def _tos(header: str) -> int:
    """The type of service (traffic class) in -v's header; IPv6's isn't printed where it is 0."""
    match = TOS.search(header)
    return int(match[1], 16) if match else 0


def _flow(ends: re.Match[str], found: _Found) -> int:
    source = listing.parse_endpoint(ends["source"], found.services)
    destination = listing.parse_endpoint(ends["destination"], found.services)
    return listing.flow_of(source, destination, found.flows, found.ends)
