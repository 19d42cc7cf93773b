"""overrides.yaml: what is read, and what is refused with file and line."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grading import overrides
from grading.doubts import settlement
from grading.overrides import Key
from labs.catalog import YamlFileError
from tests.grading.handed_in import a_course

TEXT = """\
- student: ahn
  lab: connection
  check: handshake
  points: 2.5
  reason: the capture was cut by the lab's switch
  who: kim
  when: 2026-10-12
- {student: berg, lab: connection, check: fin-ack, points: 1, reason: r, who: kim, when: 2026-10-13}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "overrides.yaml"
    path.write_text(text)
    return path


def test_decisions_by_student_lab_and_item(tmp_path: Path) -> None:
    found = overrides.load(written(tmp_path, TEXT), a_course()).points
    assert set(found) == {
        Key("ahn", "connection", "handshake"),
        Key("berg", "connection", "fin-ack"),
    }
    one = found[Key("ahn", "connection", "handshake")]
    assert one.exact_points == Decimal("2.5")
    assert one.when == datetime.date(2026, 10, 12)
    assert one.because == "kim, 2026-10-12: the capture was cut by the lab's switch"


SETTLED = """\
- source: inbox/berg/ahn.zip
  student: ahn
  lab: mss
  handed_in: 2026-10-09T17:00:00+09:00
  reason: they mixed up their zips
  who: kim
  when: 2026-10-12
- {source: inbox/x.zip, student: berg, reason: r, who: kim, when: 2026-10-13}
"""


def test_decisions_whose_things_are(tmp_path: Path) -> None:
    found = overrides.load(written(tmp_path, SETTLED + TEXT), a_course())
    assert len(found.points) == 2
    first, second = found.settled
    assert (first.student, first.lab) == ("ahn", "mss")
    assert str(first.handed_in) == "2026-10-09 17:00:00+09:00"
    assert (second.student, second.lab, second.handed_in) == ("berg", None, None)
    assert first.note.endswith("(kim, 2026-10-12: they mixed up their zips)")


@pytest.mark.parametrize(
    ("source", "settled"),
    [
        ("inbox/berg/ahn.zip", True),
        ("'inbox/berg/ahn.zip", True),  # a table's apostrophe
        ("inbox/berg/ahn.zip/connection", True),
        ("inbox/berg/ahn.zip2", False),
        ("inbox/berg", False),
    ],
)
def test_what_a_decision_is_about(tmp_path: Path, source: str, settled: bool) -> None:
    first, *_ = overrides.load(written(tmp_path, SETTLED), a_course()).settled
    assert first.settles(source) == settled


def test_the_closest_of_several_decisions_counts(tmp_path: Path) -> None:
    text = SETTLED + SETTLED.replace("ahn.zip", "ahn.zip/a/").replace("x.zip", "y.zip")
    found = overrides.load(written(tmp_path, text), a_course()).settled
    one = settlement(found, "inbox/berg/ahn.zip/a/connection")
    assert one is not None
    assert one.source == "inbox/berg/ahn.zip/a/"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("student: ahn", "student: lee", 2, "the course has no student 'lee'"),
        ("lab: mss", "lab: states", 3, "the course has no lab 'states'"),
        ("  who: kim\n", "", 1, "missing required field `who`"),
        ("17:00:00+09:00", "17:00:00", 4, "handed_in: "),
        ("student: ahn", "points: 1", 2, "unknown field `points`"),
        ("inbox/x.zip", "inbox/berg/ahn.zip", 8, "a second decision about inbox/berg/ahn.zip"),
    ],
)
def test_mistaken_settlements_are_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    path = written(tmp_path, SETTLED.replace(old, new, 1))
    with pytest.raises(YamlFileError) as caught:
        overrides.load(path, a_course())
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n"])
def test_no_decisions(tmp_path: Path, text: str) -> None:
    assert overrides.load(written(tmp_path, text), a_course()) == overrides.NONE


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("student: ahn", "student: lee", 1, "the course has no student 'lee'"),
        ("lab: connection", "lab: states", 2, "the course has no lab 'states'"),
        ("check: handshake", "check: hands", 3, "connection has no check or question 'hands'"),
        ("points: 2.5", "points: 3.5", 4, "handshake is worth 3, so not 3.5"),
        ("points: 2.5", "points: -1", 4, "points: Expected"),
        ("points: 2.5", "points: 1.005", 4, "hundredths at the finest"),
        ("points: 2.5", "points: .nan", 4, ""),
        ("points: 2.5", "points: lots", 4, "points: Expected"),
        ("who: kim", "who: ' '", 6, "who: Expected"),
        ("  who: kim\n", "", 1, "missing required field `who`"),
        ("when: 2026-10-12", "when: last week", 7, "when: "),
        ("who: kim", "whom: kim", 6, "unknown field `whom`"),
        (
            "berg, lab: connection, check: fin-ack",
            "ahn, lab: connection, check: handshake",
            8,
            "a second decision about handshake of ahn in connection",
        ),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in TEXT
    path = written(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(YamlFileError) as caught:
        overrides.load(path, a_course())
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)
