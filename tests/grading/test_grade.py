"""One submission to its grade: right, wrong, foreign, damaged, late, decided."""

import datetime
import gc
import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from grading import variants
from grading.answers_file import LARGEST_BYTES
from grading.course import CourseLab
from grading.grade import grade, not_handed_in
from grading.grades import ZERO, LabGrade
from grading.overrides import Key, Override
from grading.submissions import Submission
from labs import catalog
from tests.grading.handed_in import (
    ANSWERS,
    CHECKED,
    DUE,
    HandedIn,
    a_course,
    graded_run,
    grading,
    items,
    run_directory,
    statuses,
)
from tests.labs.test_lab_connection import RIGHT
from tests.labs.test_lab_simultaneous_close import RIGHT as CROSSING


def test_grading_leaves_no_garbage_to_be_collected(tmp_path: Path) -> None:
    """What is found out about a submission is gone with it: workers seldom collect garbage."""
    submission = HandedIn(run_directory(tmp_path, RIGHT, ANSWERS))
    grade(grading(), submission)  # loads what stays
    gc.collect()
    gc.disable()
    try:
        grade(grading(), submission)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_right_submission_earns_everything(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a")
    assert (graded.text, graded.problem, graded.notes) == ("14 of 14", "", ())
    assert (graded.earned, graded.lost, graded.pending) == (Decimal(14), ZERO, ZERO)
    assert set(statuses(graded).values()) == {"earned"}
    fin = items(graded)["fin-ack"]
    assert (fin.expected, fin.observed, fin.place) == ("2", "2", "frame 5 at svr4 eth0")
    assert (graded.checked, graded.handed_in) == (CHECKED, DUE.isoformat())


def test_the_graded_files_are_known_by_their_sha256(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a")
    assert set(graded.evidence) == {
        "answers.yaml",
        "pcap/bsdi-eth0.pcap",
        "pcap/svr4-eth0.pcap",
        "run.json",
    }
    pcap = (tmp_path / "a/pcap/svr4-eth0.pcap").read_bytes()
    assert graded.evidence["pcap/svr4-eth0.pcap"] == hashlib.sha256(pcap).hexdigest()


def test_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    first, again = (graded_run(tmp_path / name) for name in "ab")
    assert msgspec.json.encode(first) == msgspec.json.encode(again)
    assert msgspec.json.decode(msgspec.json.encode(first), type=LabGrade) == first


def test_copied_answers_are_wrong(tmp_path: Path) -> None:
    copied = ANSWERS.replace("1000", "7777000").replace("5000", "4242")
    graded = graded_run(tmp_path / "a", answers=copied)
    assert graded.text == "12 of 14"
    assert statuses(graded)["client-isn"] == statuses(graded)["server-isn"] == "lost"


def test_off_by_one_earns_a_part(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a", answers=ANSWERS.replace("fin-ack: 2", "fin-ack: 1"))
    assert graded.text == "13.5 of 14"
    one = items(graded)["fin-ack"]
    assert (one.status, one.points, one.because) == ("partial", Decimal("0.50"), "off by one")


def test_what_depends_on_a_lost_check_is_skipped(tmp_path: Path) -> None:
    wrong = RIGHT.edited(". ack 5001", ". ack 5000")
    graded = graded_run(tmp_path / "a", wrong)
    found = statuses(graded)
    assert (found["timeline"], found["handshake"]) == ("lost", "lost")
    assert found["close"] == found["client-isn"] == found["time-wait"] == "skipped"
    assert items(graded)["close"].because == "needs handshake, which was not earned"
    assert graded.text == "1 of 14"


def test_no_answers_and_unknown_ones(tmp_path: Path) -> None:
    without = graded_run(tmp_path / "a", answers=None)
    assert (without.text, without.notes) == ("10 of 14", ("no answers.yaml",))
    odd = graded_run(tmp_path / "b", answers=f"lab: connection\nmail: a@b\n{ANSWERS}isn: 3\n")
    assert odd.text == "14 of 14"
    assert odd.notes == ("answers.yaml:7: connection has no question 'isn'",)


@pytest.mark.parametrize(
    "answers", ["a: &a [1]\nb: *a\n", "a: !!python/name:os.system\n", "x" * (LARGEST_BYTES + 9)]
)
def test_answers_that_are_refused_are_pending_and_spoil_no_check(
    tmp_path: Path, answers: str
) -> None:
    graded = graded_run(tmp_path / "a", answers=answers)
    assert graded.text == "10 of 14, 4 pending"
    assert graded.notes[0].startswith("answers.yaml:")


def test_answers_that_are_a_link_are_not_read(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT, answers=None)
    (tmp_path / "elsewhere").write_text(ANSWERS)
    (place / "answers.yaml").symlink_to(tmp_path / "elsewhere")
    assert grade(grading(), HandedIn(place)).text == "10 of 14"


def test_a_bare_capture_with_its_answers(tmp_path: Path) -> None:
    capture, answers = tmp_path / "x.doc", tmp_path / "answers.yaml"
    capture.write_text(RIGHT.listings["svr4 eth0"])
    answers.write_text(ANSWERS)
    graded = grade(grading(), HandedIn(capture, answers=answers))
    assert graded.text == "14 of 14"
    assert set(graded.evidence) == {"x.doc", "answers.yaml"}
    assert "without run.json" in graded.notes[0]


def test_a_bare_capture_is_graded_as_one_of_where_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vangogh's capture can't show how the FINs crossed at bsdi: pending, not lost."""
    book = catalog.load("simultaneous-close").values
    monkeypatch.setattr(variants, "values", lambda *_: dict(book))
    capture = tmp_path / "mine.txt"
    capture.write_text(CROSSING.listings["vangogh wan0"])
    course = a_course(labs={"simultaneous-close": CourseLab()})
    graded = grade(grading(course), HandedIn(capture, lab="simultaneous-close"))
    assert graded.notes[1] == "it fits vangogh wan0 best, and is graded as one of there"
    status = {name: statuses(graded)[name] for name in ("at-vangogh", "at-bsdi", "bsdi-states")}
    assert status["at-vangogh"] == "earned"
    assert status["at-bsdi"] == "pending"
    assert "lost" not in status.values()


# What can't be graded.


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"student": "berg"}, "run.json says that berg played this"),
        ({"student": "Zed"}, "run.json says that Zed played this"),
        ({"lab": "mss"}, "this is a run of mss, not of connection"),
        ({"schema_version": 9}, "schema_version 9"),
        ({"hosts": 3}, "not a run.json"),
        (
            {"hosts": {"svr4": {"system": "x", "interfaces": {"eth0": "140.252.13.35/27"}}}},
            "140.252.13.35/27 is svr4; it is bsdi",
        ),
        (
            {"hosts": {"svr4": {"system": "x", "interfaces": {"eth0": "10.0.0.1/8"}}}},
            "10.0.0.1/8 is svr4; the book has no such address",
        ),
    ],
)
def test_foreign_and_broken_runs_are_pending_with_their_problem(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    graded = graded_run(tmp_path / "a", RIGHT, ANSWERS, **changes)
    assert problem in graded.problem
    assert graded.text == "0 of 14, 14 pending"
    assert str(tmp_path) not in graded.problem
    assert graded.problem.isprintable()


def test_a_damaged_capture_is_named_as_the_instructor_knows_it(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    (place / "pcap/svr4-eth0.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(3))
    graded = grade(grading(), HandedIn(place))
    assert graded.problem.startswith("all.zip: ahn.zip/pcap/svr4-eth0.pcap: ")
    assert graded.text == "0 of 14, 14 pending"


def test_a_capture_outside_the_run_directory_is_refused(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    text = (place / "run.json").read_text().replace("pcap/svr4-eth0.pcap", "../../etc/passwd")
    (place / "run.json").write_text(text)
    assert "outside the run directory" in grade(grading(), HandedIn(place)).problem


@pytest.mark.parametrize(
    ("submission", "problem"),
    [
        (HandedIn(Path("nowhere"), student=None), "whose is this?"),
        (HandedIn(Path("nowhere"), student="x\x1b[2J"), "x\\x1b[2J is no student of the course"),
        (HandedIn(Path("nowhere"), lab="states"), "states is no lab of the course"),
        (HandedIn(Path("nowhere"), lab=None), "which lab is this of?"),
        (HandedIn(Path("nowhere")), "No such file"),
        (HandedIn(Path("nowhere"), problem="a zip bomb"), "a zip bomb"),
        (HandedIn(Path("nowhere"), kind="answers"), "no capture came with it (answers alone)"),
    ],
)
def test_submissions_that_are_nobodys_or_nothing(submission: HandedIn, problem: str) -> None:
    graded = grade(grading(), submission)
    assert problem in graded.problem
    assert graded.earned == 0


def test_what_the_finder_finds_can_be_graded(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    found = Submission("ahn", "connection", place, "run", None, "ahn.zip", (), "", None)
    assert grade(grading(), found).text == "14 of 14"


def test_notes_of_a_submission_are_kept_and_harmless(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    graded = grade(grading(), HandedIn(place, notes=("renamed \x1b]0;x\x07\u202e",)))
    assert graded.notes == ("renamed \\x1b]0;x\\x07\\u202e",)


# Late, missing, decided.


@pytest.mark.parametrize(
    ("hours", "days", "text"),
    [(0, 0, "14 of 14"), (0.1, 0, "14 of 14"), (1, 1, "12.6 of 14"), (25, 2, "11.2 of 14"),
     (121, 6, "0 of 14")],
)  # fmt: skip
def test_being_late_costs_what_the_course_says(
    tmp_path: Path, hours: float, days: int, text: str
) -> None:
    when = DUE + datetime.timedelta(hours=hours)
    graded = grade(grading(), HandedIn(run_directory(tmp_path / "a", RIGHT), handed_in=when))
    assert (graded.late_days, graded.text) == (days, text)
    notes = [note for note in graded.notes if "late" in note]
    percent = 10 * days if days <= 5 else 100
    assert notes == ([f"{days} day(s) late: {percent} % less"] if days else [])


def test_an_unknown_moment_is_in_time_and_said(tmp_path: Path) -> None:
    graded = grade(grading(), HandedIn(run_directory(tmp_path / "a", RIGHT), handed_in=None))
    assert graded.text == "14 of 14"
    assert "nobody knows when" in graded.notes[-1]


@pytest.mark.parametrize(
    ("checked", "rule", "text"),
    [
        (CHECKED, "zero", "0 of 14"),
        (CHECKED, "pending", "0 of 14, 14 pending"),
        ("2026-10-01T00:00:00+00:00", "zero", "0 of 14, 14 pending"),
    ],
)
def test_a_missing_lab_is_lost_only_when_it_was_due(checked: str, rule: str, text: str) -> None:
    its = replace(grading(a_course(missing=rule)), checked=checked)
    graded = not_handed_in(its, "berg", "connection")
    assert graded.text == text
    assert graded.notes[0].startswith("not handed in")


def decided(item: str, points: int | float) -> dict[Key, Override]:
    override = Override(
        "ahn", "connection", item, points, "as agreed", "kim", datetime.date(2026, 10, 12)
    )
    return {override.key: override}


def test_an_override_survives_every_grading_and_frees_what_depends_on_it(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT.edited(". ack 5001", ". ack 5000"))
    its = grading(overrides=decided("handshake", 1.5))
    first, again = (grade(its, HandedIn(place)) for _ in range(2))
    assert first == again
    one = items(first)["handshake"]
    assert (one.status, one.points) == ("partial", Decimal("1.5"))
    assert one.because == "decided by kim, 2026-10-12: as agreed"
    assert statuses(first)["client-isn"] == "earned"
    assert first.text == "8.5 of 14"


def test_an_override_settles_what_is_pending(tmp_path: Path) -> None:
    its = grading(overrides=decided("timeline", 4))
    graded = grade(its, HandedIn(tmp_path / "nothing"))
    assert graded.text == "4 of 14, 10 pending"


def test_an_override_is_for_its_student_alone(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    its = grading(overrides=decided("handshake", 0))
    assert statuses(grade(its, HandedIn(place)))["handshake"] == "lost"
    bergs = run_directory(
        tmp_path / "b", RIGHT, variant=variants.values(a_course(), "berg", "connection")
    )
    assert statuses(grade(its, HandedIn(bergs, student="berg")))["handshake"] == "earned"


def test_hints_come_one_more_with_each_attempt(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT, answers="")
    told = [items(grade(grading(), HandedIn(place), attempt=n))["fin-ack"].hints for n in (1, 2)]
    assert told[0] == told[1]  # this question has one hint
