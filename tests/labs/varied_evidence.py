"""A lab's right run by the book, as it would have been with a student's values.

Made from the book's evidence, not from lab.yaml: ports, addresses and MSS are changed in every
segment, and a line that is longer or shorter moves all sequence numbers behind it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from captures import run as run_json
from captures.segment import MSS, Endpoint, Option, Segment, precedes
from checkers.evidence import Evidence, Vantage
from checkers.recorded import Socket, Sockets
from labs.catalog import variant
from labs.catalog.variant import Values
from tests.labs import test_lab_mss, test_lab_path_mtu
from tests.labs.lab_evidence import Played, sample_run
from tests.labs.mutated_evidence import completed, known, with_segments

SEQUENCE_SPACE = 1 << 32
S = 1_000_000_000

# How many ports from the book's on belong to a value.
PORTS = {
    "table": 6,
    "port": 3,
    "server": 3,
    "client": 3,
    "foreign": 2,
    "reuser": 1,
    "bsdi_port": 1,
    "vangogh_port": 1,
    "service_port": 1,
}
# Who sends so much data because a value is what it is.
TYPED = {
    "foreign-address": [("bsdi", "text.length+1")],
    "half-close": [("sun", "fruit.length+32"), ("bsdi", "fruit.length+1")],
    "half-open": [("bsdi", "first.length+2"), ("bsdi", "second.length+2")],
    "local-address": [("solaris", "text.length+1")],
    "reset-abort": [("bsdi", "text.length+1")],
    "simultaneous-open": [("bsdi", "first.length+1"), ("vangogh", "second.length+1")],
    "syn-rcvd-reset": [("bsdi", "text.length+1")],
    "time-wait-client": [(host, "text.length+1") for host in ("sun", "bsdi", "svr4")],
}
# Who announces so much, at which vantage points.
ANNOUNCED = {
    "last-ack-lost": ("slip", "slip_mtu-40", ("slip sl0", "sun eth0")),
    "mss-systems": ("sun", "slip_mtu-40", ("vangogh wan0",)),
    "options": ("gemini", "gemini_mtu-40", ("netb eth0",)),
}
# Values that are a line of text.
LINES = {"text", "first", "second", "fruit"}
# Words of a transcript that no rule below finds.
SAID = {
    "server-endpoints": [("*.7 ", "*.{{udp}} ")],
    "syn-timeout": [("svr4 discard", "svr4 {{service}}")],
}


@dataclass
class _Change:
    """From the book's values to others, for one lab; `names` tells whose address is whose."""

    lab: str
    book: Values
    new: Values
    evidence: Evidence
    ports: Mapping[int, int] = field(init=False)
    hosts: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.ports = dict(_ports(self.book, self.new))
        swapped = {str(self.book.get(key)): str(self.new.get(key)) for key in ("client", "server")}
        names = self.evidence.names.hosts
        address = {name: its for its, name in reversed([*names.items()])}
        self.hosts = {address[old]: address[new] for old, new in swapped.items() if old in address}

    def number(self, expression: str, values: Values) -> int:
        return int(variant.filled(f"{{{{{expression}}}}}", values))

    def name(self, end: Endpoint) -> str | None:
        return self.evidence.names.host(end.host)

    def end(self, end: Endpoint) -> Endpoint:
        host = self.hosts.get(end.host, end.host)
        return Endpoint(host, self.ports.get(end.port, end.port))

    def sizes(self) -> dict[tuple[str | None, int], int]:
        return {
            (host, self.number(size, self.book)): self.number(size, self.new)
            for host, size in TYPED.get(self.lab, ())
        }


def _ports(book: Values, new: Values) -> Iterable[tuple[int, int]]:
    for name, count in PORTS.items():
        port, its = book.get(name), new.get(name)
        if isinstance(port, int) and isinstance(its, int):
            yield from ((port + more, its + more) for more in range(count))


def varied(lab: str, right: Evidence, book: Values, given: Values, new: Values) -> Evidence:
    """The right evidence, `known`, with the values `new` for `book`; given: what run.json says."""
    change = _Change(lab, book, new, right)
    run = replace_run(right.run, lab, given)
    if lab == "mss":
        return replace(known(_mss(new)), run=run)
    if lab == "path-mtu":
        return replace(known(_path_mtu(new)), run=run)
    for point in right.vantages:
        right = with_segments(right, point, _changed(change, point))
    right = _with_ether(right, change)
    return replace(
        right,
        vantages=_swapped_points(right, change),
        run=run,
        transcripts={host: _said(text, change) for host, text in right.transcripts.items()},
        states={host: _states(each, change) for host, each in right.states.items()},
    )


def replace_run(run: run_json.Run | None, lab: str, given: Values) -> run_json.Run:
    """run.json of these values, with what the book's run says of the kernels."""
    assert run
    sysctls = {name: host.sysctls for name, host in run.hosts.items()}
    return sample_run(lab, sysctls=sysctls, given=given)


