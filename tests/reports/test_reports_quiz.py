"""The quiz: right captures from time lines, one thing wrong in each question."""

import pytest

from captures.names import BOOK_HOSTS, Names
from captures.reader import parse
from captures.segment import Segment
from checkers.check import check
from checkers.evidence import Evidence, Vantage
from checkers.timeline_example import example
from checkers.verdict import Verdict
from labs import catalog
from labs.catalog import Expectation
from reports.quiz import REASONS, Question, completed, question, shown

NAMES = Names(hosts=BOOK_HOSTS)
# Without a question: any segment may be there, a second connection of a pair, an ARP packet, a
# reset with a sequence number of 0 that a listing takes for a relative one.
WITHOUT = {
    ("mss", "figure"),
    ("options", "example"),
    ("half-open", "figure"),
    ("server-endpoints", "slip-second"),
    ("syn-rcvd-reset", "opening-end"),
    ("time-wait-client", "after-time-wait"),
    ("time-wait-server", "free-again"),
    ("time-wait-server", "reused"),
}


def time_lines() -> list[tuple[str, Expectation]]:
    labs = catalog.of_kind(catalog.SESSION)
    expected = [(lab, one) for lab in labs for one in catalog.load(lab).expect]
    return [(lab, one) for lab, one in expected if one.check == "timeline"]


ASKED = [(lab, one) for lab, one in time_lines() if (lab, one.name) not in WITHOUT]
IDS = [f"{lab}-{one.name}" for lab, one in ASKED]


def segments_of(expectation: Expectation, seed: int) -> list[Segment]:
    return list(parse(example(str(expectation.parameters["timeline"]), seed).encode()))


def asked(expectation: Expectation, seed: int) -> Question | None:
    return question(segments_of(expectation, seed), NAMES, expectation, seed)


def connection() -> Expectation:
    (found,) = (one for lab, one in time_lines() if lab == "connection")
    return found


@pytest.mark.parametrize(("lab", "expectation"), ASKED, ids=IDS)
def test_the_example_of_a_time_line_fulfils_it(lab: str, expectation: Expectation) -> None:
    for seed in range(3):
        capture = parse(example(str(expectation.parameters["timeline"]), seed).encode())
        outcome = check(Evidence({"": Vantage("", capture)}, NAMES), expectation)
        assert outcome.verdict is Verdict.PASS, (lab, outcome.findings)


@pytest.mark.parametrize(("lab", "expectation"), ASKED, ids=IDS)
def test_a_question_has_one_answer_that_its_check_confirms(
    lab: str, expectation: Expectation
) -> None:
    for seed in range(5):
        one = asked(expectation, seed)
        assert one is not None, lab
        assert one.finding.verdict is Verdict.FAIL
        assert one.frames & set(one.finding.frames)
        assert len(set(one.choices)) == len(one.choices) >= 3
        assert one.choices[one.right] in REASONS.values()


def test_what_is_wrong_can_be_seen() -> None:
    for seed in range(40):
        one = asked(connection(), seed)
        assert one is not None
        right = question_free(seed)
        assert list(shown(one.capture, one.names)) != right, one.was


def question_free(seed: int) -> list[str]:
    """The lines before one thing was made wrong."""
    segments = completed(segments_of(connection(), seed))
    text = example(str(connection().parameters["timeline"]), seed)
    assert len(segments) == 7
    return list(shown(parse(text.encode()), NAMES))


def test_the_same_seed_asks_the_same_and_another_something_else() -> None:
    first, again = asked(connection(), 3), asked(connection(), 3)
    assert first is not None
    assert again is not None
    assert list(shown(first.capture, NAMES)) == list(shown(again.capture, NAMES))
    assert first.choices == again.choices
    kinds = {one.choices[one.right] for seed in range(40) if (one := asked(connection(), seed))}
    assert len(kinds) >= 5, kinds


def test_an_ack_that_the_next_segment_repeats_is_never_missing() -> None:
    """Many systems send bsdi's ACK and FIN as one segment: that isn't wrong."""
    for seed in range(60):
        one = asked(connection(), seed)
        assert one is not None
        assert one.was not in ("frame 5: lost", "frame 3: lost"), one.was


def test_a_wrong_capture_gives_no_question() -> None:
    segments = segments_of(connection(), 1)
    assert question(segments[:2] + segments[3:], NAMES, connection(), 1) is None


def test_a_time_line_that_allows_anything_has_no_example() -> None:
    with pytest.raises(ValueError, match="any kind"):
        example("svr4.$c > bsdi.discard: S $J:$J(0)\nrepeat 1..2 { * }\n", 1)


def test_a_window_that_is_a_variable_has_no_example() -> None:
    with pytest.raises(ValueError, match=r"\$w is no port"):
        example("svr4.$c > bsdi.discard: S $J:$J(0) win $w\n", 1)
