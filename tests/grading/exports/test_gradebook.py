"""The gradebook: what is decided is a number, what isn't is open, and nothing is left out."""

from pathlib import Path

from grading.exports import gradebook
from grading.grades import StudentGrade
from tests.grading.exports.made import a_class, item, lab, of_every_status, rows_of, student
from tests.grading.handed_in import a_course


def written(folder: Path, *students: StudentGrade) -> list[list[dict[str, str]]]:
    paths = gradebook.write(a_course(), iter(students), folder)
    assert [path.name for path in paths] == ["gradebook.csv", "labs.csv", "items.csv"]
    return [rows_of(path) for path in paths]


def test_decided_points_are_numbers_and_pending_ones_are_open(tmp_path: Path) -> None:
    (ahn, berg), _, _ = written(tmp_path, *a_class())
    assert list(ahn.values()) == [
        *("ahn", "Ahn", ""),
        *("2", "4", "0"),
        *("2", "2", "0"),
        *("87.5", "0", ""),
    ]
    assert list(berg.values()) == [
        *("berg", "Berg", ""),
        *("", "2", "2"),
        *("", "4", "2"),
        *("", "2", "connection: a zip bomb"),
    ]


def test_a_refused_submission_has_a_clear_line(tmp_path: Path) -> None:
    _, labs, _ = written(tmp_path, *a_class())
    refused = next(one for one in labs if one["problem"])
    assert (refused["id"], refused["lab"]) == ("berg", "connection")
    assert (refused["problem"], refused["points"]) == ("a zip bomb", "")
    assert refused["so far"] == "0 of 2, 2 pending"
    assert refused["graded at"] == "2026-10-20T12:00:00+00:00"


def test_every_item_has_a_row_with_its_status(tmp_path: Path) -> None:
    _, _, items = written(tmp_path, of_every_status())
    assert [(one["status"], one["points"]) for one in items[:5]] == [
        ("earned", "2"),
        ("partial", "1"),
        ("lost", "0"),
        ("pending", ""),
        ("skipped", "0"),
    ]


def test_the_evidence_is_kept_with_its_time(tmp_path: Path) -> None:
    files = {f"pcap/host{number}-eth0.pcap": f"{number:064x}" for number in range(20)}
    one = lab(item(), evidence=files, handed_in="2026-10-08T09:00:00+00:00")
    _, labs, _ = written(tmp_path, student(one))
    kept = dict(pair.split(" ") for pair in labs[0]["evidence"].split("; "))
    assert kept == files
    assert labs[0]["handed in"] == "2026-10-08T09:00:00+00:00"


def test_a_lab_that_is_missing_and_a_student_of_nobody_are_open(tmp_path: Path) -> None:
    nobody = StudentGrade("", {"connection": lab(student="", problem="whose is this?")})
    book, _, _ = written(tmp_path, student(lab(item())), nobody)
    assert (book[0]["mss points"], book[0]["final"]) == ("", "")
    assert book[1]["problems"] == "connection: whose is this?"
