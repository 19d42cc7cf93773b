"""A capture as its own expectation: fulfilled by it, and by no mutation of it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from captures.capture import Capture
from captures.mutations import Mutation, delayed, mutations
from captures.reader import parse as parse_capture
from captures.segment import Endpoint, Option, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence, Vantage
from checkers.timeline_check import timeline
from checkers.timeline_parse import parse
from checkers.timeline_recorded import expectation_of, lab_entry
from checkers.timeline_write import write
from checkers.verdict import Verdict
from tests.captures import frames
from tests.captures.strategies import conversations
from tests.checkers.checkers_samples import FIGURES, NAMES, POINT, ran, segments

NOP = Option(1)
LISTINGS = sorted(path for path in FIGURES.glob("*.txt"))


def recorded(capture: Capture, number: int | None = None) -> str:
    return expectation_of(capture, NAMES, number)


def judged(capture: Capture, text: str) -> Verdict:
    return timeline(Evidence({"": Vantage("", capture)}, NAMES), "", text).verdict


def test_the_connection_of_18_2() -> None:
    assert recorded(capture_of(segments())) == (
        """\
svr4.$c > bsdi.discard: S $J:$J(0) win 4096 <mss 1024>
+0~50ms bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1 win 4096 <mss 1024>
+0~50ms svr4.$c > bsdi.discard: . ack $K+1 win 4096 <>
+4148ms±519ms svr4.$c > bsdi.discard: F $J+1:$J+1(0) ack $K+1 win 4096 <>
+0~50ms bsdi.discard > svr4.$c: . ack $J+2 win 4096 <>
+0~50ms bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2 win 4096 <>
+0~50ms svr4.$c > bsdi.discard: . ack $K+2 win 4096 <>
"""
    )


def test_short_gaps_can_be_left_out_and_a_timers_stay() -> None:
    text = expectation_of(capture_of(segments()), NAMES, short_gaps=False)
    assert [line.split()[0] for line in text.splitlines() if line.startswith("+")] == [
        "+4148ms±519ms"
    ]
    assert judged(capture_of(segments()), text) is Verdict.PASS
    late = capture_of(delayed(segments(), 1, 150_000_000).segments)
    assert judged(late, text) is Verdict.PASS
    assert judged(late, recorded(capture_of(segments()))) is Verdict.FAIL


def capture_of(observed: list[Segment] | tuple[Segment, ...]) -> Capture:
    return parse_capture(frames.pcap_of(observed))


@pytest.mark.parametrize("path", LISTINGS, ids=lambda path: path.stem)
def test_every_figure_fulfils_what_it_is_written_as(path: Path) -> None:
    capture = parse_capture(path.read_bytes())
    for number in (None, *(one.number for one in capture.connections)):
        text = recorded(capture, number)
        assert write(parse(text)) == text
        assert judged(capture, text) is Verdict.PASS


# bsdi's FIN may overtake its ACK of svr4's: what Linux does now and then (docs/notation.md).
OVERTAKEN = "frames 5 and 6: the other way round"
MUTATIONS = [mutation for mutation in mutations(segments()) if mutation.what != OVERTAKEN]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_no_mutation_fulfils_it(mutation: Mutation) -> None:
    text = recorded(capture_of(segments()))
    verdict = judged(capture_of(mutation.segments), text)
    assert verdict is not Verdict.PASS  # a bare file may lack what is lost
    if mutation.kind in ("window", "mss", "options", "swapped") and mutation.place:
        assert verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("gap_s", "verdict"), [(3.62, "FAIL"), (3.63, "PASS"), (4.66, "PASS"), (4.67, "FAIL")]
)
def test_gaps_beyond_the_tolerance_fail(gap_s: float, verdict: str) -> None:
    text = recorded(capture_of(segments()))
    late = delayed(segments(), 3, round(gap_s * 1e9))
    assert judged(capture_of(late.segments), text).name == verdict


@settings(max_examples=50)
@given(conversations(), st.data())
def test_any_conversation_fulfils_its_own_and_no_mutated_one_does(
    observed: list[Segment], data: st.DataObject
) -> None:
    text = recorded(capture_of(observed))
    assert judged(capture_of(observed), text) is Verdict.PASS
    mutation = data.draw(st.sampled_from(list(mutations(observed, [0]))))
    assert judged(capture_of(mutation.segments), text) is not Verdict.PASS


def test_several_connections_stand_in_one_time_line() -> None:
    capture = parse_capture((FIGURES / "18.11-incoming-queue.txt").read_bytes())
    text = recorded(capture)
    assert "sun.$c4 > bsdi.7777: S $J4:$J4(0)" in text
    assert recorded(capture, 4).startswith("sun.$c > bsdi.7777: S $J:$J(0)\n")


def test_one_socket_pair_twice_is_two_connections() -> None:
    ours = Endpoint("140.252.13.35", 8888), Endpoint("140.252.13.34", 7777)
    first = [_between(ours, segment) for segment in segments()]
    later = [_moved(segment) for segment in first]
    text = recorded(capture_of([*first, *later]))
    assert text.startswith("bsdi.8888 > svr4.7777: S $J1:$J1(0)")
    assert "bsdi.$c2 > svr4.7777: S $J2:$J2(0)" in text
    assert judged(capture_of([*first, *later]), text) is Verdict.PASS


def _between(ends: tuple[Endpoint, Endpoint], segment: Segment) -> Segment:
    opener = segment.source.port == 1037
    source, destination = ends if opener else ends[::-1]
    return _changed(segment, source=source, destination=destination)


def _moved(segment: Segment) -> Segment:
    ack = None if segment.ack is None else segment.ack + 70_000
    seq = (segment.seq or 0) + 70_000
    return _changed(segment, seq=seq, ack=ack, time_ns=segment.time_ns + 60_000_000_000)


def _changed(segment: Segment, **fields: object) -> Segment:
    return replace(segment, **fields)


def test_a_refusal_has_number_0() -> None:
    capture = parse_capture((FIGURES / "18.7-refused.txt").read_bytes())
    assert "R 0:0(0) ack $J+1 win 0" in recorded(capture)
    assert "[tos 0x10]" in recorded(capture)


def test_timestamps_are_variables_and_echoes_follow() -> None:
    first, second, *rest = segments()
    first = _changed(first, options=(NOP, NOP, Option(8, (7, 0))))
    second = _changed(second, options=(NOP, NOP, Option(8, (9, 7))))
    text = recorded(capture_of([first, second, *rest]))
    assert "<nop,nop,timestamp $T1 0>" in text
    assert "<nop,nop,timestamp $T2 $T1>" in text
    other = _changed(second, options=(NOP, NOP, Option(8, (1, 8))))
    assert judged(capture_of([first, other, *rest]), text) is Verdict.FAIL


def test_sack_blocks_are_left_out() -> None:
    seen = segments()
    seen[4] = _changed(seen[4], options=(Option(5, (1, 2)),))
    text = recorded(capture_of(seen))
    assert "sack" not in text
    assert judged(capture_of(seen), text) is Verdict.PASS


def test_a_connection_that_begins_in_the_middle() -> None:
    later = capture_of(segments()[2:])
    assert recorded(later).startswith("svr4.$c > bsdi.discard: . $J:$J(0) ack $K win 4096 <>\n")
    assert judged(later, recorded(later)) is Verdict.PASS


def test_what_cannot_be_written_is_said() -> None:
    with pytest.raises(ExpectationError, match="no connection 2 in this capture: it holds 1"):
        recorded(capture_of(segments()), 2)
    with pytest.raises(ExpectationError, match="no connection in this capture: it holds 0"):
        recorded(capture_of([]))
    other = [_between((Endpoint("10.0.0.1", 5), Endpoint("10.0.0.2", 9)), s) for s in segments()]
    with pytest.raises(ExpectationError, match="connection 1 begins in the middle"):
        recorded(capture_of([*segments()[2:], *other]))


def test_the_entry_of_a_lab() -> None:
    entry = lab_entry(recorded(capture_of(segments())), POINT)
    assert entry.startswith("  - check: timeline\n    name: recorded\n    at: bsdi eth0\n")
    assert "\n      svr4.$c > bsdi.discard: S" in entry


def test_runs_are_as_good_as_files() -> None:
    evidence = ran(segments())
    text = recorded(evidence.vantages[POINT].capture)
    assert timeline(evidence, POINT, text).verdict is Verdict.PASS
