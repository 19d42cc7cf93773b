"""Each lab's right run, changed in one field or one segment: what the checks don't notice.

A segment that several vantage points show is changed at one after the other; it goes unnoticed
only if no vantage point shows anything wrong. INCONCLUSIVE isn't a pass, and so isn't unnoticed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pytest

from captures.mutations import Mutation, mutations
from captures.segment import ACK, RST, Segment
from checkers.check import check
from checkers.evidence import Evidence
from checkers.verdict import Verdict
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


EQUIVALENT = {
    "swapped connections": Argued(
        "Segments of different connections have no order between them.",
        lambda one: one.mutation.kind == "swapped" and _between_connections(one),
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
        "which depends on its memory and on what was read.",
        lambda one: (
            one.mutation.kind == "window"
            and RIGHT[one.lab].names.host(one.segment.source.host)
            in ("netb", "gateway", "solaris", "aix")
        ),
    ),
}


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
