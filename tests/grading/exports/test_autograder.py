"""The autograder's zip, run from start to end as Gradescope does: unpacked into an empty folder."""

import ast
import json
import os
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grading import autograding, variants
from grading.exports.autograder import PROJECT, REQUIREMENTS, build
from tests.grading.exports.published import GRADESCOPE
from tests.grading.handed_in import ANSWERS, SECRET, a_course, run_directory
from tests.grading.hostile import zipped
from tests.labs.lab_evidence import Played
from tests.labs.test_lab_connection import RIGHT

COURSE = f"""\
course: net
secret: {SECRET.decode()}
students:
  - {{id: ahn, name: Ahn Jihoon, mail: ahn@example.org}}
  - {{id: berg, name: Berg Ingrid, mail: berg@example.org}}
labs:
  connection: {{due: 2026-10-09T18:00:00+00:00, hidden: [close]}}
  mss: {{}}
late: {{percent_a_day: 10}}
"""
METADATA: dict[str, Any] = {
    "id": 123456,
    "created_at": "2026-10-08T14:22:32.365935-07:00",
    "assignment": {"due_date": "2026-10-09T18:00:00+00:00", "title": "Lab 1", "id": 25828},
    "submission_method": "upload",
    "users": [{"email": "ahn@example.org", "id": 1234, "name": "Ahn Jihoon"}],
    "previous_submissions": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An /autograder of its own, with the zip unpacked and nothing handed in."""
    return autograder_at(tmp_path / "autograder", COURSE)


def autograder_at(root: Path, course: str, overrides: str = "") -> Path:
    file, decided = root.parent / "course.yaml", root.parent / "overrides.yaml"
    root.mkdir(parents=True)
    file.write_text(course)
    decided.write_text(overrides)
    zipped_ = root.parent / "autograder.zip"
    zipped_.write_bytes(build(file, "connection", decided if overrides else None))
    with zipfile.ZipFile(zipped_) as archive:
        archive.extractall(root / "source")
    (root / "submission").mkdir()
    (root / "submission_metadata.json").write_text(json.dumps(METADATA))
    return root


def run(root: Path, python: str = sys.executable, **environment: str) -> dict[str, Any]:
    """What run_autograder leaves, which must be as published."""
    its = {"PATH": os.environ["PATH"], "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": python}
    program = root / "source" / "run_autograder"
    done = subprocess.run(
        ["/bin/sh", str(program)], env=its | environment, capture_output=True, cwd=root, check=False
    )
    (root.parent / "stdout").write_bytes(done.stdout + done.stderr)
    found: dict[str, Any] = json.loads((root / "results" / "results.json").read_bytes())
    jsonschema.validate(found, GRADESCOPE)
    return found


def handed_in(root: Path, played: Played = RIGHT, answers: str | None = ANSWERS) -> Path:
    place = root / "submission"
    place.rmdir()
    return run_directory(place, played, answers)


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {test["name"]: test.get("status", "") for test in found["tests"]}


def test_a_right_submission_from_start_to_end(root: Path) -> None:
    handed_in(root)
    found = run(root)
    assert found["score"] == 14
    assert set(statuses(found).values()) == {"passed", ""}
    assert found["output"].startswith("connection: ")
    assert "more is graded than is shown here" in found["output"]
    hidden = {test["name"] for test in found["tests"] if test["visibility"] == "hidden"}
    assert hidden == {"close", "time-wait"}  # which needs it
    assert found["extra_data"]["connection"]["checked"].startswith("2026-10-08T14:22:32")


def test_it_uses_nothing_but_what_is_in_the_zip(root: Path) -> None:
    handed_in(root)
    catalog = root / "source" / "labs" / "catalog" / "__init__.py"
    catalog.write_text(catalog.read_text().replace('VERSION = "1"', 'VERSION = "of the zip"'))
    assert run(root)["extra_data"]["connection"]["catalog_version"] == "of the zip"


def test_the_same_submission_gives_the_same_bytes(root: Path) -> None:
    handed_in(root)
    made = []
    for _ in range(2):
        run(root)
        made.append((root / "results" / "results.json").read_bytes())
    assert made[0] == made[1]


def test_a_wrong_submission_loses_what_is_wrong(root: Path) -> None:
    handed_in(root, answers=ANSWERS.replace("1000", "7777000"))
    found = run(root)
    assert found["score"] == 13
    assert statuses(found)["client-isn"] == "failed"


def test_a_zip_in_the_submission_and_a_ticket_tell_whose_it_is(root: Path) -> None:
    """Of somebody whom Gradescope calls otherwise than the roster."""
    place = run_directory(root.parent / "run", RIGHT)
    ticket = variants.write(variants.ticket(a_course(), "ahn"))
    files = {str(one.relative_to(place)): one.read_bytes() for one in place.rglob("*.*")}
    data = zipped(files | {"ticket.json": ticket})
    (root / "submission" / "mine.zip").write_bytes(data)
    other = METADATA | {"users": [{"email": "x@example.com", "id": 1, "name": "X"}]}
    (root / "submission_metadata.json").write_text(json.dumps(other))
    found = run(root)
    assert found.get("score") == 14, (root.parent / "stdout").read_text()


@pytest.mark.parametrize(
    ("mail", "score"), [("x@example.com", None), (None, 14), ("", 14), ("AHN@example.org", 14)]
)
def test_a_name_tells_whose_it_is_only_where_there_is_no_mail_address(
    root: Path, mail: str | None, score: int | None
) -> None:
    """Users choose their names, and an answer shows a student's own values."""
    handed_in(root)
    one = {"email": mail, "id": 1, "name": "Ahn Jihoon"}
    (root / "submission_metadata.json").write_text(json.dumps(METADATA | {"users": [one]}))
    found = run(root)
    assert found.get("score") == score
    assert ("whose is this?" in found["output"]) == (score is None)


def test_another_students_ticket_is_for_a_person(root: Path) -> None:
    ticket = variants.write(variants.ticket(a_course(), "berg"))
    (handed_in(root) / "ticket.json").write_bytes(ticket)
    found = run(root)
    assert "score" not in found
    assert "whose is this?" in found["output"]


def test_late_by_gradescopes_own_due_date(root: Path) -> None:
    handed_in(root)
    early = {"due_date": "2026-10-07T18:00:00+00:00"}
    (root / "submission_metadata.json").write_text(json.dumps(METADATA | {"assignment": early}))
    assert run(root)["score"] == pytest.approx(14 * 0.8)
    extended = METADATA["users"][0] | {"assignment": METADATA["assignment"]}
    told = METADATA | {"assignment": early, "users": [extended]}
    (root / "submission_metadata.json").write_text(json.dumps(told))
    assert run(root)["score"] == 14


def test_what_was_handed_in_before_counts_as_attempts(root: Path) -> None:
    handed_in(root)
    before = METADATA | {"previous_submissions": [{"score": 0.0}, {"score": 3.0}]}
    (root / "submission_metadata.json").write_text(json.dumps(before))
    assert run(root)["extra_data"]["connection"]["attempt"] == 3


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "nothing was handed in"),
        ({"essay.pdf": b"%PDF-1.4"}, "nothing to grade in it: essay.pdf"),
        ({"connection.pcap": b"\xd4\xc3\xb2\xa1" + bytes(3)}, "connection.pcap"),
        ({"all.zip": zipped({"../../evil": b"x", "b.txt": b""})}, "nothing to grade in it"),
    ],
)
def test_what_is_no_submission_says_so_and_is_open(
    root: Path, files: dict[str, bytes], told: str
) -> None:
    for name, data in files.items():
        (root / "submission" / name).write_bytes(data)
    found = run(root)
    assert told in found["output"]
    assert "score" not in found
    assert {test["name"] for test in found["tests"]} >= {"handshake", "close"}


