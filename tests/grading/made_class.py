"""A class on the disk: its course.yaml, and what each student handed in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from grading.course import Course, CourseLab, LatePolicy, Student
from tests.grading.classes import laid
from tests.grading.made_runs import made


def course(
    students: Sequence[str],
    labs: Iterable[str],
    rules: CourseLab = CourseLab(),  # noqa: B008  (frozen)
    **changes: object,
) -> Course:
    """A course; rules: of every lab. changes: of what it otherwise is."""
    plain = Course(
        id="networks",
        title="Networks",
        secret=b"a secret of the course",
        students={one: Student(one, one.title()) for one in students},
        labs=dict.fromkeys(labs, rules),
        late=LatePolicy(),
        attempts="best",
        accept_degraded=False,
    )
    return msgspec.structs.replace(plain, **changes)


def written(its: Course, folder: Path) -> Path:
    """The course's course.yaml in a folder; JSON is YAML."""
    content = {
        "course": its.id,
        "title": its.title,
        "secret": its.secret.decode(),
        "students": [msgspec.to_builtins(one) for one in its.students.values()],
        "labs": {lab: msgspec.to_builtins(rules) for lab, rules in its.labs.items()},
        "late": msgspec.to_builtins(its.late),
        "attempts": its.attempts,
        "missing": its.missing,
    }
    path = folder / "course.yaml"
    path.write_text(json.dumps(content))
    return path


def handed_in(its: Course, folder: Path, number: int = 1) -> Path:
    """Every student's right runs, in a folder of the student's."""
    for student in its.students:
        for lab in its.labs:
            laid(folder / student / lab, made(its, student, lab, number=number).all_files)
    return folder


def contents(folder: Path, without: Iterable[str] = (".lock",)) -> Mapping[str, bytes]:
    """The bytes of every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in without
    }
