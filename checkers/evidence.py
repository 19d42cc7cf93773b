"""Evidence: captures by vantage point, and what the run recorded and said of itself."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from captures import reader
from captures import run as run_json
from captures.capture import Capture
from captures.connections import Connection
from captures.errors import CaptureError
from captures.labels import Loss
from captures.names import Names
from captures.place import Place
from captures.run import Degraded, Run
from captures.segment import Endpoint
from checkers import claims, plausible, recorded, together
from checkers.recorded import STATES_FILE, TRANSCRIPTS, States, Transcripts
from checkers.seen import Seen


class Vantage(msgspec.Struct, frozen=True):
    """What was seen from one place: `point` is `host interface`, or '' for a bare capture.

    drops: packets that the capture is known to lack: dropped by the kernel, or cut off the file.
    """

    point: str
    capture: Capture
    drops: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything that passed here is in the capture, as far as it tells."""
        return not self.lacks

    @property
    def lacks(self) -> str:
        """What the capture is known to lack, in words; '' for nothing."""
        return self.damage or self.unseen(self.capture.losses)

    @property
    def damage(self) -> str:
        """What the file and its recorder say that it lacks, in words; '' for nothing."""
        if self.drops:
            return f"{self.drops} packet(s) are known to be missing from the capture"
        if self.capture.clipped:
            return f"{self.capture.clipped} frame(s) are cut before their flags"
        return "the capture's file is cut short" if self.capture.cut_short else ""

    def losses(self, connections: Sequence[Connection]) -> list[Loss]:
        """What was acknowledged of these connections and is in no frame."""
        its = self.capture.connections
        own = {one.number: one for one in connections}
        if all(its[number - 1 : number] == [one] for number, one in own.items()):
            return self.capture.losses_of(own[number] for number in sorted(own))
        # Several connections that are looked at as one: it has no labels of its own.
        rows = {row for one in connections for row in one.rows}
        return [loss for loss in self.capture.losses if loss.row in rows]

    def unseen(self, losses: Sequence[Loss]) -> str:
        """What was acknowledged and is in no frame, in words; '' for nothing."""
        if not losses:
            return ""
        size, columns = sum(loss.size for loss in losses), self.capture.columns
        source, destination = columns.ends[losses[0].flow]
        return (
            f"the capture lacks packets: {destination.host} acknowledged {size} sequence "
            f"number(s) of {source.host} that no frame shows, from {losses[0].first} on"
        )


class Try(msgspec.Struct, frozen=True):
    """One of several connections between two hosts.

    ends: its socket pair. numbers: by vantage point, its number there; 0 where it wasn't seen.
    """

    ends: frozenset[Endpoint]
    numbers: Mapping[str, int]


class Evidence(msgspec.Struct, frozen=True):
    """What checkers decide from. `run` is None for a bare capture.

    transcripts, states: of each host, by its name; none for a bare capture.
    doubt: why it may be no recording, or not of one run, in words; then there are no verdicts.
    stands_for: the vantage points that a bare capture serves for; none: every one.
    over: False while the run goes on: what isn't there yet may still come.
    chosen: the one connection between two ends that counts; None where any does.
    """

    vantages: Mapping[str, Vantage]
    names: Names
    run: Run | None = None
    transcripts: Transcripts = {}
    states: States = {}
    doubt: str = ""
    stands_for: tuple[str, ...] = ()
    over: bool = True
    chosen: Try | None = None

    @property
    def goes_on(self) -> str:
        """That something may still come, in words; '' for a run that is over."""
        return "" if self.over else "the run goes on"

    @property
    def ended(self) -> bool:
        """Whether it shows all that there was: a run at rest was recorded to its end.

        A bare capture may have been stopped, or cut off between two frames, while one went on;
        and so may the captures of who left a lab while a connection was still open.
        """
        return self.run is not None and self.over and self.run.at_rest

    def at(self, point: str) -> Vantage | None:
        """The vantage point of this name; a bare capture serves for all that it stands for."""
        if self.run is not None:
            return self.vantages.get(point)
        if self.stands_for and point not in self.stands_for:
            return None
        return next(iter(self.vantages.values()), None)

    def connections_at(self, vantage: Vantage) -> Sequence[Connection]:
        """All connections of a capture; where one is chosen, that alone."""
        every = vantage.capture.connections
        if self.chosen is None or vantage.point not in self.chosen.numbers:
            return every
        number = self.chosen.numbers[vantage.point]
        return every[number - 1 : number] if number else ()

    @property
    def taken_for(self) -> tuple[str, ...]:
        """Where a bare capture is taken to be from, as nobody told; none for all others."""
        return self.stands_for if "" in self.vantages else ()

    def degraded(self, *aspects: str, host: str | None = None) -> Degraded | None:
        """The first of these aspects that this run could not give `host` (None: any host)."""
        for entry in self.run.degraded if self.run else ():
            if entry.aspect in aspects and host in (None, entry.host):
                return entry
        return None

    def why_degraded(self, *aspects: str, host: str | None = None) -> str:
        """Why these aspects of `host` can't be checked, in words; '' where they can."""
        entry = self.degraded(*aspects, host=host)
        if entry is None:
            return ""
        return (
            f"{entry.aspect} of {entry.host} is degraded on this machine: "
            f"wanted {entry.wanted}, got {entry.got} ({entry.why})"
        )

    def sysctl(self, host: str, name: str) -> str | None:
        """A host's kernel setting as run.json records it; None where it doesn't."""
        known = self.run.hosts.get(host) if self.run else None
        return known.sysctls.get(name) if known else None

    def mtu(self, address: str) -> int | None:
        """The MTU in bytes of the interface with this address, where run.json tells it."""
        for host in self.run.hosts.values() if self.run else ():
            for interface, own in host.interfaces.items():
                if own.partition("/")[0] == address:
                    return host.mtus.get(interface)
        return None


