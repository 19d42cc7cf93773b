"""What a match of the time line says: the finding, and the lines beside the segments."""

from captures import notation, seconds
from captures.arp import Arp
from checkers.finding import Finding, Match, Outcome, Pair
from checkers.sighting import Sighting
from checkers.timeline import Anything, Step
from checkers.timeline_compare import Packet
from checkers.timeline_match import Failure, State
from checkers.timeline_write import Bindings, arp_text, line_text
from checkers.verdict import Verdict


def matched(sighting: Sighting, state: State) -> Outcome:
    """The outcome where every segment fits, as far as the capture tells."""
    frames = tuple(packet.frame for _, packet, _ in state.pairs)
    finding = Finding(
        check="",
        verdict=Verdict.INCONCLUSIVE if state.unknown else Verdict.PASS,
        expected=_length(state),
        observed="; ".join(dict.fromkeys(state.unknown)) or "each of them, in order",
        frames=frames,
        vantage=sighting.vantage.point,
    )
    return _outcome(sighting, state, finding)


def failed(sighting: Sighting, failure: Failure, excuse: str = "") -> Outcome:
    """The outcome where the time line ends at `failure`: FAIL, or INCONCLUSIVE with an excuse."""
    position = len(failure.state.pairs) + 1
    finding = Finding(
        check="",
        verdict=Verdict.INCONCLUSIVE if excuse else Verdict.FAIL,
        subject=f"segment {position}{_place(failure.line)}",
        expected=_expected(failure),
        observed=_observed(sighting, failure) + (f"; {excuse}" if excuse else ""),
        frames=_frames(sighting, failure),
        vantage=sighting.vantage.point,
    )
    return _outcome(sighting, failure.state, finding, _failed_pair(sighting, failure))


def packet_text(sighting: Sighting, packet: Packet) -> str:
    """`svr4.1037 > bsdi.discard: S 1:1(0) win 4096`, with the names that the evidence has."""
    names = sighting.evidence.names
    if isinstance(packet, Arp):
        target = packet.target and names.host(packet.target)
        return arp_text(packet.operation, names.host(packet.sender), target, packet.sender_ether)
    ends = f"{names.endpoint(packet.source)} > {names.endpoint(packet.destination)}"
    return f"{ends}: {notation.text(packet)}"


def _length(state: State) -> str:
    """How many segments fit, and how many of them would have fitted whatever they were."""
    length = f"{len(state.pairs)} segments of the time line"
    free = sum(isinstance(line, Anything) for line, _, _ in state.pairs)
    return length + (f", {free} of them of any kind" if free else "")


def _place(line: Step | None) -> str:
    return f" (line {line.number} of the time line)" if line else ""


def _only_gap(failure: Failure) -> bool:
    return failure.differs == ("gap",)


def _expected(failure: Failure) -> str:
    line = failure.line
    if line is None:
        return "nothing more"
    if line.gap and _only_gap(failure):
        low, high = _seconds(line.gap.low_ns), _seconds(line.gap.high_ns)
        return f"a gap of {line.gap.text} ({low} to {high})"
    return f"'{line_text(line, failure.state.bindings)}'"


def _observed(sighting: Sighting, failure: Failure) -> str:
    packet, before = failure.packet, failure.state.before
    if packet is None:
        return "the end of the connection"
    if before is not None and _only_gap(failure):
        return _seconds(packet.time_ns - before.time_ns)
    differs = f", differs in {' and '.join(failure.differs)}" if failure.differs else ""
    differs += f": {failure.told}" if failure.told else ""
    return f"'{packet_text(sighting, packet)}'{differs}"


def _frames(sighting: Sighting, failure: Failure) -> tuple[int, ...]:
    """The segment that differs, with the one before it if the gap does; at the end, the last."""
    before, packet = failure.state.before, failure.packet
    if packet is None:
        return (sighting.segments[-1].frame,)
    if before is not None and "gap" in failure.differs:
        return before.frame, packet.frame
    return (packet.frame,)


def _outcome(
    sighting: Sighting, state: State, finding: Finding, last: Pair | None = None
) -> Outcome:
    def beside() -> Match:
        pairs = (_pair(sighting, *matched) for matched in state.pairs)
        return Match("", sighting.vantage.point, (*pairs, *([last] if last else [])))

    return Outcome((finding,), beside, len(state.pairs) + (last is not None))


def _pair(
    sighting: Sighting, line: Step, packet: Packet, known: Bindings, differs: tuple[str, ...] = ()
) -> Pair:
    return Pair(
        line=line.number,
        expected=_with_gap(line, known),
        frame=packet.frame,
        observed=packet_text(sighting, packet),
        time_ns=packet.time_ns - sighting.segments[0].time_ns,
        differs=differs,
    )


def _failed_pair(sighting: Sighting, failure: Failure) -> Pair:
    line, packet, known = failure.line, failure.packet, failure.state.bindings
    if line is not None and packet is not None:
        return _pair(sighting, line, packet, known, failure.differs)
    if line is not None:
        return Pair(line.number, _with_gap(line, known), None, "", differs=("missing",))
    if packet is not None:
        observed = packet_text(sighting, packet)
        time_ns = packet.time_ns - sighting.segments[0].time_ns
        return Pair(None, "", packet.frame, observed, time_ns, ("unexpected",))
    raise AssertionError("a failure has a line or a segment")


def _with_gap(line: Step, known: Bindings) -> str:
    return (f"{line.gap.text} " if line.gap else "") + line_text(line, known)


def _seconds(time_ns: int) -> str:
    return f"{seconds.text(time_ns, 6)} s"
