"""course.yaml: what is read, and what is refused with file and line."""

import datetime
from pathlib import Path

import pytest

from grading import course
from grading.likeness import likeness
from labs.catalog.yaml_file import YamlFileError

EXAMPLE = course.example("0123456789abcdef")


def written(folder: Path, text: str = EXAMPLE) -> Path:
    path = folder / "course.yaml"
    path.write_text(text)
    return path


def test_the_example_is_a_course(tmp_path: Path) -> None:
    its = course.load(written(tmp_path))
    assert (its.id, its.title, its.secret) == (
        "networks-2026",
        "Computer Networks",
        b"0123456789abcdef",
    )
    assert list(its.students) == ["ahn", "berg"]
    assert its.students["berg"] == course.Student("berg", "Berg Ingrid", "berg@example.org")
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    due = datetime.datetime(2026, 10, 16, 18, 0, tzinfo=seoul)
    assert its.labs["mss"] == course.CourseLab(2, due, ("close",))
    assert its.late == course.LatePolicy(15, 10, 5)
    assert its.attempts == "best"
    assert not its.accept_degraded


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"0123456789abcdef"', "short", 4, "length >= 16"),
        ("course: networks-2026", "course: two words", 2, "matching regex"),
        ("late:", "latte:", 14, "unknown field `latte`"),
        ("id: berg", "id: ahn", 8, "ahn has this id or mail address, too"),
        ("id: berg", "id: AHN", 8, "ahn has this id or mail address, too"),
        ("id: berg", "id: Ahn@Example.org", 8, "ahn has this id or mail address, too"),
        ("berg@example.org", "AHN@example.org", 8, "ahn has this id or mail address, too"),
        ("berg@example.org", "' ahn@example.org'", 8, "ahn has this id or mail address, too"),
        ("berg@example.org", "Ahn", 8, "ahn has this id or mail address, too"),
        ("mss:", "mms:", 12, "unknown lab 'mms': did you mean mss?"),
        ("[close]", "[clsoe]", 12, "mss has no check or question 'clsoe'"),
        ("2026-10-16T18:00:00+09:00", "2026-10-16T18:00:00", 12, "say the time zone"),
        ("weight: 2", "weight: 0", 12, "Expected `float` > 0"),
        ("weight: 2", "weight: .inf", 12, "labs.mss.weight: Expected `float` <= 1000000"),
        ("weight: 2", "weight: .nan", 12, "Expected `float` > 0"),
        ("percent_a_day: 10", "percent_a_day: .inf", 14, "<= 100"),
        ("percent_a_day: 10", "percent_a_day: .nan", 14, ">= 0"),
        ("grace_minutes: 15", "grace_minutes: .inf", 14, "Expected `int`"),
        ("grace_minutes: 15", f"grace_minutes: {10**15}", 14, "Expected `int` <= 1000000"),
        ("attempts: best", "attempts: first", 15, "Invalid enum value 'first'"),
        ("percent_a_day: 10", "percent_a_day: 101", 14, "<= 100"),
        ("title:", "course:", 3, "duplicate key 'course'"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in EXAMPLE
    path = written(tmp_path, EXAMPLE.replace(old, new))
    with pytest.raises(YamlFileError) as caught:
        course.load(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_mails_that_only_unicode_writes_otherwise_are_the_same(tmp_path: Path) -> None:
    text = EXAMPLE.replace("ahn@", "jos\u00e9@").replace("berg@", "jose\u0301@")
    with pytest.raises(YamlFileError, match=r"course\.yaml:8: ahn has this id or mail address"):
        course.load(written(tmp_path, text))


def test_an_id_may_be_the_student_s_own_mail_address(tmp_path: Path) -> None:
    text = EXAMPLE.replace("id: berg", "id: Berg@example.org")
    assert list(course.load(written(tmp_path, text)).students) == ["ahn", "Berg@example.org"]


WITH_SKELETON = EXAMPLE.replace("mss: {weight: 2,", "echo-server: {skeleton: given.py}\n  mss: {")


def test_a_skeleton_lies_beside_the_course_file(tmp_path: Path) -> None:
    (tmp_path / "given.py").write_text("print('write the rest')\n")
    its = course.load(written(tmp_path, WITH_SKELETON))
    assert its.skeletons == {"echo-server": likeness(b"print('write the rest')\n")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WITH_SKELETON, "course.yaml:12: .*given.py: No such file"),
        (WITH_SKELETON.replace("given.py", "."), "course.yaml:12: "),
        (EXAMPLE.replace("weight: 2", "skeleton: given.py"), "12: mss runs no program"),
    ],
)
def test_a_skeleton_that_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(YamlFileError, match=message):
        course.load(written(tmp_path, text))
