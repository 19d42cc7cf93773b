"""The feedback page: what it tells, what it keeps to itself, and that nothing in it acts."""

import datetime
from decimal import Decimal
from html.parser import HTMLParser

import msgspec
import pytest

from grading.course import CourseLab, LatePolicy, Student
from grading.feedback import Moment, page
from grading.grades import ItemGrade, LabGrade, Status, StudentGrade
from labs.catalog.rubric import Visibility
from tests.grading.handed_in import DUE, a_course

BEFORE, AFTER = (Moment(DUE + datetime.timedelta(hours=hours)) for hours in (-1, 1))
PUBLISHED = Moment(AFTER.now, published=True)
CLOSED = AFTER._replace(late=LatePolicy(grace_minutes=59, days=0))


def item(
    name: str,
    status: Status = "earned",
    visibility: Visibility = "visible",
    points: int = 2,
    **more: object,
) -> ItemGrade:
    earned = points if status == "earned" else 0
    bare = ItemGrade(name, "check", status, Decimal(earned), Decimal(points), visibility=visibility)
    return msgspec.structs.replace(bare, **more)


def told(*items: ItemGrade, moment: Moment = BEFORE, **more: object) -> str:
    """The text of the page, tags left out."""
    return text_of(html(*items, moment=moment, **more))


def html(*items: ItemGrade, moment: Moment = BEFORE, **more: object) -> str:
    lab = msgspec.structs.replace(LabGrade("ahn", "connection", items, "1"), **more)
    return page(a_course(), StudentGrade("ahn", {"connection": lab}), moment)


