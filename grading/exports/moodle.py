"""Moodle's offline grading worksheet, filled in: the sheet that the instructor downloaded.

Moodle reads back the columns that it calls `Identifier`, `Grade` and `Last modified (grade)` in the
language of whoever uploads (mod/assign/feedback/offline/importgradeslib.php), leaves an empty
grade alone, and skips one above the maximum.
"""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from grading.course import Course
from grading.exports.sheet import (
    Line,
    Sheet,
    maximum,
    scaled,
    scaled_final,
    write_unfilled,
)
from grading.grades import StudentGrade
from grading.plain import plain

GRADE = "Grade"
OPTION = "--moodle-grade-column"


class Worksheet(NamedTuple):
    """A worksheet that can be filled in: the column of grades, and the row of each student."""

    sheet: Sheet
    column: int
    rows: dict[str, Line]

    def most(self, line: Line) -> Decimal:
        """The maximum grade in a row; refused where there is none."""
        after = self.column + 1
        found = self.sheet.maximum(line, after) if after < len(line.cells) else None
        if found is None:
            header = plain(self.sheet.header[after]) if after < len(line.cells) else "nothing"
            told = f"after the grade comes {header!r}, and no maximum grade"
            self.sheet.refuse(f"{told}: an assignment graded in points has one", line.number)
        return found


def read(course: Course, sheet: Path, grade_column: str | None = None) -> Worksheet:
    """Read a worksheet; grade_column: the header of the grades, where it can't be told.

    Raises SheetError, OSError.
    """
    its = Sheet(sheet)
    column = its.column(grade_column) if grade_column else _grade_column(its)
    found = Worksheet(its, column, its.owners(course, range(column)))
    for line in found.rows.values():
        found.most(line)
    return found


def outputs(lab: str | None) -> tuple[str, str]:
    """What `write` may write of a lab, below its folder: the sheet, and who isn't in it."""
    name = f"moodle-{lab}" if lab else "moodle"
    return f"{name}.csv", f"{name}-not-filled-in.csv"


def write(
    course: Course,
    students: Iterable[StudentGrade],
    folder: Path,
    sheet: Path,
    lab: str | None = None,
    grade_column: str | None = None,
) -> list[Path]:
    """Fill in a worksheet: a lab's points, or without a lab the course's grade; the paths written.

    Points are scaled to the sheet's maximum grade; what is pending stays as it was. grade_column,
    errors: as in `read`.
    """
    found = read(course, sheet, grade_column)
    unfilled = []
    for one in students:
        if one.student in found.rows:
            _fill(found, one, lab)
        else:
            unfilled.append(found.sheet.lacks(one.student))
    path, listed = (folder / name for name in outputs(lab))
    found.sheet.publish(path, before=found.column)
    return [path, *write_unfilled(listed, unfilled)]


def _fill(found: Worksheet, one: StudentGrade, lab: str | None) -> None:
    line = found.rows[one.student]
    most = found.most(line)
    points = scaled(one.labs.get(lab), most) if lab else scaled_final(one, most)
    if points is not None:
        line.cells[found.column] = points


def _grade_column(its: Sheet) -> int:
    """The column of grades: called so, or the only one before a column of one same maximum."""
    inner = range(1, len(its.header) - 1)
    if its.header.count(GRADE) == 1 and its.header.index(GRADE) in inner:
        return its.header.index(GRADE)
    found = [place for place in inner if _is_maximum(its, place + 1) and _is_grade(its, place)]
    if len(found) != 1:
        told = "which column has the grades? Say its header with"
        its.refuse(f"{told} {OPTION}; there are: {', '.join(map(plain, its.header))}")
    return found[0]


def _is_maximum(its: Sheet, column: int) -> bool:
    values = {maximum(line.cells[column]) for line in its.lines}
    return len(values) == 1 and None not in values


def _is_grade(its: Sheet, column: int) -> bool:
    """Whether a column may hold grades: empty, a dash, or numbers up to the maximum."""
    for line in its.lines:
        text, most = line.cells[column].strip(), maximum(line.cells[column + 1])
        found = maximum(text)
        if text.strip("0.,-") and (found is None or most is None or found > most):
            return False
    return True
