"""Canvas's gradebook, filled in: the CSV file that the instructor exported.

Its headers are English (lib/gradebook_importer.rb): Student, ID, SIS User ID, SIS Login ID,
Section, and of each assignment `Name (id)`. A row before the students says `Points Possible`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from grading import roster
from grading.course import Course
from grading.exports.sheet import (
    Line,
    Sheet,
    Unfilled,
    scaled,
    scaled_final,
    write_unfilled,
)
from grading.grades import StudentGrade
from grading.plain import plain

FILE, UNFILLED = "canvas.csv", "canvas-not-filled-in.csv"
ID, SECTION = "ID", "Section"
POSSIBLE = "Points Possible"
ASSIGNMENT = re.compile(r".*\S \(\d+\)")
FINAL = "final"  # what stands for the course's grade where columns are named
OPTION = "--canvas-column"

# What lib/gradebook_exporter.rb writes where no points are wanted.
KEPT = {"EX": "excused", "N/A": "not assigned to this student"}


class Column(NamedTuple):
    """A lab's assignment: its column, and the points that Canvas has for it."""

    place: int
    most: Decimal


class Gradebook(NamedTuple):
    """An export that can be filled in: the columns of labs, and the row of each student."""

    sheet: Sheet
    targets: dict[str, Column]
    rows: dict[str, Line]
    before: int  # the first column that is no student's name or id


def read(course: Course, sheet: Path, columns: Mapping[str, str] | None = None) -> Gradebook:
    """Read an export of Canvas's gradebook.

    A lab's assignment is the one with the lab's name in its own; columns: the headers of those for
    which that isn't so, by lab, and `final` for the course's grade. Raises SheetError, OSError.
    """
    its = Sheet(sheet)
    before = _section(its) + 1
    targets = _columns(its, course, columns or {}, before)
    # ID is a number of Canvas's own, and may be another student's id in the course.
    telling = [place for place in range(before) if its.header[place].strip() != ID]
    return Gradebook(its, targets, its.owners(course, telling), before)


def outputs(course: Course) -> list[str]:
    """What `write` may write, below its folder."""
    return [FILE, UNFILLED]


def write(
    course: Course,
    students: Iterable[StudentGrade],
    folder: Path,
    sheet: Path,
    columns: Mapping[str, str] | None = None,
) -> list[Path]:
    """Fill in an export of Canvas's gradebook; the paths written.

    Points are scaled to the points possible; what is pending stays as it was, and who is excused
    from an assignment, or hasn't got it, stays so. columns, errors: as in `read`.
    """
    found = read(course, sheet, columns)
    unfilled = [
        Unfilled("", f"no assignment of {sheet.name} has {lab} in its name: see {OPTION}")
        for lab in course.labs
        if lab not in found.targets
    ]
    for one in students:
        if one.student in found.rows:
            unfilled += _filled(found, one)
        else:
            unfilled.append(found.sheet.lacks(one.student))
    found.sheet.publish(folder / FILE, found.before)
    return [folder / FILE, *write_unfilled(folder / UNFILLED, unfilled)]


def _filled(found: Gradebook, one: StudentGrade) -> Iterator[Unfilled]:
    """Fill in a student's row; what didn't get in."""
    cells = found.rows[one.student].cells
    for lab, (place, most) in found.targets.items():
        points = scaled_final(one, most) if lab == FINAL else scaled(one.labs.get(lab), most)
        if points is None:
            continue
        why = KEPT.get(cells[place].strip().upper())
        if why:
            told = f"{plain(found.sheet.header[place])}: {why}, so {plain(cells[place])} stays"
            yield Unfilled(one.student, told)
        else:
            cells[place] = points


def _section(its: Sheet) -> int:
    names = [name.strip() for name in its.header]
    if names[:1] not in (["Student"], ["LastName"]) or ID not in names or SECTION not in names:
        its.refuse("no export of Canvas's gradebook: Student, ID and Section are missing")
    return names.index(SECTION)


def _columns(
    its: Sheet, course: Course, named: Mapping[str, str], before: int
) -> dict[str, Column]:
    """The column of each lab that has one; refused where there is none at all."""
    possible = next((one for one in its.lines if POSSIBLE in one.cells[0]), None)
    if possible is None:
        its.refuse(f"no row {POSSIBLE!r}: export the gradebook again", 2)
    places = _by_name(its, course, named, before)
    for lab, header in named.items():
        if lab not in course.labs and lab != FINAL:
            its.refuse(f"{OPTION}: the course has no lab {plain(lab)!r}")
        places[lab] = its.column(header)
    if not places:
        labs = ", ".join(course.labs)
        its.refuse(f"no assignment has a lab's name in its own ({labs}): say which, by {OPTION}")
    return {
        lab: Column(place, _most(its, possible, place)) for lab, place in sorted(places.items())
    }


def _by_name(its: Sheet, course: Course, named: Mapping[str, str], before: int) -> dict[str, int]:
    """Assignments that have one lab's name in their own; refused where two have the same."""
    names = roster.labs(course.labs)
    places: dict[str, int] = {}
    for place, header in enumerate(its.header):
        if place < before or not ASSIGNMENT.fullmatch(header) or header in named.values():
            continue
        meant = names.meant(header.rpartition(" (")[0])
        if len(meant) != 1 or meant[0] in named:
            continue
        if meant[0] in places:
            other = its.header[places[meant[0]]]
            told = f"both {plain(other)!r} and {plain(header)!r} may be {meant[0]}"
            its.refuse(f"{told}: say which, by {OPTION}")
        places[meant[0]] = place
    return places


def _most(its: Sheet, possible: Line, place: int) -> Decimal:
    most = its.maximum(possible, place)
    if most is None:
        header, text = plain(its.header[place]), plain(possible.cells[place])
        its.refuse(f"{header!r} has {text!r} points possible, which is no number", possible.number)
    return most
