"""What contradicts itself costs nobody a point, and a person can end it."""

import json
import shutil
from pathlib import Path

import pytest

from cli import grade as grading_class
from cli.exits import NO_VERDICT, PASSED
from grading import course as courses
from grading.grades import LabGrade
from tests.cli.graded_class import Class
from tests.grading.classes import laid
from tests.grading.handed_in import run_directory
from tests.grading.made_class import course
from tests.grading.made_runs import made
from tests.labs.test_lab_connection import RIGHT

LABS = ("connection", "reset-refused")
DUE = courses.CourseLab(due=grading_class.moment("2026-10-10T12:00:00+00:00"))
MIXED = "inbox/berg/connection"


@pytest.fixture
def mixed(tmp_path: Path) -> Class:
    """Ahn's run of connection lies in Berg's folder, and nowhere else."""
    small = Class(tmp_path, course(("ahn", "berg", "chen"), LABS, DUE))
    for student in ("ahn", "berg"):
        shutil.rmtree(small.inbox / student / "connection")
    laid(small.folder / MIXED, made(small.course, "ahn", "connection").all_files)
    return small


def decide(small: Class, **entry: str) -> None:
    told = {"source": MIXED, "reason": "mixed up", "who": "kim", "when": "2026-10-12"} | entry
    lines = [f"  {key}: {value}" for key, value in told.items()]
    text = "\n".join(lines).replace("  ", "- ", 1)
    small.file.with_name("overrides.yaml").write_text(text)


def test_a_contradiction_is_pending_for_all_whom_it_names(mixed: Class) -> None:
    assert mixed.graded() == NO_VERDICT
    rows = mixed.rows("pending.csv")
    assert {(row["student"], row["lab"]) for row in rows} == {
        ("ahn", "connection"),
        ("berg", "connection"),
    }
    told = f"{MIXED}: whose is this? run.json says ahn, the name 'berg' berg"
    assert all(told in row["reason"] for row in rows)
    assert [row["source"] for row in mixed.rows("unclaimed.csv")] == [MIXED]
    students = mixed.students()
    assert [students[one].final for one in ("ahn", "berg", "chen")] == [None, None, 100]
    assert not students["ahn"].labs["reset-refused"].open