def test_another_lab_is_not_this_one(root: Path) -> None:
    place = handed_in(root)
    told = json.loads((place / "run.json").read_bytes()) | {"lab": "mss"}
    (place / "run.json").write_text(json.dumps(told))
    assert "nothing of connection in what was handed in: there is mss" in run(root)["output"]


def test_a_failure_of_ours_says_so_and_decides_nothing(root: Path) -> None:
    handed_in(root)
    (root / "source" / "course.yaml").write_text("course: [")
    found = run(root)
    assert found["output"] == autograding.FAILED
    assert "score" not in found
    assert "course.yaml" in (root.parent / "stdout").read_text()


def test_a_python_that_does_not_start_says_so(root: Path) -> None:
    assert run(root, python="/bin/false")["output"] == autograding.UNFINISHED
    assert run(root, python="/nowhere/python")["output"] == autograding.UNFINISHED


def test_no_old_result_survives(root: Path) -> None:
    handed_in(root)
    run(root)
    assert run(root, python="/bin/false")["output"] == autograding.UNFINISHED


def test_a_decision_of_a_person_is_kept(tmp_path: Path) -> None:
    decided = (
        "- {student: ahn, lab: connection, check: client-isn, points: 1, reason: right, who: kim, "
        "when: 2026-10-12}\n"
    )
    root = autograder_at(tmp_path / "autograder", COURSE, decided)
    handed_in(root, answers=ANSWERS.replace("1000", "7777000"))
    found = run(root)
    assert found["score"] == 14
    assert "kim, 2026-10-12" in next(
        test["output"] for test in found["tests"] if test["name"] == "client-isn"
    )


def test_the_zip_has_both_programs_at_its_root_and_is_always_the_same(root: Path) -> None:
    with zipfile.ZipFile(root.parent / "autograder.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert all(modes[name] & stat.S_IXUSR for name in ("setup.sh", "run_autograder"))
    assert not any(name.startswith(("topologies", "cli", "reports", "tests")) for name in modes)
    again = build(root.parent / "course.yaml", "connection")
    assert again == (root.parent / "autograder.zip").read_bytes()


def test_what_the_zip_imports_is_installed_by_setup(root: Path) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(REQUIREMENTS) <= set(project)
    ours = {"captures", "checkers", "grading", "labs", "languages"}
    not_needed = {"numpy", "compression"}  # the latter is Python's own from 3.14 on
    called = {"yaml": "PyYAML"}
    for path in (root / "source").rglob("*.py"):
        if path.name == "lab.py":
            continue
        for name in imported(path) - ours - set(sys.stdlib_module_names) - not_needed:
            known = called.get(name, name)
            assert any(one.startswith(known) for one in REQUIREMENTS), f"{path}: {name}"


def test_the_zip_starts_no_program_and_makes_no_namespace(root: Path) -> None:
    found = {name for path in (root / "source").rglob("*.py") for name in imported(path)}
    assert not found & {"subprocess", "multiprocessing", "ctypes", "socket", "topologies"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
