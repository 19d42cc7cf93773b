"""Each lab's right run, changed in one field or one segment: what the checks don't notice.

A segment that several vantage points show is changed at one after the other; it goes unnoticed
only if no vantage point shows anything wrong. INCONCLUSIVE isn't a pass, and so isn't unnoticed.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import pytest

from captures.mutations import Mutation, delayed, mutations
from captures.segment import ACK, FIN, RST, SEQUENCE_SPACE, SYN, Segment, precedes
from checkers.check import check
from checkers.evidence import Evidence
from checkers.schedules import schedule
from checkers.timeline import steps
from checkers.timeline_parse import parse
from checkers.verdict import Verdict
from checkers.words import ScheduleName
from labs import catalog
from tests.labs import (
    test_lab_backlog,
    test_lab_connection,
    test_lab_fin_wait_2,
    test_lab_foreign_address,
    test_lab_half_close,
    test_lab_half_open,
    test_lab_last_ack_lost,
    test_lab_local_address,
    test_lab_mss,
    test_lab_mss_systems,
    test_lab_options,
    test_lab_path_mtu,
    test_lab_reset_abort,
    test_lab_reset_refused,
    test_lab_server_endpoints,
    test_lab_simultaneous_close,
    test_lab_simultaneous_open,
    test_lab_states,
    test_lab_syn_rcvd_reset,
    test_lab_syn_timeout,
    test_lab_time_wait_client,
    test_lab_time_wait_server,
)
from tests.labs.mutated_evidence import completed, known, with_segments

PLAYED = (
    test_lab_backlog,
    test_lab_connection,
    test_lab_fin_wait_2,
    test_lab_foreign_address,
    test_lab_half_close,
    test_lab_half_open,
    test_lab_last_ack_lost,
    test_lab_local_address,
    test_lab_mss,
    test_lab_mss_systems,
    test_lab_reset_abort,
    test_lab_reset_refused,
    test_lab_server_endpoints,
    test_lab_simultaneous_close,
    test_lab_simultaneous_open,
    test_lab_states,
    test_lab_syn_rcvd_reset,
    test_lab_time_wait_client,
    test_lab_time_wait_server,
)


def right_evidence() -> Iterator[tuple[str, Evidence]]:
    """Each lab's right run."""
    for module in PLAYED:
        yield module.RIGHT.lab, module.RIGHT.evidence()
    yield "options", test_lab_options.played(test_lab_options.RIGHT)
    yield "path-mtu", test_lab_path_mtu.evidence(test_lab_path_mtu.RIGHT)
    syn_timeout = test_lab_syn_timeout
    yield "syn-timeout", syn_timeout.RIGHT.evidence(sysctls=syn_timeout.SYSCTLS)


RIGHT = {lab: known(evidence) for lab, evidence in right_evidence()}
# The table of 18.11 repeats one scene twelve times: its first server stands for the others.
REPEATED = {("backlog", port) for port in range(7771, 7776)}


class Unnoticed(NamedTuple):
    """A mutation that every check passes: where, what, and the segments that it was made of."""

    lab: str
    point: str
    mutation: Mutation
    segments: Sequence[Segment]

    @property
    def segment(self) -> Segment:
        return self.segments[self.mutation.place]

    @property
    def following(self) -> Segment:
        """The other one of two that were swapped."""
        return self.segments[self.mutation.place + 1]


def unnoticed(lab: str) -> list[Unnoticed]:
    """The mutations of a lab's captures that every vantage point's checks pass."""
    passing: dict[object, list[Unnoticed | None]] = {}
    for point in RIGHT[lab].vantages:
        segments = completed(RIGHT[lab], point)
        for mutation in mutations(segments, _places(lab, segments)):
            one = Unnoticed(lab, point, mutation, segments)
            what = passing.setdefault(_identity(one), [])
            what.append(one if passes(lab, point, mutation.segments) else None)
    return [ones[0] for ones in passing.values() if ones[0] and all(ones)]


def _places(lab: str, segments: Sequence[Segment]) -> list[int]:
    return [
        place
        for place, segment in enumerate(segments)
        if not {(lab, segment.source.port), (lab, segment.destination.port)} & REPEATED
    ]


def _identity(one: Unnoticed) -> object:
    """What tells the mutation from others, at whatever vantage point the segment was seen."""
    segment = one.segment
    same = [
        each for each in one.segments[: one.mutation.place] if _content(each) == _content(segment)
    ]
    change = one.mutation.what.partition(": ")[2]
    return one.mutation.kind, change, _content(segment), len(same)


