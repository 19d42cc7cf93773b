"""The folder that a graded class lies in, DIR: what is kept there, and how it is read again.

    grading.json          what this folder is, and when it was graded
    hand-ins/<name>.json  each hand-in, graded (`Checked`): what --resume goes on with
    results/<id>.json     each student, all labs (`StudentGrade`)

A file is there whole or not at all, and one that can't be read is made again.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

import msgspec

from grading.bulk import HandedIn
from grading.course import Course
from grading.grades import LabGrade, StudentGrade

ABOUT, LOCK, HAND_INS, RESULTS = "grading.json", ".lock", "hand-ins", "results"
OURS = "a class graded by tcplab"

T = TypeVar("T")


class About(msgspec.Struct, frozen=True):
    """grading.json.

    checked: when it is graded, ISO 8601; '' where grading.json couldn't be read. outputs: files
    that were made of it; that may have been, while it isn't finished.
    """

    what: str
    checked: str
    finished: bool = False
    outputs: tuple[str, ...] = ()


class FolderError(ValueError):
    """A folder that can't be used: the message says why, and what to do."""


@dataclass(frozen=True)
class Results:
    """Students of a graded class in the roster's order, as often as they are asked for.

    Raises FolderError for a student whose file is missing or damaged.
    """

    directory: Path
    course: Course

    def __iter__(self) -> Iterator[StudentGrade]:
        about = _read(self.directory / ABOUT, About)
        for student in self.course.students:
            path = self.directory / RESULTS / f"{student}.json"
            grade = _read(path, StudentGrade)
            if grade is None or about is None:
                raise FolderError(f"{path}: can't be read: grade again, with --resume")
            labs = {name: _at(one, about.checked) for name, one in grade.labs.items()}
            yield msgspec.structs.replace(grade, labs=labs)


def students(directory: Path, course: Course) -> Results:
    """The students of a class that was graded into this folder."""
    return Results(directory, course)


def _at(grade: LabGrade, checked: str) -> LabGrade:
    return msgspec.structs.replace(grade, checked=checked)


def claimed(directory: Path, resume: bool) -> About | None:
    """What was graded into the folder, None for nothing; raises FolderError for another's.

    Where all but a readable grading.json is there, it is taken for unfinished.
    """
    about = _read(directory / ABOUT, About)
    if about is None and all((directory / name).is_dir() for name in (HAND_INS, RESULTS)):
        about = About(OURS, checked="")
    if about is not None and about.what == OURS:
        if resume:
            return about
        raise FolderError(
            f"{directory}: a class was graded into it: go on there with --resume, or name a new "
            "folder"
        )
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FolderError(f"{directory}: is there, and tcplab grade didn't make it: name a new one")
    return None


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """The folder, made where it isn't there, for this process alone; raises FolderError."""
    for name in (HAND_INS, RESULTS):
        (directory / name).mkdir(parents=True, exist_ok=True)
    with locked(directory):
        yield


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """A folder for this process alone; raises FolderError."""
    with (directory / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderError(f"{directory}: another tcplab is at work in it") from error
        yield


def note(directory: Path, about: About) -> None:
    """Write grading.json; after a power cut, too, it is as it was or as it is now."""
    data = msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n"
    write(directory / ABOUT, data, on_disk=True)


def write(path: Path, data: bytes, on_disk: bool = False) -> None:
    """Write a file, whole or not at all; after a power cut it may be empty, which is noticed.

    on_disk: it may not, since it is on the disk before it has its name.
    """
    temporary = _unfinished(path)
    with temporary.open("wb") as file:
        file.write(data)
        if on_disk:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def _unfinished(path: Path) -> Path:
    """What a file is called while it is written, where it has a name then; `publishing`'s too."""
    return path.with_name(f".{path.name}.part")


def remove(directory: Path, names: Iterable[str]) -> None:
    """Remove files below the folder, also half written ones, and what folders that empties."""
    top, folders = directory.resolve(), set[Path]()
    for name in names:
        path = directory / name
        if path.resolve().is_relative_to(top):
            path.unlink(missing_ok=True)
            _unfinished(path).unlink(missing_ok=True)
            folders |= {directory / one for one in PurePath(name).parents[:-1]}
    for folder in sorted(folders, reverse=True):  # what is inside comes first
        with contextlib.suppress(OSError):  # it holds something else, or never was
            folder.rmdir()


def hand_in_path(directory: Path, handed: HandedIn) -> Path:
    """Where the grades of a hand-in are kept: the same place for the same files."""
    items = [(item.names, str(item.path), item.entry and item.entry.name) for item in handed.items]
    named = repr((handed.source, items)).encode(errors="backslashreplace")
    return directory / HAND_INS / f"{hashlib.sha256(named).hexdigest()[:32]}.json"


def read_hand_in(path: Path, form: type[T]) -> T | None:
    """A hand-in's Checked, or what of it the form has; None where there is none to be read."""
    return _read(path, form)


def forget(directory: Path, kept: Collection[Path]) -> None:
    """Remove what was kept of hand-ins that are no longer there, and students who left."""
    for name in (HAND_INS, RESULTS):
        for path in (directory / name).iterdir():
            if path not in kept:
                path.unlink()


def _read(path: Path, form: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
