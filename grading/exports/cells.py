"""Cells of tables that spreadsheets open: text stays text, whatever it begins with."""

import csv
import re
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import BinaryIO

from grading.grades import points_text
from grading.plain import plain
from grading.remembered import Remembered

Cell = str | int | Decimal | None

LONGEST = 4000  # characters of a cell: of what Excel takes an eighth

# Excel takes a CSV file without it for one in the code page of its country: names in Korean are
# lost. LibreOffice, Google Sheets and Python's utf-8-sig read files with it as well.
BOM = b"\xef\xbb\xbf"

# What begins a formula, with what stands for it in full width or in small letters (Unicode's
# FF1D ...), after blanks and quotes that spreadsheets skip. Also behind a separator: in half of
# Europe a spreadsheet splits at semicolons, not at commas.
_BEGINNINGS = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b\t\r\n"
_QUOTES = "\"'`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\uff02\uff07"
_FORMULA = re.compile(rf"(^|[;,\t|])([\s{_QUOTES}]*)(?=[{_BEGINNINGS}])")


def text_cell(text: str, longest: int = LONGEST) -> str:
    """Strangers' text as a cell: on one line, cut, and never a formula."""
    return defused(plain(text, longest))


def defused(text: str) -> str:
    """The text, with an apostrophe before whatever a spreadsheet would run."""
    return _FORMULA.sub(r"\1'\2", text) if _FORMULA.search(text) else text  # faster than sub alone


def cell(value: Cell) -> str:
    """A cell: our own numbers as they are, None as nothing, text defused."""
    if value is None:
        return ""
    if isinstance(value, str):
        return text_cell(value)
    return points_text(value) if isinstance(value, Decimal) else str(value)


# Most cells of a class say what many others say: a lab, a status, what was expected. Numbers that
# are equal make the same cell, whatever their type.
_CELLS = Remembered(cell)


class Table:
    """A CSV file (RFC 4180) that is written row by row, in UTF-8 with a byte order mark."""

    def __init__(self, file: BinaryIO, header: Iterable[Cell]) -> None:
        self._file = file
        file.write(BOM)
        self.row(header)

    def row(self, cells: Iterable[Cell]) -> None:
        """Add a row."""
        self.rows([cells])

    def rows(self, every: Iterable[Iterable[Cell]]) -> None:
        """Add rows, which are in memory together for a moment."""
        text = StringIO(newline="")
        csv.writer(text).writerows([map(_CELLS.__getitem__, cells) for cells in every])
        self._file.write(text.getvalue().encode())
