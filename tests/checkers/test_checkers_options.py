"""The check `options` where a SYN has none: right, near misses, unusable."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from captures.segment import MSS, TIMESTAMP, Option, Segment
from checkers.finding import Outcome
from checkers.options import options
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, changed, figure, ran, segments, without

BARE = [replace(one, options=()) for one in segments()]
AN_MSS = (Option(MSS, (1024,)),)
A_TIMESTAMP = (Option(TIMESTAMP, (1, 0)),)


def judged(observed: Sequence[Segment], **syn: list[str]) -> Outcome:
    wanted: dict[str, list[str]] = {"svr4": [], "bsdi": [], **syn}
    return options(ran(observed), POINT, "svr4", "bsdi", wanted, [])  # type: ignore[arg-type]


def test_no_options_where_none_are_wanted_pass() -> None:
    outcome = judged(BARE)
    assert outcome.verdict is Verdict.PASS, outcome.findings
    padded = outcome.findings[-1]
    assert padded.observed == "not one segment with options"
    assert padded.frames == tuple(range(1, len(BARE) + 1))


def test_one_end_that_offers_some_still_passes() -> None:
    assert judged(changed(BARE, 1, options=AN_MSS), svr4=["mss"]).verdict is Verdict.PASS


@pytest.mark.parametrize(("number", "option"), [(1, AN_MSS), (2, AN_MSS), (3, A_TIMESTAMP)])
def test_options_where_none_are_wanted_fail(number: int, option: tuple[Option, ...]) -> None:
    assert judged(changed(BARE, number, options=option)).verdict is Verdict.FAIL


def test_no_options_where_some_are_wanted_fail() -> None:
    assert judged(BARE, bsdi=["mss"]).verdict is Verdict.FAIL


def test_a_capture_without_the_syns_says_nothing() -> None:
    outcome = judged(without(BARE, 1, 2))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.findings[-1].verdict is Verdict.INCONCLUSIVE


def test_a_listing_that_leaves_options_out_says_nothing() -> None:
    seen = figure("18.2-connection")
    wanted: dict[str, list[str]] = {"svr4": [], "bsdi": []}
    outcome = options(seen, POINT, "svr4", "bsdi", wanted, [])  # type: ignore[arg-type]
    assert outcome.verdict is Verdict.INCONCLUSIVE