def _content(segment: Segment) -> object:
    ends = segment.source, segment.destination
    return ends, segment.flags, segment.seq, segment.ack, segment.payload


def passes(lab: str, point: str, segments: Sequence[Segment]) -> bool:
    """Whether all checks that look at this vantage point pass these segments."""
    evidence = with_segments(RIGHT[lab], point, segments)
    looking = [one for one in catalog_of(lab).expect if one.at == point]
    return all(check(evidence, one).verdict is Verdict.PASS for one in looking)


_loaded: dict[str, catalog.Lab] = {}


def catalog_of(lab: str) -> catalog.Lab:
    if lab not in _loaded:
        _loaded[lab] = catalog.load(lab)
    return _loaded[lab]


class Argued(NamedTuple):
    """Why a mutation may go unnoticed, and which it is about."""

    reason: str
    about: Callable[[Unnoticed], bool]


def _pure_ack(segment: Segment) -> bool:
    return segment.flags == ACK and not segment.payload


def _between_connections(one: Unnoticed) -> bool:
    ends = {one.segment.source, one.segment.destination}
    return {one.following.source, one.following.destination} != ends


def _acknowledged_later(one: Unnoticed) -> bool:
    """Whether a later segment of this end acknowledges no less."""
    later = one.segments[one.mutation.place + 1 :]
    return any(each.source == one.segment.source and each.ack is not None for each in later)


def _may_cross(one: Unnoticed) -> bool:
    """Whether both segments could have been on their way at once: neither answers the other."""
    first, second = one.segment, one.following
    if first.source == second.source or second.ack is None or first.seq is None:
        return False
    end = (first.seq + first.length) % SEQUENCE_SPACE
    return not first.length or precedes(second.ack, end)


def _never_acknowledged(one: Unnoticed) -> bool:
    after = (one.segment.seq or 0) + 1
    ends = one.segment.destination, one.segment.source
    return not any((each.source, each.destination) == ends and each.ack == after
                   for each in one.segments)  # fmt: skip


def _fin_again(one: Unnoticed) -> bool:
    """Whether the end's next segment is its FIN anyway."""
    later = one.segments[one.mutation.place + 1 :]
    own = [each for each in later if each.source == one.segment.source]
    return one.mutation.what.endswith("with FIN") and bool(own) and own[0].has(FIN)


EQUIVALENT = {
    "swapped connections": Argued(
        "Segments of different connections have no order between them.",
        lambda one: one.mutation.kind == "swapped" and _between_connections(one),
    ),
    "crossing": Argued(
        "Segments of opposite directions of which neither answers the other may cross on the wire.",
        lambda one: one.mutation.kind == "swapped" and _may_cross(one),
    ),
    "cumulative ACK": Argued(
        "An acknowledgment covers all before it, so an end may leave out one that a later one "
        "covers (RFC 9293 3.8.6.3); Linux does so where it answers with a FIN or with data.",
        lambda one: (
            one.mutation.kind == "lost" and _pure_ack(one.segment) and _acknowledged_later(one)
        ),
    ),
    "window of a reset": Argued(
        "A reset offers nothing; what stands in its window field means nothing (RFC 9293 3.10.7).",
        lambda one: one.mutation.kind == "window" and one.segment.has(RST),
    ),
    "window of a modern Linux": Argued(
        "These hosts have no window of their own: the book prints none, so that Linux's stays, "
        "which depends on its memory and on what was read; it may close in the very last ACK.",
        lambda one: (
            one.mutation.kind == "window"
            and RIGHT[one.lab].names.host(one.segment.source.host)
            in ("netb", "gateway", "solaris", "aix")
        ),
    ),
    "overtaken": Argued(
        "Linux's ACK may be overtaken by the FIN or the data that its own program sends at once.",
        lambda one: (
            one.mutation.kind == "swapped"
            and _pure_ack(one.segment)
            and (one.following.has(FIN) or one.following.payload > 0)
            and (one.following.source, one.following.ack) == (one.segment.source, one.segment.ack)
        ),
    ),
    "ISN": Argued(
        "An ISN that nobody acknowledges is its host's free choice (RFC 9293 3.4.1).",
        lambda one: (
            one.mutation.kind == "seq" and one.segment.has(SYN) and _never_acknowledged(one)
        ),
    ),
    "FIN again": Argued(
        "A FIN with the last data and once more alone is how a retransmission looks.",
        lambda one: one.mutation.kind == "flags" and _fin_again(one),
    ),
    "patience": Argued(
        "netb's user decides when to stop telnet; the lab asks for five retransmissions.",
        lambda one: (
            one.mutation.kind == "lost"
            and one.lab == "syn-timeout"
            and one.mutation.place == len(one.segments) - 1
        ),
    ),
    "fragments": Argued(
        "slip sees datagrams in pieces, of which the first looks like a segment; the whole ones "
        "are checked at svr4, and the pieces by `fragments`, which looks at IP alone.",
        lambda one: one.point == "slip sl0" and one.segment.source.host == SVR4,
    ),
    "sent in vain": Argued(
        "solaris sent these bytes before, in the datagram that bsdi couldn't forward: an ACK of "
        "some of them, or one that comes before they are sent again, is what a TCP may send.",
        lambda one: (
            (one.lab, one.point) == ("path-mtu", "solaris eth0")
            and one.mutation.kind in ("ack", "swapped")
            and one.segments[one.mutation.place].frame < LAST_OF_THE_LARGE
        ),
    ),
}
SVR4 = "140.252.13.34"
LAST_OF_THE_LARGE = 20  # the frame that acknowledges the 512 bytes


