"""Attempts to connect: how many, and how long after one another."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from checkers.attempts import attempts
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, from_listing, run_of


def refused(*times_s: float) -> str:
    """A listing of refused attempts, each from a port of its own; the reset comes 1 ms later."""
    lines: list[str] = []
    for number, time_s in enumerate(times_s):
        ends = f"bsdi.{2000 + number} > svr4.7001"
        back = f"svr4.7001 > bsdi.{2000 + number}"
        lines.append(f"{len(lines) + 1} {time_s:.3f} {ends}: S {number}:{number}(0) win 4096")
        lines.append(
            f"{len(lines) + 1} {time_s + 0.001:.3f} {back}: R 0:0(0) ack {number + 1} win 0"
        )
    return "\n".join(lines) + "\n"


def judge(evidence: Evidence, *gaps: float) -> Outcome:
    return attempts(evidence, POINT, "bsdi", "svr4.7001", list(gaps))


def test_the_schedule_passes() -> None:
    outcome = judge(run_of(refused(0, 1.001, 3.002, 7.003)), 1, 2, 4)
    assert [one.verdict for one in outcome.findings] == [Verdict.PASS] * 4
    assert outcome.findings[0].frames == (1, 3, 5, 7)
    assert outcome.findings[2].frames == (4, 5)


# A gap of 2 s may be 5 % less and 0.5 s more; it is counted from the reset, 1 ms behind its SYN.
@pytest.mark.parametrize(
    ("gap_s", "verdict"),
    [
        (1.902, Verdict.PASS),
        (1.890, Verdict.FAIL),
        (2.500, Verdict.PASS),
        (2.510, Verdict.FAIL),
    ],
)
def test_near_misses(gap_s: float, verdict: Verdict) -> None:
    outcome = judge(run_of(refused(0, gap_s)), 2)
    assert outcome.verdict is verdict
    assert outcome.findings[1].subject == "gap 1"


def test_a_short_gap_may_be_50_ms_less() -> None:
    assert judge(run_of(refused(0, 0.152)), 0.2).verdict is Verdict.PASS
    assert judge(run_of(refused(0, 0.149)), 0.2).verdict is Verdict.FAIL


@pytest.mark.parametrize("times_s", [(0,), (0, 1.001, 2.002)])
def test_too_few_and_too_many_fail(times_s: tuple[float, ...]) -> None:
    first, *_ = judge(run_of(refused(*times_s)), 1).findings
    assert first.verdict is Verdict.FAIL
    assert first.observed == str(len(times_s))


def test_none_at_all_fails_in_a_run_and_says_nothing_in_a_bare_capture() -> None:
    elsewhere = refused(0).replace("svr4.7001", "svr4.7002")
    assert judge(run_of(elsewhere)).verdict is Verdict.FAIL
    assert judge(from_listing(elsewhere)).verdict is Verdict.INCONCLUSIVE


def left(listing: str) -> Evidence:
    """A run that was left while a connection was still open."""
    evidence = run_of(listing)
    assert evidence.run
    return replace(evidence, run=replace(evidence.run, at_rest=False))


def going_on(listing: str) -> Evidence:
    return replace(run_of(listing), over=False)


@pytest.mark.parametrize("seen", [from_listing, left, going_on])
def test_where_more_may_have_come_too_few_are_inconclusive(
    seen: Callable[[str], Evidence],
) -> None:
    first, gap = judge(seen(refused(0, 1.001)), 1, 2, 4).findings
    assert (first.verdict, gap.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)
    why = "the run goes on" if seen is going_on else "others may not be captured"
    assert first.observed == f"2; {why}"
    assert judge(seen(refused(0, 1.001)), 1).verdict is Verdict.PASS
    assert judge(seen(refused(0, 1.001, 2.002)), 1).verdict is Verdict.FAIL  # too many
    assert judge(seen(refused(0, 3.001)), 1, 2, 4).verdict is Verdict.FAIL  # a wrong gap


def test_too_few_in_a_capture_with_losses_are_inconclusive() -> None:
    evidence = run_of(refused(0, 1.001))
    vantages = {POINT: replace(evidence.vantages[POINT], drops=1)}
    first, *_ = judge(replace(evidence, vantages=vantages), 1, 2, 4).findings
    assert first.verdict is Verdict.INCONCLUSIVE
    assert "known to be missing" in first.observed


def test_a_syn_that_tcp_sends_again_is_the_same_attempt() -> None:
    syn, reset = refused(0).splitlines()
    second = "4 4.001 bsdi.2009 > svr4.7001: S 9:9(0) win 4096"
    text = [syn, syn.replace("1 0.000", "2 1.000"), reset.replace("2 0.001", "3 1.001"), second]
    assert judge(run_of("\n".join(text) + "\n"), 3).verdict is Verdict.PASS


def test_without_a_time_there_is_no_verdict_on_gaps() -> None:
    evidence = run_of(refused(0, 1.001))
    vantage = evidence.vantages[POINT]
    untimed = replace(vantage, capture=replace(vantage.capture, timed=False))
    outcome = judge(replace(evidence, vantages={POINT: untimed}), 1)
    assert [one.verdict for one in outcome.findings] == [Verdict.PASS, Verdict.INCONCLUSIVE]


def test_another_vantage_point_says_nothing() -> None:
    outcome = attempts(run_of(refused(0)), "sun eth0", "bsdi", "svr4.7001")
    assert outcome.verdict is Verdict.INCONCLUSIVE
