"""What a match of the time line says of lines that any segment fits."""

import pytest

from checkers.timeline_check import timeline
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, ran, segments

OPENING = """\
svr4.$c > bsdi.discard: S $J:$J(0)
bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > bsdi.discard: . ack $K+1
"""
LAST = "svr4.$c > bsdi.discard: . ack $K+2\n"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        (OPENING + "repeat 1..9 { * }", "7 segments of the time line, 4 of them of any kind"),
        (OPENING + "*\n*\n*\n" + LAST, "7 segments of the time line, 3 of them of any kind"),
    ],
)
def test_segments_of_any_kind_are_counted(text: str, length: str) -> None:
    (finding,) = timeline(ran(segments()), POINT, text).findings
    assert (finding.verdict, finding.expected) == (Verdict.PASS, length)


def test_a_time_line_that_describes_each_segment_says_no_more() -> None:
    (finding,) = timeline(ran(segments()[:3]), POINT, OPENING).findings
    assert (finding.verdict, finding.expected) == (Verdict.PASS, "3 segments of the time line")
