"""The check `timeline`: right, wrong in one field, near misses of the gaps, unusable evidence."""

import pytest
from msgspec.structs import replace

from captures.names import Names
from captures.segment import ACK, FIN, PSH, RST, SYN, Option
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.timeline_check import timeline
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    CONNECTION,
    FIGURES,
    NAMES,
    POINT,
    changed,
    figure,
    from_listing,
    ran,
    segments,
    without,
)

EXPECTED = """\
svr4.$c > bsdi.discard: S $J:$J(0) win 4096 <mss 1024>
+0~50ms bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1 win 4096 <mss 1024>
+0~50ms svr4.$c > bsdi.discard: . ack $K+1 win 4096
+4s±1s svr4.$c > bsdi.discard: F $J+1:$J+1(0) ack $K+1 win 4096
either {
    +0~50ms bsdi.discard > svr4.$c: . ack $J+2 win 4096
    +0~50ms bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2 win 4096
} or {
    +0~50ms bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2 win 4096
}
+0~50ms svr4.$c > bsdi.discard: . ack $K+2 win 4096
"""


def found(evidence: Evidence, text: str = EXPECTED) -> Finding:
    (finding,) = timeline(evidence, POINT, text).findings
    return finding


def test_the_figure_is_as_expected() -> None:
    for evidence in (figure("18.2-connection"), ran(segments())):
        finding = found(evidence)
        assert finding.verdict is Verdict.PASS
        assert finding.frames == (1, 2, 3, 4, 5, 6, 7)


def test_the_other_way_to_close_is_as_expected() -> None:
    assert found(ran(without(segments(), 5))).verdict is Verdict.PASS


def test_lines_stand_beside_their_segments() -> None:
    match = timeline(figure("18.2-connection"), POINT, EXPECTED).match
    assert match is not None
    assert [(pair.line, pair.frame) for pair in match.pairs] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (6, 5),
        (7, 6),
        (11, 7),
    ]
    assert match.pairs[4].expected == (
        "+0~50ms bsdi.discard > svr4.1037: . ack 1415531523 win 4096"
    )
    assert match.pairs[4].observed == "bsdi.discard > svr4.1037: . ack 1415531523 win 4096"
    assert match.pairs[4].time_ns == 4_156_747_000


@pytest.mark.parametrize(
    ("number", "field", "value", "named"),
    [
        (1, "flags", SYN | PSH, "flags"),
        (1, "payload", 1, "payload"),
        (1, "window", 4095, "window"),
        (1, "options", (Option(2, (1460,)),), "options"),
        (1, "options", (), "options"),
        (1, "options", (Option(2, (1024,)), Option(1)), "options"),
        (2, "options", (Option(4),), "options"),
        (2, "ack", 1415531521, "ack"),
        (3, "ack", 1823083521, "ack"),
        (3, "flags", ACK | RST, "flags"),
        (3, "payload", 1, "payload"),
        (4, "seq", 1415531523, "seq"),
        (4, "flags", ACK, "flags"),
        (4, "ack", None, "ack"),
        (6, "ack", 7, "ack"),
        (6, "flags", FIN | ACK | PSH, "flags"),
        (7, "window", 0, "window"),
    ],
)
def test_one_changed_field_fails_and_is_named(
    number: int, field: str, value: object, named: str
) -> None:
    finding = found(ran(changed(segments(), number, **{field: value})))
    assert finding.verdict is Verdict.FAIL
    assert finding.subject.startswith(f"segment {number} ")
    assert finding.frames == (number,)
    assert named in finding.observed.partition("differs in ")[2]


def test_a_failure_says_what_was_expected_and_observed() -> None:
    finding = found(from_listing(CONNECTION.replace("ack 1823083523", "ack 1823083524")))
    assert replace(finding, check="timeline").sentence == (
        "timeline: segment 7 (line 11 of the time line) "
        "expected 'svr4.1037 > bsdi.discard: . ack 1823083523 win 4096', "
        "observed 'svr4.1037 > bsdi.discard: . ack 1823083524 win 4096', differs in ack (frame 7)"
    )


def test_the_wrong_side_is_named() -> None:
    observed = segments()
    four = observed[3]
    turned = changed(observed, 4, source=four.destination, destination=four.source)
    assert found(ran(turned)).observed.endswith("differs in direction")


def test_a_changed_port_of_a_variable_is_another_connection() -> None:
    text = EXPECTED.replace("$c", "1037")
    assert found(ran(segments()), text).verdict is Verdict.PASS
    assert found(ran(segments()), text.replace("1037", "1038")).verdict is Verdict.FAIL


def test_a_duplicate_is_not_ignored() -> None:
    observed = segments()
    finding = found(ran([*observed[:3], observed[2], *observed[3:]]))
    assert finding.verdict is Verdict.FAIL
    assert finding.subject == "segment 4 (line 4 of the time line)"


def test_a_missing_last_segment() -> None:
    finding = found(ran(segments()[:6]))
    assert finding.verdict is Verdict.FAIL
    assert finding.observed == "the end of the connection"
    assert finding.expected == "'svr4.1037 > bsdi.discard: . ack 1823083523 win 4096'"


def test_a_segment_too_many() -> None:
    observed = segments()
    outcome = timeline(ran([*observed, observed[-1]]), POINT, EXPECTED)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.findings[0].expected == "nothing more"
    assert outcome.match is not None
    assert outcome.match.pairs[-1].differs == ("unexpected",)


GAP_TO_FIN_NS = 4_148_217_000


