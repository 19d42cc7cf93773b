"""A sheet that a learning system gave out: read as it is, a few cells filled in, written again.

Its encoding mark, separator, line ends and all other rows and columns stay, since the learning
system reads them back. Whose a row is, is told by its cells, never by headers: those are in the
language of whoever downloaded it.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, NoReturn

from grading.course import Course
from grading.exports.cells import BOM, Table, defused
from grading.grades import LabGrade, StudentGrade, points_text, rounded_down
from grading.plain import plain
from grading.roster import Roster
from labs.publishing import publish, publishing

LARGEST_BYTES = 64 << 20  # of a course of thousands with all of its assignments: a few MB
SEPARATORS = ",;\t"
NUMBER = re.compile(r"\d+([.,]\d+)?")
UNCLEAR = re.compile(r"\d+,\d{3}")  # a thousand and more, or three decimals
HUNDRED = Decimal(100)


class SheetError(ValueError):
    """A sheet that can't be filled in: the message says file, line, why, and what to do."""


class Line(NamedTuple):
    """A row of a sheet, and the line of the file that it begins on."""

    number: int
    cells: list[str]


class Unfilled(NamedTuple):
    """A grade that didn't get into the sheet, and why."""

    student: str
    why: str


class Sheet:
    """The sheet at a path; raises SheetError, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = self._text()
        first = text.partition("\n")[0]
        self._separator = max(SEPARATORS, key=first.count)
        header, *self.lines = self._read(text)
        self.header = header.cells
        for line in self.lines:
            if len(line.cells) != len(self.header):
                told = f"{len(line.cells)} cells, and the header has {len(self.header)}"
                self.refuse(f"{told}: download the sheet again", line.number)

    def refuse(self, message: str, line: int = 1) -> NoReturn:
        """Raise SheetError with file and line."""
        raise SheetError(f"{self.path}:{line}: {message}")

    def column(self, header: str) -> int:
        """The column of this header, exactly; refused where none or several have it."""
        found = [place for place, name in enumerate(self.header) if name.strip() == header]
        if len(found) != 1:
            known = ", ".join(map(plain, self.header))
            self.refuse(f"{len(found)} columns are called {plain(header)!r}; there are: {known}")
        return found[0]

    def maximum(self, line: Line, column: int) -> Decimal | None:
        """The points that there are in a row, as `maximum` says; refused where that is unclear."""
        text = line.cells[column].strip()
        if UNCLEAR.fullmatch(text):
            told = f"is {text!r} {text.replace(',', '')} or {text.replace(',', '.')}?"
            self.refuse(f"{told} Write it in one of these ways, without the comma", line.number)
        return maximum(text)

    def owners(self, course: Course, columns: Iterable[int]) -> dict[str, Line]:
        """The row of each student, told by mail address or id in these columns.

        Refused where a row is two students', a student has two rows, or no row is anybody's.
        """
        roster = Roster(course.students)
        told_by = self._identifying(columns, roster)
        rows: dict[str, Line] = {}
        for line in self.lines:
            owner = self._owner(line, told_by, roster)
            if owner in rows:
                self.refuse(f"{owner} has line {rows[owner].number}, too", line.number)
            if owner:
                rows[owner] = line
        if not rows:
            told = "no row has a mail address or id of the course's students"
            self.refuse(f"{told}: let the learning system show them, and download it again", 2)
        return rows

    def lacks(self, student: str) -> Unfilled:
        """That a student has no row."""
        return Unfilled(student, f"no row of {self.path.name} has this mail or id")

    def publish(self, path: Path, before: int) -> None:
        """Write the sheet as it is now; raises OSError.

        Names in the columns before this one are defused: no system reads them back.
        """
        rows = [self._row(self.header)]
        for line in self.lines:
            safe = [one if _number(one) else defused(one) for one in line.cells[:before]]
            rows.append(self._row([*safe, *line.cells[before:]]))
        publish(path, (BOM if self._marked else b"") + "".join(rows).encode())

    def _row(self, cells: Iterable[str]) -> str:
        """A row as text. Python 3.11 quotes no line end but those that it ends rows with."""
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self._separator, lineterminator="\r\n").writerow(cells)
        return text.getvalue().removesuffix("\r\n") + self._newline

    def _text(self) -> str:
        with self.path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            self.refuse(f"more than {LARGEST_BYTES >> 20} MiB: is this the sheet?")
        self._marked = data.startswith(BOM)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.refuse("not UTF-8: download it again, or save it as CSV in UTF-8", line)

    def _read(self, text: str) -> list[Line]:
        """The rows; their line ends are like that of the header, which comes first."""
        lines = io.StringIO(text, newline="").readlines()
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        found, number = list[Line](), 1
        try:
            for cells in reader:
                if cells and not found:
                    self._newline = _line_end(lines[reader.line_num - 1])
                if cells:
                    found.append(Line(number, cells))
                number = reader.line_num + 1
        except csv.Error as error:
            self.refuse(f"not a CSV file: {error}", number)
        if not found:
            self.refuse("an empty sheet")
        return found

    def _identifying(self, columns: Iterable[int], roster: Roster) -> list[int]:
        """Those that tell students apart; not one in which a few family names are ids."""
        counts = {column: self._told_apart(column, roster) for column in columns}
        enough = max(counts.values(), default=0) / 2
        return [column for column, count in counts.items() if count and count >= enough]

    def _told_apart(self, column: int, roster: Roster) -> int:
        """How many students a column names; 0 where it names one twice and has no mail."""
        cells = [line.cells[column] for line in self.lines]
        known = [student for cell in cells if (student := roster.known(cell))]
        twice = len(known) > len(set(known))
        return 0 if twice and not any("@" in cell for cell in cells) else len(known)

    def _owner(self, line: Line, columns: Iterable[int], roster: Roster) -> str | None:
        named = [line.cells[place] for place in columns]
        found = {student for cell in named if (student := roster.known(cell))}
        if len(found) > 1:
            told = " and ".join(sorted(found))
            self.refuse(f"whose row is this? Its cells fit {told}", line.number)
        return found.pop() if found else None


def maximum(text: str) -> Decimal | None:
    """A positive number of points as learning systems write it; None for anything else."""
    if not NUMBER.fullmatch(text.strip()):
        return None
    return Decimal(text.strip().replace(",", ".")) or None


def scaled(lab: LabGrade | None, most: Decimal) -> str | None:
    """A lab's points on the learning system's scale; None where they are open, or there is none."""
    if lab is None or lab.open or lab.problem or not lab.total:
        return None
    return points_text(min(most, rounded_down(lab.earned * most / lab.total)))


def scaled_final(one: StudentGrade, most: Decimal) -> str | None:
    """The course's grade on the learning system's scale; None while it is open."""
    return None if one.final is None else points_text(rounded_down(one.final * most / HUNDRED))


def write_unfilled(path: Path, unfilled: Sequence[Unfilled]) -> list[Path]:
    """Write who isn't in the sheet, if anybody; the path. An older list is removed."""
    if not unfilled:
        path.unlink(missing_ok=True)
        return []
    with publishing(path) as file:
        table = Table(file, Unfilled._fields)
        for one in unfilled:
            table.row(one)
    return [path]


def _line_end(line: str) -> str:
    """The end of a line; that of the last one, which may have none, is a line feed."""
    return line[len(line.rstrip("\r\n")) :] or "\n"


def _number(text: str) -> bool:
    return re.fullmatch(r"-?\d*([.,]\d+)?", text.strip()) is not None
