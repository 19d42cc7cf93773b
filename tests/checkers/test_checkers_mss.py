"""The check `mss`: right, wrong by one byte, unusable."""

import pytest

from captures.segment import Option, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.mss import Announcements, Limits, mss
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    POINT,
    changed,
    degraded,
    figure,
    from_listing,
    ran,
    segments,
)

LISTING = """\
1 0.0          sun.1093 > slip.discard: S 100:100(0) win 4096 <mss 1460>
2 0.10 (0.10)  slip.discard > sun.1093: S 500:500(0) ack 101 win 4096 <mss 256>
3 0.10 (0.00)  sun.1093 > slip.discard: . ack 501 win 4096
4 0.20 (0.10)  sun.1093 > slip.discard: . 101:357(256) ack 501 win 4096
5 0.30 (0.10)  slip.discard > sun.1093: . ack 357 win 4096
6 0.40 (0.10)  slip.discard > sun.1093: P 501:514(13) ack 357 win 4096
"""
ANNOUNCED: Announcements = {"sun": 1460, "slip": 256}


def judged(
    evidence: Evidence, announces: Announcements = ANNOUNCED, limits: Limits | None = None
) -> Outcome:
    return mss(evidence, POINT, "sun", "slip.discard", announces, limits)


def observed() -> list[Segment]:
    return segments(LISTING)


def test_the_figure() -> None:
    outcome = judged(figure("18.4-mss"))
    assert [finding.verdict for finding in outcome.findings] == [Verdict.PASS] * 2
    assert [finding.frames for finding in outcome.findings] == [(1,), (2,)]
    assert outcome.findings[1].sentence == (
        "mss: expected MSS 256 in the SYN of slip, observed MSS 256 (frame 2)"
    )


def test_announcements_and_data() -> None:
    outcome = judged(ran(observed()), limits={"sun": 256})
    assert [finding.verdict for finding in outcome.findings] == [Verdict.PASS] * 4
    assert [finding.frames for finding in outcome.findings] == [(1,), (2,), (4,), (6,)]
    assert outcome.findings[2].observed == "256 bytes in the largest"


@pytest.mark.parametrize(("number", "host"), [(1, "sun"), (2, "slip")])
@pytest.mark.parametrize("value", [255, 257, 1459, 1461])
def test_another_announcement(number: int, host: str, value: int) -> None:
    wrong = changed(observed(), number, options=(Option(2, (value,)),))
    failed = [
        finding
        for finding in judged(ran(wrong, mtu=9000), limits={"sun": 256, "slip": 1460}).findings
        if finding.verdict is Verdict.FAIL
    ]
    assert [(finding.frames, finding.observed) for finding in failed] == [
        ((number,), f"MSS {value}")
    ]
    assert host in failed[0].expected


def test_no_option() -> None:
    evidence = ran(changed(observed(), 2, options=()))
    assert judged(evidence).verdict is Verdict.FAIL
    assert judged(evidence, {"sun": 1460, "slip": None}).verdict is Verdict.PASS
    assert judged(ran(observed()), {"slip": None}).verdict is Verdict.FAIL


def test_no_option_means_536_bytes() -> None:
    silent = changed(observed(), 2, options=())
    for payload, verdict in ((536, Verdict.PASS), (537, Verdict.FAIL)):
        evidence = ran(changed(silent, 4, payload=payload))
        assert judged(evidence, {"slip": None}).verdict is verdict


@pytest.mark.parametrize("limits", [None, {"sun": 256}])
def test_a_segment_one_byte_too_large(limits: Limits | None) -> None:
    outcome = judged(ran(changed(observed(), 4, payload=257)), limits=limits)
    (failed,) = (each for each in outcome.findings if each.verdict is Verdict.FAIL)
    assert failed.frames == (4,)
    assert failed.expected == "at most 256 bytes in each segment of sun"
    assert failed.observed == "257 bytes"


def test_without_data_a_limit_is_no_pass() -> None:
    evidence = ran(observed()[:3])
    assert judged(evidence).verdict is Verdict.PASS
    outcome = judged(evidence, limits={"sun": 256})
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.findings[-1].observed == "not one segment with data"


@pytest.mark.parametrize(("mtu", "verdict"), [(1500, Verdict.PASS), (1499, Verdict.FAIL)])
def test_the_mtu_less_40_is_the_most(mtu: int, verdict: Verdict) -> None:
    assert judged(ran(observed(), mtu=mtu)).verdict is verdict


def test_degraded_mss() -> None:
    wrong = changed(observed(), 2, options=(Option(2, (536,)),))
    for host, verdict in (("slip", Verdict.INCONCLUSIVE), ("sun", Verdict.FAIL)):
        outcome = judged(ran(wrong, degraded=[degraded(host, "mss")]))
        assert outcome.verdict is verdict
    large = changed(observed(), 4, payload=300)
    outcome = judged(ran(large, degraded=[degraded("slip", "mss")]), limits={"sun": 256})
    assert outcome.verdict is Verdict.INCONCLUSIVE


def test_options_that_the_listing_leaves_out() -> None:
    outcome = judged(from_listing(LISTING.replace(" <mss 256>", "")))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    observed = {finding.observed for finding in outcome.findings}
    assert "this capture doesn't show the options of frame 2" in observed
    assert "this capture doesn't show what slip announced" in observed


def test_no_syn_ack() -> None:
    outcome = judged(ran(observed()[:1]))
    assert (outcome.verdict, outcome.findings[1].observed) == (Verdict.FAIL, "no SYN from slip")
    assert judged(ran(observed()[:1], drops=1)).verdict is Verdict.INCONCLUSIVE
    assert judged(ran(observed()[2:])).verdict is Verdict.INCONCLUSIVE


def test_no_connection() -> None:
    assert judged(ran([])).verdict is Verdict.FAIL
    assert judged(from_listing(LISTING.replace("sun", "svr4"))).verdict is Verdict.INCONCLUSIVE


def test_hosts_must_be_ends() -> None:
    with pytest.raises(ExpectationError, match="bsdi: neither sun nor slip"):
        judged(ran(observed()), limits={"bsdi": 5})