@pytest.mark.parametrize(
    ("gap", "late_ns", "verdict"),
    [
        ("+4.148217s±1ms", 1_000_000, Verdict.PASS),
        ("+4.148217s±1ms", -1_000_000, Verdict.PASS),
        ("+4.148217s±1ms", 1_000_001, Verdict.FAIL),
        ("+4.148217s±1ms", -1_000_001, Verdict.FAIL),
        ("+4.148217s~5s", 0, Verdict.PASS),
        ("+4.148217s~5s", -1, Verdict.FAIL),
        ("+4s~4.148217s", 0, Verdict.PASS),
        ("+4s~4.148217s", 1, Verdict.FAIL),
        ("+4s", 351_783_000, Verdict.PASS),  # 4.5 s: 12.5 % late
        ("+4s", 351_783_001, Verdict.FAIL),
        ("+4s", -648_217_000, Verdict.PASS),  # 3.5 s: 12.5 % early
        ("+4s", -648_217_001, Verdict.FAIL),
    ],
)
def test_near_misses_of_a_gap(gap: str, late_ns: int, verdict: Verdict) -> None:
    observed = segments()
    later = [
        segment if number < 4 else changed([segment], 1, time_ns=segment.time_ns + late_ns)[0]
        for number, segment in enumerate(observed, 1)
    ]
    finding = found(ran(later), EXPECTED.replace("+4s±1s", gap))
    assert finding.verdict is verdict
    if verdict is Verdict.FAIL:
        assert finding.frames == (3, 4)
        assert finding.expected.startswith(f"a gap of {gap} (")


@pytest.mark.parametrize(("gap_ms", "verdict"), [(6, Verdict.PASS), (14, Verdict.PASS)])
def test_a_short_gap_has_four_milliseconds(gap_ms: int, verdict: Verdict) -> None:
    one, two = segments()[:2]
    two = changed([two], 1, time_ns=one.time_ns + gap_ms * 1_000_000)[0]
    text = "\n".join(EXPECTED.replace("+0~50ms", "+10ms").splitlines()[:2])
    assert found(ran([one, two]), text).verdict is verdict
    beyond = 1 if gap_ms > 10 else -1
    two = changed([two], 1, time_ns=two.time_ns + beyond)[0]
    assert found(ran([one, two]), text).verdict is Verdict.FAIL


def test_sequence_numbers_wrap() -> None:
    shift = 2**32 - 1415531521 - 1  # the client's ISN becomes 2^32 - 1
    wrapped = [
        changed(
            [segment],
            1,
            **{
                "seq" if segment.source.port == 1037 else "ack": (number + shift) % 2**32
                for number in [segment.seq if segment.source.port == 1037 else segment.ack]
                if number is not None
            },
        )[0]
        for segment in segments()
    ]
    assert wrapped[1].ack == 0
    assert found(ran(wrapped)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("pattern", "observed", "verdict"),
    [
        ("mss $m", "mss 7", Verdict.PASS),
        ("mss $m", "wscale 7", Verdict.FAIL),
        ("mss $m,nop,wscale $m", "mss 7,nop,wscale 7", Verdict.PASS),
        ("mss $m,nop,wscale $m", "mss 7,nop,wscale 8", Verdict.FAIL),
        ("opt-30:0a0b", "opt-30:0a0b", Verdict.PASS),
        ("opt-30:0a0b", "opt-30:0a0b0c", Verdict.FAIL),
        ("opt-30:0a0b", "opt-30:0a0c", Verdict.FAIL),
    ],
)
def test_kinds_and_values_of_options(pattern: str, observed: str, verdict: Verdict) -> None:
    evidence = from_listing(f"1 0.0 svr4.1037 > bsdi.discard: S 5:5(0) <{observed}>")
    assert found(evidence, f"svr4.$c > bsdi.9: S $J:$J(0) <{pattern}>").verdict is verdict


def test_a_size_can_be_a_variable() -> None:
    listing = (FIGURES / "18.7-abort.txt").read_text()
    data = "bsdi.$c > svr4.8888: P $J+1:$end($n) ack $K+1"
    text = f"bsdi.$c > svr4.8888: S $J:$J(0)\n*\n*\n{data}\n*\n*"
    assert found(ran(segments(listing)), text).verdict is Verdict.PASS
    assert found(ran(segments(listing)), text.replace("$n", "13")).verdict is Verdict.PASS
    assert found(ran(segments(listing)), text.replace("$n", "12")).verdict is Verdict.FAIL
    assert found(ran(segments(listing)), text.replace("$end", "$J+14")).verdict is Verdict.PASS
    assert found(ran(segments(listing)), text.replace("$end", "$J+15")).verdict is Verdict.FAIL


def test_hosts_may_be_addresses() -> None:
    text = EXPECTED.replace("svr4", "140.252.13.34")
    assert found(ran(segments()), text).verdict is Verdict.PASS


def test_a_run_cannot_rename_the_books_services() -> None:
    evidence = ran(segments())
    claimed = Names(NAMES.hosts, {80: "discard", 9: "sink"})
    assert found(replace(evidence, names=claimed)).verdict is Verdict.PASS
    sink = EXPECTED.replace("discard", "sink")
    assert found(replace(evidence, names=claimed), sink).verdict is Verdict.PASS


def test_of_several_failures_the_one_that_came_furthest_is_told() -> None:
    observed = segments()
    early = [
        changed([segment], 1, source=segment.source._replace(port=1036))[0]
        for segment in observed[:1]
    ]
    finding = found(ran([*early, *changed(observed, 7, window=1)]))
    assert finding.subject == "segment 7 (line 11 of the time line)"


# --- unusable evidence
