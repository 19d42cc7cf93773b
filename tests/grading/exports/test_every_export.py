"""What holds for every format: hostile text acts nowhere, one pass, the same bytes, whole files."""

import base64
import gc
import inspect
import json
import re
import weakref
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from grading.course import Course
from grading.exports import FORMATS, canvas, moodle
from grading.grades import StudentGrade
from tests.grading.exports.made import (
    ANY_TEXT,
    HOSTILE,
    a_class,
    hostile_class,
    hostile_course,
    rows_of,
)
from tests.grading.exports.published import CLASSROOM, GRADESCOPE
from tests.grading.exports.test_cells import acts
from tests.grading.exports.test_junit import SCHEMA
from tests.grading.exports.test_sheets import canvas_sheet, moodle_sheet
from tests.grading.handed_in import a_course

Students = Iterable[StudentGrade]


def write(name: str, course: Course, students: Students, folder: Path) -> list[Path]:
    """Write a format, with a sheet for those that need one."""
    if name == "moodle":
        return moodle.write(course, students, folder, moodle_sheet(folder.parent), "connection")
    if name == "canvas":
        return canvas.write(course, students, folder, canvas_sheet(folder.parent))
    writing: Callable[[Course, Students, Path], list[Path]] = import_module(
        f"grading.exports.{FORMATS[name]}"
    ).write
    return writing(course, students, folder)


def check(path: Path) -> None:
    """A written file is whole, readable by its own rules, and nothing in it acts."""
    text = path.read_bytes().decode("utf-8-sig")
    assert len(text) < 1_000_000
    assert re.sub(r"[\r\n]", "", text).isprintable()
    if path.suffix == ".csv":
        assert not [cell for row in rows_of(path) for cell in row.values() if danger(cell)]
    elif path.suffix == ".xml":
        SCHEMA.assertValid(etree.fromstring(text.encode()))
    elif path.name == "results.json":
        jsonschema.validate(json.loads(text), GRADESCOPE)
    elif path.suffix == ".json":
        json.loads(text)
    elif path.parent.name == "classroom":
        jsonschema.validate(json.loads(base64.b64decode(text)), CLASSROOM)


def danger(cell: str) -> bool:
    """Whether a spreadsheet would run a cell, also where it splits it; a dash alone is text."""
    return cell != "-" and any(acts(part) for part in re.split(r"[;\t|]", cell))


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_acts_nowhere(name: str, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        folder = tmp_path / str(number) / "out"
        course = a_course() if name in ("moodle", "canvas") else hostile_course(text)
        paths = write(name, course, iter(hostile_class(text)), folder)
        assert paths
        for path in paths:
            check(path)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=ANY_TEXT)
def test_any_text_acts_nowhere(name: str, text: str) -> None:
    course = a_course() if name in ("moodle", "canvas") else hostile_course(text)
    with TemporaryDirectory() as place:
        for path in write(name, course, iter(hostile_class(text)), Path(place) / "out"):
            check(path)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_grades_make_the_same_bytes(name: str, tmp_path: Path) -> None:
    first, again = (
        {
            path.name: path.read_bytes()
            for path in write(name, a_course(), a_class(), tmp_path / one)
        }
        for one in "ab"
    )
    assert first == again


@pytest.mark.parametrize("name", FORMATS)
def test_students_are_asked_for_once_and_not_kept(name: str, tmp_path: Path) -> None:
    """A student that is still held when the one after the next is asked for would be kept."""

    class Watched(StudentGrade, frozen=True, weakref=True):
        pass

    seen: list[weakref.ref[Watched]] = []

    def stream() -> Iterator[StudentGrade]:
        for _ in range(4):
            for one in a_class():
                if len(seen) >= 2:
                    gc.collect()
                    assert seen[-2]() is None
                watched = Watched(one.student, one.labs, one.final)
                seen.append(weakref.ref(watched))
                yield watched
                del watched

    write(name, a_course(), stream(), tmp_path / "out")
    assert len(seen) == 8


@pytest.mark.parametrize("name", FORMATS)
def test_a_stream_that_breaks_leaves_no_half_written_file(name: str, tmp_path: Path) -> None:
    def stream() -> Iterator[StudentGrade]:
        yield a_class()[0]
        raise InterruptedError

    out = tmp_path / "out"
    with pytest.raises(InterruptedError):
        write(name, a_course(), stream(), out)
    for path in out.rglob("*"):
        assert path.is_dir() or path.parent.name in ("gradescope", "junit", "classroom", "ahn")


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_known_before(name: str, tmp_path: Path) -> None:
    course = a_course()
    nobody = StudentGrade("nobody", {})  # so that there is a list of who isn't in the sheet
    out = tmp_path / "out"
    write(name, course, [*a_class(), nobody], out)
    outputs = import_module(f"grading.exports.{FORMATS[name]}").outputs
    known = outputs("connection" if name == "moodle" else course)
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files == set(known)


def test_every_format_is_a_module_that_writes() -> None:
    for module in FORMATS.values():
        parameters = inspect.signature(import_module(f"grading.exports.{module}").write).parameters
        assert list(parameters)[:3] == ["course", "students", "folder"]