def test_the_line_of_a_lab_counts_it_as_to_decide(
    mixed: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed.graded()
    line = next(one for one in capsys.readouterr().out.splitlines() if "connection" in one)
    assert line.split()[1:4] == ["1", "0", "2"]  # handed in, missing, to decide


def test_neither_is_told_of_the_other(mixed: Class) -> None:
    mixed.graded()
    pages = {one: (mixed.out / "feedback" / f"{one}.html").read_text() for one in ("ahn", "berg")}
    assert all("a person has to decide whose it is" in page for page in pages.values())
    assert "berg" not in pages["ahn"].casefold()
    assert "ahn" not in pages["berg"].casefold()


def test_a_lab_that_was_handed_in_otherwise_keeps_its_grade(mixed: Class) -> None:
    other = made(mixed.course, "ahn", "connection", number=2)
    laid(mixed.inbox / "ahn" / "connection", other.all_files)
    mixed.graded()
    grade = mixed.students()["ahn"].labs["connection"]
    assert not grade.open
    assert any(note.startswith("there may be another attempt") for note in grade.notes)


@pytest.mark.parametrize("owner", ["ahn", "berg"])
def test_a_decision_ends_it(mixed: Class, owner: str) -> None:
    mixed.graded()
    decide(mixed, student=owner)
    mixed.graded(resume=True)
    assert mixed.rows("unclaimed.csv") == []
    its = mixed.students()[owner].labs["connection"]
    assert its.source == MIXED
    assert not its.problem
    assert any("a person decided (kim, 2026-10-12: mixed up)" in note for note in its.notes)
    other = mixed.students()["berg" if owner == "ahn" else "ahn"].labs["connection"]
    assert {item.status for item in other.items} == {"lost"}


def test_the_owner_of_the_run_earns_all_and_who_has_other_values_does_not(mixed: Class) -> None:
    decide(mixed, student="ahn")
    assert mixed.graded() == PASSED
    assert mixed.students()["ahn"].final == 100
    decide(mixed, student="berg")
    mixed.graded(resume=True)
    assert mixed.students()["berg"].labs["connection"].earned < 14
    assert mixed.rows("copies.csv")


def test_a_decision_about_a_folder_is_about_all_in_it(mixed: Class) -> None:
    laid(
        mixed.inbox / "berg" / "reset-refused",
        made(mixed.course, "ahn", "reset-refused").all_files,
    )
    shutil.rmtree(mixed.inbox / "ahn" / "reset-refused")
    decide(mixed, source="inbox/berg", student="ahn")
    mixed.graded()
    assert mixed.students()["ahn"].final == 100


def test_a_decision_about_nothing_is_said(mixed: Class, capsys: pytest.CaptureFixture[str]) -> None:
    decide(mixed, source="inbox/berg/typo.zip", student="ahn")
    mixed.graded()
    assert "nothing that was handed in is called inbox/berg/typo.zip" in capsys.readouterr().out


def test_a_decision_when_something_came_is_about_its_time_alone(mixed: Class) -> None:
    """What was played by the book's values stays pending, as it was without it."""
    own = mixed.inbox / "chen" / "connection"
    shutil.rmtree(own)
    run_directory(own, RIGHT, variant=None)

    def graded(**entry: str) -> LabGrade:
        decide(mixed, source="inbox/chen", student="chen", **entry)
        mixed.graded(resume=mixed.out.exists())
        return mixed.students()["chen"].labs["connection"]

    late = graded(handed_in="2026-10-11T12:00:00+00:00")
    assert (late.late_days, late.text) == (1, "0 of 14, 14 pending")
    assert graded().text == "14 of 14"


def test_the_plainest_copy_is_found(mixed: Class) -> None:
    """Ahn's very run, which Ahn handed in too, in Berg's folder."""
    laid(mixed.inbox / "ahn" / "connection", made(mixed.course, "ahn", "connection").all_files)
    mixed.graded()
    (copy,) = mixed.rows("copies.csv")
    assert {copy["student"], copy["other"]} == {"ahn", "berg"}
    assert "the same initial sequence numbers" in copy["evidence"]
    assert MIXED in (copy["source"], copy["other_source"])


def test_anothers_values_are_found_without_the_others_run(mixed: Class) -> None:
    mixed.graded()
    (copy,) = mixed.rows("copies.csv")
    assert (copy["student"], copy["other"], copy["source"]) == ("berg", "ahn", MIXED)
    assert copy["evidence"] == "played with all values of ahn"


def test_hand_ins_without_a_time_are_said(mixed: Class, capsys: pytest.CaptureFixture[str]) -> None:
    mixed.graded()
    assert "\nhand-ins without a time: 3; none counts as late\n" in capsys.readouterr().out
    decide(mixed, source="inbox/chen", student="chen", handed_in="2026-10-20T12:00:00+00:00")
    mixed.change(late=courses.LatePolicy(percent_a_day=5))
    mixed.graded(resume=True)
    assert "\nhand-ins without a time: 2; none counts as late\n" in capsys.readouterr().out
    assert mixed.students()["chen"].final == 50


def test_nothing_is_said_of_times_where_nothing_was_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Class(tmp_path, course(("ahn",), LABS)).graded()
    assert "no time" not in capsys.readouterr().out


def test_one_text_alone_is_one_line(mixed: Class) -> None:
    shutil.rmtree(mixed.inbox / "chen")
    laid(mixed.inbox / "chen", {"readme.txt": b"I couldn't do it"})
    mixed.graded()
    (row,) = [row for row in mixed.rows("unclaimed.csv") if "chen" in row["source"]]
    assert row["why"].startswith("nothing to grade in it: chen/readme.txt (neither a run directory")


def test_what_never_was_decided_is_kept_for_resume(mixed: Class) -> None:
    mixed.graded()
    kept = [json.loads(path.read_bytes()) for path in (mixed.out / "hand-ins").iterdir()]
    assert [["ahn", "berg"], "berg"] in [one for each in kept for one in each["doubts"]]
    before = mixed.rows("pending.csv"), mixed.rows("copies.csv")
    mixed.graded(resume=True)
    assert (mixed.rows("pending.csv"), mixed.rows("copies.csv")) == before
