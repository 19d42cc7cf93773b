"""A class's statistics: counted right, bounded in memory, readable at 80 columns."""

import json
import statistics as python
import unicodedata
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grading.exports import statistics
from grading.exports.statistics import MOST_KEPT, MOST_TOLD, gather, text
from grading.grades import StudentGrade
from tests.grading.exports.made import HOSTILE, a_class, hostile_class, item, lab, rows_of, student
from tests.grading.handed_in import a_course


def failing(observed: str) -> StudentGrade:
    return student(lab(item("mss", "lost", observed=observed), item("close")))


def test_the_check_that_fails_most_and_its_wrong_value_come_first() -> None:
    values = ["MSS 1460"] * 3 + ["MSS 536", "no MSS"]
    found = gather(a_course(), [*map(failing, values), student(lab(item("mss"), item("close")))])
    first = found.items[0]
    assert (first.name, first.failed, first.counts["earned"]) == ("mss", 5, 1)
    assert first.failed_percent == Decimal("83.33")
    assert (first.wrong_values[0].value, first.wrong_values[0].count) == ("MSS 1460", 3)
    assert found.items[1].failed == 0


def test_pending_and_refused_are_counted_apart_and_in_no_average() -> None:
    found = gather(a_course(), a_class())
    connection, mss = found.labs
    assert (connection.graded, connection.pending, connection.problems) == (1, 1, 1)
    assert (connection.average, connection.median) == (Decimal(2), Decimal(2))
    assert (mss.graded, mss.pending, mss.problems) == (1, 1, 0)
    assert (found.students, found.final_open) == (2, 1)
    pending = next(one for one in found.items if (one.lab, one.name) == ("mss", "close"))
    assert pending.failed_percent is None


def test_what_could_not_be_opened_is_in_no_average() -> None:
    refused = student(lab(problem="a zip bomb"))
    (connection, _) = gather(a_course(), [refused, student(lab(item()))]).labs
    assert (connection.graded, connection.average, connection.problems) == (1, Decimal(2), 1)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_average_and_median_are_those_of_python(earned: list[int]) -> None:
    graded = [lab(item(points=Decimal(one), max_points=Decimal(6))) for one in earned]
    found = gather(a_course(), map(student, graded)).labs[0]
    assert found.average is not None
    assert found.median == Decimal(str(python.median(earned)))
    assert 0 <= python.mean(earned) - float(found.average) < 0.01


def test_memory_is_bounded_and_a_frequent_value_is_never_lost_among_rare_ones() -> None:
    rare = [failing(f"ISN {number}") for number in range(20 * MOST_KEPT)]
    often = [failing("MSS 1460")] * 50
    mixed = [one for pair in zip(rare, often * 200, strict=False) for one in pair]
    item_ = gather(a_course(), mixed).items[0]
    assert item_.wrong_values[0].value == "MSS 1460"
    assert item_.wrong_values[0].count == 20 * MOST_KEPT
    assert len(item_.wrong_values) <= MOST_TOLD
    assert item_.others + sum(one.count for one in item_.wrong_values) == 40 * MOST_KEPT
    counting = statistics._Values()
    for number in range(20 * MOST_KEPT):
        counting.add(str(number))
        assert len(counting.counts) <= MOST_KEPT


def test_the_text_fits_80_columns_whatever_was_answered() -> None:
    for value in HOSTILE:
        told = text(gather(a_course(), hostile_class(value)))
        assert all(width(line) <= 80 for line in told.splitlines())
        assert told.replace("\n", "").isprintable()
    wide = text(gather(a_course(), [failing("이" * 200)]))
    assert all(width(line) <= 80 for line in wide.splitlines())


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


def test_the_text_says_what_a_person_looks_for() -> None:
    told = text(gather(a_course(), [*a_class(), failing("MSS 1460")]))
    assert told.startswith("3 students, 2 with something pending\n")
    assert "connection       2        1        1        2       2  4\n" in told
    assert " 100 %  connection mss: 1 failed\n        1 time MSS 1460\n" in told


def test_the_files_agree(tmp_path: Path) -> None:
    paths = statistics.write(a_course(), iter([failing("MSS 1460")]), tmp_path)
    table, document, shown = paths
    row = rows_of(table)[0]
    told = json.loads(document.read_bytes())
    assert (row["item"], row["lost"], row["percent failed"]) == ("mss", "1", "100")
    assert told["items"][0]["wrong_values"] == [{"value": "MSS 1460", "count": 1}]
    assert told["schema_version"] == 1
    assert "MSS 1460" in shown.read_text()
