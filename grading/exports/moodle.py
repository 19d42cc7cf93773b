"""Moodle's offline grading worksheet, filled in: the sheet that the instructor downloaded.

Moodle reads back the columns that it calls `Identifier`, `Grade` and `Last modified (grade)` in the
language of whoever uploads (mod/assign/feedback/offline/importgradeslib.php), leaves an empty
grade alone, and skips one above the maximum.
"""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from grading.course import Course
from grading.exports.sheet import (
    Sheet,
    Unfilled,
    maximum,
    scaled,
    scaled_final,
    write_unfilled,
)
from grading.grades import StudentGrade

FILE, UNFILLED = "moodle.csv", "moodle-not-filled-in.csv"
GRADE = "Grade"
OPTION = "--moodle-grade-column"


def write(
    course: Course,
    students: Iterable[StudentGrade],
    folder: Path,
    sheet: Path,
    lab: str | None = None,
    grade_column: str | None = None,
) -> list[Path]:
    """Fill in a worksheet: a lab's points, or without a lab the course's grade; the paths written.

    Points are scaled to the sheet's maximum grade; what is pending stays as it was. grade_column:
    the header of the grades, where it can't be told. Raises SheetError, OSError.
    """
    its = Sheet(sheet)
    column = its.column(grade_column) if grade_column else _grade_column(its)
    rows = its.owners(course, before=column)
    unfilled = []
    for one in students:
        if one.student not in rows:
            unfilled.append(Unfilled(one.student, f"no row of {sheet.name} has this mail or id"))
            continue
        line = rows[one.student]
        most = maximum(line.cells[column + 1]) or _no_maximum(its, column, line.number)
        points = scaled(one.labs.get(lab), most) if lab else scaled_final(one, most)
        if points is not None:
            line.cells[column] = points
    its.publish(folder / FILE, before=column)
    return [folder / FILE, *write_unfilled(folder / UNFILLED, unfilled)]


def _grade_column(its: Sheet) -> int:
    """The column of grades: called so, or the only one before a column of one same maximum."""
    inner = range(1, len(its.header) - 1)
    if its.header.count(GRADE) == 1 and its.header.index(GRADE) in inner:
        return its.header.index(GRADE)
    found = [place for place in inner if _is_maximum(its, place + 1) and _is_grade(its, place)]
    if len(found) != 1:
        told = "which column has the grades? Say its header with"
        its.refuse(f"{told} {OPTION}; there are: {', '.join(its.header)}")
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


def _no_maximum(its: Sheet, column: int, line: int) -> Decimal:
    header = its.header[column + 1] if column + 1 < len(its.header) else ""
    told = f"after the grade comes {header!r}, and no maximum grade"
    its.refuse(f"{told}: an assignment that is graded in points has one", line)
