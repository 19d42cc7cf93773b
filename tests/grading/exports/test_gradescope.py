"""Gradescope's results.json: its published fields, nothing hidden told, nothing pending scored."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grading.exports import gradescope
from grading.exports.gradescope import LARGEST_BYTES, encoded, results
from grading.grades import LabGrade, Status
from tests.grading.exports.made import a_class, item, lab, of_every_status
from tests.grading.exports.published import GRADESCOPE
from tests.grading.handed_in import DUE, a_course


def told(*labs: LabGrade) -> dict[str, Any]:
    """The file of these labs, which must be as published."""
    found: dict[str, Any] = json.loads(encoded(results(a_course(), labs)))
    jsonschema.validate(found, GRADESCOPE)
    return found


def by_name(*labs: LabGrade) -> dict[str, dict[str, Any]]:
    return {test["name"]: test for test in told(*labs)["tests"]}


def test_a_lab_with_everything_right() -> None:
    found = told(lab(item(), item("close")))
    assert found["score"] == 4
    assert [test["status"] for test in found["tests"]] == ["passed", "passed"]
    assert [test["number"] for test in found["tests"]] == ["1.1", "1.2"]
    assert found["output"] == "connection: 4 of 4 points: all 2 passed"
    assert found["stdout_visibility"] == "hidden"
    assert {found[name] for name in found if name.endswith("_format")} == {"text"}


def test_a_test_says_what_happened_and_what_to_look_at() -> None:
    lost = item(
        "mss", "lost", expected="MSS 1024", observed="MSS 1460", place="frame 2",
        reference="RFC 9293 3.7.1", hint="Look.", hints=("First.",),
    )  # fmt: skip
    test = by_name(lab(lost))["mss"]
    assert (test["score"], test["max_score"], test["status"]) == (0, 2, "failed")
    assert test["output"].splitlines() == [
        "lost: 0 of 2 points",
        "expected MSS 1024",
        "observed MSS 1460",
        "seen in frame 2",
        "see RFC 9293 3.7.1",
        "Look.",
        "hint 1: First.",
    ]


def test_what_is_pending_has_no_score_and_leaves_the_total_open() -> None:
    found = told(lab(item(), item("close", "pending")))
    assert "score" not in found
    assert "1 pending: a person will decide" in found["output"]
    pending = found["tests"][1]
    assert not {"score", "max_score", "status"} & set(pending)
    assert pending["output"].startswith("pending: a person will decide, and nothing is lost yet")


def test_a_refused_submission_says_why_and_has_no_score() -> None:
    found = told(lab(problem="a zip bomb"))
    assert "score" not in found
    assert found["tests"][0]["name"] == "submission"
    assert "a person will look at it: a zip bomb" in found["output"]


def test_the_scores_add_up_to_the_total_with_being_late() -> None:
    one = lab(item(), item("close", "lost"), late_percent=Decimal("10.0"), late_days=1)
    found = told(one)
    assert found["score"] == 1.8
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(1.8)
    assert found["tests"][2]["output"] == "1 day(s) late: 10 % less"


@pytest.mark.parametrize("status", ["lost", "earned", "pending"])
def test_hidden_items_are_hidden_and_never_all_passed(status: Status) -> None:
    found = told(lab(item(), item("secretive", status, visibility="hidden")))
    hidden = next(test for test in found["tests"] if test["name"] == "secretive")
    assert hidden["visibility"] == "hidden"
    shown = [found["output"], *(test["output"] for test in found["tests"] if test != hidden)]
    assert not any("secretive" in text or "all 1 passed" in text for text in shown)
    assert "more is graded than is shown here" in found["output"]


def test_students_read_the_same_whatever_hidden_items_say() -> None:
    def seen(status: Status) -> object:
        one = lab(item(), item("b", status, visibility="hidden"), late_percent=Decimal(10))
        found = told(one)
        visible = [test for test in found["tests"] if test["visibility"] == "visible"]
        return found["output"], visible

    assert seen("lost") == seen("earned") == seen("pending")


def test_no_total_is_shown_while_anything_is_hidden() -> None:
    """Gradescope shows none as long as a test is still to be shown when grades are published."""
    assert "total" not in by_name(lab(item()))
    keeper = by_name(lab(item(), item("b", "lost", visibility="hidden")))["total"]
    assert keeper["visibility"] == "after_published"
    assert "score" not in keeper


def test_a_right_answer_is_told_only_when_no_attempt_could_earn_by_it() -> None:
    asked = item("isn", "lost", of="question", expected="31415", observed="27182")
    for days in (-8, 0, 4):
        checked = (DUE + timedelta(days=days, hours=1)).isoformat()
        before = by_name(lab(asked, checked=checked))["isn"]["output"]
        assert "31415" not in before
        assert "answered 27182" in before
    assert "31415" in by_name(lab(asked))["isn"]["output"]
    for visibility, there in (("after_due_date", False), ("after_published", True)):
        later = item("isn", "lost", visibility=visibility, of="question", expected="31415")
        now = lab(later, checked=DUE.isoformat())
        assert ("31415" in by_name(now)["isn"]["output"]) is there


def test_at_most_one_megabyte_and_that_is_said() -> None:
    many = [item(f"check-{number}", "lost", observed="x" * 4000) for number in range(4000)]
    data = encoded(results(a_course(), [lab(*many)]))
    assert len(data) <= LARGEST_BYTES
    found = json.loads(data)
    jsonschema.validate(found, GRADESCOPE)
    assert len(found["tests"]) == 4000
    assert found["tests"][0]["output"].endswith("(cut here: Gradescope takes 1 MB)")


def test_neither_notes_nor_evidence_make_it_larger() -> None:
    notes = tuple(f"degraded, as run.json says: {number}" for number in range(100_000))
    evidence = {f"{number:0300}": "a" * 64 for number in range(4000)}
    data = encoded(results(a_course(), [lab(item(), notes=notes, evidence=evidence)]))
    assert len(data) <= LARGEST_BYTES
    assert json.loads(data)["score"] == 2


def test_the_evidence_is_kept_with_its_time() -> None:
    found = told(lab(item(), evidence={"a.pcap": "ab12"}))
    assert found["extra_data"]["connection"]["evidence"] == {"a.pcap": "ab12"}
    assert found["extra_data"]["connection"]["checked"] == "2026-10-20T12:00:00+00:00"


def test_a_file_a_student(tmp_path: Path) -> None:
    paths = gradescope.write(a_course(), iter([*a_class(), of_every_status()]), tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths][:2] == [
        "gradescope/ahn/results.json",
        "gradescope/berg/results.json",
    ]
    names = [test["name"] for test in json.loads(paths[1].read_bytes())["tests"]]
    assert names == ["connection: handshake", "mss: handshake", "mss: close"]
