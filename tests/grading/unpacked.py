"""Archives unpacked as a hand-in is, by tests that hold each to its line."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from captures.place import below
from grading.archives import LeftOut, unpack
from grading.held import HeldFolder, Scratch
from grading.members import MIB, OF_A_STUDENT, ArchiveError, Limits
from tests.grading.classes import files_of
from tests.grading.hostile import everything

SMALL = Limits(members=20, member_bytes=2 * MIB, total_bytes=3 * MIB, ratio=200)
NOISE = bytes(range(256)) * 4096  # 1 MiB that shrinks 200 times, and no more, with the index below


class Found(NamedTuple):
    """What came of an archive: the bytes of its files by their places, and what was left out."""

    content: dict[str, bytes]
    left_out: tuple[LeftOut, ...]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self.content)


def found_in(data: bytes, limits: Limits = OF_A_STUDENT, name: str = "in.zip") -> Found:
    """Unpack an archive's bytes; what is read below its folder is what is said to be there."""
    folder = HeldFolder(f"around/{name}", name)
    with Scratch() as scratch:
        done = unpack(io.BytesIO(data), folder, scratch, limits)
        content = {one.place: one.file.read_bytes() for one in done.files}
        assert files_of(folder) == set(content)
        for one in done.files:
            assert below(folder, one.place) is one.file
            assert str(one.file) == f"around/{name}/{one.place}"
            assert one.file.size_bytes == len(content[one.place])
    return Found(content, done.left_out)


Opened = Callable[..., Found]


def opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Unpacks an archive's bytes; whatever comes of it, nothing stays on the disk."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    def unpacked(data: bytes, limits: Limits = OF_A_STUDENT, name: str = "in.zip") -> Found:
        try:
            return found_in(data, limits, name)
        finally:
            assert everything(tmp_path) == {}

    return unpacked


def refusal(opened: Opened, data: bytes, **how: object) -> str:
    """The line with which an archive is refused as a whole."""
    with pytest.raises(ArchiveError) as caught:
        opened(data, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)
