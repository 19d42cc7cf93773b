"""Nobody is blamed for what a capture lacks, and nobody excused for what it shows."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from captures.capture import Capture
from captures.fragment import Fragment
from captures.reader import parse
from captures.segment import Endpoint, Segment
from checkers.accept_queue import accept_queue
from checkers.close import close
from checkers.evidence import Evidence
from checkers.handshake import handshake
from checkers.states import states
from checkers.timeline_check import timeline
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import POINT, bare, changed, ran, segments, without

FIGURE = """\
svr4.$c > bsdi.discard: S $J:$J(0) win 4096 <mss 1024>
bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1 win 4096 <mss 1024>
svr4.$c > bsdi.discard: . ack $K+1 win 4096
svr4.$c > bsdi.discard: F $J+1:$J+1(0) ack $K+1 win 4096
bsdi.discard > svr4.$c: . ack $J+2 win 4096
bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2 win 4096
svr4.$c > bsdi.discard: . ack $K+2 win 4096
"""
PASSIVE = ["LISTEN", "SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"]


def verdicts(evidence: Evidence) -> list[Verdict]:
    """Of timeline, handshake, close and states."""
    ends = "svr4", "bsdi.discard"
    return [
        timeline(evidence, POINT, FIGURE).verdict,
        handshake(evidence, POINT, *ends).verdict,
        close(evidence, POINT, *ends).verdict,
        states(evidence, POINT, "bsdi", PASSIVE).findings[1].verdict,
    ]


def alone(observed: Sequence[Segment]) -> Evidence:
    return bare(parse(frames.pcap_of(observed)))


PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (2, [UNSURE, UNSURE, PASS, UNSURE]),  # the SYN+ACK
        (4, [UNSURE, PASS, UNSURE, UNSURE]),  # a FIN
        (6, [UNSURE, PASS, UNSURE, UNSURE]),
        (5, [FAIL, PASS, PASS, PASS]),  # the ACK of a FIN: the FIN behind it repeats its number
        (7, [FAIL, PASS, FAIL, FAIL]),  # the last ACK
    ],
)
def test_what_was_acknowledged_did_pass(lost: int, expected: list[Verdict]) -> None:
    assert verdicts(ran(without(segments(), lost))) == expected


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_bare_capture_that_ends_early_cannot_show_what_came_after(kept: int) -> None:
    observed = segments()[:kept]
    found = verdicts(alone(observed))
    assert FAIL not in found
    assert found[0] is UNSURE
    assert FAIL in verdicts(ran(observed))


def test_a_bare_capture_that_ends_with_the_connection_shows_what_did_not_come() -> None:
    assert verdicts(alone(segments())) == [PASS] * 4
    without_ack = without(segments(), 5)
    assert verdicts(alone(without_ack))[0] is FAIL


def test_what_is_missing_inside_a_bare_capture_is_not_excused_by_its_end() -> None:
    observed = without(segments()[:6], 3)  # nobody acknowledges an ACK, so none is known to lack
    assert timeline(alone(observed), POINT, FIGURE).verdict is FAIL
    other_path = ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1"]
    assert states(alone(segments()[:6]), POINT, "bsdi", other_path).findings[1].verdict is FAIL


def test_a_wrong_segment_is_not_excused_by_losses() -> None:
    wrong = changed(without(segments(), 6), 1, window=1)
    found = timeline(ran(wrong), POINT, FIGURE)
    assert found.verdict is FAIL
    assert "window" in found.findings[0].observed


def test_what_is_lacking_is_said() -> None:
    evidence = ran(without(segments(), 4))
    (finding, *_) = timeline(evidence, POINT, FIGURE).findings
    assert (
        "the capture lacks packets: 140.252.13.35 acknowledged 1 sequence number(s) of "
        "140.252.13.34 that no frame shows, from 1415531522 on"
    ) in finding.observed
    vantage = evidence.at(POINT)
    assert vantage is not None
    assert not vantage.complete


def test_one_connections_losses_excuse_no_other() -> None:
    end = states(ran(_lossy_and_whole()), POINT, "bsdi", PASSIVE, port=9, connection=2).findings[1]
    assert end.verdict is FAIL


def test_losses_are_looked_for_only_where_they_are_asked_for() -> None:
    vantage = ran(_lossy_and_whole()).at(POINT)
    assert vantage is not None
    lossy, whole = vantage.capture.connections
    assert vantage.losses([whole]) == []
    assert lossy._labelled is None
    assert vantage.losses([whole, lossy]) == vantage.losses([lossy]) == vantage.capture.losses != []


def _lossy_and_whole() -> list[Segment]:
    lossy = [
        replace(one, source=_other(one.source), destination=_other(one.destination))
        for one in without(segments(), 4)
    ]
    whole = without(segments(), 7)
    return [replace(one, frame=place) for place, one in enumerate([*lossy, *whole], 1)]


def _other(end: Endpoint) -> Endpoint:
    return end._replace(port=1038) if end.port == 1037 else end


def test_a_queue_is_not_judged_where_its_own_requests_lack_something() -> None:
    found = accept_queue(ran(without(segments(), 2)), POINT, "bsdi.discard", 1)
    assert "lacks packets" in found.findings[0].observed


def test_the_rest_of_a_fragmented_datagram_is_not_lost() -> None:
    data = replace(segments()[3], flags=16, payload=8, frame=4)
    answer = replace(segments()[4], ack=(data.seq or 0) + 20)
    whole = parse(frames.pcap_of([*segments()[:3], data, answer]))
    assert [loss.size for loss in whole.losses] == [12]
    ends = data.source.host, data.destination.host
    first = Fragment(4, 0, *ends, 6, 7, 0, 28, 48, last=False, dont_fragment=False)
    last = first._replace(frame=5, offset=28, size=12, last=True)
    for pieces, sizes in (([first, last], []), ([first], [12]), ([last._replace(size=20)], [12])):
        capture = Capture("pcap", whole.columns, 5, fragments=pieces)
        assert [loss.size for loss in capture.losses] == sizes
    longer = Capture("pcap", whole.columns, 5, fragments=[first, last._replace(size=5)])
    assert [(loss.first, loss.size) for loss in longer.losses] == [((data.seq or 0) + 13, 7)]
