"""Wrong names and wrong combinations: each message says what to do."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.prompt_commands import Commands
from grading.course import example
from labs import catalog
from tests.checkers.checkers_samples import segments, write_run
from tests.cli.command import tcplab

FIGURE = Path(__file__).parents[1] / "captures/figures/18.2-connection.txt"
NO_FILE = "nosuch: there is no such file or folder: check the name"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("grade", "nosuch", "--course", "COURSE", "-o", "OUT"), NO_FILE),
        (("run", "echo-server", "--program", "nosuch"), f"--program: {NO_FILE}"),
        (("run", "echo-server", "--program", "labs"), "--program: labs: Is a directory"),
        (
            ("timeline", str(FIGURE), "--svg", "nosuch/q.svg"),
            "nosuch/q.svg: there is no folder nosuch: make it, or check the name",
        ),
        (
            ("grade", "OUT", "--course", "COURSE", "-o", "OUT", "--moodle-sheet", "nosuch"),
            NO_FILE,
        ),
        (
            ("timeline", str(FIGURE), "--as-expectation", "--svg", "q.svg"),
            "--svg and --html draw what was",
        ),
        (("timeline", str(FIGURE), "--lab-yaml", "--html", "q.html"), "draw what was"),
        (("timeline", str(FIGURE), "--no-short-gaps"), "--as-expectation"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    course = tmp_path / "course.yaml"
    course.write_text(example("a secret that is long enough"))
    places = {"COURSE": str(course), "OUT": str(tmp_path / "out")}
    done = tcplab(*(places.get(one, one) for one in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Errno" not in done.stderr


def test_an_expectation_without_short_gaps() -> None:
    done = tcplab("timeline", str(FIGURE), "--as-expectation", "--no-short-gaps")
    assert done.returncode == 0, done.stderr
    assert "+0~" not in done.stdout
    assert "+0~" in tcplab("timeline", str(FIGURE), "--as-expectation").stdout


def test_the_prompt_says_that_no_socket_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "seen", segments())
    lab = catalog.load("connection")
    session = SimpleNamespace(lab=lab, handout="", hosts=["svr4"], so_far=lambda: run)
    Commands(session, None).run("states")  # type: ignore[arg-type]
    assert "No TCP socket was seen yet" in capsys.readouterr().out


def test_the_readme_counts_the_labs() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text()
    assert f"{len(catalog.names())} labs, sections" in text
