"""The check `mss`: right, wrong by one byte, unusable."""

import pytest
from msgspec.structs import replace

from captures.segment import Option, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
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
    without,
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
    assert replace(outcome.findings[1], check="mss").sentence == (
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


def test_smaller_segments_show_no_limit() -> None:
    outcome = judged(ran(changed(observed(), 4, payload=1)), limits={"sun": 256})
    assert outcome.verdict is Verdict.INCONCLUSIVE
    (finding,) = (each for each in outcome.findings if each.verdict is Verdict.INCONCLUSIVE)
    assert finding.observed == "1 byte in the largest"
    assert "Send something larger" in finding.hint


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


# sun sends 256 bytes, 256 more, the first once more, and 88: 600 in all.
VOLUME = """\
1 0.0  sun.1093 > slip.discard: S 70000:70000(0) win 4096 <mss 1460>
2 0.1  slip.discard > sun.1093: S 90000:90000(0) ack 70001 win 4096 <mss 256>
3 0.2  sun.1093 > slip.discard: . ack 90001 win 4096
4 0.3  sun.1093 > slip.discard: . 70001:70257(256) ack 90001 win 4096
5 0.4  slip.discard > sun.1093: . ack 70257 win 4096
6 0.5  slip.discard > sun.1093: P 90001:90014(13) ack 70257 win 4096
7 0.6  sun.1093 > slip.discard: . 70257:70513(256) ack 90014 win 4096
8 0.7  sun.1093 > slip.discard: . 70001:70257(256) ack 90014 win 4096
9 0.8  sun.1093 > slip.discard: P 70513:70601(88) ack 90014 win 4096
"""


def sent(evidence: Evidence, sends: Limits, limits: Limits | None = None) -> Finding:
    outcome = mss(evidence, POINT, "sun", "slip.discard", {}, limits or {"sun": 256}, sends)
    return outcome.findings[-1]


def from_number(isn: int) -> list[Segment]:
    """The segments of VOLUME as if sun's ISN were another."""
    sun = segments(VOLUME)[0].source
    return [
        replace(one, seq=((one.seq or 0) - 70000 + isn) % 2**32) if one.source == sun else one
        for one in segments(VOLUME)
    ]


def test_enough_data_with_a_full_segment() -> None:
    finding = sent(ran(segments(VOLUME)), {"sun": 600})
    assert finding.verdict is Verdict.PASS
    assert finding.expected == "600 bytes of data from sun, 256 in a segment"
    assert finding.observed == "600 bytes, 256 in the largest segment"
    assert finding.frames == (4, 7, 8, 9)


def test_each_byte_counts_once() -> None:
    finding = sent(ran(segments(VOLUME)), {"sun": 601})
    assert finding.verdict is Verdict.FAIL
    assert finding.observed == "600 bytes, 256 in the largest segment"


@pytest.mark.parametrize("start", [2**32 - 1, 2**32 - 300, 2**32 - 601, 2**31 - 300, 2**31, 0])
def test_data_whose_numbers_wrap(start: int) -> None:
    evidence = ran(from_number(start))
    assert sent(evidence, {"sun": 600}).verdict is Verdict.PASS
    assert sent(evidence, {"sun": 601}).verdict is Verdict.FAIL


def test_data_that_overlaps_or_comes_out_of_order() -> None:
    observed = segments(VOLUME)
    larger = changed(observed, 9, seq=70400, payload=201)  # 113 of them sent before
    assert sent(ran(larger), {"sun": 600}).verdict is Verdict.PASS
    assert sent(ran(larger), {"sun": 601}).verdict is Verdict.FAIL
    within = changed(larger, 8, seq=70300, payload=50)  # all of them sent before
    assert sent(ran(within), {"sun": 600}).verdict is Verdict.PASS
    assert sent(ran(within), {"sun": 601}).verdict is Verdict.FAIL
    late = [*observed[:3], observed[8], *observed[4:8], observed[3]]
    assert sent(ran(late), {"sun": 600}).verdict is Verdict.PASS


def test_a_gap_in_the_data_is_not_counted() -> None:
    finding = sent(ran(without(segments(VOLUME), 7)), {"sun": 600})
    assert (finding.verdict, finding.observed) == (
        Verdict.FAIL,
        "344 bytes, 256 in the largest segment",
    )


@pytest.mark.parametrize(("full", "verdict"), [(256, Verdict.PASS), (257, Verdict.FAIL)])
def test_a_segment_must_be_full(full: int, verdict: Verdict) -> None:
    assert sent(ran(segments(VOLUME)), {"sun": 600}, {"sun": full}).verdict is verdict


def test_data_of_an_end_without_a_limit() -> None:
    finding = sent(ran(segments(VOLUME)), {"slip": 13})
    assert (finding.verdict, finding.expected) == (Verdict.PASS, "13 bytes of data from slip")
    assert sent(ran(segments(VOLUME)), {"slip": 14}).verdict is Verdict.FAIL


def test_no_data_where_some_must_be_sent() -> None:
    finding = sent(ran(segments(VOLUME)[:3]), {"sun": 1})
    assert finding.verdict is Verdict.FAIL
    assert finding.observed == "0 bytes, 0 in the largest segment"


def test_too_little_data_where_segments_may_be_missing() -> None:
    less = without(segments(VOLUME), 7)
    assert sent(ran(less, drops=1), {"sun": 600}).verdict is Verdict.INCONCLUSIVE
    assert sent(ran(less, cut=True), {"sun": 600}).verdict is Verdict.INCONCLUSIVE
    assert sent(ran(less[1:]), {"sun": 600}).verdict is Verdict.INCONCLUSIVE
    assert sent(ran(segments(VOLUME), drops=1), {"sun": 600}).verdict is Verdict.PASS


def test_a_large_transfer_counts_every_byte() -> None:
    first = replace(segments(VOLUME)[3], payload=60_000)
    many = [replace(first, seq=(70_001 + 60_000 * number) % 2**32) for number in range(5_000)]
    evidence = ran([*segments(VOLUME)[:3], *many])
    assert sent(evidence, {"sun": 300_000_000}, {"sun": 60_000}).verdict is Verdict.PASS
    assert sent(evidence, {"sun": 300_000_001}, {"sun": 60_000}).verdict is Verdict.FAIL


def test_hosts_that_send_must_be_ends() -> None:
    with pytest.raises(ExpectationError, match="bsdi: neither sun nor slip"):
        sent(ran(segments(VOLUME)), {"bsdi": 5})
