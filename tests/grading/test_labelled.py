"""The labelled set: what grading says of each submission is what is known of it."""

import csv
from contextlib import closing
from pathlib import Path

import pytest

from cli.labs import book_names
from grading import results
from grading.class_run import COPIES, ClassRun
from grading.grade import Grading
from grading.grades import ZERO, LabGrade, StudentGrade
from grading.hand_in import Grader
from grading.submissions import Finder
from grading.workers import Processes
from labs import catalog
from tests.grading.classes import laid, owner
from tests.grading.labelled import Labelled, Set, Truth

pytestmark = pytest.mark.timeout(900)  # of which most goes into making the set

FEWEST = 300
CHECKED = "2026-10-20T12:00:00+00:00"


class Silent:
    def step(self, what: str, done: int, total: int) -> None:
        """Nobody watches."""


class Graded:
    """The set, graded as a class. pairs: who is said to share what, by both names."""

    def __init__(self, folder: Path) -> None:
        its = Set()
        self.submissions, course = its.submissions, its.course
        for one in its.submissions:
            laid(folder / "inbox" / one.student / one.lab, one.files)
        grading = Grading(course, book_names(), CHECKED, {})
        grader = Grader(grading, Finder(course, owner, catalog.names()))
        out = folder / "out"
        with (
            results.held(out),
            Processes(grader, 2) as workers,
            closing(ClassRun(grading, out, Silent())) as run,
        ):
            results.note(out, results.About(results.OURS, CHECKED))
            run.grade(list(grader.finder.handed_in([folder / "inbox"])), workers)
            run.finish()
        self.students: dict[str, StudentGrade] = {
            one.student: one for one in results.students(out, course)
        }
        with (out / COPIES).open(encoding="utf-8-sig") as file:
            self.pairs = {
                frozenset((row["student"], row["other"])): row["evidence"]
                for row in csv.DictReader(file)
            }

    def shared(self, student: str) -> dict[str, str]:
        """With whom, and what, by what is written of copies."""
        return {
            next(iter(pair - {student})): evidence
            for pair, evidence in self.pairs.items()
            if student in pair
        }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return Graded(tmp_path_factory.mktemp("labelled"))


def wrong(truth: Truth, grade: LabGrade, shared: dict[str, str]) -> list[str]:
    """What isn't as it is known to be, in words; nothing where all is."""
    by_status: dict[str, set[str]] = {}
    for item in grade.items:
        by_status.setdefault(item.status, set()).add(item.name)
    lost = by_status.get("lost", set()) | by_status.get("skipped", set())
    pending = by_status.get("pending", set())
    copied, evidence = truth.copied
    earned = sum((item.points for item in grade.items), ZERO)
    reason = " ".join((grade.problem, *grade.notes))
    found = {
        "all earned": (set(by_status) == {"earned"} and not grade.problem) is truth.earned,
        "lost": lost >= truth.lost and (bool(truth.lost) or not truth.only),
        "missed": not truth.missed or bool(lost and lost | pending >= truth.missed),
        "no others lost": not truth.only or lost == truth.lost,
        "all pending": set(by_status) == {"pending"} if truth.pending else True,
        "the reason": truth.pending in reason,
        "open, none lost": not truth.open or (not lost and "pending" in by_status),
        "nothing earned": not truth.unearned or earned == ZERO,
        "the copy": evidence in shared.get(copied, "") if copied else True,
    }
    return [what for what, right in found.items() if not right]


def test_the_set_is_large_and_of_every_kind(graded: Graded) -> None:
    assert len(graded.submissions) >= FEWEST
    truths = [one.truth for one in graded.submissions]
    for kind in ("earned", "lost", "missed", "pending", "open", "unearned"):
        assert sum(bool(getattr(truth, kind)) for truth in truths) >= 6, kind
    assert sum(bool(truth.copied[0]) for truth in truths) >= 18


def test_all_verdicts_are_right(graded: Graded) -> None:
    mistakes = []
    for one in graded.submissions:
        grade = graded.students[one.student].labs[one.lab]
        what = wrong(one.truth, grade, graded.shared(one.student))
        if what:
            mistakes.append((one.student, one.lab, one.what, what, told(grade)))
    assert not mistakes, "\n".join(map(str, mistakes))


def told(grade: LabGrade) -> str:
    return f"{grade.problem} {[(item.name, item.status) for item in grade.items]}"


def test_nobody_else_is_said_to_have_copied(graded: Graded) -> None:
    known = {
        frozenset((one.student, one.truth.copied[0]))
        for one in graded.submissions
        if one.truth.copied[0]
    }
    assert {pair for pair in graded.pairs if not related(pair, graded.submissions)} <= known


def related(pair: frozenset[str], submissions: list[Labelled]) -> bool:
    """Whether both copied from the same third."""
    sources = {one.student: one.truth.copied[0] for one in submissions}
    found = [sources.get(student, "") for student in pair]
    return found[0] == found[-1] != ""