@pytest.mark.parametrize("lab", sorted(RIGHT))
def test_the_right_run_passes_with_every_field_known(lab: str) -> None:
    for expectation in catalog_of(lab).expect:
        outcome = check(RIGHT[lab], expectation)
        assert outcome.verdict is Verdict.PASS, outcome.findings


@pytest.mark.parametrize("lab", sorted(RIGHT))
def test_every_mutation_is_noticed_or_argued(lab: str) -> None:
    left = [
        f"{one.point}: {one.mutation.kind}: {one.mutation.what}"
        for one in unnoticed(lab)
        if not any(argued.about(one) for argued in EQUIVALENT.values())
    ]
    assert left == []


STEP_NS = 1_000_000


def _flat(expectation: catalog.Expectation) -> str:
    """The time line without its indentation."""
    return "\n".join(line.strip() for line in str(expectation.parameters["timeline"]).splitlines())


def _gaps(lab: str, expectation: catalog.Expectation) -> list[tuple[int, int, int, int]]:
    """The gaps that it limits: the two frames, the shortest and the longest in ns."""
    outcome = check(RIGHT[lab], expectation)
    if outcome.match is None:
        return _backoff_gaps(lab, expectation, outcome.findings[0].frames)
    body = parse(str(expectation.parameters["timeline"]))
    gaps = {step.number: step.gap for step in steps(body)}
    found = []
    for one, two in pairwise(outcome.match.pairs):
        gap = gaps[two.line or 0]
        if gap and one.frame and two.frame:
            found.append((one.frame, two.frame, gap.low_ns, gap.high_ns))
    return found


def _backoff_gaps(
    lab: str, expectation: catalog.Expectation, frames: tuple[int, ...]
) -> list[tuple[int, int, int, int]]:
    name = cast("ScheduleName", expectation.parameters["schedule"])
    host = str(expectation.parameters["client"]).partition(".")[0]
    chosen = schedule(name, RIGHT[lab], host)
    assert chosen is not None
    found = []
    for place, (one, two) in enumerate(pairwise(frames)):
        limit = chosen.gap(place, None)
        assert limit is not None
        found.append((one, two, limit.low_ns, limit.high_ns))
    return found


def _with_gap(
    segments: Sequence[Segment], before: int, after: int, gap_ns: int
) -> tuple[Segment, ...]:
    """The segments with this time between two frames, whatever lies between them."""
    places = {segment.frame: place for place, segment in enumerate(segments)}
    place = places[after]
    last = segments[place - 1].time_ns - segments[places[before]].time_ns
    return delayed(segments, place, gap_ns - last).segments


TIMED = [
    (lab, one.name)
    for lab in sorted(RIGHT)
    for one in catalog_of(lab).expect
    if one.check == "backoff" or (one.check == "timeline" and "\n+" in _flat(one))
]


@pytest.mark.parametrize(("lab", "name"), TIMED)
def test_a_gap_beyond_its_tolerance_is_noticed(lab: str, name: str) -> None:
    (expectation,) = (one for one in catalog_of(lab).expect if one.name == name)
    segments = completed(RIGHT[lab], expectation.at)
    for before, after, low_ns, high_ns in _gaps(lab, expectation):
        for gap_ns, fails in (
            (low_ns - STEP_NS, True),
            (low_ns, False),
            (high_ns, False),
            (high_ns + STEP_NS, True),
        ):
            if gap_ns >= 0:
                changed = _with_gap(segments, before, after, gap_ns)
                evidence = with_segments(RIGHT[lab], expectation.at, changed)
                failed = check(evidence, expectation).verdict is Verdict.FAIL
                assert failed == fails, (before, after, gap_ns)
