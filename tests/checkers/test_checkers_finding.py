"""Verdicts add up to their worst; findings read well and claim nothing without evidence."""

import pytest

from checkers import finding
from checkers.finding import FEW, Finding, Outcome, frames_text
from checkers.verdict import Verdict, worst


def test_verdicts_are_ordered() -> None:
    assert Verdict.PASS < Verdict.INCONCLUSIVE < Verdict.ERROR < Verdict.FAIL


def test_worst_of_a_set() -> None:
    assert worst([Verdict.PASS, Verdict.ERROR, Verdict.INCONCLUSIVE]) is Verdict.ERROR
    assert worst([Verdict.PASS]) is Verdict.PASS


def test_no_evidence_is_never_a_pass() -> None:
    assert worst([]) is Verdict.INCONCLUSIVE
    assert Outcome(()).verdict is Verdict.INCONCLUSIVE
    with pytest.raises(ValueError, match="a PASS names the frames"):
        Finding("close", Verdict.PASS, "a FIN", "a FIN")


def test_a_record_is_evidence_as_frames_are() -> None:
    finding = Finding("lasts", Verdict.PASS, "60 s", "60.1 s", record="states.jsonl line 2")
    assert finding.sentence == "lasts: expected 60 s, observed 60.1 s (states.jsonl line 2)"
    both = Finding("x", Verdict.PASS, "a", "b", frames=(1,), vantage="bsdi eth0", record="r line 2")
    assert both.place == "frame 1 at bsdi eth0; r line 2"


def test_a_finding_reads_like_a_tutor() -> None:
    finding = Finding(
        "backoff",
        Verdict.FAIL,
        "4.000 s ±0.500",
        "2.010 s",
        subject="gap 3",
        frames=(5, 6),
        reference="RFC 6298 5.5",
    )
    assert finding.sentence == (
        "backoff: gap 3 expected 4.000 s ±0.500, observed 2.010 s (frames 5 and 6); RFC 6298 5.5"
    )


def test_a_finding_names_its_vantage_point() -> None:
    finding = Finding("mss", Verdict.FAIL, "256", "512", frames=(4,), vantage="slip sl0")
    assert finding.sentence == "mss: expected 256, observed 512 (frame 4 at slip sl0)"


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ((), ""),
        ((4,), "frame 4"),
        ((4, 4), "frame 4"),
        ((5, 6), "frames 5 and 6"),
        ((1, 2, 3), "frames 1 to 3"),
        ((7, 1, 2, 3), "frames 1 to 3 and 7"),
        ((1, 2, 4, 5, 6), "frames 1, 2 and 4 to 6"),
    ],
)
def test_frames_in_words(frames: tuple[int, ...], text: str) -> None:
    assert frames_text(frames) == text


def test_only_the_words_for_few_frames_are_kept() -> None:
    finding._few_frames.cache_clear()
    assert frames_text(tuple(range(FEW + 1))) == f"frames 0 to {FEW}"
    assert finding._few_frames.cache_info().currsize == 0
    assert [frames_text(frames) for frames in ((1, 3), (1, 4), (1, 3))] == [
        "frames 1 and 3",
        "frames 1 and 4",
        "frames 1 and 3",
    ]
    assert finding._few_frames.cache_info().currsize == 2
