"""The folder of a graded class: what is removed from it, and what is on the disk at once."""

import os
from pathlib import Path

import pytest

from grading import results
from grading.results import About
from tests.grading.classes import laid
from tests.grading.made_class import contents


def test_only_what_is_named_is_removed_and_only_below_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    laid(tmp_path, {"mine.csv": b"", "elsewhere/ahn.html": b""})
    laid(out, {"labs.csv": b"", "junit/ahn.xml": b"", "feedback/my notes.txt": b""})
    laid(out, {"feedback/.ahn.html.part": b"half", "gradescope/ahn/results.json": b""})
    (out / "linked").symlink_to(tmp_path / "elsewhere")
    names = ["labs.csv", "junit/ahn.xml", "feedback/ahn.html", "gradescope/ahn/results.json"]
    outside = ["../mine.csv", str(tmp_path / "mine.csv"), "linked/ahn.html"]
    results.remove(out, [*names, "never/was.csv", *outside])
    assert {path.name for path in out.rglob("*")} == {"feedback", "my notes.txt", "linked"}
    assert set(contents(tmp_path)) >= {"mine.csv", "elsewhere/ahn.html"}


def test_grading_json_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = About(results.OURS, "2026-10-20T12:00:00+00:00", outputs=("labs.csv",))
    before = laid(tmp_path, {results.ABOUT: b"as it was"}) / results.ABOUT
    synced: list[bytes] = []

    def fsync(descriptor: int) -> None:
        assert before.read_bytes() == b"as it was"
        synced.append(Path(f"/proc/self/fd/{descriptor}").read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    results.note(tmp_path, about)
    assert synced == [before.read_bytes()]
    assert results.claimed(tmp_path, resume=True) == about
