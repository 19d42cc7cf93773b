"""The check `sequence`: right, wrong in one field, near misses, and captures in doubt."""

import pytest
from msgspec.structs import replace

from captures.segment import ACK, FIN, RST, SYN, Option, Segment
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.sequence import sequence
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import (
    FIGURES,
    POINT,
    changed,
    figure,
    ran,
    recorded,
    segments,
    without,
)

ISN, ACK_OF_FIN = 1415531521, 1415531523


def found(evidence: Evidence, *, resets: bool = True) -> Finding:
    (finding,) = sequence(evidence, POINT, resets).findings
    return finding


@pytest.mark.parametrize("name", sorted(path.stem for path in FIGURES.glob("18*.txt")))
def test_the_books_figures_add_up(name: str) -> None:
    finding = found(figure(name))
    assert finding.verdict is Verdict.PASS, finding


def test_a_right_capture_passes_and_names_all_frames() -> None:
    finding = found(ran(segments()), resets=False)
    assert (finding.verdict, finding.frames) == (Verdict.PASS, (1, 2, 3, 4, 5, 6, 7))
    assert finding.observed == "7 segments in 1 connection(s), and each does"


@pytest.mark.parametrize(
    ("number", "fields", "expected"),
    [
        (1, {"flags": SYN | FIN}, "one of SYN, FIN and RST at most"),
        (3, {"flags": 0, "ack": None}, "an ACK in each segment but a SYN or a reset"),
        (3, {"options": (Option(2, (1024,)),)}, "no such option behind the SYNs"),
        (3, {"flags": ACK | SYN}, f"each SYN with the ISN {ISN}"),
        (3, {"ack": 1823083521}, "an ack behind the ISN 1823083521"),
        (5, {"seq": 1823083521 - 1}, "seq 1823083522"),
        (5, {"ack": ISN + 1 - 5}, f"an ack behind the ISN {ISN}"),
        (7, {"ack": 1823083521}, "an ack behind the ISN 1823083521"),
        (6, {"ack": ISN + 1}, f"ack {ACK_OF_FIN} at least"),
        (7, {"flags": ACK | RST, "seq": 5}, f"a reset with seq {ACK_OF_FIN}"),
    ],
)
def test_one_changed_field_fails(number: int, fields: dict[str, object], expected: str) -> None:
    finding = found(ran(changed(segments(), number, **fields)))
    assert finding.verdict is Verdict.FAIL, finding
    assert finding.expected == expected


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        (3, {"ack": 1823083523}),  # of data never captured
        (4, {"seq": ISN + 2}),  # behind a hole
        (2, {"flags": SYN, "ack": None}),  # then svr4 says more than SYN too early
        (1, {"flags": SYN | ACK, "ack": 1}),
    ],
)
def test_what_a_capture_with_holes_could_explain_is_inconclusive(
    number: int, fields: dict[str, object]
) -> None:
    assert found(ran(changed(segments(), number, **fields))).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("number", range(1, 8))
def test_a_segment_twice_at_once_is_in_doubt(number: int) -> None:
    seen = segments()
    twice = [*seen[:number], seen[number - 1], *seen[number:]]
    finding = found(ran(twice))
    assert (finding.verdict, finding.observed[:14]) == (Verdict.INCONCLUSIVE, "the same again")


def test_a_retransmission_by_a_timer_is_right() -> None:
    seen = segments()
    later = replace(seen[3], time_ns=seen[3].time_ns + 1_000_000)
    assert found(ran([*seen[:4], later, *seen[4:]])).verdict is Verdict.PASS
    sooner = replace(seen[3], time_ns=seen[3].time_ns + 999_999)
    assert found(ran([*seen[:4], sooner, *seen[4:]])).verdict is Verdict.INCONCLUSIVE


def test_a_keep_alive_is_right() -> None:
    seen = segments()
    probe = replace(seen[2], seq=ISN, time_ns=seen[2].time_ns + 1_000_000_000)
    assert found(ran([*seen[:3], probe, *seen[3:]])).verdict is Verdict.PASS
    earlier = replace(probe, seq=ISN - 1)
    assert found(ran([*seen[:3], earlier, *seen[3:]])).verdict is Verdict.FAIL


def test_nothing_new_follows_a_fin_or_a_reset() -> None:
    seen = segments()
    data = replace(seen[3], flags=ACK, seq=ISN + 2, payload=5)
    finding = found(ran([*seen[:4], data]))
    assert (finding.verdict, finding.expected) == (Verdict.FAIL, "nothing new behind its FIN")
    reset = replace(seen[3], flags=RST | ACK)
    finding = found(ran([*seen[:3], reset, replace(seen[2], time_ns=reset.time_ns + 5_000_000)]))
    assert (finding.verdict, finding.expected) == (Verdict.FAIL, "nothing behind its reset")


def crossed() -> list[Segment]:
    """svr4 closes; its FIN is lost on the way, bsdi's data comes, and no socket is there for it."""
    *opening, fin, ack = segments()[:5]
    data = replace(ack, flags=ACK, ack=ISN + 1, payload=10)
    reset = replace(fin, flags=RST, seq=ISN + 1, ack=None)
    return spaced([*opening, fin, data, reset])