def from_capture(path: Place, names: Names) -> Evidence:
    """A bare pcap, pcapng or listing as evidence; raises CaptureError, OSError."""
    capture = reader.read(path)
    vantages = {"": Vantage("", capture, capture.drops or 0)}
    return Evidence(vantages, names, doubt=plausible.doubt(capture))


def from_run_directory(path: Place, over: bool = True) -> Evidence:
    """A run directory (run.json, its captures, states and transcripts) as evidence.

    over: False for what a run has written so far.
    Raises ValueError for a run.json that is missing or wrong, CaptureError for a capture or a
    states.jsonl that is, or a capture that isn't tcpdump's own.
    """
    if not (path / "run.json").is_file():
        raise ValueError(
            f"{path}: this run was interrupted: no run.json. Run the lab again, "
            "or check one of its captures by itself"
        )
    run = run_json.load(path / "run.json")
    inside = partial(_inside, path)
    vantages = [_vantage(inside(point.file), point) for point in run.vantage_points]
    captures = [each.capture for each in vantages]
    claims.check_files(run.vantage_points, captures)
    states, names = recorded.states(inside(STATES_FILE)), run_json.names(run)
    doubt = claims.doubt(run, captures, states) or _implausible(vantages)
    if over and not doubt:  # while the run goes on, each file is of another moment
        seen = [*map(_seen, run.vantage_points, vantages)]
        doubt = together.doubt(run, seen, states, names) or claims.surplus(run, captures)
    return Evidence(
        {each.point: each for each in vantages},
        names,
        run,
        recorded.transcripts(inside(TRANSCRIPTS), run.hosts),
        states,
        doubt,
        over=over,
    )


def _implausible(vantages: Sequence[Vantage]) -> str:
    told = ((each, plausible.doubt(each.capture)) for each in vantages)
    return next((f"the capture at {each.point}: {doubt}" for each, doubt in told if doubt), "")


def _seen(point: run_json.VantagePoint, vantage: Vantage) -> Seen:
    return Seen(point.host, point.interface, vantage.capture, not vantage.damage)


def _vantage(file: Place, point: run_json.VantagePoint) -> Vantage:
    if not file.is_file():
        raise CaptureError(f"{file}: run.json names this capture, but it isn't there")
    capture = reader.read(file)
    cut_off = max(0, point.captured - capture.frames)  # tcpdump wrote more than the file has
    # What the kernel drops was received by the filter before: it is in both counts.
    unwritten = max(point.dropped, point.received - point.captured)
    drops = unwritten + (capture.drops or 0) + cut_off
    return Vantage(f"{point.host} {point.interface}", capture, drops)


def _inside(directory: Place, file: str) -> Place:
    """The file's path; nothing handed in may lead out of its own directory, by name or by link.

    A run has no links at all, so none is followed: that would take as long as to read a capture.
    """
    names, step = file.split("/"), directory
    outside = file.startswith("/") or ".." in names
    for name in names:
        step /= name
        outside = outside or step.is_symlink()
    if outside:
        told = f"{file!r} lies outside the run directory, or is a link"
        raise ValueError(f"{directory / 'run.json'}: {told}")
    return step
