"""What is held in memory is read as if it lay on a disk; what is large lies on one, for a while."""

import hashlib
import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from captures.place import Place, below, start_of
from grading.content import sha256
from grading.held import MOST_BYTES_OF_ALL, MOST_HELD_BYTES, Content, HeldFolder, Scratch
from tests.grading.classes import files_of, laid

FILES = {"run.json": b"{}", "pcap/a.pcap": b"packets", "pcap/deep/b": b"", "answers.yaml": b"a: 1"}


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    """A scratch that leaves nothing behind in tmp_path."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with Scratch() as made:
        yield made
    assert list(tmp_path.iterdir()) == []


def keep(scratch: Scratch, *chunks: bytes) -> Content:
    """These chunks, kept; each is counted."""
    spent: list[int] = []
    kept = scratch.keep(iter(chunks), spent.append)
    assert spent == [len(one) for one in chunks]
    return kept


def on_disk(scratch: Path) -> list[int]:
    """The sizes of the files in a folder's temporary folders."""
    return [path.stat().st_size for path in scratch.glob("tcplab-*/*")]


def folder_of(files: dict[str, bytes], path: str) -> HeldFolder:
    """These files in a folder in memory."""
    folder = HeldFolder(path)
    for place, content in files.items():
        names = place.split("/")
        folder.folder_for(names).add(names[-1], content)
    return folder


def told(place: Place) -> tuple[object, ...]:
    """All that can be asked of a place."""
    try:
        read: object = (place.read_bytes(), start_of(place, 2), sha256(place))
    except OSError as error:
        read = (type(error), error.errno, error.strerror)
    kinds = (place.is_dir(), place.is_file(), place.is_symlink())
    return (str(place), place.name, *kinds, read)


@pytest.mark.parametrize(
    "names",
    [
        *FILES,
        *("pcap", "pcap/deep", "pcap//a.pcap", "./pcap/./a.pcap", "pcap/a.pcap/.", "pcap/", ""),
        *("b", "pcap/c", "nowhere/b", "nowhere/a/b", "a\0b", "pcap/deep/b/."),
    ],
)
def test_a_place_in_memory_tells_what_one_on_the_disk_does(tmp_path: Path, names: str) -> None:
    laid(tmp_path, FILES)
    place, its_like = below(folder_of(FILES, str(tmp_path)), names), below(tmp_path, names)
    if "\0" in names:
        assert not place.is_dir()
        assert not place.is_file()
    elif names:
        assert told(place) == told(its_like)
    if its_like.is_dir():
        assert files_of(place) == files_of(its_like)


def test_what_is_below_a_file_is_no_file(tmp_path: Path) -> None:
    laid(tmp_path, FILES)
    for root in (tmp_path, folder_of(FILES, "here")):
        place = below(root, "run.json/a")
        assert not place.is_file()
        with pytest.raises(OSError, match="a directory|No such file"):
            place.read_bytes()
        with pytest.raises(NotADirectoryError):
            list((root / "run.json").iterdir())


def test_no_name_leads_out_of_memory() -> None:
    folder = folder_of(FILES, "/etc")
    for names in ("..", "passwd", "../etc/passwd", "pcap/../run.json", "/etc/passwd"):
        assert not below(folder, names).is_file()


@pytest.mark.parametrize(
    ("first", "second"), [("a", "a"), ("a", "a/b"), ("a", "a/b/c"), ("a/b", "a"), ("a/b", "a/b/c")]
)
def test_no_two_files_are_in_one_place(first: str, second: str) -> None:
    folder = folder_of({first: b"1"}, "")
    with pytest.raises(FileExistsError):
        folder.folder_for(second.split("/"))
    assert files_of(folder) == {first}


def test_what_is_small_is_held_and_what_is_large_is_written(
    scratch: Scratch, tmp_path: Path
) -> None:
    half = bytes(MOST_HELD_BYTES // 2)
    assert keep(scratch, half, half) == half * 2
    assert on_disk(tmp_path) == []
    content = keep(scratch, half, half, b"1", b"2")
    assert isinstance(content, Path)
    assert on_disk(tmp_path) == [MOST_HELD_BYTES + 2]
    folder = HeldFolder("x")
    large = folder.add("large", content)
    assert large.size_bytes == MOST_HELD_BYTES + 2
    assert large.read_bytes() == half * 2 + b"12"
    assert sha256(folder / "large") == hashlib.sha256(half * 2 + b"12").hexdigest()


def test_no_more_is_held_than_a_worker_has_room_for(scratch: Scratch, tmp_path: Path) -> None:
    some = bytes(MOST_HELD_BYTES)
    kept = [keep(scratch, some) for _ in range(MOST_BYTES_OF_ALL // MOST_HELD_BYTES + 3)]
    assert sum(isinstance(one, bytes) for one in kept) == MOST_BYTES_OF_ALL // MOST_HELD_BYTES
    assert on_disk(tmp_path) == [MOST_HELD_BYTES] * 3
    assert keep(scratch, b"") == b""


def test_what_turns_out_to_be_damaged_isn_t_kept(scratch: Scratch, tmp_path: Path) -> None:
    def damaged() -> Iterator[bytes]:
        yield bytes(MOST_HELD_BYTES + 1)
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        scratch.keep(damaged(), lambda _: None)
    assert on_disk(tmp_path) == []


def test_what_is_too_much_isn_t_kept(scratch: Scratch, tmp_path: Path) -> None:
    spent = []

    def spend(size: int) -> None:
        spent.append(size)
        if sum(spent) > 3 * MOST_HELD_BYTES:
            raise ValueError("too much")

    with pytest.raises(ValueError, match="too much"):
        scratch.keep(repeat(bytes(MOST_HELD_BYTES)), spend)
    assert spent == [MOST_HELD_BYTES] * 4
    assert on_disk(tmp_path) == []
