"""Where a run may come, and what of an earlier one is in its way."""

from pathlib import Path

import pytest

from labs.launch import check_place, old_answers


def finished(folder: Path) -> Path:
    (folder / "pcap").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    return folder


def test_a_finished_run_is_replaced_only_on_demand(tmp_path: Path) -> None:
    place = finished(tmp_path / "connection")
    with pytest.raises(FileExistsError, match=r"holds a run already: .*--out.*--force"):
        check_place(place, replace=False)
    check_place(place, replace=True)


def test_what_an_interrupted_run_left_may_be_replaced(tmp_path: Path) -> None:
    check_place(tmp_path, replace=False)
    (tmp_path / "pcap").mkdir()
    (tmp_path / "answers.yaml").write_text("isn: 1\n")
    check_place(tmp_path, replace=False)


def test_a_folder_of_something_else_never_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"it holds thesis\.tex"):
        check_place(tmp_path, replace=True)


@pytest.mark.parametrize("place", ["/proc/x/connection", "/sys/x/connection"])
def test_where_no_folder_can_be_made_is_said_before_anything_is_played(place: str) -> None:
    with pytest.raises(PermissionError, match=r"no folder can be made in /(proc|sys) .*--out"):
        check_place(Path(place), replace=False)


def test_looking_leaves_nothing(tmp_path: Path) -> None:
    check_place(tmp_path / "a" / "connection", replace=False)
    assert list(tmp_path.iterdir()) == []


def test_answers_of_an_earlier_run_are_said(tmp_path: Path) -> None:
    assert old_answers(tmp_path) == ""
    (tmp_path / "answers.yaml").write_text("isn: 1\n")
    assert "was written about the run before" in old_answers(tmp_path)
