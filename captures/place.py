"""Where files are read: on the disk, or in memory."""

from collections.abc import Iterable
from typing import BinaryIO, Literal, Protocol


class Place(Protocol):
    """A file or folder that is read: a pathlib.Path, or what has these of its operations.

    As text it is what messages call it.
    """

    @property
    def name(self) -> str:
        """Its own name."""

    def __truediv__(self, name: str, /) -> "Place":
        """What has this name in it, be it there or not."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""

    def is_file(self) -> bool:
        """Whether it is a file."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""

    def iterdir(self) -> "Iterable[Place]":
        """What is in a folder; raises OSError."""

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """A file to be read; raises OSError."""

    def read_bytes(self) -> bytes:
        """All of a file; raises OSError."""


def start_of(place: Place, size_bytes: int) -> bytes:
    """The first bytes of a file, so many of them at most; raises OSError."""
    with place.open("rb") as file:
        return file.read(size_bytes)


def below(folder: Place, names: str) -> Place:
    """What has these names below a folder: `pcap/svr4-eth0.pcap`."""
    for name in names.split("/"):
        folder = folder / name
    return folder
