"""Evidence for a lab, written by hand: listings, transcripts and socket states as text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import structs

from captures import run as run_json
from captures.capture import Capture
from captures.reader import parse
from captures.segment import Endpoint
from checkers.check import Report, report
from checkers.evidence import Evidence, Vantage
from checkers.recorded import Socket, Sockets
from checkers.verdict import Verdict
from labs import catalog
from labs.catalog.variant import Values
from topologies.inside_cover import BOOK, SERVICES
from topologies.internet import Internet, part, with_mtus

FIGURES = Path(__file__).parent.parent / "captures" / "figures"


@dataclass(frozen=True)
class Played:
    """A lab's run as text.

    listings: by vantage point, in the book's notation. transcripts: by host. states: by host, a
    line for each change of one socket: `seconds local.port foreign.port STATE`, or `gone`.
    offered: by host, the window and the MSS of its SYNs, where a line doesn't print them.
    programs: the starts of a student's program.
    """

    lab: str
    listings: Mapping[str, str]
    transcripts: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    programs: tuple[run_json.Program, ...] = ()

    def edited(self, old: str, new: str) -> "Played":
        """The same with `old` replaced by `new` wherever it stands; it must stand somewhere."""
        parts = (self.listings, self.transcripts, self.states)
        assert any(old in text for texts in parts for text in texts.values()), old
        listings, transcripts, states = (_replaced(texts, old, new) for texts in parts)
        return replace(self, listings=listings, transcripts=transcripts, states=states)

    def without(self, start: str) -> "Played":
        """The same without the lines that begin so."""
        line = next(
            line
            for text in (*self.listings.values(), *self.transcripts.values())
            for line in text.splitlines(keepends=True)
            if line.startswith(start)
        )
        return self.edited(line, "")

    def evidence(
        self,
        *,
        drops: int = 0,
        cut: bool = False,
        degraded: Sequence[run_json.Degraded] = (),
        sysctls: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Evidence:
        """The evidence; drops, cut: at every vantage point. sysctls: by host."""
        run = sample_run(self.lab, drops, degraded, sysctls or {})
        run = structs.replace(run, programs=list(self.programs))
        vantages = {
            point: Vantage(point, structs.replace(self._capture(text), cut_short=cut), drops)
            for point, text in self.listings.items()
        }
        states = {host: _states(text) for host, text in self.states.items()}
        return Evidence(vantages, run_json.names(run), run, self.transcripts, states)

    def _capture(self, listing: str) -> Capture:
        return capture_of("".join(map(self._printed, listing.splitlines(keepends=True))))

    def _printed(self, line: str) -> str:
        """The line with window and MSS, where it has none and they are known."""
        source = re.search(r"(\w+)\.\w+ > \S+ (\S)", line)
        if " win " in line or not source or source[1] not in self.offered:
            return line
        window, mss = self.offered[source[1]]
        option = f" <mss {mss}>" if source[2] == "S" else ""
        return f"{line.rstrip()} win {window}{option}\n"

    def report(self) -> Report:
        """What the lab's checks say."""
        return judged(self.lab, self.evidence())


def _replaced(texts: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    return {key: text.replace(old, new) for key, text in texts.items()}


def capture_of(listing: str) -> Capture:
    """A listing as a capture."""
    return parse(listing.lstrip().encode())


def figure(name: str) -> Evidence:
    """One of the book's own listings, as a bare capture."""
    capture = parse((FIGURES / f"{name}.txt").read_bytes())
    names = run_json.names(sample_run("connection"))
    return Evidence({"": Vantage("", capture)}, names)


def judged(lab: str, evidence: Evidence, *only: str) -> Report:
    """What the lab's checks say of the evidence; `only`: those expectations."""
    expectations = [one for one in catalog.load(lab).expect if not only or one.name in only]
    assert expectations, only
    return report(lab, evidence, expectations)


def having(result: Report, verdict: Verdict) -> set[str]:
    """The expectations with a finding of this verdict."""
    return {
        finding.check.split(" segment ")[0]
        for finding in result.findings
        if finding.verdict is verdict
    }


def about_one(names: set[str]) -> set[str]:
    """Those without the checks of everything at a vantage point, which many faults concern."""
    return {name for name in names if not name.startswith(("sequence", "offers"))}


def said(result: Report, verdict: Verdict) -> str:
    """All that the findings of this verdict say, to look for words in."""
    return "\n".join(
        f"{one.check} {one.subject}: expected {one.expected}, observed {one.observed}"
        for one in result.findings
        if one.verdict is verdict
    )


def sample_run(
    lab: str,
    drops: int = 0,
    degraded: Sequence[run_json.Degraded] = (),
    sysctls: Mapping[str, Mapping[str, str]] | None = None,
    given: Values | None = None,
) -> run_json.Run:
    """A run.json of the lab on the book's hosts; given: a student's values."""
    loaded = catalog.load(lab, given=given)
    mtus = {name: host.mtu for name, host in loaded.hosts.items()}
    internet = with_mtus(part(BOOK, loaded.hosts), mtus)
    hosts = {
        name: run_json.Host(
            host.system,
            {its.name: its.address for its in host.interfaces},
            mtus={its.name: internet.mtu(its) for its in host.interfaces},
            sysctls=dict((sysctls or {}).get(name, {})),
        )
        for name, host in internet.hosts.items()
    }
    points = [
        run_json.VantagePoint(*point, f"pcap/{point.host}-{point.interface}.pcap", 9, 9, drops)
        for point in loaded.vantage_points
    ]
    return run_json.Run(
        schema_version=1,
        lab=lab,
        variant=dict(given or {}),
        catalog_version=catalog.VERSION,
        pace="quick",
        started="",
        ended="",
        kernel="6.18",
        hosts=hosts,
        vantage_points=points,
        links=[_link(internet, name) for name in internet.links],
        services=SERVICES,
        degraded=list(degraded),
    )


def _link(internet: Internet, name: str) -> run_json.Link:
    link = internet.links[name]
    settings = {"mtu": link.mtu, "bit_rate": link.bit_rate, "delay_ms": link.delay_ms}
    return run_json.Link(
        name,
        link.kind,
        [f"{host.name} {host.on(name).name}" for host in internet.on(name)],
        {key: value for key, value in settings.items() if value is not None},
    )


def _states(text: str) -> list[Sockets]:
    """One record for each line: all sockets as they are then."""
    sockets: dict[tuple[str, str], Socket] = {}
    records = []
    for number, line in enumerate(text.strip().splitlines(), 1):
        seconds, local, foreign, state = line.split()
        sockets[local, foreign] = Socket(_endpoint(local), _endpoint(foreign), state)
        if state == "gone":
            del sockets[local, foreign]
        now = tuple(sockets.values())
        records.append(Sockets(number, round(float(seconds) * 1e9), now))
    return records


def _endpoint(text: str) -> Endpoint:
    host, _, port = text.rpartition(".")
    return Endpoint(host, int(port))
