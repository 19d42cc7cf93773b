"""The command line without root: messages, exit statuses, and output for programs."""

from pathlib import Path

import pytest

from checkers.checks import CHECKS
from cli import show_checks
from cli.exits import UsageError
from cli.labs import load
from labs import catalog
from labs.catalog import Item
from tests.cli.cli_samples import FIGURE, RIGHT, run_directory
from tests.cli.command import tcplab


def test_help_shows_examples() -> None:
    for command in ("run", "check", "connections", "timeline"):
        done = tcplab(command, "--help")
        assert done.returncode == 0
        assert f"tcplab {command} " in done.stdout


def test_list_names_every_lab() -> None:
    done = tcplab("list")
    assert done.returncode == 0
    for name in catalog.names():
        assert name in done.stdout


def test_list_shows_which_labs_run_a_program() -> None:
    rows = [line.split() for line in tcplab("list").stdout.splitlines()]
    lines = {row[0]: row[1] for row in rows if len(row) > 1}
    assert (lines["echo-server"], lines["mss"]) == ("program", "session")


def test_all_labs_are_those_that_need_no_program(capsys: pytest.CaptureFixture[str]) -> None:
    from cli import run

    assert run._every() == catalog.of_kind("session")
    assert "left out, since they run a program of yours: backoff-client, echo-server" in (
        capsys.readouterr().err
    )


def test_show_prints_the_handout() -> None:
    done = tcplab("show", "connection")
    assert done.returncode == 0
    assert "telnet bsdi discard" in done.stdout


@pytest.mark.parametrize("command", ["show", "run"])
def test_an_unknown_lab_is_wrong_usage_and_names_the_near_one(command: str) -> None:
    done = tcplab(command, "conection")
    assert done.returncode == 2
    assert "connection" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "--all"),
        (["run", "mss", "--all"], "--all"),
        (["run", "mss", "--pace", "slow"], "book or quick"),
        (["run", "mss", "--jobs", "0"], "--jobs"),
        (["run", "echo-server"], "name it with --program FILE.py"),
        (["run", "mss", "--program", "README.md"], "those that do are backoff-client, echo-server"),
        (["run", "echo-server", "--program", "none.py"], "none.py"),
        (["run", "echo-server", "--program", "labs"], "--program"),
        (["check"], "PATH"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_says_what_to_give(arguments: list[str], message: str) -> None:
    done = tcplab(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: x\ntitle: y\n", "lab.yaml:2"),
        ("colour: blue\n", "colour"),
        ("title: [\n", "lab.yaml:2"),
    ],
)
def test_a_broken_lab_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/lab.yaml").write_text(text)
    original = catalog.load
    monkeypatch.setattr(catalog, "load", lambda name, given: original(name, tmp_path, given))
    with pytest.raises(UsageError, match=message):
        load("mine")


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_played(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    done = tcplab("run", "connection", "--out", str(tmp_path / "file"))
    assert done.returncode == 2
    assert "is a file" in done.stderr
    assert "building" not in done.stderr


def test_a_piped_handout_is_the_text() -> None:
    assert tcplab("show", "mss").stdout == catalog.handout("mss")


def test_the_version_is_told() -> None:
    assert tcplab("--version").stdout.startswith("tcplab ")


def test_show_explains_every_check() -> None:
    done = tcplab("show", "--checks")
    assert done.returncode == 0
    for name, one in CHECKS.items():
        assert f"\n{name}" in f"\n{done.stdout}"
        assert one.promise in done.stdout
        assert f"- check: {name}\n" in done.stdout


def test_show_explains_one_check() -> None:
    done = tcplab("show", "--checks", "half_close")
    assert done.stdout.startswith("half_close: RFC 9293 3.6; TCP/IP Illustrated 18.5\n")
    assert "It needs a vantage point (at); needs client, server, first;" in done.stdout
    assert "handshake" not in done.stdout


@pytest.mark.parametrize("lab", catalog.names())
def test_show_lists_what_a_lab_is_graded_by(lab: str) -> None:
    text = show_checks.lab_text(lab)
    first, *rows = text.splitlines()
    assert first == f"{lab} is graded by"
    assert [row.split()[0] for row in rows] == list(catalog.load_rubric(lab))


def test_show_says_points_needs_and_visibility() -> None:
    done = tcplab("show", "--checks", "connection")
    assert done.returncode == 0
    assert "    close       2 points, needs handshake  check close\n" in done.stdout
    assert "    client-isn  1 point, needs handshake   question\n" in done.stdout
    item = Item(points=1, visibility="after_due_date")
    assert show_checks.worth(item) == "1 point, after due date"


def test_show_shows_a_lab_and_a_check_of_one_name() -> None:
    told = tcplab("show", "--checks", "mss").stdout
    assert told.startswith("mss is graded by\n")
    assert "\n\nmss: RFC 9293 3.7.1\n" in told


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--checks", "halfclose"], "half_close"), ([], "which lab?")]
)
def test_show_says_what_it_does_not_know(arguments: list[str], words: str) -> None:
    done = tcplab("show", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_report_of_runs_and_of_a_bare_capture(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "runs/connection", RIGHT, captured=7)
    page = tmp_path / "mine.html"
    done = tcplab("report", str(run.parent), "-o", str(page))
    assert done.returncode == 0, done.stderr
    assert "on one clock" in page.read_text()
    bare = tcplab("report", str(FIGURE), "--lab", "connection", "-o", str(page))
    assert bare.returncode == 0, bare.stderr
    assert "Connection establishment and termination" in page.read_text()


def test_a_report_says_what_it_could_not_read_and_has_the_rest(tmp_path: Path) -> None:
    run_directory(tmp_path / "runs/connection", RIGHT, captured=7)
    (tmp_path / "runs/mss/pcap").mkdir(parents=True)
    page = tmp_path / "mine.html"
    done = tcplab("report", str(tmp_path / "runs"), "-o", str(page))
    assert done.returncode == 2
    assert "interrupted: no run.json" in done.stderr
    assert "interrupted: no run.json" in page.read_text()
    assert "on one clock" in page.read_text()
    assert tcplab("report", str(FIGURE), "-o", str(page), "--lang", "xx").returncode == 2
