"""Text of strangers in tables: whatever it is, no spreadsheet runs it."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, none

from grading.exports.cells import BOM, LONGEST, Table, cell, text_cell
from tests.grading.exports.made import ANY_TEXT, HOSTILE

# As spreadsheets look at a cell: blanks and quotes skipped, full width taken for narrow.
ACTS = re.compile(r"""^[\s"'`‘’“”„＂＇]*[=+\-@＝＋－＠−]""")  # noqa: RUF001


def acts(text: str) -> bool:
    return not text.startswith("'") and ACTS.match(text) is not None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_defused(text: str) -> None:
    made = text_cell(text)
    assert all(not acts(part) for part in (made, *re.split(r"[;,\t|]", made)))
    assert made.isprintable()
    assert len(made) < 2 * LONGEST


@given(ANY_TEXT)
def test_any_text_is_defused_wherever_a_spreadsheet_splits(text: str) -> None:
    made = text_cell(text)
    assert all(not acts(part) for part in (made, *re.split(r"[;,\t|]", made)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("MSS 1460", "MSS 1460"),
        ("a - b", "a - b"),
        ("=1", "'=1"),
        ("-5", "'-5"),
        (" \u201c=1", "' \u201c=1"),
        ("a; =1", "a;' =1"),
        (Decimal("-1.40"), "-1.4"),
        (7, "7"),
        (None, ""),
    ],
)
def test_what_becomes_of_a_cell(value: str | int | Decimal | None, text: str) -> None:
    assert cell(value) == text


def test_a_table_is_read_back_as_it_was_written() -> None:
    file = io.BytesIO()
    Table(file, ("id", "name")).row(("ahn", 'says "hi", twice'))
    assert file.getvalue().startswith(BOM)
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert rows == [["id", "name"], ["ahn", 'says "hi", twice']]


@given(lists(lists(ANY_TEXT | none() | integers(), min_size=2, max_size=3), max_size=3))
def test_any_table_is_written_as_the_csv_module_writes_its_cells(
    rows: list[list[str | int | None]],
) -> None:
    file, expected = io.BytesIO(), io.StringIO(newline="")
    Table(file, ("id", "name")).rows(rows)
    csv.writer(expected).writerows([("id", "name"), *([cell(one) for one in row] for row in rows)])
    assert file.getvalue() == BOM + expected.getvalue().encode()


@given(ANY_TEXT)
def test_a_cell_that_is_remembered_is_the_same_again(text: str) -> None:
    first, again = io.BytesIO(), io.BytesIO()
    for file in (first, again):
        Table(file, (text, Decimal("1.50"), 1, Decimal(1), None))
    assert first.getvalue() == again.getvalue()
    assert first.getvalue().endswith(b",1.5,1,1,\r\n")
