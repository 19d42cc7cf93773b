"""Labs that run a program: what counts of a student's own run, and of the instructor's."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace as changed

from captures.run import Program as Ended
from checkers.evidence import Evidence
from grading import claims, played, variants
from grading.content import sha256
from grading.course import Course, CourseLab
from grading.grade import examined, grade
from grading.grades import LabGrade
from grading.hand_in import Grader
from grading.played import place_of, runs, seal, seal_path
from grading.programs import Program
from labs import catalog
from labs.catalog import Lab
from tests.grading.classes import finder
from tests.grading.handed_in import HandedIn, a_course, grading, run_directory
from tests.labs.test_lab_echo_server import RIGHT, SERVER

LAB = "echo-server"
COURSE = a_course(labs={LAB: CourseLab()})
PORT = str(variants.values(COURSE, "ahn", LAB)["port"])
ECHO = RIGHT.edited("7777", PORT)
TEXT = b"print('an echo server')\n"
WRITTEN = {"svr4-reads", "sun-reads", "server-stays"}  # what no packet shows
CRASHED = changed(SERVER, ended="exited", status=1)


def student_run(folder: Path, text: bytes | None = TEXT, ended: Ended = SERVER) -> HandedIn:
    """What ahn hands in: a right run, and the program; ended: how that did."""
    programs = [msgspec.to_builtins(ended)]
    place = run_directory(folder / "handed in", ECHO, None, programs=programs)
    if text is not None:
        (place / "program.py").write_bytes(text)
    return HandedIn(place, lab=LAB)


def bare_program(folder: Path) -> HandedIn:
    """What ahn hands in: the program alone."""
    (folder / "echo.py").write_bytes(TEXT)
    return HandedIn(folder / "echo.py", lab=LAB, kind="program")


def instructors_run(directory: Path, ended: Ended = SERVER, **changes: object) -> Path:
    """A right run of ahn's program by the instructor; changes: of run.json, keys as there."""
    (directory / "program").write_bytes(TEXT)
    sha = sha256(directory / "program")
    program = Program("ahn", LAB, sha)
    place = place_of(directory, program)
    one = msgspec.to_builtins(changed(ended, sha256=sha))
    run_directory(place, ECHO, None, **{"student": "ahn", "programs": [one]} | changes)
    (place / "program.py").write_bytes(TEXT)
    seal_path(place).write_text(seal(COURSE, program, place))
    return place


def its_grade(submission: HandedIn, directory: Path | None, course: Course = COURSE) -> LabGrade:
    known = None if directory is None else runs(directory, course)
    return grade(replace(grading(course), played=known), submission)


def pending(graded: LabGrade) -> set[str]:
    return {item.name for item in graded.items if item.status == "pending"}


def reasons(graded: LabGrade) -> set[str]:
    """Why the items wait that no packet shows."""
    return {item.observed for item in graded.items if item.name in WRITTEN}


def test_without_the_instructors_run_what_no_packet_shows_is_the_students_word(
    tmp_path: Path,
) -> None:
    believing = msgspec.structs.replace(COURSE, accept_degraded=True)
    graded = its_grade(student_run(tmp_path), None, believing)
    assert pending(graded) == WRITTEN
    assert {one.status for one in graded.items if one.name not in WRITTEN} == {"earned"}
    for reason in reasons(graded):
        assert "until the instructor has run the program: tcplab play PATH... --course" in reason


def test_what_a_student_says_against_himself_is_believed(tmp_path: Path) -> None:
    graded = its_grade(student_run(tmp_path, ended=CRASHED), None)
    (end,) = [one for one in graded.items if one.name == "server-stays"]
    assert end.status == "lost"


@pytest.mark.parametrize("hand_in", [student_run, bare_program])
def test_the_instructors_run_of_the_same_program_stands_for_the_students(
    tmp_path: Path, hand_in: Callable[[Path], HandedIn]
) -> None:
    instructors_run(tmp_path)
    graded = its_grade(hand_in(tmp_path), tmp_path)
    assert (graded.text, graded.problem) == ("20 of 20", "")
    assert "graded by the instructor's run of the program that was handed in" in graded.notes
    assert "program.py" in graded.evidence


def test_it_decides_against_the_students_run_and_for_it(tmp_path: Path) -> None:
    instructors_run(tmp_path, CRASHED)
    graded = its_grade(student_run(tmp_path), tmp_path)
    assert (graded.text, pending(graded)) == ("18 of 20", set())
    (tmp_path / "other").mkdir()
    instructors_run(tmp_path / "other")
    crashed = student_run(tmp_path / "other", ended=CRASHED)
    assert its_grade(crashed, tmp_path / "other").text == "20 of 20"


def test_a_program_without_a_run_is_pending_with_the_command(tmp_path: Path) -> None:
    for known in (None, tmp_path):
        graded = its_grade(bare_program(tmp_path), known)
        assert graded.pending == 20
        assert "no capture came with it (program alone)" in graded.problem
        assert "tcplab play PATH..." in graded.problem


def test_another_program_than_was_played_is_pending(tmp_path: Path) -> None:
    instructors_run(tmp_path)
    graded = its_grade(student_run(tmp_path, TEXT.replace(b"an", b"no")), tmp_path)
    assert pending(graded) == WRITTEN
    assert all("tcplab play" in reason for reason in reasons(graded))


