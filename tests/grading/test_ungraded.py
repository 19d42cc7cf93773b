"""What can't be graded: pending, until a person decides all of it."""

import datetime
from decimal import Decimal
from pathlib import Path

from grading.grade import grade
from grading.late import late
from grading.overrides import Key, Override
from labs import catalog
from tests.grading.handed_in import DUE, HandedIn, a_course, grading

RUBRIC = catalog.load_rubric("connection")


def decided(*names: str) -> dict[Key, Override]:
    """All points for these items."""
    entries = (
        Override(
            *("ahn", "connection", name, RUBRIC[name].points),
            *("as agreed", "kim", datetime.date(2026, 10, 12)),
        )
        for name in names
    )
    return {one.key: one for one in entries}


def cut_off(tmp_path: Path) -> HandedIn:
    place = tmp_path / "run"
    place.mkdir()
    (place / "run.json").write_text("{")
    return HandedIn(place)


def test_a_decision_about_every_item_closes_it(tmp_path: Path) -> None:
    handed = cut_off(tmp_path)
    found = grade(grading(overrides=decided(*RUBRIC)), handed)
    assert (found.text, found.open, found.problem) == ("14 of 14", False, "")
    alone = grade(grading(), handed)
    assert (alone.text, alone.open) == ("0 of 14, 14 pending", True)
    assert alone.problem
    assert alone.problem in found.notes


def test_a_decision_about_some_leaves_it_open(tmp_path: Path) -> None:
    every = list(RUBRIC)
    found = grade(grading(overrides=decided(*every[1:])), cut_off(tmp_path))
    assert found.open
    assert found.problem


def test_it_comes_late_as_anything_else(tmp_path: Path) -> None:
    behind = datetime.timedelta(hours=3)
    handed = HandedIn(cut_off(tmp_path).place, handed_in=DUE + behind)
    found = grade(grading(overrides=decided(*RUBRIC)), handed)
    assert found.late_percent == late(a_course().late, DUE, DUE + behind).percent
    assert found.earned == Decimal("12.6")