def _changed(change: _Change, point: str) -> list[Segment]:
    segments = completed(change.evidence, point)
    longer = _longer(change, segments)
    host, size, points = ANNOUNCED.get(change.lab, ("", "0", ()))
    announced = change.number(size, change.book), change.number(size, change.new)
    return [
        replace(
            each,
            time_ns=_time(change, each.time_ns),
            source=change.end(each.source),
            destination=change.end(each.destination),
            seq=_moved(each.seq, longer.get((each.source, each.destination), {})),
            ack=_moved(each.ack, longer.get((each.destination, each.source), {})),
            payload=change.sizes().get((change.name(each.source), each.payload), each.payload),
            options=tuple(
                Option(MSS, (announced[1],))
                if point in points and change.name(each.source) == host and one.kind == MSS
                else one
                for one in each.options or ()
            ),
        )
        for each in segments
    ]


Longer = dict[tuple[Endpoint, Endpoint], dict[int, int]]


def _longer(change: _Change, segments: Sequence[Segment]) -> Longer:
    """By direction: where a line starts that is longer, and by how much."""
    found: Longer = {}
    sizes = change.sizes()
    for each in segments:
        size = sizes.get((change.name(each.source), each.payload))
        if size is not None and each.seq is not None:
            more = found.setdefault((each.source, each.destination), {})
            more[each.seq] = size - each.payload
    return found


def _moved(number: int | None, longer: Mapping[int, int]) -> int | None:
    """A sequence number, behind all that became longer before it."""
    if number is None:
        return None
    more = sum(more for start, more in longer.items() if precedes(start, number))
    return (number + more) % SEQUENCE_SPACE


def _time(change: _Change, time_ns: int) -> int:
    """svr4's late FINs of fin-wait-2, and what follows, come when their server's pause is over."""
    late_s = int(change.new.get("late_s", 0)) - int(change.book.get("late_s", 0))
    return time_ns + late_s * S if time_ns > 6 * S else time_ns


def _with_ether(evidence: Evidence, change: _Change) -> Evidence:
    vantages = {
        point: replace(
            vantage,
            capture=replace(
                vantage.capture,
                arps=[
                    arp._replace(sender_ether=_padded(change.new["ether"]))
                    if arp.sender_ether == _padded(change.book["ether"])
                    else arp
                    for arp in vantage.capture.arps
                ],
            ),
        )
        for point, vantage in evidence.vantages.items()
    }
    return replace(evidence, vantages=vantages)


def _padded(ether: object) -> str:
    return ":".join(octet.zfill(2) for octet in str(ether).split(":"))


def _swapped_points(evidence: Evidence, change: _Change) -> dict[str, Vantage]:
    """Each vantage point's capture where its host is now; only lab connection swaps hosts."""
    names = evidence.names
    instead = {names.host(old): names.host(new) for old, new in change.hosts.items()}
    found = {}
    for point, vantage in evidence.vantages.items():
        host, interface = point.split()
        where = f"{instead.get(host, host)} {interface}"
        found[where] = replace(vantage, point=where)
    return found


def _said(text: str, change: _Change) -> str:
    """A transcript with the new words and ports."""
    for words, instead in SAID.get(change.lab, ()):
        text = text.replace(words, variant.filled(instead, change.new))
    for name in LINES & set(change.book):
        text = text.replace(str(change.book[name]), str(change.new[name]))

    def port(number: re.Match[str]) -> str:
        return str(change.ports.get(int(number[0]), number[0]))

    return re.sub(r"(?<!\d)\d{4,}(?!\d)", port, text)


def _states(records: Sequence[Sockets], change: _Change) -> list[Sockets]:
    return [
        record._replace(
            time_ns=_time(change, record.time_ns),
            sockets=tuple(
                Socket(change.end(one.local), change.end(one.foreign), one.state)
                for one in record.sockets
            ),
        )
        for record in records
    ]


def _mss(values: Values) -> Evidence:
    """Lab mss: other sizes make other segments."""
    size, announced = int(values["size"]), int(values["slip_mtu"]) - 40
    connection = test_lab_mss.connection
    to_slip = connection("slip", f"mss {announced}", announced, 1000, 50000, 2 * size)
    to_svr4 = connection("svr4", "nop,nop,nop,nop", 536, 4000, 70000, 2 * size)
    return Played("mss", {"sun eth0": to_slip + to_svr4, "slip sl0": to_slip}).evidence()


def _path_mtu(values: Values) -> Evidence:
    """Lab path-mtu: another MTU makes other fragments and other segments."""
    mtu = int(values["line_mtu"])
    return test_lab_path_mtu.evidence(test_lab_path_mtu.with_mtu(mtu))
