"""YAML kept beside compiled modules: the same as read anew, and never another text's."""

import os
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from labs import catalog
from labs.catalog import kept, yaml_text
from labs.catalog.yaml_file import YamlFile, YamlFileError

TEXT = "# a lab\ntitle: A\nports: [1, {2: yes}]\nsame: &a {b: c}\nagain: *a\n"


@pytest.fixture(autouse=True)
def _keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))


def written(tmp_path: Path, text: str = TEXT) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(text)
    return path


def place(path: Path) -> Path:
    """Where it is kept."""
    return Path(cache_from_source(str(path))).with_name("lab.yaml.kept")


def without_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing can be read but what is kept."""
    monkeypatch.setattr(yaml_text, "read", None)


def test_what_is_kept_is_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    new = YamlFile(path, keep=True)
    without_pyyaml(monkeypatch)
    again = YamlFile(path, keep=True)
    assert again.data == new.data == {
        "title": "A",
        "ports": [1, {2: True}],
        "same": {"b": "c"},
        "again": {"b": "c"},
    }  # fmt: skip
    ways = [("title",), ("ports", 1, "2"), ("again", "b"), ("none",), ("ports", 9), ()]
    assert [again.where(*steps) for steps in ways] == [new.where(*steps) for steps in ways]
    lines = [again.where(*steps).rpartition(":")[2] for steps in ways]
    assert lines == [*"234232"]


def test_another_text_of_the_same_size_and_time_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\n")
    assert YamlFile(path, keep=True).data == {"a": 1}
    before = path.stat()
    path.write_text("a: 2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert YamlFile(path, keep=True).data == {"a": 2}
    assert YamlFile(path, keep=True).data == {"a": 2}


def test_another_reader_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    YamlFile(path, keep=True)
    monkeypatch.setattr(kept, "READER", path)
    without_pyyaml(monkeypatch)
    with pytest.raises(TypeError):
        YamlFile(path, keep=True)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 9, b"\x80", b"\x93\xa1a\xc4\x00\xc0"])
def test_a_damaged_one_counts_for_nothing(tmp_path: Path, damage: bytes) -> None:
    path = written(tmp_path)
    YamlFile(path, keep=True)
    place(path).write_bytes(damage)
    assert YamlFile(path, keep=True).data["title"] == "A"
    assert place(path).read_bytes() != damage


def test_a_date_is_not_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "due: 2026-10-09\n")
    read = [YamlFile(path, keep=True).data for _ in range(2)]
    assert read[0] == read[1] == YamlFile(path).data
    assert not place(path).exists()


def test_a_wrong_file_is_not_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\na: 2\n")
    for _ in range(2):
        with pytest.raises(YamlFileError, match=r"lab\.yaml:2: duplicate key 'a'"):
            YamlFile(path, keep=True)
    assert not place(path).exists()


def test_nothing_is_kept_where_no_module_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    YamlFile(path, keep=True)
    assert not place(path).exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    YamlFile(path)
    assert not place(path).exists()


def test_a_folder_that_can_not_be_written_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", "/proc/none")
    assert YamlFile(written(tmp_path), keep=True).data["title"] == "A"


@pytest.mark.parametrize("name", catalog.names())
def test_every_lab_is_kept_as_it_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(catalog.folder(name).glob("*.yaml"))
    new = [YamlFile(file, keep=True) for file in files]
    without_pyyaml(monkeypatch)
    again = [YamlFile(file, keep=True) for file in files]
    assert [(one.data, one.lines) for one in again] == [(one.data, one.lines) for one in new]
