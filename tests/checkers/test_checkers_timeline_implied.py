"""What a time line says by leaving it out: numbers that follow, open windows, options of SYNs."""

import pytest
from msgspec.structs import replace

from captures.segment import RST, Option
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.timeline_check import timeline
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, changed, figure, ran, segments

EXPECTED = """\
svr4.$c > bsdi.discard: S $J:$J(0)
bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > bsdi.discard: . ack $K+1
svr4.$c > bsdi.discard: F $J+1:$J+1(0) ack $K+1
bsdi.discard > svr4.$c: . ack $J+2
bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2
svr4.$c > bsdi.discard: . ack $K+2
"""
ISN = 1415531521


def found(evidence: Evidence, text: str = EXPECTED) -> Finding:
    (finding,) = timeline(evidence, POINT, text).findings
    return finding


def test_a_right_capture_and_a_listing_without_numbers() -> None:
    assert found(ran(segments())).verdict is Verdict.PASS
    assert found(figure("18.2-connection")).verdict is Verdict.PASS


@pytest.mark.parametrize("seq", [ISN, ISN + 2, 0])
def test_the_number_of_an_ack_must_follow(seq: int) -> None:
    finding = found(ran(changed(segments(), 3, seq=seq)))
    assert finding.verdict is Verdict.FAIL
    assert finding.observed.endswith(f"differs in seq: seq {seq}, not {ISN + 1}")
    assert (finding.subject, finding.frames) == ("segment 3 (line 3 of the time line)", (3,))


def test_another_number_may_be_written() -> None:
    """A keep-alive, for instance."""
    line = "svr4.$c > bsdi.discard: . ack $K+1"
    written = EXPECTED.replace(line, line.replace(".", ".", 1).replace(": .", ": . $J:$J(0)"), 1)
    assert found(ran(changed(segments(), 3, seq=ISN)), written).verdict is Verdict.PASS
    assert found(ran(segments()), written).verdict is Verdict.FAIL


def test_what_is_missing_may_explain_it() -> None:
    assert found(ran(changed(segments(), 3, seq=ISN), drops=1)).verdict is Verdict.INCONCLUSIVE


def test_a_window_that_is_not_written_is_open() -> None:
    assert found(ran(changed(segments(), 5, window=1))).verdict is Verdict.PASS
    finding = found(ran(changed(segments(), 5, window=0)))
    assert (finding.verdict, finding.observed[-5:]) == (Verdict.FAIL, "win 0")
    written = EXPECTED.replace(". ack $J+2", ". ack $J+2 win 0")
    assert found(ran(changed(segments(), 5, window=0)), written).verdict is Verdict.PASS


def test_the_window_of_a_reset_is_free() -> None:
    text = EXPECTED.replace(". ack $K+2", "R $J+2:$J+2(0) ack $K+2")
    seen = segments()
    seen[6] = replace(seen[6], flags=seen[6].flags | RST, window=0)
    assert found(ran(seen), text).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("option", "verdict"), [(2, "FAIL"), (3, "FAIL"), (4, "FAIL"), (8, "PASS")]
)
def test_options_of_syns_stand_in_syns(option: int, verdict: str) -> None:
    values = {2: (1024,), 3: (0,), 4: (), 8: (1, 2)}
    options = (Option(option, values[option]),)
    assert found(ran(changed(segments(), 3, options=options))).verdict.name == verdict
