"""The check `transcript`: texts in order, the missing one named, and texts that may not stand."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from checkers.evidence import Evidence
from checkers.transcript import transcript
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import ran, segments

SHOWN = """\
bsdi % telnet svr4 discard
Trying 140.252.13.34...
telnet: Unable to connect to remote host: Connection timed out
bsdi % netstat -a -n -f inet
tcp        0      0  *.23                   *.*                    LISTEN
"""


def evidence(shown: str = SHOWN) -> Evidence:
    return replace(ran(segments()), transcripts={"bsdi": shown})


@pytest.mark.parametrize(
    "shows",
    [
        ["telnet svr4 discard", "Trying", "Connection timed out", "LISTEN"],
        ["Trying *...", "telnet: * timed out"],
        ["tcp 0 0 *.23 *.* LISTEN"],
        ["bsdi % telnet", "bsdi % netstat"],
        ["Trying 140.252.13.34..."],
    ],
)
def test_shown_in_this_order(shows: list[str]) -> None:
    (finding,) = transcript(evidence(), "bsdi", shows).findings
    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("4.34", True),
        ("*4.34.", True),
        ("13.3", False),
        ("2.13", False),
        ("252.13", True),
        ("packets 1", False),
        ("packets 17", True),
        ("packets 1*", True),
        ("7 bytes 40", False),
        ("17 bytes", True),
    ],
)
def test_a_number_at_either_end_is_a_whole_one(text: str, stands: bool) -> None:
    shown = evidence("Trying 140.252.13.4.34...\npackets 17 bytes 408\n")
    for (finding,), right in (
        (transcript(shown, "bsdi", [text]).findings, stands),
        (transcript(shown, "bsdi", [], [text]).findings, not stands),
    ):
        assert finding.verdict is (Verdict.PASS if right else Verdict.FAIL)


def test_where_it_stands() -> None:
    (finding,) = transcript(evidence(), "bsdi", ["Trying", "timed out"]).findings
    assert finding.record == "transcripts/bsdi.txt lines 2 and 3"


@pytest.mark.parametrize(
    ("shows", "observed"),
    [
        (
            ["Trying", "Connection refused"],
            (
                "'140.252.13.34... / telnet: Unable to connect to remote host: Connection timed "
                "out / bsdi % netstat -a -n -f inet' there"
            ),
        ),
        (["LISTEN", "ESTABLISHED"], "nothing more"),
        (["LISTEN", "Trying"], "nothing more; it stands in line 2, too early"),
    ],
)
def test_the_missing_text_is_named_with_what_stands_instead(
    shows: list[str], observed: str
) -> None:
    (finding,) = transcript(evidence(), "bsdi", shows).findings
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, observed)
    assert finding.expected.startswith(repr(shows[-1]))


@pytest.mark.parametrize(
    "text", ["trying", "Trying*timed out", "Trying140", "T.ying", "timed  outs"]
)
def test_not_shown(text: str) -> None:
    assert transcript(evidence(), "bsdi", [text]).verdict is Verdict.FAIL


def test_the_same_text_twice_must_stand_twice() -> None:
    assert transcript(evidence(), "bsdi", ["bsdi %", "bsdi %"]).verdict is Verdict.PASS
    assert transcript(evidence(), "bsdi", ["bsdi %"] * 3).verdict is Verdict.FAIL


def test_never() -> None:
    outcome = transcript(evidence(), "bsdi", ["Trying"], ["Connected to", "Unable*host"])
    assert [each.verdict for each in outcome.findings] == [
        Verdict.PASS,
        Verdict.PASS,
        Verdict.FAIL,
    ]
    assert outcome.findings[2].observed == "'Unable to connect to remote host'"
    assert outcome.findings[2].record == "transcripts/bsdi.txt line 3"


@pytest.mark.parametrize(("shows", "never"), [(["Trying"], []), ([], ["Connected"])])
def test_no_transcript(shows: Sequence[str], never: Sequence[str]) -> None:
    for without in (ran(segments()), replace(evidence(), transcripts={"svr4": SHOWN})):
        outcome = transcript(without, "bsdi", shows, never)
        assert outcome.verdict is Verdict.INCONCLUSIVE


AGAIN = f"(bsdi boots)\n{SHOWN}(bsdi boots)\nbsdi % date\nTrying again\n"
BOOTS = "(bsdi boots)"


@pytest.mark.parametrize(
    ("shows", "never", "verdicts"),
    [
        (["% date", "Trying"], ["LISTEN", "timed out"], [Verdict.PASS] * 3),
        (["% netstat"], [], [Verdict.FAIL]),
        (["Trying", "% date"], [], [Verdict.FAIL]),
        ([BOOTS], [], [Verdict.FAIL]),  # behind it, not at it
        ([], [BOOTS, "again"], [Verdict.PASS, Verdict.FAIL]),
    ],
)
def test_only_what_stands_behind_the_last_place_of_a_text(
    shows: list[str], never: list[str], verdicts: list[Verdict]
) -> None:
    outcome = transcript(evidence(AGAIN), "bsdi", shows, never, after="(bsdi * boots)")
    assert outcome.verdict is Verdict.FAIL  # another text
    outcome = transcript(evidence(AGAIN), "bsdi", shows, never, after=BOOTS)
    assert [each.verdict for each in outcome.findings] == verdicts
    assert all("behind line" in each.expected for each in outcome.findings)


def test_lines_are_counted_in_the_whole_transcript() -> None:
    def records(shows: list[str], never: list[str]) -> list[str]:
        findings = transcript(evidence(AGAIN), "bsdi", shows, never, BOOTS).findings
        return [each.record.removeprefix("transcripts/bsdi.txt ") for each in findings]

    assert records(["Trying"], ["LISTEN", "again"]) == ["line 9", "lines 7 and 10", "line 9"]
    assert records(["% netstat"], []) == ["line 7"]


@pytest.mark.parametrize(("over", "verdict"), [(True, Verdict.FAIL), (False, Verdict.INCONCLUSIVE)])
def test_a_text_that_nothing_stands_behind(over: bool, verdict: Verdict) -> None:
    seen = replace(evidence(), over=over)
    (finding,) = transcript(seen, "bsdi", ["Trying"], ["Connected"], BOOTS).findings
    assert (finding.verdict, finding.expected) == (verdict, f"{BOOTS!r} on the terminals of bsdi")
    without = replace(seen, transcripts={})
    assert transcript(without, "bsdi", ["Trying"], after=BOOTS).verdict is Verdict.INCONCLUSIVE


def test_an_empty_transcript_shows_nothing() -> None:
    assert transcript(evidence(""), "bsdi", ["Trying"]).verdict is Verdict.FAIL
