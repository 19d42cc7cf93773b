"""While a run goes on, what isn't there yet is no failure: no beginning of a right run FAILs."""

import pytest
from msgspec.structs import replace

from checkers.check import report
from checkers.evidence import Evidence
from checkers.verdict import Verdict
from labs import catalog
from tests.labs.mutated_evidence import completed, with_segments
from tests.labs.test_mutations import RIGHT

MOST_BEGINNINGS = 12  # of each capture: a lab may have hundreds of segments


def beginning(whole: Evidence, part: float) -> Evidence:
    """The evidence when this part of the run's segments, lines and looks was there."""
    times = sorted(each.time_ns for one in whole.vantages.values() for each in one.capture)
    until_ns = times[min(len(times) - 1, int(part * len(times)))]
    begun = whole
    for point in whole.vantages:
        segments = [each for each in completed(whole, point) if each.time_ns < until_ns]
        begun = with_segments(begun, point, segments)
    states = {
        host: [entry for entry in entries if entry.time_ns < until_ns]
        for host, entries in whole.states.items()
    }
    transcripts = {host: text[: int(part * len(text))] for host, text in whole.transcripts.items()}
    return replace(begun, states=states, transcripts=transcripts, over=False)


@pytest.mark.parametrize("lab", RIGHT)
@pytest.mark.parametrize("number", range(MOST_BEGINNINGS))
def test_no_beginning_of_a_right_run_fails(lab: str, number: int) -> None:
    begun = beginning(RIGHT[lab], number / MOST_BEGINNINGS)
    failed = [
        one.sentence
        for one in report(lab, begun, catalog.load(lab).expect).findings
        if one.verdict in (Verdict.FAIL, Verdict.ERROR)
    ]
    assert not failed, "\n".join(failed)


def test_what_is_wrong_already_fails_while_the_run_goes_on() -> None:
    right = RIGHT["connection"]
    segments = completed(right, "svr4 eth0")
    wrong = replace(segments[1], window=1234)
    begun = with_segments(right, "svr4 eth0", [segments[0], wrong, segments[2]])
    findings = report(
        "connection", replace(begun, over=False), catalog.load("connection").expect
    ).findings
    assert any(one.verdict is Verdict.FAIL and "1234" in one.observed for one in findings)
