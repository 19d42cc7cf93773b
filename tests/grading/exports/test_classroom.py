"""GitHub Classroom's result: its fields, and never `pass` while something is open or hidden."""

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grading.exports import classroom
from grading.grades import LabGrade, Status
from tests.grading.exports.made import a_class, item, lab
from tests.grading.exports.published import CLASSROOM
from tests.grading.handed_in import a_course


def told(*labs: LabGrade) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        base64.b64decode(
            classroom.encoded(classroom.result(a_course(), labs)),
            validate=True,
        )
    )
    jsonschema.validate(found, CLASSROOM)
    return found


def test_all_right_is_a_pass() -> None:
    found = told(lab(item(), item("close")))
    assert (found["status"], found["max_score"]) == ("pass", 4)
    assert [test["score"] for test in found["tests"]] == [2, 2]


@pytest.mark.parametrize(
    ("status", "whole"),
    [("lost", "fail"), ("partial", "fail"), ("skipped", "fail"), ("pending", "error")],
)
def test_anything_else_is_none(status: Status, whole: str) -> None:
    found = told(lab(item(), item("close", status)))
    assert found["status"] == whole
    assert found["tests"][1]["status"] == whole


def test_what_is_pending_says_so() -> None:
    pending = told(lab(item(status="pending")))["tests"][0]
    assert pending["score"] == 0
    assert pending["message"].startswith("pending: a person will decide")


def test_being_late_costs_and_is_no_pass() -> None:
    found = told(lab(item(), late_percent=Decimal("10.0"), late_days=1))
    assert found["status"] == "fail"
    assert found["tests"][-1]["message"] == "1 day(s) late: 10 % less"
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(1.8)


def test_what_is_hidden_is_not_told_by_anything() -> None:
    def seen(status: Status) -> dict[str, Any]:
        hidden = item("secretive", status, visibility="hidden")
        return told(lab(item(), hidden, late_percent=Decimal(10), late_days=1))

    assert seen("lost") == seen("earned") == seen("pending")
    assert "secretive" not in json.dumps(seen("lost"))
    assert (seen("earned")["status"], seen("earned")["max_score"]) == ("error", 2)


def test_nothing_graded_is_no_pass() -> None:
    assert told()["status"] == "error"
    assert told(lab(problem="a zip bomb"))["tests"][0]["message"].endswith("a zip bomb")


def test_a_file_a_student(tmp_path: Path) -> None:
    paths = classroom.write(a_course(), iter(a_class()), tmp_path)
    assert [path.name for path in paths] == ["ahn.txt", "berg.txt"]
    found = json.loads(base64.b64decode(paths[1].read_bytes()))
    assert [test["name"] for test in found["tests"]] == [
        "connection: handshake",
        "connection: submission",
        "mss: handshake",
        "mss: close",
    ]
