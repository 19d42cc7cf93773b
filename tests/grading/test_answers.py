"""What answers are worth: right, in part, wrong, and pending where the evidence can't tell."""

from fractions import Fraction

import msgspec
import pytest

from captures.names import Names
from checkers.answers import right_answers
from checkers.finding import Finding
from checkers.right import Right, Value
from checkers.verdict import Verdict
from grading.answers import Judged, Mark, judge, words
from grading.answers_file import Given
from labs import catalog
from labs.catalog import Question
from labs.catalog.rubric import Partial
from tests.labs.lab_evidence import figure
from tests.labs.test_lab_connection import RIGHT

NAMES = Names(hosts={"140.252.13.34": "svr4", "128.32.130.2": "vangogh"})
HALF = Partial(off_by_one=50, wrong_unit=40, in_part=60)
QUESTION = Question(
    name="q",
    ask="?",
    answer="number",
    of="count",
    at="",
    unit="",
    tolerance=0,
    ordered=True,
    parameters={},
    where="questions.yaml:1",
)
S = 1_000_000_000


def asking(answer: str, **keys: object) -> Question:
    return msgspec.structs.replace(QUESTION, answer=answer, **keys)


def marked(question: Question, right: Value, text: str | tuple[str, ...]) -> Fraction:
    found = judge(question, HALF, Given(1, text), [Right(right)], NAMES)
    assert found.verdict is (Verdict.PASS if found.mark.share == 1 else Verdict.FAIL)
    return found.mark.share


BYTES = asking("number", unit="bytes")
TIME = asking("time", tolerance=0.05)
LIST = asking("list")
ANY_ORDER = asking("list", ordered=False)
OPTIONS = ("mss", "nop", "wscale", "sackOK")


@pytest.mark.parametrize(
    ("question", "right", "text", "percent"),
    [
        (BYTES, 536, "536", 100),
        (BYTES, 536, "536 bytes", 100),
        (BYTES, 536, "536 Octets", 100),
        (BYTES, 536, "536 바이트", 100),
        (BYTES, 1460, "1,460", 100),
        (BYTES, 536, "537", 0),
        (BYTES, 536, "536 segments", 40),
        (BYTES, 536, "five hundred", 0),
        (BYTES, 536, "-536", 0),
        (BYTES, 536, "1e3", 0),
        (BYTES, 536, "", 0),
        (BYTES, 536, "9" * 500, 0),
        (BYTES, 1, "true", 0),
        (asking("number", unit="segments"), 8, "8 segments", 100),
        (asking("number", unit="segments"), 8, "8 bytes", 40),
        (asking("number"), 1037, "1037", 100),
        (asking("number", tolerance=2), 100, "102", 100),
        (asking("number", tolerance=2), 100, "103", 0),
        (TIME, 5_814_797_000, "5.8", 100),
        (TIME, 5_814_797_000, "5.8 s", 100),
        (TIME, 5_814_797_000, "5.8sec", 100),
        (TIME, 5_814_797_000, "5,8 s", 100),
        (TIME, 5_814_797_000, "5814 ms", 100),
        (TIME, 5_814_797_000, "5,814 ms", 100),
        (TIME, 5_814_797_000, "5,814 s", 100),
        (TIME, 5_814_797_000, "5,714 s", 0),
        (TIME, 5_814_797_000, "5,814 min", 40),
        (TIME, 5_814_797_000, "5,814,797 us", 100),
        (TIME, 5_814_797_000, "5 814", 40),
        (TIME, 5_814_797_000, "5.8 ms", 40),
        (TIME, 5_814_797_000, "5814", 40),
        (TIME, 5_814_797_000, "5.8 bananas", 40),
        (TIME, 5_814_797_000, "5.9", 0),
        (TIME, 61 * S, "1 min", 0),
        (TIME, 60 * S, "1 min", 100),
        (TIME, 5 * S, "5.05", 100),
        (TIME, 5 * S, "5.051", 0),
        (TIME, 5 * S, "nan", 0),
        (asking("sequence"), 1415531521, "1415531521", 100),
        (asking("sequence"), 1415531521, "1,415,531,521", 100),
        (asking("sequence"), 2, "+2", 100),
        (asking("sequence"), 1415531521, "+ 1,415,531,521", 100),
        (asking("sequence"), 2, "-2", 0),
        (asking("sequence"), 2, "++2", 0),
        (asking("sequence"), 1415531521, "1415531522", 50),
        (asking("sequence"), 1415531521, "1415531520", 50),
        (asking("sequence"), 1415531521, "1415531523", 0),
        (asking("sequence"), 0, "4294967295", 50),
        (asking("sequence"), 4294967295, "0", 50),
        (asking("sequence"), 0, "4294967296", 0),
        (asking("sequence"), 2, "ISN + 2", 0),
        (asking("host"), "svr4", "svr4", 100),
        (asking("host"), "svr4", "SVR4", 100),
        (asking("host"), "svr4", "140.252.13.34", 100),
        (asking("host"), "vangogh", "vangogh.cs.berkeley.edu", 100),
        (asking("host"), "svr4", "bsdi", 0),
        (asking("host"), "svr4", "140.252.13.35", 0),
        (asking("flags"), ("RST", "ACK"), "RST ACK", 100),
        (asking("flags"), ("RST", "ACK"), "ack, rst", 100),
        (asking("flags"), ("RST", "ACK"), "R.", 100),
        (asking("flags"), ("RST", "ACK"), "[R.]", 100),
        (asking("flags"), ("PSH", "ACK"), "ACK", 100),
        (asking("flags"), ("RST", "ACK"), ("RST", "ACK"), 100),
        (asking("flags"), ("RST",), "RST ACK", 0),
        (asking("flags"), ("RST", "ACK"), "reset", 0),
        (LIST, OPTIONS, "mss, nop, wscale, sackOK", 100),
        (LIST, OPTIONS, "<mss 1460,nop,wscale 0,sackOK>", 100),
        (LIST, OPTIONS, ("MSS", "nop", "ws", "SACK-permitted"), 100),
        (LIST, OPTIONS, "mss nop wscale sackok", 100),
        (LIST, OPTIONS, "mss, nop, wscale", 45),
        (LIST, OPTIONS, "mss, nop, wscale, sackOK, eol", 45),
        (LIST, OPTIONS, "nop, mss, wscale, sackOK", 30),
        (LIST, OPTIONS, "eol", 0),
        (LIST, OPTIONS, tuple(OPTIONS) * 60, 0),
        (ANY_ORDER, ("1029", "1030"), "1030, 1029", 100),
        (ANY_ORDER, ("1029", "1030"), ("1030", "1031"), 0),
        (ANY_ORDER, ("1029", "1030"), "1030", 30),
    ],
)
def test_marks(question: Question, right: Value, text: str | tuple[str, ...], percent: int) -> None:
    assert marked(question, right, text) == Fraction(percent, 100)


