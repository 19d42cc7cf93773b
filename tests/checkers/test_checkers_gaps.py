"""What a capture may lack of a connection, by where it is from."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.segment import Segment
from checkers.evidence import Evidence
from checkers.gaps import Gaps
from tests.captures import frames
from tests.checkers.checkers_samples import POINT, bare, ran, segments, without

WHOLE = segments()
OPEN, MIDDLE = WHOLE[:5], WHOLE[3:]
UNSEEN = [*WHOLE[:3], replace(WHOLE[4], ack=(WHOLE[4].ack or 0) + 10)]
SILENT_END = [one for one in WHOLE if one.source == WHOLE[0].source]


def gaps(evidence: Evidence) -> Gaps:
    vantage = evidence.at(POINT)
    assert vantage is not None
    (one,) = vantage.capture.connections
    return Gaps(evidence, vantage, one, tuple(one.segments[:1]))


def alone(observed: list[Segment]) -> Evidence:
    return bare(parse(frames.pcap_of(observed)))


def going_on(observed: list[Segment]) -> Evidence:
    return replace(ran(observed), over=False)


def left(observed: list[Segment]) -> Evidence:
    evidence = ran(observed)
    assert evidence.run
    return replace(evidence, run=replace(evidence.run, at_rest=False))


def dropped(observed: list[Segment]) -> Evidence:
    return ran(observed, drops=2)


def cut(observed: list[Segment]) -> Evidence:
    return ran(observed, cut=True)


NOTHING = ""
ENDS = "the capture ends before the connection does"
GOES_ON = "the run goes on"
DROPPED = "2 packet(s) are known to be missing from the capture"
CUT = "the capture's file is cut short"
BEGINS = "the capture begins in the middle of the connection"


@pytest.mark.parametrize(
    ("source", "observed", "before", "between", "after", "most"),
    [
        (ran, WHOLE, NOTHING, NOTHING, NOTHING, 0),
        (ran, OPEN, NOTHING, NOTHING, NOTHING, 0),
        (ran, MIDDLE, BEGINS, NOTHING, NOTHING, 0),
        (dropped, WHOLE, NOTHING, DROPPED, NOTHING, 2),
        (cut, WHOLE, NOTHING, CUT, NOTHING, 0),
        (going_on, WHOLE, NOTHING, NOTHING, GOES_ON, 0),
        (going_on, OPEN, NOTHING, NOTHING, GOES_ON, 0),
        (left, WHOLE, NOTHING, NOTHING, NOTHING, 0),
        (left, OPEN, NOTHING, NOTHING, ENDS, 0),
        (alone, WHOLE, NOTHING, NOTHING, NOTHING, 0),
        (alone, OPEN, NOTHING, NOTHING, ENDS, 0),
        (alone, MIDDLE, BEGINS, NOTHING, NOTHING, 0),
    ],
)
def test_what_may_be_missing(
    source: Callable[[list[Segment]], Evidence],
    observed: list[Segment],
    before: str,
    between: str,
    after: str,
    most: int,
) -> None:
    its = gaps(source(observed))
    assert (its.before, its.between, its.after, its.most) == (before, between, after, most)
    assert its.earlier == (between or before)
    assert its.anywhere == (between or before or after)


@pytest.mark.parametrize("source", [ran, alone])
def test_what_was_acknowledged_unseen(source: Callable[[list[Segment]], Evidence]) -> None:
    its = gaps(source(UNSEEN))
    assert its.between.startswith("the capture lacks packets: 140.252.13.35 acknowledged 11")
    assert its.most == 22


def test_an_end_that_is_not_captured_may_have_sent_anything() -> None:
    heard, silent = gaps(ran(SILENT_END)), gaps(alone(SILENT_END))
    assert silent.most - heard.most == 2 * len(SILENT_END)
    assert gaps(alone(without(WHOLE, 2))).most == gaps(ran(without(WHOLE, 2))).most
