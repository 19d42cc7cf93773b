"""Each lab's right run where a program's data or FIN overtakes the kernel's acknowledgment.

Seen on a busy machine. The wrong orders are in test_mutations.py.
"""

from collections.abc import Iterator, Sequence

import pytest
from msgspec.structs import replace

from captures.segment import ACK, FIN, Segment
from checkers.check import check
from checkers.finding import Finding
from checkers.verdict import Verdict
from tests.labs.mutated_evidence import completed, with_segments
from tests.labs.test_mutations import RIGHT, catalog_of

# Labs whose hosts never answer data or a FIN at once with their own.
NEVER = {
    "fin-wait-2",
    "half-open",
    "mss-systems",
    "options",
    "path-mtu",
    "reset-abort",
    "reset-refused",
    "simultaneous-close",
    "syn-timeout",
}


def overtaken(segments: Sequence[Segment], places: int) -> Iterator[list[Segment]]:
    """The capture with one acknowledgment so many places later, each place at its time."""
    for place, ack in enumerate(segments[:-1]):
        behind = segments[place + 1 : place + 1 + places]
        answered = all(each.source == ack.destination for each in behind[1:])
        if place and answered and _overtakes(behind[0], ack, segments[place - 1]):
            moved = [*segments]
            moved.insert(place + len(behind), moved.pop(place))
            yield [
                replace(each, time_ns=seen.time_ns, frame=seen.frame)
                for each, seen in zip(moved, segments, strict=True)
            ]


def _overtakes(first: Segment, ack: Segment, cause: Segment) -> bool:
    """Whether `first` may overtake `ack`, which answers data or a FIN."""
    same = (first.source, first.destination, first.ack) == (ack.source, ack.destination, ack.ack)
    answers = cause.source == ack.destination and (cause.payload or cause.has(FIN))
    alone = ack.flags == ACK and not ack.payload
    return same and alone and bool(answers and (first.has(FIN) or first.payload))


def changed(lab: str, places: int) -> Iterator[tuple[str, list[Segment]]]:
    for point in RIGHT[lab].vantages:
        for segments in overtaken(completed(RIGHT[lab], point), places):
            yield point, segments


@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("lab", sorted(RIGHT))
def test_an_overtaken_acknowledgment_passes(lab: str, places: int) -> None:
    wrong: list[Finding] = []
    for point, segments in changed(lab, places):
        evidence = with_segments(RIGHT[lab], point, segments)
        for expectation in catalog_of(lab).expect:
            if expectation.at == point:
                outcome = check(evidence, expectation)
                wrong += [each for each in outcome.findings if each.verdict is not Verdict.PASS]
    assert wrong == []


def test_it_happens_in_every_lab_where_it_can() -> None:
    assert {lab for lab in RIGHT if not any(changed(lab, 1))} == NEVER
