"""Programs whose owner a person had to decide: played and graded as that student's."""

import shutil
from pathlib import Path

import pytest

from cli.exits import NO_VERDICT, PASSED, UsageError
from tests.cli.test_play import LAB, Class, Machine, pretending, run_of
from tests.grading.classes import laid

MIXED = "inbox/berg/mixed"


@pytest.fixture
def mixed(tmp_path: Path) -> Class:
    """Chen's run of echo-server lies in a folder of Berg's, and nowhere else."""
    small = Class(tmp_path)
    shutil.rmtree(small.inbox / "chen")
    laid(tmp_path / MIXED, run_of(small.course, "chen", LAB, b"print('mixed')\n"))
    return small


@pytest.fixture
def machine(mixed: Class, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return pretending(mixed.course, monkeypatch)


def decision(file: Path, owner: str = "chen") -> Path:
    """An overrides.yaml that says whose the mixed up run is."""
    file.write_text(
        f"- {{source: {MIXED}, student: {owner}, reason: mixed up, who: kim, when: 2026-10-12}}\n"
    )
    return file


def test_a_clash_of_names_is_not_played(
    mixed: Class, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mixed.play() == NO_VERDICT
    told = f"  {MIXED}: whose is this? run.json says chen, the name 'berg' berg\n"
    assert told in capsys.readouterr().out
    assert {one.student for one in machine.played} == {"ahn", "berg"}


@pytest.mark.parametrize("owner", ["chen", "berg"])
@pytest.mark.parametrize("given", [False, True])
def test_a_decision_has_it_played_and_graded_as_its_owners(
    mixed: Class, machine: Machine, tmp_path: Path, owner: str, given: bool
) -> None:
    path = decision(tmp_path / ("decided.yaml" if given else "overrides.yaml"), owner)
    overrides = path if given else None
    mixed.play()
    assert mixed.play(overrides=overrides, resume=True) == PASSED
    assert b"print('mixed')\n" in machine.texts(owner)
    mixed.graded(overrides=overrides)
    assert mixed.pending() == {"ahn": False, "berg": False, "chen": owner == "berg"}
    assert MIXED not in (mixed.out / "unclaimed.csv").read_text()


def test_a_decision_that_cannot_be_read_is_wrong_usage(
    mixed: Class, machine: Machine, tmp_path: Path
) -> None:
    decision(tmp_path / "overrides.yaml", "nobody")
    with pytest.raises(UsageError, match="overrides.yaml:1: .*no student 'nobody'"):
        mixed.play()
    with pytest.raises(UsageError, match="none.yaml:1: No such file"):
        mixed.play(overrides=tmp_path / "none.yaml")
