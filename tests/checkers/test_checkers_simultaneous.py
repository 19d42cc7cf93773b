"""The checks `simultaneous_open` and `simultaneous_close`: right, near misses, unusable."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from checkers import simultaneous
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    FIGURES,
    POINT,
    from_listing,
    ran,
    recorded,
    run_of,
    segments,
)

CLOSED = """\
1 0.0 bsdi.8888 > vangogh.7777: S 100:100(0)
2 0.1 vangogh.7777 > bsdi.8888: S 500:500(0) ack 101
3 0.2 bsdi.8888 > vangogh.7777: . ack 501
4 0.3 bsdi.8888 > vangogh.7777: F 101:101(0) ack 501
5 0.4 vangogh.7777 > bsdi.8888: F 501:501(0) ack 101
6 0.5 bsdi.8888 > vangogh.7777: . ack 502
7 0.6 vangogh.7777 > bsdi.8888: . ack 102
"""
OPENED = (FIGURES / "18.8-simultaneous-open.txt").read_text()
ISNS = 91904001, 1058199041


def opened(listing: str) -> Outcome:
    return simultaneous.simultaneous_open(run_of(listing), POINT, "bsdi", "vangogh")


def closed(listing: str) -> Outcome:
    return simultaneous.simultaneous_close(run_of(listing), POINT, "bsdi", "vangogh")


def without(listing: str, *starts: str) -> str:
    lines = listing.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(starts))


def test_the_books_figure_opens() -> None:
    outcome = opened(OPENED)
    assert outcome.verdict is Verdict.PASS, outcome.findings
    assert [finding.frames for finding in outcome.findings] == [(1, 2), (1, 4), (2, 3)]


def test_fins_that_cross_close() -> None:
    outcome = closed(CLOSED)
    assert outcome.verdict is Verdict.PASS, outcome.findings
    assert [finding.frames for finding in outcome.findings] == [(4, 5), (4, 7), (5, 6)]


def test_an_ordinary_handshake_and_close_are_none() -> None:
    evidence = ran(segments())
    ends = POINT, "svr4", "bsdi"
    outcome = simultaneous.simultaneous_open(evidence, *ends)
    assert outcome.findings[0].observed == "the SYN of bsdi answers the other"
    assert outcome.verdict is Verdict.FAIL
    outcome = simultaneous.simultaneous_close(evidence, *ends)
    assert outcome.findings[0].observed == "the FIN of bsdi answers the other"
    assert outcome.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("old", "new", "observed"),
    [
        ("ack 101\n6", "ack 102\n6", "the FIN of vangogh answers the other"),
        (". ack 502", ". ack 501", "ack 501"),
        (". ack 102", ". ack 103", "ack 103"),
        ("F 501:501(0)", ". 501:502(1)", "no FIN from vangogh"),
        (". ack 102\n", "R 102:102(0) ack 102\n", "a reset"),
    ],
)
def test_not_closed_simultaneously(old: str, new: str, observed: str) -> None:
    outcome = closed(CLOSED.replace(old, new))
    assert outcome.verdict is Verdict.FAIL
    assert observed in [finding.observed for finding in outcome.findings]


# vangogh acknowledges bsdi's FIN, and sends its own with an older ACK.
ORDINARY = """\
4 0.3 bsdi.8888 > vangogh.7777: F 101:101(0) ack 501
5 0.4 vangogh.7777 > bsdi.8888: . 501:501(0) ack 102
6 0.5 vangogh.7777 > bsdi.8888: F 501:501(0) ack 101
7 0.6 bsdi.8888 > vangogh.7777: . ack 502
8 0.7 vangogh.7777 > bsdi.8888: . ack 102
"""


def test_a_fin_behind_an_ack_of_the_other_answers_it() -> None:
    opening = "".join(CLOSED.splitlines(keepends=True)[:3])
    finding = closed(opening + ORDINARY).findings[0]
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (4, 5, 6))
    assert finding.observed == "the FIN of vangogh answers the other"
    early = ORDINARY.replace("501:501(0) ack 102", "501:501(0) ack 101")  # of what was before it
    assert closed(opening + early).verdict is Verdict.PASS
    overtaken = ORDINARY.replace(". 501:501(0) ack 102", ". 502:502(0) ack 102")
    assert closed(opening + overtaken).verdict is Verdict.PASS  # sent behind its FIN


def test_missing_acks() -> None:
    assert closed(without(CLOSED, "7 ")).verdict is Verdict.FAIL
    later = without(CLOSED, "1 ", "7 ")
    assert closed(later).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("number", ["1 ", "2 ", "3 ", "4 "])
def test_an_open_without_one_of_its_segments(number: str) -> None:
    lines = [line.split(" ", 2) for line in OPENED.splitlines()[:4]]
    listing = "".join(
        f"{place} {place / 10} {words[2].partition(')')[2].strip() or words[2].strip()}\n"
        if words[2].startswith("(")
        else f"{place} {place / 10} {words[2].strip()}\n"
        for place, words in enumerate(lines, 1)
    )
    assert opened(listing).verdict is Verdict.PASS
    assert opened(without(listing, number)).verdict is not Verdict.PASS


def test_the_acknowledgments_must_be_exact_and_repeat_the_syn() -> None:
    assert opened(OPENED.replace(f"ack {ISNS[1] + 1}", f"ack {ISNS[1] + 2}")).verdict is (
        Verdict.FAIL
    )


J, K = ISNS[0] + 1, ISNS[1] + 1
ABORTS = "bsdi.8888 > vangogh.7777: R"
OPEN = 4  # segments


def reset_behind(segments: int, reset: str) -> str:
    """The listing up to a segment, and a reset."""
    lines = OPENED.splitlines(keepends=True)[:segments]
    return "".join(lines) + f"13 60.0 {reset} win 0\n"


@pytest.mark.parametrize(
    ("segments", "reset", "verdict"),
    [
        (12, f"{ABORTS} {J + 14}:{J + 14}(0)", Verdict.PASS),  # long after the close
        (8, f"{ABORTS} {J + 13}:{J + 13}(0) ack {K + 13}", Verdict.PASS),  # behind data
        (OPEN, f"{ABORTS} {J}:{J}(0) ack {K}", Verdict.PASS),  # as soon as it is open
        (OPEN - 1, f"{ABORTS} {J}:{J}(0) ack {K}", Verdict.FAIL),
        (2, f"{ABORTS} {J}:{J}(0) ack {K}", Verdict.FAIL),
    ],
)
@pytest.mark.parametrize("seen", [run_of, from_listing])
def test_a_reset_counts_until_both_ends_are_established(
    segments: int, reset: str, verdict: Verdict, seen: Callable[[str], Evidence]
) -> None:
    evidence = seen(reset_behind(segments, reset))
    outcome = simultaneous.simultaneous_open(evidence, POINT, "bsdi", "vangogh")
    assert outcome.verdict is verdict, outcome.findings
    told = [one.observed for one in outcome.findings]
    assert (told == ["a reset"]) is (verdict is Verdict.FAIL)


def test_a_reset_that_answers_a_syn_ack_refuses_it_where_that_may_not_have_come() -> None:
    listing = reset_behind(OPEN, f"{ABORTS} {J}:{J}(0)")
    for seen, verdict in ((from_listing, Verdict.FAIL), (run_of, Verdict.PASS)):  # at bsdi itself
        outcome = simultaneous.simultaneous_open(seen(listing), POINT, "bsdi", "vangogh")
        assert outcome.verdict is verdict


def test_an_open_that_was_reset_is_none_in_a_capture_with_losses_either() -> None:
    evidence = run_of(reset_behind(OPEN - 1, f"{ABORTS} {J}:{J}(0) ack {K}"))
    vantages = {POINT: replace(evidence.vantages[POINT], drops=1)}
    outcome = simultaneous.simultaneous_open(
        replace(evidence, vantages=vantages), POINT, "bsdi", "vangogh"
    )
    assert outcome.verdict is not Verdict.PASS


def test_no_such_vantage_point() -> None:
    ends = POINT, "svr4", "bsdi"
    for check in (simultaneous.simultaneous_open, simultaneous.simultaneous_close):
        assert check(recorded(), *ends).verdict is Verdict.INCONCLUSIVE
