"""Every lab's right captures, each by itself: none is blamed for another vantage point's checks."""

import pytest
from msgspec.structs import replace

from checkers.check import report
from checkers.evidence import Evidence
from checkers.placing import placed, told
from checkers.verdict import Verdict
from tests.labs.lab_evidence import having
from tests.labs.mutated_evidence import completed, with_segments
from tests.labs.test_mutations import RIGHT, catalog_of

POINTS = [(lab, point) for lab in sorted(RIGHT) for point in RIGHT[lab].vantages]


def bare(evidence: Evidence, point: str) -> Evidence:
    """The capture of one vantage point, as it is handed in by itself."""
    vantage = replace(evidence.vantages[point], point="")
    return Evidence({"": vantage}, evidence.names)


@pytest.mark.parametrize(("lab", "point"), POINTS)
def test_a_right_capture_never_fails(lab: str, point: str) -> None:
    alone, expect = bare(RIGHT[lab], point), catalog_of(lab).expect
    for evidence in (placed(alone, expect), told(alone, point)):
        result = report(lab, evidence, expect)
        assert having(result, Verdict.FAIL) == set()


@pytest.mark.parametrize(("lab", "point"), POINTS)
def test_what_a_run_passes_there_the_told_capture_passes_but_for_what_run_json_tells(
    lab: str, point: str
) -> None:
    expect = [one for one in catalog_of(lab).expect if one.at == point]
    result = report(lab, told(bare(RIGHT[lab], point), point), expect)
    needs_run = {
        one.name
        for one in expect
        if one.check == "states" or one.parameters.get("schedule") == "linux"
    }
    assert having(result, Verdict.INCONCLUSIVE) <= needs_run
    assert having(result, Verdict.PASS) >= {one.name for one in expect} - needs_run


@pytest.mark.parametrize(("lab", "point"), POINTS)
def test_untold_it_is_taken_for_a_place_where_as_much_passes(lab: str, point: str) -> None:
    alone, expect = bare(RIGHT[lab], point), catalog_of(lab).expect
    passes = [
        len(having(report(lab, evidence, expect), Verdict.PASS))
        for evidence in (told(alone, point), placed(alone, expect))
    ]
    assert passes[0] <= passes[1]


def test_what_was_taken_for_another_place_says_so() -> None:
    lab, point = "simultaneous-close", "vangogh wan0"
    expect = catalog_of(lab).expect
    evidence = placed(bare(RIGHT[lab], point), expect)
    assert evidence.taken_for == (point,)
    found = {one.check: one for one in report(lab, evidence, expect).findings}
    assert found["at-bsdi"].verdict is Verdict.INCONCLUSIVE
    assert found["at-bsdi"].observed == "a capture at vangogh wan0, as it fits that best"
    assert "--at 'bsdi eth0'" in found["at-bsdi"].hint


def without_syn_ack(lab: str, point: str) -> Evidence:
    """A right capture whose second segment, the SYN+ACK, lost its SYN."""
    first, second, *others = completed(RIGHT[lab], point)
    wrong = [first, replace(second, flags=second.flags & ~0x02), *others]
    return bare(with_segments(RIGHT[lab], point, wrong), point)


@pytest.mark.parametrize(
    ("lab", "point"),
    [
        ("half-open", "bsdi eth0"),  # the lab looks at this place alone
        ("connection", "svr4 eth0"),  # two vantage points on one Ethernet are one place
        ("connection", "bsdi eth0"),
        ("simultaneous-close", "bsdi eth0"),  # two places, and it fits neither
        ("simultaneous-close", "vangogh wan0"),
    ],
)
def test_a_wrong_handshake_fails_wherever_the_capture_was_taken(lab: str, point: str) -> None:
    expect = catalog_of(lab).expect
    wrong = without_syn_ack(lab, point)
    assert report(lab, placed(wrong, expect), expect).verdict is Verdict.FAIL
    assert report(lab, told(wrong, point), expect).verdict is Verdict.FAIL


def test_what_another_place_explains_fails_only_where_the_place_is_told() -> None:
    """Fragments as slip sees them would be wrong on svr4's Ethernet, before bsdi made them."""
    alone, expect = bare(RIGHT["path-mtu"], "slip sl0"), catalog_of("path-mtu").expect
    assert report("path-mtu", placed(alone, expect), expect).verdict is Verdict.INCONCLUSIVE
    assert report("path-mtu", told(alone, "solaris eth0"), expect).verdict is Verdict.FAIL


def test_a_place_whose_connections_it_lacks_is_no_excuse() -> None:
    """bsdi's SYNs at wrong times: netb, which captured others, has nothing to say of them."""
    expect = catalog_of("syn-timeout").expect
    segments = completed(RIGHT["syn-timeout"], "bsdi eth0")
    early = [*segments[:1], *(replace(one, time_ns=one.time_ns - 10**9) for one in segments[1:])]
    wrong = bare(with_segments(RIGHT["syn-timeout"], "bsdi eth0", early), "bsdi eth0")
    evidence = placed(wrong, expect)
    assert evidence.taken_for == ("bsdi eth0", "sun eth0")
    failed = having(report("syn-timeout", evidence, expect), Verdict.FAIL)
    assert {"figure", "from-bsdi"} <= failed


def test_a_run_knows_its_places_already() -> None:
    evidence = RIGHT["path-mtu"]
    assert placed(evidence, catalog_of("path-mtu").expect) is evidence


def test_of_places_that_fit_as_well_it_is_the_first() -> None:
    every = catalog_of("states").expect
    expect = [one for one in every if one.check not in ("sequence", "offers")]
    nothing = bare(RIGHT["half-open"], "bsdi eth0")  # none of the connections asked for
    assert placed(nothing, expect).taken_for == ("bsdi eth0",)
    assert placed(nothing, expect[::-1]).taken_for == ("vangogh wan0",)
