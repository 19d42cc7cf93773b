"""The bytes of files and folders, for a digest that changes with each of them."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Protocol

from captures.place import Place
from grading.bulk import MOST_NAMES
from grading.held import CHUNK_BYTES, HeldFile, sha256_of


class Digest(Protocol):
    """What takes bytes, such as hashlib's."""

    def update(self, data: bytes, /) -> None:
        """Take these."""


def take(digest: Digest, parts: Iterable[bytes]) -> None:
    """Give parts to a digest so that no other parts amount to the same."""
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)


def tree(path: Path, deep: int = 0) -> Iterator[bytes]:
    """The names, kinds and bytes of all below a path that is looked into; no link is followed."""
    mode = path.lstat().st_mode
    yield str(stat.S_IFMT(mode)).encode()
    try:
        if stat.S_ISREG(mode):
            with FileIO(path) as file:
                yield from _read(file.read)
        elif stat.S_ISDIR(mode) and deep < MOST_NAMES:
            children = sorted(path.iterdir())
            yield str(len(children)).encode()
            for child in children:
                yield os.fsencode(child.name)
                yield from tree(child, deep + 1)
    except PermissionError:
        yield b"it can't be read"


def sha256(place: Place) -> str:
    """A file's SHA-256; '' where there is no such file."""
    if isinstance(place, HeldFile):
        return place.sha256
    try:
        return sha256_of(place)
    except FileNotFoundError:
        return ""


def _read(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while part := read(CHUNK_BYTES):
        yield part