def test_without_a_rule_in_the_rubric_nearly_right_is_wrong() -> None:
    found = judge(asking("sequence"), Partial(), Given(1, "8"), [Right(7)], NAMES)
    assert found.mark == Mark(Fraction(0), "off by one")


def connection_answer(name: str, text: str, listing: str = "5000") -> Judged:
    evidence = RIGHT.edited("5000", listing).edited("5001", f"{listing[:-1]}1").evidence()
    question = next(one for one in catalog.load("connection").questions if one.name == name)
    right = right_answers(evidence, question)
    return judge(question, HALF, Given(1, text), right, evidence.names)


def test_a_right_answer_copied_from_another_capture_is_wrong_here() -> None:
    assert connection_answer("server-isn", "5000").verdict is Verdict.PASS
    copied = connection_answer("server-isn", "5000", listing="7000")
    assert copied.verdict is Verdict.FAIL
    assert copied.mark.share == 0
    assert copied.expected == "7000"
    assert copied.place == "frame 2 at svr4 eth0"


def test_what_the_evidence_cannot_tell_is_pending_never_wrong() -> None:
    (question, *_) = catalog.load("connection").questions
    elsewhere = figure("18.7-refused")
    found = judge(
        question, HALF, Given(1, "1"), right_answers(elsewhere, question), elsewhere.names
    )
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "holds no connection" in found.mark.why


def test_a_doubt_beside_a_right_answer() -> None:
    doubt = Finding("", Verdict.INCONCLUSIVE, "it", "who knows")
    right, wrong = (
        judge(asking("number"), HALF, Given(1, text), [Right(7), doubt], NAMES) for text in "78"
    )
    assert right.verdict is Verdict.PASS
    assert wrong.verdict is Verdict.INCONCLUSIVE


def test_where_a_complete_capture_has_none_every_answer_is_lost() -> None:
    nothing = Finding("", Verdict.FAIL, "a FIN", "no FIN")
    found = judge(asking("number"), HALF, Given(1, "7"), [nothing], NAMES)
    assert (found.verdict, found.expected) == (Verdict.FAIL, "a FIN: no FIN")


def test_the_best_of_several_right_answers_counts() -> None:
    found = judge(asking("sequence"), HALF, Given(1, "9"), [Right(7), Right(9)], NAMES)
    assert found.verdict is Verdict.PASS
    assert found.expected == "9"


@pytest.mark.parametrize("given", [None, Given(3, ""), Given(3, "~"), Given(3, "", "twice")])
def test_no_answer_earns_nothing(given: Given | None) -> None:
    doubt = Finding("", Verdict.INCONCLUSIVE, "it", "who knows")
    for answers in ([Right(7)], [doubt]):
        found = judge(asking("number"), HALF, given, answers, NAMES)
        assert (found.verdict, found.mark.share) == (Verdict.FAIL, Fraction(0))
        assert found.observed == "no answer"


def test_right_answers_in_words() -> None:
    assert words(TIME, 5_814_797_000) == "5.814797 s"
    assert words(BYTES, 536) == "536 bytes"
    assert words(LIST, OPTIONS) == "mss, nop, wscale, sackOK"
    assert words(asking("host"), "svr4") == "svr4"
