"""Files that came in archives, held in memory and read as if they lay on a disk.

What is large lies on one, under a name of ours: no stranger's name is ever one of our disk's.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal

from captures.place import Place
from grading.members import OF_A_STUDENT

# A file system in memory makes and removes files ten times as fast as a disk's. Used where it
# holds what a student may hand in several times over, for each core has a hand-in open.
MEMORY = Path("/dev/shm")  # noqa: S108  (folders of our own are made in it, by mkdtemp)
MEMORY_BYTES = 8 * OF_A_STUDENT.total_bytes

# Most files of most runs are no larger, and a worker has room for so many of one student.
MOST_HELD_BYTES = 1 << 16
MOST_BYTES_OF_ALL = 1 << 22

CHUNK_BYTES = 1 << 20

Content = bytes | Path

SAME = ("", ".")  # names that lead nowhere


class _Node:
    """What there is at a place: nothing, where it is neither a file nor a folder."""

    __slots__ = ("_path", "name")

    def __init__(self, path: str, name: str) -> None:
        """Path: what messages call it, down to its name."""
        self._path, self.name = path, name

    def __str__(self) -> str:
        return self._path

    def __truediv__(self, name: str) -> Place:
        return self if name in SAME else _Node(f"{self._path}/{name}", name)

    def is_dir(self) -> bool:
        return False

    def is_file(self) -> bool:
        return False

    def is_symlink(self) -> bool:
        return False

    def iterdir(self) -> Iterable[Place]:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self._path)

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._path)

    def read_bytes(self) -> bytes:
        with self.open("rb") as file:
            return file.read()


class HeldFile(_Node):
    """A file. content: its bytes, or where they lie. size_bytes: how many they are."""

    __slots__ = ("_sha256", "content", "size_bytes")

    def __init__(self, path: str, name: str, content: Content) -> None:
        super().__init__(path, name)
        self.content, self._sha256 = content, ""
        self.size_bytes = len(content) if isinstance(content, bytes) else content.stat().st_size

    def is_file(self) -> bool:
        """It is."""
        return True

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Its bytes, to be read."""
        content = self.content
        return BytesIO(content) if isinstance(content, bytes) else content.open(mode)

    def read_bytes(self) -> bytes:
        """All of its bytes."""
        content = self.content
        return content if isinstance(content, bytes) else content.read_bytes()

    @property
    def sha256(self) -> str:
        """Its SHA-256, reckoned once: nothing writes to what is held."""
        if not self._sha256:
            self._sha256 = sha256_of(self)
        return self._sha256


class HeldFolder(_Node):
    """A folder of what is held. children: what is in it, by its name."""

    __slots__ = ("_children",)

    def __init__(self, path: str, name: str = "") -> None:
        super().__init__(path, name)
        self._children: dict[str, HeldFile | HeldFolder] = {}

    def __truediv__(self, name: str) -> Place:
        return self._children.get(name) or super().__truediv__(name)

    def is_dir(self) -> bool:
        """It is."""
        return True

    def iterdir(self) -> Iterable[Place]:
        """What is in it."""
        return self._children.values()

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Raise what a folder on the disk would."""
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self._path)

    def folder_for(self, names: Sequence[str]) -> "HeldFolder":
        """The folder for a file of these names below this one, made where there is none.

        Raises FileExistsError where that file would be a second one of its names, or in a file.
        """
        folder = self
        for name in names[:-1]:
            inner = folder._children.get(name)
            if inner is None:
                inner = folder._children[name] = HeldFolder(f"{folder}/{name}", name)
            elif isinstance(inner, HeldFile):
                raise FileExistsError(str(inner))
            folder = inner
        if names[-1] in folder._children:
            raise FileExistsError(f"{folder}/{names[-1]}")
        return folder

    def add(self, name: str, content: Content) -> HeldFile:
        """A new file in this folder."""
        made = self._children[name] = HeldFile(f"{self._path}/{name}", name, content)
        return made


def sha256_of(place: Place) -> str:
    """The SHA-256 of a file, in hexadecimal; its bytes are never there at once. Raises OSError."""
    told = hashlib.sha256()
    with place.open("rb") as file:
        while part := file.read(CHUNK_BYTES):
            told.update(part)
    return told.hexdigest()


class Scratch:
    """Where the content of files is kept for a while: in memory, as far as it is small.

    What isn't lies in a folder of ours, which is made when first needed and goes with its context.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._count = self._held_bytes = 0

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def keep(self, chunks: Iterator[bytes], spend: Callable[[int], object]) -> Content:
        """Keep what these come to, in all; raises OSError, and what they or `spend` raise.

        spend: told of how many bytes each has, before it is kept.
        """
        held = b""
        for chunk in chunks:
            spend(len(chunk))
            held += chunk
            if len(held) > MOST_HELD_BYTES or len(held) + self._held_bytes > MOST_BYTES_OF_ALL:
                return self._written(held, chunks, spend)
        self._held_bytes += len(held)
        return held

    def _written(
        self, start: bytes, chunks: Iterator[bytes], spend: Callable[[int], object]
    ) -> Path:
        path = self._new()
        try:
            with path.open("xb") as file:
                file.write(start)
                for chunk in chunks:
                    spend(len(chunk))
                    file.write(chunk)
        except BaseException:
            path.unlink()
            raise
        return path

    def _new(self) -> Path:
        """The path of a file that isn't there yet."""
        if self._folder is None:
            made = TemporaryDirectory(prefix="tcplab-", dir=fast_place())
            self._folder = Path(self._stack.enter_context(made))
        self._count += 1
        return self._folder / str(self._count)


def fast_place() -> Path | None:
    """Where temporary folders are made and removed fast; None for the usual place."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= MEMORY_BYTES else None
