"""The check `half_close`: right, wrong, near misses, unusable."""

import pytest
from msgspec.structs import replace

from captures.segment import ACK, PSH, RST, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.half_close import half_close
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, from_listing, ran, recorded, segments, without

OURS, THEIRS = 1415531523, 1823083522  # svr4 has sent its FIN; bsdi's next


def observed() -> list[Segment]:
    """svr4 closes; bsdi still sends 13 bytes, and then closes."""
    *opening, ack, fin, last = segments()
    data = replace(fin, flags=ACK | PSH, payload=13)
    thanks = replace(last, ack=THEIRS + 13)
    end = [replace(fin, seq=THEIRS + 13), replace(last, ack=THEIRS + 14)]
    seen = [*opening, ack, data, thanks, *end]
    return [replace(each, time_ns=place * 10_000_000) for place, each in enumerate(seen)]


def owed(evidence: Evidence, owes: int) -> tuple[Finding, Finding]:
    """Of the data behind the FIN, and of all data."""
    done = half_close(evidence, POINT, "svr4", "bsdi.discard", "svr4", owes)
    first, second = done.findings
    return first, second


def found(evidence: Evidence, first: str = "svr4") -> Finding:
    (finding,) = half_close(evidence, POINT, "svr4", "bsdi.discard", first).findings
    return finding


def test_data_behind_the_fin_passes() -> None:
    finding = found(ran(observed()))
    assert (finding.verdict, finding.frames) == (Verdict.PASS, (4, 6, 7))
    assert finding.observed == "13 bytes, acknowledged"


def test_an_ordinary_close_is_none() -> None:
    finding = found(ran(segments()))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "no data")
    assert found(ran(segments(), drops=1)).verdict is Verdict.INCONCLUSIVE


def test_data_sent_before_the_fin_came_is_none() -> None:
    """Its ACK doesn't cover the FIN: a near miss."""
    seen = observed()
    seen[5] = replace(seen[5], ack=OURS - 1)
    assert found(ran(seen)).observed == "no data"


def test_data_that_is_not_acknowledged() -> None:
    finding = found(ran(without(observed(), 7, 9)))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "no such ACK")
    short = observed()
    short[6], short[8] = (replace(short[n], ack=THEIRS + 12) for n in (6, 8))
    assert found(ran(short)).verdict is Verdict.FAIL
    assert found(ran(without(observed(), 7, 9), cut=True)).verdict is Verdict.INCONCLUSIVE


def test_a_reset_cuts_it_off() -> None:
    seen = observed()
    seen[6] = replace(seen[6], flags=RST, seq=OURS, ack=None)
    finding = found(ran(seen[:7]))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "a reset")


def test_a_reset_of_what_has_ended_cuts_nothing_off() -> None:
    *seen, last = observed()
    late = replace(last, ack=THEIRS + 13, time_ns=last.time_ns + 1)
    reset = replace(seen[-1], flags=RST, ack=None, time_ns=last.time_ns + 2)
    assert found(ran([*seen, last, late, reset])).verdict is Verdict.PASS
    assert found(ran([*seen, late, reset])).observed == "a reset"


def test_the_other_end_closes_first() -> None:
    assert found(ran(observed()), "bsdi").verdict is Verdict.FAIL
    with pytest.raises(ExpectationError, match="first: sun is neither"):
        found(ran(observed()), "sun")


def test_no_fin_and_no_capture() -> None:
    assert found(ran(segments()[:3])).observed == "no FIN from svr4"
    assert found(ran(segments()[:3], drops=1)).verdict is Verdict.INCONCLUSIVE
    assert found(recorded()).verdict is Verdict.INCONCLUSIVE
    other = from_listing("1 0.0 sun.1 > bsdi.discard: S 1:1(0)\n")
    assert found(other).verdict is Verdict.INCONCLUSIVE


def test_a_piece_behind_the_fin_is_not_all_that_is_owed() -> None:
    for owes, verdict in ((12, Verdict.PASS), (13, Verdict.PASS), (14, Verdict.FAIL)):
        behind, whole = owed(ran(observed()), owes)
        assert (behind.verdict, whole.verdict) == (Verdict.PASS, verdict)
        assert (whole.expected, whole.observed) == (f"{owes} bytes of data from bsdi", "13 bytes")
    assert owed(ran(observed(), drops=1), 14)[1].verdict is Verdict.INCONCLUSIVE


def test_what_is_owed_counts_once_however_often_it_was_sent() -> None:
    seen = observed()
    again = [replace(each, time_ns=each.time_ns + 5_000_000) for each in seen[5:6]]
    assert owed(ran([*seen[:6], *again, *seen[6:]]), 14)[1].observed == "13 bytes"
