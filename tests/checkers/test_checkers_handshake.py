"""The check `handshake`: right, wrong in one field, unusable."""

import pytest
from msgspec.structs import replace

from captures.segment import ACK, FIN, RST, SYN, Segment
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.handshake import handshake
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import POINT, changed, figure, ran, segments, without


def found(evidence: Evidence, client: str = "svr4", server: str = "bsdi.discard") -> Finding:
    (finding,) = handshake(evidence, POINT, client, server).findings
    return finding


@pytest.mark.parametrize(
    ("name", "client", "server"),
    [
        ("18.2-connection", "svr4", "bsdi.discard"),
        ("18.2-connection", "svr4.1037", "bsdi.9"),
        ("18.4-mss", "sun", "slip.discard"),
        ("18.7-abort", "bsdi", "svr4.8888"),
        ("18.7-half-open", "bsdi", "svr4.discard"),
    ],
)
def test_the_figures_handshakes(name: str, client: str, server: str) -> None:
    finding = found(figure(name), client, server)
    assert finding.verdict is Verdict.PASS
    assert finding.frames == (1, 2, 3)


def test_a_right_handshake() -> None:
    finding = found(ran(segments()))
    assert finding.verdict is Verdict.PASS
    assert replace(finding, check="handshake").sentence == (
        "handshake: expected SYN, SYN+ACK, ACK, observed ISNs 1415531521 and 1823083521, "
        "each acknowledged (frames 1 to 3 at bsdi eth0)"
    )


@pytest.mark.parametrize(
    ("number", "fields", "subject", "expected", "observed"),
    [
        (2, {"ack": 1415531521}, "SYN+ACK", "ack 1415531522", "ack 1415531521"),
        (2, {"ack": 1415531523}, "SYN+ACK", "ack 1415531522", "ack 1415531523"),
        (3, {"ack": 1823083521}, "ACK", "ack 1823083522", "ack 1823083521"),
        (3, {"ack": 1823083523}, "ACK", "ack 1823083522", "ack 1823083523"),
        (3, {"seq": 1415531521}, "ACK", "seq 1415531522", "seq 1415531521"),
        (1, {"flags": SYN | FIN}, "", "a SYN alone", "SYN+FIN in frame 1"),
        (2, {"flags": SYN | RST | ACK}, "", "a SYN+ACK alone", "SYN+RST+ACK in frame 2"),
        (3, {"flags": RST | ACK}, "", "svr4 to acknowledge the SYN+ACK", "RST+ACK in frame 3"),
    ],
)
def test_one_changed_field(
    number: int, fields: dict[str, int], subject: str, expected: str, observed: str
) -> None:
    finding = found(ran(changed(segments(), number, **fields)))
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (number,))
    assert (finding.subject, finding.expected, finding.observed) == (subject, expected, observed)


def again(segment: Segment, **fields: int) -> Segment:
    return changed([segment], 1, time_ns=segment.time_ns + 1, **fields)[0]


def test_retransmissions_are_mentioned() -> None:
    one, two, *rest = segments()
    finding = found(ran([one, again(one), two, again(two), *rest]))
    assert finding.verdict is Verdict.PASS
    assert finding.observed.endswith("with 2 retransmission(s)")
    assert finding.frames == (1, 2, 3, 4, 5)


def test_a_retransmission_repeats_the_isn() -> None:
    one, *rest = segments()
    finding = found(ran([again(one, seq=1415531520), one, *rest]))
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (1, 2))
    assert finding.observed == "ISN 1415531521"


def test_a_retransmitted_syn_ack_repeats_its_isn_too() -> None:
    one, two, *rest = segments()
    finding = found(ran([one, two, again(two, seq=5), *rest]))
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (3,))
    assert (finding.expected, finding.observed) == ("seq 1823083521", "seq 5")


def test_a_simultaneous_open_is_named() -> None:
    evidence = figure("18.8-simultaneous-open")
    for ends in (("bsdi", "vangogh.7777"), ("vangogh", "bsdi.8888")):
        finding = found(evidence, *ends)
        assert (finding.verdict, finding.frames) in [
            (Verdict.FAIL, (1, 2)),
            (Verdict.FAIL, (2, 1)),
        ]
        assert "simultaneous open" in finding.hint


def test_the_wrong_end_opened() -> None:
    finding = found(ran(segments()), "bsdi.discard", "svr4")
    assert finding.verdict is Verdict.FAIL
    assert finding.observed == "a SYN from svr4"


def test_a_refused_connection() -> None:
    finding = found(figure("18.7-refused"), "bsdi", "svr4.20000")
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (1, 2))
    assert "refused" in finding.hint


def test_no_answer() -> None:
    finding = found(ran(segments()[:1]))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "no answer to 1 SYN(s)")
    assert found(ran(segments()[:2], cut=True)).verdict is Verdict.INCONCLUSIVE
    assert found(ran(segments()[:1], drops=1)).verdict is Verdict.INCONCLUSIVE


def test_no_third_segment() -> None:
    finding = found(ran(segments()[:2]))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, "no ACK")
    assert found(ran(segments()[:2], drops=1)).verdict is Verdict.INCONCLUSIVE


def test_a_capture_that_begins_in_the_middle() -> None:
    for observed in (segments()[1:], segments()[3:]):
        finding = found(ran(observed))
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert "begins in the middle" in finding.observed


def test_no_connection() -> None:
    assert found(ran(segments()), "sun").verdict is Verdict.FAIL
    assert found(figure("18.2-connection"), "sun").verdict is Verdict.INCONCLUSIVE
    (elsewhere,) = handshake(ran(segments()), "sun eth0", "svr4", "bsdi.9").findings
    assert elsewhere.verdict is Verdict.INCONCLUSIVE


def test_an_unknown_service() -> None:
    with pytest.raises(ExpectationError, match="unknown service 'dicard'"):
        found(ran(segments()), server="bsdi.dicard")


def test_isn_wraps() -> None:
    one, two, three = segments()[:3]
    one, two = replace(one, seq=2**32 - 1), replace(two, ack=0)
    third = replace(three, seq=0, flags=ACK)
    assert found(ran([one, two, third])).verdict is Verdict.PASS
    assert one.flags == SYN


def test_any_segment_of_the_client_can_be_the_third() -> None:
    """A FIN acknowledges the SYN+ACK as well as an empty segment does (RFC 9293, 3.5)."""
    finding = found(ran(without(segments(), 3)))
    assert (finding.verdict, finding.frames) == (Verdict.PASS, (1, 2, 3))
