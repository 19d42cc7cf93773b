"""A class that `tcplab grade` grades, as an instructor has it."""

import csv
from pathlib import Path
from typing import Any

import msgspec

from cli import grade as grading_class
from grading import results
from grading.course import Course
from grading.grades import StudentGrade
from tests.grading.made_class import handed_in, written

AT = "2026-10-20T12:00:00+00:00"
LABS = ("connection", "reset-refused")
STUDENTS = ("ahn", "berg", "chen", "dora")


class Class:
    """A course in a folder, with what was handed in; `graded` by the command line, in-process."""

    def __init__(self, folder: Path, its: Course) -> None:
        self.folder, self.course = folder, its
        self.file = written(its, folder)
        self.inbox = handed_in(its, folder / "inbox")
        self.out = folder / "out"

    def change(self, **changes: object) -> None:
        self.course = msgspec.structs.replace(self.course, **changes)
        self.file = written(self.course, self.folder)

    def wishes(self, out: Path | None = None, **changes: Any) -> grading_class.Wishes:
        plain = grading_class.Wishes(
            paths=[self.inbox],
            course=self.file,
            out=out or self.out,
            formats=[],
            overrides=None,
            lab=None,
            jobs=2,
            resume=False,
            dask=None,
            at=grading_class.moment(AT),
            published=False,
        )
        return plain._replace(**changes)

    def graded(self, out: Path | None = None, **changes: Any) -> int:
        return grading_class.grade(self.wishes(out, **changes))

    def command(self, *more: str) -> list[str]:
        paths = (str(self.inbox), "--course", str(self.file), "-o", str(self.out))
        return ["grade", *paths, "--at", AT, "--format", "", *more]

    def students(self) -> dict[str, StudentGrade]:
        return {one.student: one for one in results.students(self.out, self.course)}

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
