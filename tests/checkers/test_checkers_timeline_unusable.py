"""The check `timeline` on evidence that can't tell, or not all: it is neither right nor wrong."""

import pytest
from msgspec.structs import replace

from checkers.errors import ExpectationError, TimelineError
from checkers.timeline_check import timeline
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    CONNECTION,
    FIGURES,
    POINT,
    bare,
    changed,
    degraded,
    figure,
    from_listing,
    ran,
    segments,
    without,
)
from tests.checkers.test_checkers_timeline_check import EXPECTED, found


def test_a_capture_without_times() -> None:
    capture = replace(ran(segments()).vantages[POINT].capture, timed=False)
    finding = found(bare(capture))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.observed.startswith("this capture doesn't show the time of frame 2")


def test_frames_cut_before_their_flags() -> None:
    capture = replace(ran(without(segments(), 3)).vantages[POINT].capture, clipped=1)
    finding = found(bare(capture))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "1 frame(s) are cut before their flags" in finding.observed


def test_a_field_that_the_listing_leaves_out() -> None:
    listing = CONNECTION.replace("1823083522 win 4096\n4", "1823083522\n4")
    finding = found(from_listing(listing))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.observed == "this capture doesn't show the window of frame 3"


def test_a_definite_mismatch_outweighs_an_unknown_field() -> None:
    listing = CONNECTION.replace("1823083522 win 4096\n4", "1823083522\n4")
    finding = found(from_listing(listing.replace("ack 1823083523", "ack 1823083524")))
    assert finding.verdict is Verdict.FAIL
    assert finding.frames == (7,)


@pytest.mark.parametrize("lost", [(2,), (3,), (7,)])
def test_a_segment_missing_from_a_capture_with_drops(lost: tuple[int, ...]) -> None:
    finding = found(ran(without(segments(), *lost), drops=1))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "1 packet(s) are known to be missing" in finding.observed


def test_drops_excuse_no_more_than_they_are() -> None:
    assert found(ran(without(segments(), 3, 7), drops=1)).verdict is Verdict.FAIL
    assert found(ran(changed(segments(), 3, window=1), drops=1)).verdict is Verdict.FAIL


def test_a_capture_with_drops_can_still_show_everything() -> None:
    assert found(ran(segments(), drops=3)).verdict is Verdict.PASS


def test_a_capture_cut_short() -> None:
    finding = found(ran(segments(), cut=True))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "cut short" in finding.observed
    assert found(ran(changed(segments(), 2, window=1), cut=True)).verdict is Verdict.FAIL


def test_a_capture_that_begins_in_the_middle() -> None:
    finding = found(ran(segments()[2:]))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "begins in the middle" in finding.observed


@pytest.mark.parametrize(
    ("aspect", "host", "verdict"),
    [
        ("window", "svr4", Verdict.INCONCLUSIVE),
        ("mss", "bsdi", Verdict.INCONCLUSIVE),
        ("options", "bsdi", Verdict.INCONCLUSIVE),
        ("delay", "svr4", Verdict.PASS),  # aspects that the suite doesn't know excuse nothing
        ("ephemeral_ports", "svr4", Verdict.PASS),
        ("window", "sun", Verdict.PASS),
        ("syn_timers", "svr4", Verdict.PASS),
        ("syn_timers", "bsdi", Verdict.PASS),
        ("tos", "svr4", Verdict.PASS),
        ("accept_queue", "bsdi", Verdict.PASS),
    ],
)
def test_a_degraded_aspect(aspect: str, host: str, verdict: Verdict) -> None:
    finding = found(ran(segments(), degraded=[degraded(host, aspect)]))
    assert finding.verdict is verdict
    if verdict is Verdict.INCONCLUSIVE:
        assert f"{aspect} of {host} is degraded" in finding.observed


def test_a_degraded_aspect_excuses_nothing_else() -> None:
    wrong = changed(segments(), 7, window=1)
    entries = [degraded("svr4", "mss")]
    assert found(ran(wrong, degraded=entries)).verdict is Verdict.FAIL


TIMEOUT = """\
bsdi.1024 > svr4.discard: S $J:$J(0) <mss 1024> [tos 0x10]
+5.5s~6s bsdi.1024 > svr4.discard: S $J:$J(0) [tos 0x10]
+24s bsdi.1024 > svr4.discard: S $J:$J(0)
"""


@pytest.mark.parametrize("aspect", ["syn_timers", "tos"])
def test_an_aspect_of_the_timeout_figure(aspect: str) -> None:
    assert found(figure("18.3-timeout"), TIMEOUT).verdict is Verdict.PASS
    listing = (FIGURES / "18.3-timeout.txt").read_text()
    evidence = ran(segments(listing), degraded=[degraded("bsdi", aspect)])
    assert found(evidence, TIMEOUT).verdict is Verdict.INCONCLUSIVE


def test_no_claim_makes_another_port_the_right_one() -> None:
    listing = (FIGURES / "18.3-timeout.txt").read_text().replace("1024 >", "40000 >")
    entries = [degraded("bsdi", "ephemeral_ports")]
    assert found(ran(segments(listing), degraded=entries), TIMEOUT).verdict is Verdict.FAIL


def test_no_such_vantage_point() -> None:
    (finding,) = timeline(ran(segments()), "sun eth0", EXPECTED).findings
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert (finding.expected, finding.observed) == (
        "a capture at sun eth0",
        "a capture at bsdi eth0",
    )


def test_no_such_connection() -> None:
    text = EXPECTED.replace("svr4", "sun")
    finding = found(ran(segments()), text)
    assert finding.verdict is Verdict.FAIL
    assert finding.observed == "no SYN from sun to bsdi.discard"
    assert found(ran(segments(), drops=1), text).verdict is Verdict.INCONCLUSIVE
    assert found(ran([]), text).verdict is Verdict.FAIL
    finding = found(bare(ran(segments()).vantages[POINT].capture), text)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.observed == "this capture holds no connection from sun to bsdi.discard"


def test_a_second_try_makes_up_for_a_first() -> None:
    observed = segments()
    first = [
        changed([segment], 1, source=segment.source._replace(port=1036))[0]
        for segment in observed[:1]
    ]
    assert found(ran([*first, *observed])).verdict is Verdict.PASS


def test_a_time_line_that_makes_no_sense() -> None:
    with pytest.raises(TimelineError, match="line 1, column 1"):
        timeline(ran(segments()), POINT, "svr4 > bsdi.9: S")
    with pytest.raises(ExpectationError, match="unknown service 'dicard'"):
        timeline(ran(segments()), POINT, "svr4.$c > bsdi.dicard: S $J:$J(0)")


@pytest.mark.parametrize(("back_ns", "word"), [(10_000_000, "PASS"), (10_000_001, "INCONCLUSIVE")])
def test_times_that_run_backwards_tell_nothing(back_ns: int, word: str) -> None:
    observed = segments()
    later = changed(observed, 7, time_ns=observed[5].time_ns - back_ns)
    text = "svr4.$c > bsdi.discard: S $J:$J(0)\nrepeat 1..9 { * }\n"
    outcome = timeline(ran(later), POINT, text)
    assert outcome.verdict is Verdict[word]
