"""Where runs are and may come: one way for every command, and nothing is lost."""

from pathlib import Path

import pytest

from tests.checkers.checkers_samples import segments, write_run
from tests.cli.command import tcplab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds one run directory."""
    write_run(tmp_path / "mine" / "connection", segments())
    return tmp_path / "mine"


@pytest.mark.parametrize("command", ["connections", "timeline"])
def test_a_folder_of_one_run_is_that_run(folder: Path, command: str) -> None:
    done = tcplab(command, str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout == tcplab(command, str(folder / "connection")).stdout


def test_pictures_take_it_too(folder: Path, tmp_path: Path) -> None:
    done = tcplab("timeline", str(folder), "--svg", str(tmp_path / "a.svg"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("command", ["connections", "timeline", "demo", "quiz"])
def test_of_a_folder_of_several_one_has_to_be_named(folder: Path, command: str) -> None:
    write_run(folder / "second", segments())
    done = tcplab(command, str(folder))
    assert done.returncode == 2
    assert f"2 runs are in it: name one of {folder}/connection, {folder}/second" in done.stderr


@pytest.mark.parametrize("command", ["run", "start", "demo"])
def test_a_finished_run_is_refused_before_anything_is_played(folder: Path, command: str) -> None:
    before = (folder / "connection" / "run.json").read_bytes()
    done = tcplab(command, "connection", "--out", str(folder))
    assert done.returncode == 2
    assert "holds a run already: name another folder with --out" in done.stderr
    assert (folder / "connection" / "run.json").read_bytes() == before


def test_a_place_where_nothing_can_come_is_refused_too() -> None:
    done = tcplab("run", "connection", "--out", "/proc/x")
    assert done.returncode == 2
    assert "no folder can be made in /proc" in done.stderr
