"""Predictions of the next segment: read leniently, judged fairly."""

import pytest

from captures.names import Names
from captures.reader import parse
from captures.segment import ACK, FIN, RST, SYN, Segment
from reports.predict import Judged, Prediction, judge, read, why

HOSTS = ("svr4", "bsdi")
CAPTURE = """\
1 0.0 svr4.1037 > bsdi.discard: S 1000:1000(0) win 4096
2 0.1 bsdi.discard > svr4.1037: S 5000:5000(0) ack 1001 win 4096
3 0.2 svr4.1037 > bsdi.discard: . ack 5001 win 4096
4 0.3 svr4.1037 > bsdi.discard: P 1001:1014(13) ack 5001 win 4096
5 0.4 bsdi.discard > svr4.1037: F 5001:5001(0) ack 1014 win 4096
6 0.5 svr4.1037 > bsdi.discard: R 1014:1014(0) win 0
"""
SEGMENTS = list(parse(CAPTURE.encode()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("svr4 S", Prediction("svr4", SYN, None, None)),
        ("svr4 > bsdi: S", Prediction("svr4", SYN, None, None)),
        ("bsdi.discard > svr4.1037: S ack 1001", Prediction("bsdi", SYN | ACK, 1001, None)),
        ("BSDI syn+ack", Prediction("bsdi", SYN | ACK, None, None)),
        ("bsdi SYN/ACK", Prediction("bsdi", SYN | ACK, None, None)),
        ("svr4 SA", Prediction("svr4", SYN | ACK, None, None)),
        ("svr4 . ack 1", Prediction("svr4", ACK, 1, None)),
        ("svr4 fin, ack 2", Prediction("svr4", FIN | ACK, 2, None)),
        ("svr4 reset", Prediction("svr4", RST, None, None)),
        ("svr4 ack 1 (13)", Prediction("svr4", ACK, 1, 13)),
        ("13 bytes from svr4", Prediction("svr4", None, None, 13)),
        ("no idea", Prediction(None, None, None, None)),
        ("", Prediction(None, None, None, None)),
    ],
)
def test_predictions_are_read_leniently(text: str, expected: Prediction) -> None:
    assert read(text, HOSTS) == expected


def judged(text: str, segment: Segment, bases: tuple[int | None, int | None]) -> Judged:
    return judge(read(text, HOSTS), segment, Names(), bases)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "svr4 syn"),
        (2, "bsdi S ack 1001"),
        (3, "svr4 ack 1"),
        (3, "svr4 . ack 5001"),
        (4, "svr4 P ack 1 (13)"),
        (4, "svr4 ack"),  # whether it's pushed, nobody can know
        (5, "bsdi FIN ack 14"),
        (6, "svr4 R"),
    ],
)
def test_a_right_prediction(number: int, text: str) -> None:
    segment = SEGMENTS[number - 1]
    bases = (None, None) if number < 3 else _bases(segment)
    result = judged(text, segment, bases)
    assert result.whole, result
    assert result.right


def _bases(segment: Segment) -> tuple[int, int]:
    return (1000, 5000) if segment.source.host == "svr4" else (5000, 1000)


@pytest.mark.parametrize(
    ("number", "text", "wrong"),
    [
        (1, "bsdi S", "svr4 sends it"),
        (1, "svr4 S ack 1", "it acknowledges nothing"),
        (1, "svr4", "you said no flags: its flags are SYN"),
        (2, "bsdi S", "its flags are SYN and ACK"),
        (2, "S ack", "you didn't say who sends it: bsdi"),
        (3, "svr4 . ack 2", "it acknowledges up to 1"),
        (4, "svr4 . ack (12)", "it carries 13 bytes"),
        (5, "bsdi . ack", "its flags are FIN and ACK"),
        (6, "svr4 F", "its flags are RST"),
    ],
)
def test_a_wrong_prediction_is_told_what_is_right(number: int, text: str, wrong: str) -> None:
    segment = SEGMENTS[number - 1]
    assert wrong in judged(text, segment, _bases(segment)).wrong


def test_every_kind_of_segment_is_explained_by_itself() -> None:
    assert len({why(segment) for segment in SEGMENTS}) == len(SEGMENTS)
