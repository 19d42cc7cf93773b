"""What a student by hand is told: verdicts so far, what to type next, hints in their order."""

import pytest
from msgspec.structs import replace

from checkers.check import Report, report
from cli.coach import Coach
from labs import catalog
from languages.sentences import language
from languages.wrapping import width
from reports.so_far import first_unmet, so_far
from tests.labs.mutated_evidence import completed, with_segments
from tests.labs.test_mutations import RIGHT

LAB = catalog.load("connection")
HANDOUT = catalog.handout("connection")
TYPED = {"svr4": "svr4 % telnet bsdi discard\nTrying 140.252.13.35...\n"}


def after(segments: int) -> Report:
    """The report when so many segments of the right run were captured."""
    begun = RIGHT["connection"]
    for point in begun.vantages:
        begun = with_segments(begun, point, completed(begun, point)[:segments])
    return report("connection", replace(begun, over=False), LAB.expect)


@pytest.fixture
def coach() -> Coach:
    return Coach(LAB, HANDOUT)


def test_verdicts_are_lines_and_the_first_unmet_check_is_explained() -> None:
    lines = so_far(after(3)).splitlines()
    assert lines[:3] == ["PASS          handshake, mss", "INCONCLUSIVE  timeline, close", ""]
    assert lines[3].startswith("INCONCLUSIVE  timeline segment 4")
    assert all(len(line) <= 80 for line in lines)
    assert so_far(after(7)) == "PASS          timeline, handshake, mss, close"


def test_a_fail_comes_before_what_is_not_there_yet() -> None:
    point = "bsdi eth0"
    begun = RIGHT["connection"]
    first, second, *_ = completed(begun, point)
    wrong = replace(second, ack=(second.ack or 0) + 5)
    changed = with_segments(begun, point, [first, wrong])
    result = report("connection", replace(changed, over=False), LAB.expect)
    assert first_unmet(result) == "handshake"


def test_what_to_do_next(coach: Coach) -> None:
    assert coach.checked(after(0), {}).endswith("hand-out has it: svr4 telnet bsdi discard")
    assert "go on as the hand-out does" in coach.checked(after(3), TYPED)
    assert "tcplab pack" in coach.checked(after(7), TYPED)


def test_what_else_is_not_there_yet_is_said(coach: Coach) -> None:
    assert "That is about timeline alone: `hint close` for more.\n" in coach.checked(after(3), {})
    assert "alone" not in coach.checked(after(7), {})


def test_hints_come_one_after_another(coach: Coach) -> None:
    wanted = "client-isn"
    assert coach.hint(after(7), wanted) == "client-isn: A SYN carries the ISN of its sender."
    assert coach.hint(after(7), wanted).startswith("client-isn: no more hints")
    assert coach.hint(after(3)).startswith("timeline: Three segments open a connection")
    assert coach.hint(after(3), "close").startswith("close: expected ")
    assert coach.hint(after(7), "close").startswith("close: no more hints")
    assert "client-isn" in coach.hint(after(7))
    assert coach.hint(after(7), "nonsense").startswith("nonsense: no check or question")


def test_a_coach_speaks_korean() -> None:
    coach = Coach(LAB, catalog.handout("connection", language="ko"), language("ko"))
    assert coach.checked(after(0), {}).endswith("다음, 안내서대로: svr4 telnet bsdi discard")
    assert coach.hint(after(7), "client-isn") == "client-isn: SYN에는 보내는 쪽의 ISN이 실린다."
    assert coach.hint(after(3), "close").startswith("close: 기대 ")
    lines = coach.checked(after(3), TYPED).splitlines()
    assert any(line.startswith("              관측 ") for line in lines)
    assert all(width(line) <= 80 for line in lines)
