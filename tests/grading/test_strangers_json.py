"""JSON that nests without end, and seals that are none: only what they belong to suffers."""

from pathlib import Path

import pytest

from captures import run as run_json
from grading import manifest, variants
from grading.submissions import Submission, finder_of
from tests.grading.classes import COURSE, laid, run

DEEP = b'{"a":' * 5000
TWO_RUNS = run("connection", folder="ahn/connection/") | run("mss", folder="ahn/mss/")


def opened(folder: Path, files: dict[str, bytes]) -> list[Submission]:
    """The submissions of all hand-ins of a class with these files beside two runs of Ahn's."""
    finder = finder_of(COURSE, None)
    found: list[Submission] = []
    for handed in finder.handed_in([laid(folder / "class", TWO_RUNS | files)]):
        with finder.opened(handed) as its:
            found += its.submissions
    return found


@pytest.mark.parametrize("name", ["run.json", "ticket.json", "manifest.json"])
def test_json_that_nests_without_end_costs_no_other_lab(tmp_path: Path, name: str) -> None:
    connection, mss = opened(tmp_path, {f"ahn/connection/{name}": DEEP})
    assert (connection.student, connection.lab, connection.problem) == ("ahn", "connection", "")
    assert (mss.student, mss.lab, mss.notes, mss.problem) == ("ahn", "mss", (), "")
    assert ("its ticket isn't believed: not a ticket: " in "".join(connection.notes)) == (
        name == "ticket.json"
    )


def test_a_run_json_that_nests_without_end_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(DEEP)
    with pytest.raises(ValueError, match=r"run\.json: not a run\.json: "):
        run_json.load(tmp_path / "run.json")


def test_a_manifest_that_nests_without_end_is_none() -> None:
    assert manifest.read(DEEP) is None


@pytest.mark.parametrize("seal", ["\u00e9", "\U0001f600", "\uac00" * 64, ""])
def test_a_ticket_with_any_seal_is_only_not_believed(tmp_path: Path, seal: str) -> None:
    text = variants.write(variants.ticket(COURSE, "ahn")).decode()
    own = variants.parse(text.encode()).seal
    ticket = text.replace(own, seal).encode()
    connection, _ = opened(tmp_path, {"ahn/connection/ticket.json": ticket})
    assert (connection.student, connection.problem) == ("ahn", "")
    assert connection.notes == (
        "its ticket isn't believed: the course networks didn't seal it as it is",
    )
