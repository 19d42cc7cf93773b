"""JUnit XML: valid by a schema of what Ant and Jenkins read, each status told, points kept."""

from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from grading.exports import junit
from grading.grades import StudentGrade
from tests.grading.exports.made import a_class, item, lab, of_every_status, student
from tests.grading.handed_in import a_course

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit.xsd"))


def suites(students: Iterable[StudentGrade], folder: Path) -> list[etree._Element]:
    """All suites that are written, each file valid."""
    found: list[etree._Element] = []
    for path in junit.write(a_course(), iter(students), folder):
        tree = etree.parse(path)
        SCHEMA.assertValid(tree)
        found += tree.getroot().findall("testsuite")
    return found


def test_every_status_becomes_what_readers_know(tmp_path: Path) -> None:
    suite = suites([of_every_status()], tmp_path)[0]
    outcomes = [[child.tag for child in case] for case in suite.findall("testcase")]
    assert outcomes == [[], ["failure"], ["failure"], ["error"], ["skipped"]]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "2", "errors": "1", "skipped": "1"}


def test_the_document_adds_up_its_suites(tmp_path: Path) -> None:
    (path,) = junit.write(a_course(), [of_every_status()], tmp_path)
    root = etree.parse(path).getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "2", "1")


def test_points_are_properties_and_the_time_is_that_of_grading(tmp_path: Path) -> None:
    one = lab(item(), item("close", "pending"), checked="2026-10-20T12:00:00+09:00")
    suite = suites([student(one)], tmp_path)[0]
    properties = {one.get("name"): one.get("value") for one in suite.iterfind(".//property")}
    assert properties["points"] == "2"
    assert properties["points.max"] == "4"
    assert properties["points.text"] == "2 of 4, 2 pending"
    assert suite.get("timestamp") == "2026-10-20T03:00:00"


def test_a_failure_says_why(tmp_path: Path) -> None:
    lost = item("mss", "lost", expected="MSS 1024", observed="MSS 1460", place="frame 2")
    failure = suites([student(lab(lost))], tmp_path)[0].find(".//failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("FAIL", "lost, 0 of 2 points")
    assert failure.text == "expected MSS 1024\nobserved MSS 1460\nin frame 2"


def test_a_refused_submission_stands_in_the_errors(tmp_path: Path) -> None:
    refused = suites(a_class(), tmp_path)[2]
    assert refused.get("errors") == "1"
    assert refused.findtext("system-err") == "a zip bomb"
