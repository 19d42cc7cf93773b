"""Every format through `tcplab grade` and `tcplab autograder`, as an instructor types them."""

import base64
import json
import subprocess
import zipfile
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from cli import exporting
from cli.exits import NO_VERDICT, PASSED, WRONG_USAGE, UsageError
from grading.exports import FORMATS
from tests.cli.command import tcplab
from tests.grading.exports.made import rows_of
from tests.grading.exports.published import CLASSROOM, GRADESCOPE
from tests.grading.exports.test_junit import SCHEMA
from tests.grading.exports.test_sheets import CANVAS, MOODLE
from tests.grading.handed_in import a_course
from tests.grading.made_class import course, handed_in, written

AT = "2026-10-20T12:00:00+00:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course of two; ahn handed in everything, berg only what can't be read."""
    its = course(("ahn", "berg"), ("connection",))
    written(its, tmp_path)
    handed_in(its, tmp_path / "inbox")
    for path in (tmp_path / "inbox" / "berg").rglob("*.pcap"):
        path.write_bytes(b"\xd4\xc3\xb2\xa1 not at all")
    (tmp_path / "moodle.csv").write_text(MOODLE)
    (tmp_path / "canvas.csv").write_text(CANVAS)
    return tmp_path


def grade(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    paths = (str(folder / "inbox"), "--course", str(folder / "course.yaml"))
    return tcplab("grade", *paths, "-o", str(folder / "out"), "--at", AT, "--jobs", "1", *more)


def test_all_formats_from_start_to_end(folder: Path) -> None:
    names = ",".join(name for name in FORMATS if name not in ("moodle", "canvas"))
    done = grade(
        folder,
        *("--format", names),
        *("--moodle-sheet", f"connection={folder / 'moodle.csv'}"),
        *("--canvas-sheet", str(folder / "canvas.csv")),
        *("--canvas-column", "final=Essay (102)"),
    )
    assert done.returncode == NO_VERDICT, done.stderr
    assert "writing junit: 2 of 2\n" in done.stderr
    assert "2 students, 1 with something pending\n" in done.stdout
    out = folder / "out"
    ahn, berg = rows_of(out / "gradebook.csv")
    assert (ahn["final"], ahn["problems"]) == ("100", "")
    assert (berg["final"], berg["connection points"]) == ("", "")
    assert "pcap" in berg["problems"]
    results = [json.loads((out / f"gradescope/{one}/results.json").read_bytes()) for one in
               ("ahn", "berg")]  # fmt: skip
    for one in results:
        jsonschema.validate(one, GRADESCOPE)
    assert results[0]["score"] == 14
    assert "score" not in results[1]
    for student in ("ahn", "berg"):
        SCHEMA.assertValid(etree.parse(out / f"junit/{student}.xml"))
        told = json.loads(base64.b64decode((out / f"classroom/{student}.txt").read_bytes()))
        jsonschema.validate(told, CLASSROOM)
    filled = MOODLE.replace("for grading,,100", "for grading,100,100")
    assert (out / "moodle-connection.csv").read_text() == filled
    assert "Networks,20,100,,80\n" in (out / "canvas.csv").read_text()
    assert json.loads((out / "statistics.json").read_bytes())["labs"][0]["problems"] == 1


def test_a_sheet_that_does_not_fit_is_refused_before_anything_is_graded(folder: Path) -> None:
    sheet = folder / "moodle.csv"
    sheet.write_text(MOODLE.replace("100.00", "poor"))
    done = grade(folder, "--moodle-sheet", f"connection={sheet}")
    assert done.returncode == WRONG_USAGE
    assert f"{sheet}:2: after the grade comes 'Maximum Grade'" in done.stderr
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("text", "labelled"),
    [("mss=a.csv", ("mss", "a.csv")), ("a.csv", ("", "a.csv")), ("./x=1.csv", ("", "./x=1.csv"))],
)
def test_a_sheet_may_be_a_labs_or_the_courses(text: str, labelled: tuple[str, str]) -> None:
    found = exporting.sheets([text], None, None, []).moodle
    assert found == {labelled[0]: Path(labelled[1])}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((["a.csv", "b.csv"], None, None, []), "two sheets of one lab"),
        (([], None, None, ["mss"]), "say LAB=HEADER"),
        (([], None, None, ["mss=A", "mss=B"]), "two columns for mss: name one"),
        (([], None, None, ["mss=A", "connection=A"]), "'A' is named twice: each lab has its own"),
    ],
)
def test_wrong_usage_of_sheets(
    arguments: tuple[list[str], None, None, list[str]], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        exporting.sheets(*arguments)


@pytest.mark.parametrize("name", ["moodle", "canvas"])
def test_formats_that_fill_in_a_sheet_ask_for_it(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}-sheet FILE"):
        exporting.wanted([name], exporting.Sheets())
    with pytest.raises(UsageError, match="no format 'odd': there are csv, "):
        exporting.formats("csv,odd")


def test_a_sheet_of_a_lab_that_the_course_does_not_have(folder: Path) -> None:
    its = exporting.Sheets(moodle={"states": folder / "moodle.csv"})
    with pytest.raises(UsageError, match="the course has no lab 'states'"):
        exporting.refuse_unfit(a_course(), its)


def test_the_autograders_zip(folder: Path) -> None:
    zipped = folder / "autograder.zip"
    asked = ("autograder", "--course", str(folder / "course.yaml"), "-o", str(zipped))
    done = tcplab(*asked, "--lab", "connection")
    assert done.returncode == PASSED, done.stderr
    assert "It holds the course's secret and roster" in done.stderr
    assert "No mail address in the roster for ahn, berg: " in done.stderr
    assert {"setup.sh", "run_autograder"} <= set(zipfile.ZipFile(zipped).namelist())
    again = tcplab(*asked, "--lab", "connection")
    assert again.returncode == WRONG_USAGE
    assert "is there already; replace it with --force" in again.stderr
    assert tcplab(*asked, "--lab", "connection", "--force").returncode == PASSED
    unknown = tcplab(*asked, "--lab", "mss")
    assert "the course has no lab 'mss'; it has connection" in unknown.stderr


def test_no_autograder_of_a_lab_that_runs_programs(tmp_path: Path) -> None:
    file = written(course(("ahn",), ("echo-server",)), tmp_path)
    asked = ("autograder", "--course", str(file), "--lab", "echo-server")
    done = tcplab(*asked, "-o", str(tmp_path / "autograder.zip"))
    assert done.returncode == WRONG_USAGE
    assert "grade it with tcplab grade" in done.stderr
