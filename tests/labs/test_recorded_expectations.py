"""Every lab's right captures, written as expectations: fulfilled by them, not by others."""

import pytest

from captures.mutations import mutations
from captures.segment import SYN, Segment
from checkers.timeline_check import timeline
from checkers.timeline_parse import parse
from checkers.timeline_recorded import expectation_of
from checkers.timeline_write import write
from checkers.verdict import Verdict
from tests.labs.mutated_evidence import completed, with_segments
from tests.labs.test_mutations import EQUIVALENT, RIGHT, Unnoticed

POINTS = [(lab, point) for lab in sorted(RIGHT) for point in RIGHT[lab].vantages]
TRIED = 25  # mutations of a capture


@pytest.mark.parametrize(("lab", "point"), POINTS)
def test_a_right_capture_fulfils_what_it_is_written_as(lab: str, point: str) -> None:
    evidence = RIGHT[lab]
    text = expectation_of(evidence.vantages[point].capture, evidence.names)
    assert write(parse(text)) == text
    outcome = timeline(evidence, point, text)
    assert outcome.verdict is Verdict.PASS, outcome.findings


@pytest.mark.parametrize(("lab", "point"), POINTS)
def test_a_mutated_capture_does_not(lab: str, point: str) -> None:
    evidence = RIGHT[lab]
    text = expectation_of(evidence.vantages[point].capture, evidence.names)
    segments = completed(evidence, point)
    overtaken = EQUIVALENT["overtaken"].about
    every = [
        one
        for one in mutations(segments)
        if not _free(one.kind, one.place, segments)
        and not overtaken(Unnoticed(lab, point, one, segments))
    ]
    for mutation in every[:: max(1, len(every) // TRIED)]:
        changed = with_segments(evidence, point, mutation.segments)
        assert timeline(changed, point, text).verdict is not Verdict.PASS, mutation.what


def _free(kind: str, place: int, segments: list[Segment]) -> bool:
    """Whether it is an ISN that nobody acknowledges."""
    segment = segments[place]
    if kind != "seq" or not segment.has(SYN):
        return False
    same = [each for each in segments if segment.source in (each.source, each.destination)]
    return not any(
        each.source == segment.destination and each.ack == (segment.seq or 0) + 1 for each in same
    )