def spaced(observed: list[Segment]) -> list[Segment]:
    return [replace(each, time_ns=place * 10_000_000) for place, each in enumerate(observed)]


@pytest.mark.parametrize(
    ("seq", "verdict"),
    [
        (ISN + 1, Verdict.PASS),  # what the data acknowledges
        (ISN + 2, Verdict.PASS),  # behind the FIN
        (ISN, Verdict.FAIL),
        (ISN + 3, Verdict.FAIL),
    ],
)
def test_a_reset_has_the_number_that_its_peer_waits_for(seq: int, verdict: Verdict) -> None:
    finding = found(ran(changed(crossed(), 6, seq=seq)))
    assert finding.verdict is verdict, finding
    if verdict is Verdict.FAIL:
        assert finding.expected == f"a reset with seq {ISN + 2}"


def test_each_segment_that_comes_too_late_has_a_reset_of_its_own() -> None:
    """svr4 aborts while bsdi's data and an ACK of svr4's are on their way."""
    *opening, fin, ack, _, _ = segments()
    ours = replace(fin, flags=ACK, payload=5)
    first = replace(ack, flags=ACK, ack=ISN + 1, payload=10)
    second = replace(first, seq=(first.seq or 0) + 10, ack=ISN + 6)
    abort = replace(fin, flags=RST | ACK, seq=ISN + 11)
    resets = [replace(fin, flags=RST, seq=seq, ack=None) for seq in (ISN + 1, ISN + 6)]
    more = replace(ours, seq=ISN + 6)
    seen = spaced([*opening, ours, first, second, more, abort, *resets])
    assert found(ran(seen)).verdict is Verdict.PASS
    later = replace(seen[6], ack=second.seq)  # svr4 took the first before it aborted
    finding = found(ran([*seen[:6], later, *seen[7:]]))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, f"seq {ISN + 1}")
    assert found(ran([*seen[:6], later, seen[7], seen[9]])).verdict is Verdict.PASS


def refused(*order: int) -> Finding:
    """The verdict on SYNs of svr4 (0) and resets of bsdi that answer one (1), in this order."""
    syn, answer = segments()[:2]
    reset = replace(answer, flags=RST | ACK, seq=0, options=())
    return found(ran(spaced([(syn, reset)[each] for each in order])))


def test_a_reset_with_number_0_answers_a_syn() -> None:
    assert refused(0, 1).verdict is Verdict.PASS
    assert refused(0, 0, 1, 1).verdict is Verdict.PASS  # both SYNs were under way
    *opening, fin, ack, _, _ = segments()
    reset = replace(ack, flags=RST | ACK, seq=0)
    for before in (opening, [*opening, fin], opening[:2]):
        finding = found(ran(spaced([*before, reset])))
        assert (finding.verdict, finding.observed) == (Verdict.FAIL, "seq 0"), before
    again = spaced([*opening[:2], opening[0], reset])  # the SYN+ACK was lost, bsdi rebooted
    assert found(ran(again)).verdict is Verdict.PASS
    bare = replace(reset, flags=RST, ack=None)
    assert found(ran([*again[:3], replace(bare, time_ns=again[3].time_ns)])).verdict is Verdict.FAIL


def test_resets_are_refused_where_none_is_expected() -> None:
    assert found(figure("18.7-abort")).verdict is Verdict.PASS
    finding = found(figure("18.7-abort"), resets=False)
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "a reset")


def test_what_is_never_acknowledged() -> None:
    finding = found(ran(segments()[:6]))
    assert (finding.verdict, finding.expected) == (Verdict.FAIL, "ack 1823083523 in the end")
    assert found(ran(segments()[:6], drops=1)).verdict is Verdict.INCONCLUSIVE
    assert found(ran(segments()[:1])).verdict is Verdict.PASS  # nobody answers


def test_a_lost_segment_is_never_a_pass_unless_a_later_ack_covers_it() -> None:
    verdicts = {n: found(ran(without(segments(), n))).verdict for n in range(1, 8)}
    passing = {number for number, verdict in verdicts.items() if verdict is Verdict.PASS}
    assert passing == {3, 5}


def test_numbers_wrap() -> None:
    shifted = [_shifted(segment, 2**32 - ISN - 1) for segment in segments()]
    assert found(ran(shifted)).verdict is Verdict.PASS


def _shifted(segment: Segment, by: int) -> Segment:
    ours = segment.source.port == 1037
    seq = (segment.seq or 0) + (by if ours else 0)
    ack = None if segment.ack is None else (segment.ack + (0 if ours else by)) % 2**32
    return replace(segment, seq=seq % 2**32, ack=ack)


def test_no_connection_and_no_vantage_point() -> None:
    assert found(ran([])).verdict is Verdict.FAIL
    assert found(ran([], drops=1)).verdict is Verdict.INCONCLUSIVE
    assert found(recorded()).verdict is Verdict.INCONCLUSIVE