class Text(HTMLParser):
    """The text and the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def text_of(source: str) -> str:
    parser = Text()
    parser.feed(source.partition("</style>")[2])
    return " ".join(" ".join(parser.words).split())


def test_a_page_of_everything_right() -> None:
    text = told(item("handshake"), item("close"))
    assert "Ahn connection 4 of 4 points: all 2 passed" in text


def test_an_item_says_what_was_expected_observed_and_where() -> None:
    lost = item("mss", "lost", expected="MSS 1024", observed="MSS 1460", place="frame 2",
                reference="RFC 9293 3.7.1", hint="Look.", hints=("First.", "Second."))  # fmt: skip
    text = told(lost)
    assert "mss: lost, 0 of 2 expected MSS 1024 observed MSS 1460 seen in frame 2" in text
    assert "RFC 9293 3.7.1 Look. Hint 1: First. Hint 2: Second." in text
    assert "0 of 2 points: 0 of 1 passed" in text


def test_pending_is_said_plainly() -> None:
    text = told(item("mss", "pending", because="waits for x"), item("close"))
    assert "2 of 4, 2 pending points: 1 of 2 passed, 1 pending: a person will decide" in text
    assert "because waits for x" in text


@pytest.mark.parametrize("secret", ["lost", "earned", "pending"])
def test_hidden_items_are_not_revealed_and_never_all_passed(secret: Status) -> None:
    pages = told(item("handshake"), item("secretive", secret, "hidden", 3))
    assert "secretive" not in pages
    assert "all 1 passed" not in pages
    assert "1 of 1 passed; more is graded than is shown here" in pages
    assert "2 of 2 in what is shown" in pages
    assert "5" not in pages.partition("connection")[2]


def test_a_page_with_a_failed_hidden_check_is_that_of_a_passed_one() -> None:
    lost, earned = (html(item("a"), item("b", one, "hidden")) for one in ("lost", "earned"))
    assert lost == earned


@pytest.mark.parametrize(
    ("visibility", "moment", "seen"),
    [
        ("visible", BEFORE, True),
        ("after_due_date", BEFORE, False),
        ("after_due_date", AFTER, True),
        ("after_published", AFTER, False),
        ("after_published", PUBLISHED, True),
        ("hidden", PUBLISHED, False),
    ],
)
def test_who_sees_what_when(visibility: Visibility, moment: Moment, seen: bool) -> None:
    assert ("mss:" in told(item("mss", "lost", visibility), moment=moment)) is seen


def test_a_lab_without_a_due_date_is_due_when_grades_are_published() -> None:
    assert not AFTER.after_due(CourseLab())
    assert PUBLISHED.after_due(CourseLab())


def test_a_right_answer_is_told_only_when_no_attempt_could_earn_by_it() -> None:
    asked = item("isn", "lost", of="question", ask="Which ISN?", expected="31415", place="frame 1",
                 observed="27182", because="off by one")  # fmt: skip
    before, after = told(asked), told(asked, moment=CLOSED)
    assert "31415" not in before
    assert "frame 1" not in before
    assert "Which ISN? answered 27182 because off by one" in before
    assert "expected 31415 answered 27182 seen in frame 1" in after
    assert told(asked, moment=PUBLISHED) == after
    assert told(asked, moment=AFTER) == before  # without a policy nothing is ever too late
    for policy in (LatePolicy(grace_minutes=60, days=0), LatePolicy(percent_a_day=99)):
        assert told(asked, moment=AFTER._replace(late=policy)) == before


def test_late_is_not_all_passed() -> None:
    text = told(item("a"), late_percent=Decimal(10), notes=("1 day(s) late: 10 % less",))
    assert "1.8 of 2 points: 1 of 1 passed" in text
    assert "1 day(s) late" in text


def test_a_problem_is_said() -> None:
    text = told(item("a", "pending"), problem="the capture is damaged")
    assert "could not be graded, so a person will look at it: the capture is damaged" in text


HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e\x00&amp;{{ 7*7 }}\" onload='x"


def test_nothing_that_students_write_acts() -> None:
    odd = item("mss", "lost", observed=HOSTILE, expected=HOSTILE, because=HOSTILE, hint=HOSTILE)
    lab = LabGrade("ahn", "connection", (odd,), "1", problem=HOSTILE, notes=(HOSTILE,))
    student = {"ahn": Student("ahn", HOSTILE)}
    source = page(a_course(students=student), StudentGrade("ahn", {"connection": lab}), AFTER)
    parser = Text()
    parser.feed(source)
    assert "script" not in parser.tags
    assert "<script" not in source
    assert all(char.isprintable() or char == "\n" for char in source)
    assert "49" not in text_of(source)
    assert "\\x1b[2J\\u202e\\x00" in text_of(source)


def test_a_page_needs_nothing_else_and_is_the_same_each_time() -> None:
    first, again = (html(item("a")) for _ in range(2))
    assert first == again
    assert "http://" not in first
    assert "https://" not in first
    assert "default-src 'none'" in first


def test_a_page_in_korean_says_all_of_it_in_korean_but_what_the_student_wrote() -> None:
    lost = item(
        *("mss", "lost"),
        expected="segment 2: MSS 1024",
        observed="no MSS option",
        place="frames 2 and 3 at bsdi eth0",
        hints=("The MSS is an option of the SYN.",),
    )
    answer = item(
        *("client-isn", "lost"),
        of="question",
        ask="Which initial sequence number (ISN) did svr4 choose?",
        observed="not set",
        because="off by one",
    )
    waits = item("close", "pending", because="waits for mss, which is pending")
    grade = msgspec.structs.replace(
        LabGrade("ahn", "connection", (lost, answer, waits), "1"),
        notes=("2 day(s) late: 20 % less", "no answers.yaml"),
    )
    source = page(a_course(), StudentGrade("ahn", {"connection": grade}), BEFORE, "ko")
    assert '<html lang="ko">' in source
    text = text_of(source)
    assert "0/6, 보류 2 점: 3개 가운데 0개 통과, 보류 1개: 사람이 결정한다" in text
    assert "2일 늦음: 20% 감점 answers.yaml 없음" in text
    assert "mss: 잃음, 0/2 기대 세그먼트 2: MSS 1024 관측 MSS 옵션 없음" in text
    assert "근거 bsdi eth0의 프레임 2, 3" in text
    assert "힌트 1: MSS는 SYN의 옵션이다." in text
    assert "svr4는 어떤 초기 순서 번호(ISN)를 골랐는가? 답 not set 이유 하나 차이" in text
    assert "이유 보류 중인 mss을(를) 기다린다" in text


def test_why_nothing_could_be_graded_is_in_korean() -> None:
    problem = "mine.zip: encrypted: hand it in without a password"
    grade = LabGrade("ahn", "connection", (item("mss", "pending"),), "1", problem=problem)
    text = text_of(page(a_course(), StudentGrade("ahn", {"connection": grade}), BEFORE, "ko"))
    assert "사람이 볼 것이다: mine.zip: 암호가 걸려 있다: 암호 없이 제출하라" in text


def test_a_page_in_korean_gives_away_no_more() -> None:
    hidden = [item("mss", "lost", "hidden", points=3), item("mss", "earned", "hidden", points=3)]
    graded = [LabGrade("ahn", "connection", (item("close"), one), "1") for one in hidden]
    grades = [StudentGrade("ahn", {"connection": one}) for one in graded]
    pages = [page(a_course(), one, BEFORE, "ko") for one in grades]
    assert pages[0] == pages[1]
    assert "여기에 보이는 것보다 더 많이 채점한다" in pages[0]


def test_what_is_remembered_of_a_page_is_of_its_language_and_its_label() -> None:
    seen = item("mss", "lost", observed="no MSS option", expected="no MSS option")
    lab = LabGrade("ahn", "connection", (seen,), "1")
    answer = item("mss", "lost", of="question", ask="MSS?", observed="no MSS option")
    asked = msgspec.structs.replace(lab, items=(answer,))
    for code, told in (("en", "no MSS option"), ("ko", "MSS 옵션 없음"), ("en", "no MSS option")):
        made = [
            text_of(page(a_course(), StudentGrade("ahn", {"connection": one}), AFTER, code))
            for one in (lab, asked)
        ]
        assert made[0].count(told) == 2
        assert "no MSS option" in made[1]  # a student's own words


def test_that_there_is_no_answer_is_said_in_the_page_s_language() -> None:
    asked = [item("mss", "lost", of="question", observed=one) for one in ("no answer", "no MSS")]
    lab = LabGrade("ahn", "connection", tuple(asked), "1")
    told = text_of(page(a_course(), StudentGrade("ahn", {"connection": lab}), AFTER, "ko"))
    assert "답 없음" in told
    assert "no MSS" in told


def test_what_is_for_after_a_date_is_told_by_each_moment_anew() -> None:
    asked = item("isn", "lost", of="question", ask="Which ISN?", expected="31415")
    assert ["31415" in html(asked, moment=one) for one in (BEFORE, CLOSED, BEFORE)] == [
        False,
        True,
        False,
    ]
