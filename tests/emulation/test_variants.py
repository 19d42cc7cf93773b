"""All labs with a student's own values: played by an ordinary user, with nothing but the ticket."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from captures import run as run_json
from grading import variants
from labs import catalog
from tests.cli.command import tcplab
from tests.emulation.inside import run_as
from tests.grading.test_variants import COURSE

pytestmark = pytest.mark.emulation

# In lab connection the client of the first is bsdi, that of the other svr4, as in the book.
STUDENTS = ("ahn", "chen")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user can write to as well."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("student", STUDENTS)
def test_all_labs_pass_with_a_students_ticket(student: str, shared: Path) -> None:
    ticket = variants.ticket(COURSE, student)
    path = shared / "ticket.json"
    path.write_bytes(variants.write(ticket))
    out = shared / "out"
    whose = ["--student", student, "--ticket", str(path)]
    arguments = ["run", "--all", *whose, "--pace", "quick", "--json", "--out", str(out)]
    done = run_as("ordinary", "-m", "cli.main", *arguments)
    document = json.loads(done.stdout)
    assert [result["lab"] for result in document["results"]] == catalog.of_kind("session")
    failed = [result for result in document["results"] if result["verdict"] != "PASS"]
    assert not failed, json.dumps(failed, indent=1)
    for lab in catalog.of_kind("session"):
        run = run_json.load(out / lab / "run.json")
        assert (run.student, run.variant) == (student, ticket.labs[lab])
    # Later the run directory alone says with which values it was played.
    path.unlink()
    assert tcplab("check", str(out / "half-open"), str(out / "mss")).returncode == 0