def test_a_run_without_its_program_can_be_played_by_nobody(tmp_path: Path) -> None:
    instructors_run(tmp_path)
    graded = its_grade(student_run(tmp_path, None), tmp_path)
    assert pending(graded) == WRITTEN
    assert all("no program came with it" in reason for reason in reasons(graded))


def test_the_students_own_run_may_be_damaged(tmp_path: Path) -> None:
    instructors_run(tmp_path)
    handed = student_run(tmp_path)
    its = replace(grading(COURSE), played=runs(tmp_path, COURSE))
    assert examined(its, handed).traces.isns  # a copied run is still found
    (handed.place / "pcap" / "bsdi-eth0.pcap").write_bytes(b"no capture")
    found = examined(its, handed)
    assert found.grade.text == "20 of 20"
    assert not found.traces.isns
    assert its_grade(handed, None).problem


def test_what_the_instructors_machine_lacks_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    believed = []

    def findings(lab: Lab, evidence: Evidence, accept: bool, unseen: str) -> claims.Findings:
        believed.append((accept, unseen))
        return right(lab, evidence, accept, unseen)

    right = claims.findings
    monkeypatch.setattr(claims, "findings", findings)
    lacks = {"host": "bsdi", "aspect": "mss", "wanted": "1024", "got": "1460", "why": "old kernel"}
    instructors_run(tmp_path, degraded=[lacks])
    assert its_grade(student_run(tmp_path), tmp_path).text == "20 of 20"
    assert believed == [(True, "")]


# Sealed, and yet no run of this program with these values.
UNFIT: list[tuple[dict[str, object], str]] = [
    ({"programs": [msgspec.to_builtins(SERVER)]}, "it ran another program"),
    ({"programs": []}, "it ran another program"),
    ({"variant": {"port": 7777}}, "played with other values than ahn has"),
    ({"variant": None}, "played with other values than ahn has"),
    ({"student": "berg"}, "it is a run of echo-server for berg"),
    ({"lab": "backoff-client"}, "it is a run of backoff-client for ahn"),
    ({"catalog_version": "0"}, "played under catalog version 0"),
    ({"schema_version": 99}, "its run.json can't be read"),
]


@pytest.mark.parametrize(("changes", "why"), UNFIT)
def test_a_run_that_is_unfit_is_not_taken(
    tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    instructors_run(tmp_path, **changes)  # type: ignore[arg-type]
    graded = its_grade(student_run(tmp_path), tmp_path)
    assert pending(graded) == WRITTEN
    for reason in reasons(graded):
        assert why in reason
        assert "again: tcplab play PATH... --course course.yaml -o DIR --resume" in reason


def edit(place: Path) -> None:
    file = place / "transcripts" / "svr4.txt"
    file.write_bytes(file.read_bytes() + b"\n")


def add(place: Path) -> None:
    (place / "answers.yaml").write_bytes(b"")


def move(place: Path) -> None:
    (place / "program.py").rename(place / "pcap" / "program.py")


def link(place: Path) -> None:
    (place / "transcripts").rename(place.parent / "elsewhere")
    (place / "transcripts").symlink_to(place.parent / "elsewhere")


def unseal(place: Path) -> None:
    seal_path(place).write_bytes(b"")


def reseal(place: Path) -> None:
    guessed = msgspec.structs.replace(COURSE, secret=b"a guess at the secret")
    program = Program("ahn", LAB, place.name)
    seal_path(place).write_text(seal(guessed, program, place))


@pytest.mark.parametrize("tamper", [edit, add, move, link, unseal, reseal])
def test_who_does_not_know_the_secret_changes_nothing(
    tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    tamper(instructors_run(tmp_path))
    graded = its_grade(student_run(tmp_path), tmp_path)
    assert pending(graded) == WRITTEN
    assert all("isn't as this course's tcplab play left it" in each for each in reasons(graded))


def test_a_run_moved_to_another_student_is_not_taken(tmp_path: Path) -> None:
    instructors_run(tmp_path)
    shutil.move(tmp_path / "ahn", tmp_path / "berg")
    (known,) = runs(tmp_path, COURSE).items()
    assert known[0].student == "berg"
    assert "left it" in known[1].problem


def test_other_labs_know_of_no_played_runs(tmp_path: Path) -> None:
    assert played.standing_in({}, "ahn", catalog.load("connection"), HandedIn(tmp_path)) == (
        None,
        "",
    )


def stamp(known: played.Runs | None) -> bytes:
    return Grader(replace(grading(COURSE), played=known), finder()).stamp


def test_what_is_kept_of_a_class_depends_on_every_played_run(tmp_path: Path) -> None:
    """`--resume` keeps a grade only while the stamp is the same."""
    none, empty = stamp(None), stamp(runs(tmp_path, COURSE))
    place = instructors_run(tmp_path)
    whole = stamp(runs(tmp_path, COURSE))
    assert whole == stamp(runs(tmp_path, COURSE))
    edit(place)
    tampered = stamp(runs(tmp_path, COURSE))
    seal_path(place).write_text(seal(COURSE, Program("ahn", LAB, place.name), place))
    assert len({none, empty, whole, tampered, stamp(runs(tmp_path, COURSE))}) == 5


def test_every_lab_that_runs_a_program_has_checks_that_packets_decide() -> None:
    for lab in catalog.of_kind(catalog.PROGRAM):
        expect = catalog.load(lab).expect
        assert {one.check for one in expect if not one.at} <= {"program", "transcript", "lasts"}
        assert any(one.at for one in expect)
