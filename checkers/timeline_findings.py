"""What a match of the time line says: the finding, and the lines beside the segments."""

from captures import notation, seconds
from captures.segment import Segment
from checkers.finding import Finding, Match, Outcome, Pair
from checkers.sighting import Sighting
from checkers.timeline import Step
from checkers.timeline_match import Failure, State
from checkers.timeline_write import Bindings, line_text
from checkers.verdict import Verdict


def matched(sighting: Sighting, state: State) -> Outcome:
    """The outcome where every segment fits, as far as the capture tells."""
    frames = tuple(segment.frame for _, segment, _ in state.pairs)
    finding = Finding(
        check="",
        verdict=Verdict.INCONCLUSIVE if state.unknown else Verdict.PASS,
        expected=f"{len(frames)} segments of the time line",
        observed="; ".join(state.unknown) or "each of them, in order",
        frames=frames,
        vantage=sighting.vantage.point,
    )
    return _outcome(sighting, state, finding)


def failed(sighting: Sighting, failure: Failure, excuse: str = "") -> Outcome:
    """The outcome where the time line ends at `failure`: FAIL, or INCONCLUSIVE with an excuse."""
    position = failure.state.position + 1
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


def segment_text(sighting: Sighting, segment: Segment) -> str:
    """`svr4.1037 > bsdi.discard: S 1:1(0) win 4096`, with the names that the evidence has."""
    names = sighting.evidence.names
    ends = f"{names.endpoint(segment.source)} > {names.endpoint(segment.destination)}"
    return f"{ends}: {notation.text(segment)}"


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
    segment, before = failure.segment, failure.state.before
    if segment is None:
        return "the end of the connection"
    if before is not None and _only_gap(failure):
        return _seconds(segment.time_ns - before.time_ns)
    differs = f", differs in {' and '.join(failure.differs)}" if failure.differs else ""
    return f"'{segment_text(sighting, segment)}'{differs}"


def _frames(sighting: Sighting, failure: Failure) -> tuple[int, ...]:
    """The segment that differs, with the one before it if the gap does; at the end, the last."""
    before, segment = failure.state.before, failure.segment
    if segment is None:
        return (sighting.segments[-1].frame,)
    if before is not None and "gap" in failure.differs:
        return before.frame, segment.frame
    return (segment.frame,)


def _outcome(
    sighting: Sighting, state: State, finding: Finding, last: Pair | None = None
) -> Outcome:
    pairs = [_pair(sighting, *matched) for matched in state.pairs]
    match = Match("", sighting.vantage.point, (*pairs, *([last] if last else [])))
    return Outcome((finding,), match)


def _pair(
    sighting: Sighting, line: Step, segment: Segment, known: Bindings, differs: tuple[str, ...] = ()
) -> Pair:
    return Pair(
        line=line.number,
        expected=_with_gap(line, known),
        frame=segment.frame,
        observed=segment_text(sighting, segment),
        time_ns=segment.time_ns - sighting.segments[0].time_ns,
        differs=differs,
    )


def _failed_pair(sighting: Sighting, failure: Failure) -> Pair:
    line, segment, known = failure.line, failure.segment, failure.state.bindings
    if line is not None and segment is not None:
        return _pair(sighting, line, segment, known, failure.differs)
    if line is not None:
        return Pair(line.number, _with_gap(line, known), None, "", differs=("missing",))
    if segment is not None:
        observed = segment_text(sighting, segment)
        time_ns = segment.time_ns - sighting.segments[0].time_ns
        return Pair(None, "", segment.frame, observed, time_ns, ("unexpected",))
    raise AssertionError("a failure has a line or a segment")


def _with_gap(line: Step, known: Bindings) -> str:
    return (f"{line.gap.text} " if line.gap else "") + line_text(line, known)


def _seconds(time_ns: int) -> str:
    return f"{seconds.text(time_ns, 6)} s"
