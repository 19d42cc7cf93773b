"""The check `close`: right, wrong in one field, unusable."""

import pytest
from msgspec.structs import replace

from captures.segment import ACK, FIN, RST
from checkers.close import close
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, changed, figure, ran, segments, without


def closed(evidence: Evidence, first: str | None = None) -> Outcome:
    return close(evidence, POINT, "svr4", "bsdi.discard", first)


def verdicts(outcome: Outcome) -> list[Verdict]:
    return [finding.verdict for finding in outcome.findings]


def test_the_figure_closes() -> None:
    outcome = closed(figure("18.2-connection"), "svr4")
    assert verdicts(outcome) == [Verdict.PASS] * 3
    assert [finding.frames for finding in outcome.findings] == [(4, 5), (6, 7), (4,)]


def test_the_server_may_close_first() -> None:
    outcome = close(
        figure("18.8-simultaneous-open"), POINT, "bsdi", "vangogh.7777", first="vangogh"
    )
    assert verdicts(outcome) == [Verdict.PASS] * 3


def test_ack_and_fin_in_one_segment() -> None:
    assert closed(ran(without(segments(), 5))).verdict is Verdict.PASS


def test_the_wrong_end_closes_first() -> None:
    outcome = closed(ran(segments()), "bsdi")
    assert verdicts(outcome) == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert outcome.findings[2].observed == "the first from svr4"
    assert closed(ran(segments(), drops=1), "bsdi").verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("ack", [1823083522, 1823083524])
def test_the_last_ack_is_not_of_the_fin(ack: int) -> None:
    outcome = closed(ran(changed(segments(), 7, ack=ack)))
    assert verdicts(outcome) == [Verdict.PASS, Verdict.FAIL]
    assert outcome.findings[1].expected == "svr4 to acknowledge the FIN of bsdi with ack 1823083523"


def test_an_ack_of_what_was_never_sent_is_wrong_whatever_was_dropped() -> None:
    outcome = closed(ran(changed(segments(), 7, ack=1823083524), drops=1))
    assert (outcome.verdict, outcome.findings[1].observed) == (Verdict.FAIL, "ack 1823083524")


def test_an_ack_before_the_fin_is_none_of_it() -> None:
    *opening, fin, ack = segments()
    assert closed(ran([*opening, ack, fin])).verdict is Verdict.FAIL


def test_a_fin_behind_data_is_acknowledged_behind_it() -> None:
    with_data = changed(segments(), 6, payload=10)
    assert closed(ran(with_data)).verdict is Verdict.FAIL
    assert closed(ran(changed(with_data, 7, ack=1823083533))).verdict is Verdict.PASS


def test_a_half_close_that_never_ends() -> None:
    outcome = closed(ran(segments()[:5]))
    assert verdicts(outcome) == [Verdict.PASS, Verdict.FAIL]
    assert outcome.findings[1].observed == "no FIN from bsdi"


def test_an_unacknowledged_fin() -> None:
    outcome = closed(ran(segments()[:6]))
    assert (outcome.verdict, outcome.findings[1].observed) == (Verdict.FAIL, "no such ACK")


def test_no_fin_at_all() -> None:
    assert verdicts(closed(ran(segments()[:3]), "svr4")) == [Verdict.FAIL] * 3


@pytest.mark.parametrize("number", [4, 6, 7])
def test_a_reset_is_no_close(number: int) -> None:
    outcome = closed(ran(changed(segments(), number, flags=RST | ACK)))
    (finding,) = outcome.findings
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (number,))
    assert "abort" in finding.hint


def test_a_reset_of_what_has_ended_cuts_nothing_off() -> None:
    """svr4's last ACK overtakes the one before: bsdi, which closed last, knows it no more."""
    *opening, ack, fin, last = segments()
    late = replace(last, ack=fin.seq, time_ns=last.time_ns + 1)
    reset = replace(fin, flags=RST, ack=None, time_ns=last.time_ns + 2)
    assert closed(ran([*opening, ack, fin, last, late, reset])).verdict is Verdict.PASS
    early = closed(ran([*opening, ack, fin, late, reset, last]))
    assert early.findings[0].observed == "a reset from bsdi"


def test_the_abort_figure() -> None:
    outcome = close(figure("18.7-abort"), POINT, "bsdi", "svr4.8888")
    assert outcome.verdict is Verdict.FAIL
    assert outcome.findings[0].observed == "a reset from bsdi"


@pytest.mark.parametrize("lost", [4, 6, 7])
def test_a_capture_with_drops(lost: int) -> None:
    assert closed(ran(without(segments(), lost), drops=1)).verdict is Verdict.INCONCLUSIVE
    assert closed(ran(segments()[:lost], cut=True)).verdict is Verdict.INCONCLUSIVE


def test_a_capture_of_the_close_alone_is_enough() -> None:
    assert closed(ran(segments()[3:])).verdict is Verdict.PASS


def test_sequence_numbers_wrap() -> None:
    last = 2**32 - 1
    observed = changed(changed(segments(), 6, seq=last, flags=FIN | ACK), 7, ack=0)
    assert closed(ran(observed)).verdict is Verdict.PASS


def test_no_connection() -> None:
    assert close(ran(segments()), POINT, "sun", "bsdi.discard").verdict is Verdict.FAIL
    bare = figure("18.2-connection")
    assert close(bare, POINT, "sun", "bsdi.discard").verdict is Verdict.INCONCLUSIVE


def test_first_must_be_an_end() -> None:
    with pytest.raises(ExpectationError, match="sun is neither svr4 nor bsdi"):
        closed(ran(segments()), "sun")
