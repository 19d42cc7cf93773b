"""Several connections in one time line: figure 18.11's queue, and each way to mix them up."""

import re

import pytest

from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.timeline_check import timeline
from checkers.timeline_parse import parse
from checkers.timeline_write import write
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import FIGURES, POINT, figure, from_listing, ran, segments

QUEUE = """\
sun.$a > bsdi.7777: S $J:$J(0)
bsdi.7777 > sun.$a: S $K:$K(0) ack $J+1
sun.$a > bsdi.7777: . ack $K+1
sun.$b > bsdi.7777: S $L:$L(0)
bsdi.7777 > sun.$b: S $M:$M(0) ack $L+1
sun.$b > bsdi.7777: . ack $M+1
sun.$c > bsdi.7777: S $N:$N(0)
sun.$d > bsdi.7777: S $O:$O(0)
+2.1s~2.2s sun.$c > bsdi.7777: S $N:$N(0)
sun.$d > bsdi.7777: S $O:$O(0)
sun.$c > bsdi.7777: S $N:$N(0)
sun.$d > bsdi.7777: S $O:$O(0)
bsdi.7777 > sun.$d: S $P:$P(0) ack $O+1
sun.$d > bsdi.7777: . ack $P+1
sun.$c > bsdi.7777: S $N:$N(0)
bsdi.7777 > sun.$c: S $Q:$Q(0) ack $N+1
sun.$c > bsdi.7777: . ack $Q+1
"""
# Without the printed gaps, so that lines can be left out.
LISTING = re.sub(r" \(\S+\) +", " ", (FIGURES / "18.11-incoming-queue.txt").read_text())


def judged(text: str, listing: str = LISTING, connection: int | None = None) -> Outcome:
    return timeline(from_listing(listing), POINT, text, connection)


def test_the_queue_of_four_connections_is_as_expected() -> None:
    (finding,) = judged(QUEUE).findings
    assert finding.verdict is Verdict.PASS, finding
    assert len(finding.frames) == 17
    assert write(parse(QUEUE)) == QUEUE


def test_ports_may_stand_as_numbers() -> None:
    ports = dict(zip("abcd", (1090, 1091, 1092, 1093), strict=True))
    text = QUEUE
    for variable, port in ports.items():
        text = text.replace(f"${variable}", str(port))
    assert judged(text).verdict is Verdict.PASS


def test_each_connection_is_unified_by_its_ends() -> None:
    swapped = QUEUE.replace("sun.$d: S $P:$P(0) ack $O+1", "sun.$c: S $P:$P(0) ack $O+1")
    (finding,) = judged(swapped).findings
    assert finding.verdict is Verdict.FAIL
    assert "destination port" in finding.observed


def test_two_lines_of_different_ends_are_two_connections() -> None:
    twice = "sun.$a > bsdi.7777: S $J:$J(0)\nsun.$b > bsdi.7777: S $K:$K(0)\n"
    one = "".join(line for line in LISTING.splitlines(keepends=True) if "sun.1092 >" in line)
    (finding,) = judged(twice + "repeat 0..9 { * }", one).findings
    assert finding.verdict is not Verdict.PASS
    assert "connection" in finding.observed


def test_a_segment_without_a_line_is_named() -> None:
    text = "".join(QUEUE.splitlines(keepends=True)[:-1])
    (finding,) = judged(text).findings
    assert (finding.verdict, finding.expected) == (Verdict.FAIL, "nothing more")


def test_a_connection_that_is_not_there_is_named() -> None:
    (finding,) = judged(QUEUE + "svr4.$e > bsdi.7777: S $R:$R(0)\n").findings
    assert finding.expected == "a connection from svr4 to bsdi.7777"
    assert finding.verdict is Verdict.INCONCLUSIVE  # a bare file may be the wrong one


def test_gaps_count_from_the_line_before_whatever_its_connection() -> None:
    (finding,) = judged(QUEUE.replace("+2.1s~2.2s", "+5.5s~6s")).findings
    assert finding.verdict is Verdict.FAIL
    assert finding.expected.startswith("a gap of +5.5s~6s")


def test_a_capture_that_begins_within_one_of_them_blames_nobody() -> None:
    text = "".join(line for line in LISTING.splitlines(keepends=True) if not line.startswith("4 "))
    (finding,) = judged(QUEUE, text).findings
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "begins in the middle" in finding.observed


@pytest.mark.parametrize("number", [1, 2])
def test_one_of_several_between_the_same_ends(number: int) -> None:
    outcome = judged(QUEUE, connection=number)
    if number == 1:
        assert outcome.findings[0].expected != "a connection from sun to bsdi.7777"
    else:
        assert outcome.verdict is not Verdict.PASS


def test_a_vantage_point_that_was_not_captured() -> None:
    evidence: Evidence = ran(segments())
    (finding,) = timeline(evidence, "sun eth0", QUEUE).findings
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_single_connection_stays_one() -> None:
    evidence = figure("18.8-simultaneous-open")
    assert timeline(evidence, POINT, CROSSING).verdict is Verdict.PASS


CROSSING = """\
bsdi.8888 > vangogh.7777: S $J:$J(0)
vangogh.7777 > bsdi.8888: S $K:$K(0)
repeat 1..20 { * }
"""
