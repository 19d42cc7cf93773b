"""The check `offers`: right, wrong, near misses, and what a capture can't tell."""

import pytest

from captures.segment import RST, Option
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.offers import offers
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    POINT,
    changed,
    degraded,
    from_listing,
    ran,
    recorded,
    segments,
)

WINDOWS = {"svr4": 4096, "bsdi": 4096}
SIZES = {"svr4": 1024, "bsdi": 1024}


def offered(evidence: Evidence) -> Outcome:
    return offers(evidence, POINT, WINDOWS, SIZES)


def test_the_connection_offers_just_that() -> None:
    outcome = offered(ran(segments()))
    assert [finding.verdict for finding in outcome.findings] == [Verdict.PASS] * 4
    assert [finding.frames for finding in outcome.findings] == [(1, 3, 4, 7), (2, 5, 6), (1,), (2,)]


@pytest.mark.parametrize(
    ("number", "window", "verdict"),
    [
        (1, 4095, Verdict.FAIL),
        (1, 4097, Verdict.FAIL),
        (3, 4095, Verdict.PASS),  # what was not read yet
        (3, 1, Verdict.PASS),
        (3, 0, Verdict.FAIL),
        (3, 4097, Verdict.FAIL),
    ],
)
def test_windows(number: int, window: int, verdict: Verdict) -> None:
    assert offered(ran(changed(segments(), number, window=window))).verdict is verdict


def test_the_window_of_a_reset_means_nothing() -> None:
    reset = changed(segments(), 7, window=0)
    assert offered(ran(reset)).verdict is Verdict.FAIL
    assert offered(ran(changed(reset, 7, flags=RST))).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("options", "mss", "verdict"),
    [
        ((Option(2, (1025,)),), 1024, Verdict.FAIL),
        ((), 1024, Verdict.FAIL),
        ((), None, Verdict.PASS),
        ((Option(2, (1024,)),), None, Verdict.FAIL),
    ],
)
def test_sizes(options: tuple[Option, ...], mss: int | None, verdict: Verdict) -> None:
    evidence = ran(changed(segments(), 1, options=options))
    assert offers(evidence, POINT, {}, {"svr4": mss}).verdict is verdict


def test_what_a_listing_does_not_print_is_unknown() -> None:
    evidence = from_listing("1 0.0 svr4.1037 > bsdi.discard: S 1:1(0)\n")
    outcome = offers(evidence, POINT, {"svr4": 4096}, {"svr4": 1024})
    assert [finding.verdict for finding in outcome.findings] == [Verdict.INCONCLUSIVE] * 2


@pytest.mark.parametrize("aspect", ["window", "mss"])
def test_degraded_aspects_are_inconclusive(aspect: str) -> None:
    evidence = ran(changed(segments(), 1, window=1), degraded=[degraded("svr4", aspect)])
    found = [finding.verdict for finding in offered(evidence).findings]
    assert found[0 if aspect == "window" else 2] is Verdict.INCONCLUSIVE


def test_a_host_that_sent_no_syn() -> None:
    assert offers(ran(segments()), POINT, {"sun": 4096}).verdict is Verdict.FAIL
    assert offers(ran(segments(), drops=1), POINT, {"sun": 4096}).verdict is Verdict.INCONCLUSIVE
    assert offers(recorded(), POINT, {"sun": 4096}).verdict is Verdict.INCONCLUSIVE
