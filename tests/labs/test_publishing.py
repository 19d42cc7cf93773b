"""Files are complete or absent."""

import os
from pathlib import Path

import pytest

from labs.publishing import publish


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_published_whole_with_its_folders(tmp_path: Path) -> None:
    publish(tmp_path / "pcap/a.pcap", b"content")
    assert (tmp_path / "pcap/a.pcap").read_bytes() == b"content"
    assert [path.name for path in (tmp_path / "pcap").iterdir()] == ["a.pcap"]


def test_a_file_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    publish(tmp_path / "run.json", b"a longer, older content")
    publish(tmp_path / "run.json", b"new")
    assert (tmp_path / "run.json").read_bytes() == b"new"


def test_until_it_is_on_the_disk_there_is_no_file_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is looked for at the last moment before it gets its name, and after a failure."""
    seen: list[list[str]] = []

    def failing(descriptor: int) -> None:
        seen.append(names(tmp_path))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="No space left"):
        publish(tmp_path / "run.json", b"content")
    assert seen == [[]]
    assert names(tmp_path) == []


@pytest.mark.parametrize("fails", [False, True])
def test_a_file_system_without_nameless_files_gets_a_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    real_open, real_fsync = os.open, os.fsync

    def without_tmpfile(path: os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported")
        return real_open(path, flags, mode)

    def fsync(descriptor: int) -> None:
        assert not (tmp_path / "run.json").exists()
        if fails:
            raise OSError(28, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr("os.open", without_tmpfile)
    monkeypatch.setattr("os.fsync", fsync)
    if fails:
        with pytest.raises(OSError, match="No space left"):
            publish(tmp_path / "run.json", b"content")
        assert names(tmp_path) == []
    else:
        publish(tmp_path / "run.json", b"content")
        assert names(tmp_path) == ["run.json"]
