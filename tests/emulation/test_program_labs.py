"""The labs that run a student's program: right ones pass, wrong ones fail where they are wrong."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from captures import run as run_json
from tests.cli.command import tcplab
from tests.emulation.hostile_programs import PROGRAMS
from tests.emulation.inside import PROJECT, run_as, users
from tests.grading.made_class import course as a_class
from tests.grading.made_class import written

pytestmark = [pytest.mark.emulation, pytest.mark.timeout(240)]

STUDENTS = "tests/students"

# A wrong program, and the expectations that it fails; all others pass.
WRONG = [
    ("echo-server", "echo_one_at_a_time", {"at-once", "svr4-reads"}),
    (
        "echo-server",
        "echo_closes_first",
        {"half-close", "half-close-end", "at-once", "quiet-client", "after-a-reset", "svr4-reads"},
    ),
    (
        "echo-server",
        "echo_never_closes",
        {
            *("half-close", "half-close-end", "at-once", "quiet-client", "after-a-reset"),
            *("svr4-reads", "sun-reads"),
        },
    ),
    ("echo-server", "echo_forgets", {"half-close", "svr4-reads"}),
    ("echo-server", "echo_forgets_late", {"half-close", "svr4-reads"}),
    ("echo-server", "echo_dies", {"after-a-reset", "svr4-reads", "server-stays"}),
    (
        "backoff-client",
        "client_steady",
        {"refused", "late", "reset", "reset-status", "messages"},
    ),
    (
        "backoff-client",
        "client_patient",
        {
            *("refused", "late", "late-close", "late-status", "silent-close", "silent-wait"),
            *("silent-status", "reset-status", "messages", "request"),
        },
    ),
]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user can write to as well."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.parametrize("user", users())
@pytest.mark.parametrize(
    ("lab", "program"), [("echo-server", "echo"), ("backoff-client", "client")]
)
def test_a_right_program_passes(user: str, lab: str, program: str, shared: Path) -> None:
    out = shared / user
    path = f"{STUDENTS}/{program}.py"
    done = run_as(user, "-m", "cli.main", "run", lab, "--program", path, "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    directory = out / lab
    schema = json.loads((PROJECT / "docs/run.schema.json").read_text())
    jsonschema.validate(json.loads((directory / "run.json").read_text()), schema)
    assert (directory / "program.py").read_bytes() == (PROJECT / path).read_bytes()
    assert all(one.cpu_s < 1 for one in run_json.load(directory / "run.json").programs)
    assert tcplab("check", str(directory)).returncode == 0


def test_a_program_sees_nothing_of_its_lab(tmp_path: Path) -> None:
    """Neither its run, nor its ticket, nor what is expected of it; and it changes nothing there."""
    program = tmp_path / "looks.py"
    program.write_text(PROGRAMS["looks around"].source)
    made = a_class(["ahn"], ["echo-server"])
    ticket = tcplab("variant", "--course", str(written(made, tmp_path)), "--student", "ahn").stdout
    (tmp_path / "ticket.json").write_text(ticket)
    mine = ("--ticket", str(tmp_path / "ticket.json"), "--out", str(tmp_path / "out"))
    done = tcplab("run", "echo-server", "--program", str(program), *mine)
    assert done.returncode == 1, done.stderr
    shown = (tmp_path / "out/echo-server/transcripts/bsdi.txt").read_text()
    assert shown.endswith("open: [0, 1, 2]\nend of the program\n")
    assert "GOT" not in shown


@pytest.mark.parametrize(("lab", "program", "failing"), WRONG)
def test_a_wrong_program_fails_where_it_is_wrong(
    lab: str, program: str, failing: set[str], tmp_path: Path
) -> None:
    path = f"{STUDENTS}/{program}.py"
    done = tcplab("run", lab, "--program", path, "--out", str(tmp_path), "--json")
    (result,) = json.loads(done.stdout)["results"]
    assert done.returncode == 1, done.stderr
    failed = {one["check"] for one in result["findings"] if one["verdict"] == "FAIL"}
    assert failed == failing, json.dumps(result["findings"], indent=1)
    others = {one["verdict"] for one in result["findings"] if one["check"] not in failing}
    assert others == {"PASS"}, json.dumps(result["findings"], indent=1)
