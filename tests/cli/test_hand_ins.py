"""What a class handed in, found by paths as they are typed, and read from anywhere."""

from pathlib import Path

import pytest

from cli.hand_ins import handed_in
from grading.bulk import HandedIn
from grading.results import hand_in_path
from tests.grading.classes import CAPTURE, finder, laid
from tests.grading.hostile import zipped

OUT = Path("/nowhere")


def typed(monkeypatch: pytest.MonkeyPatch, folder: Path, *paths: str) -> list[HandedIn]:
    """What is found at these paths when they are typed in a folder."""
    monkeypatch.chdir(folder)
    return handed_in(finder(), list(map(Path, paths)), OUT)


def test_relative_paths_are_read_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster's workers and a later --resume are started elsewhere."""
    laid(tmp_path / "class", {"ahn/mss.pcap": CAPTURE})
    (tmp_path / "more.zip").write_bytes(zipped({"berg/mss.pcap": CAPTURE}))
    (tmp_path / "elsewhere").mkdir()
    found = typed(monkeypatch, tmp_path, "class", "more.zip")
    again = typed(monkeypatch, tmp_path / "class", ".", "../more.zip")
    assert found == again
    assert [one.where for one in found] == ["class/ahn", "more.zip/berg"]
    assert [hand_in_path(OUT, one) for one in found] == [hand_in_path(OUT, one) for one in again]
    monkeypatch.chdir(tmp_path / "elsewhere")
    for one in found:
        with finder().opened(one) as opened:
            assert [each.place.read_bytes() for each in opened.submissions] == [CAPTURE]


def test_a_link_that_is_named_is_no_more_followed_than_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tcplab grade inbox/*` names what lies there, students' links among it."""
    laid(tmp_path, {"secret/ahn.pcap": CAPTURE})
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/ahn.pcap").symlink_to("../secret/ahn.pcap")
    (found,) = typed(monkeypatch, tmp_path, "inbox/ahn.pcap")
    monkeypatch.chdir(tmp_path / "secret")
    with finder().opened(found) as opened:
        (one,) = opened.submissions
    assert one.problem == "nothing to grade in it: ahn.pcap (a link)"
