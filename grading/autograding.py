"""Grades one submission where Gradescope runs it: `python -m grading.autograding`.

/autograder (or $AUTOGRADER_ROOT) holds source/ (the zip of `tcplab autograder`), submission/, and
submission_metadata.json (gradescope-autograders.readthedocs.io, Submission Metadata).
results/results.json is whole at any moment.
"""

import datetime
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from captures.names import BOOK_HOSTS, Names
from grading import course as courses
from grading import overrides
from grading.bulk import HandedIn, Item
from grading.course import Course
from grading.exports.gradescope import RESULTS, Results, Test, encoded, results
from grading.grade import Grading, grade
from grading.grades import LabGrade
from grading.plain import plain
from grading.roster import Roster
from grading.student import counted
from grading.submissions import Opened, Submission, finder_of
from labs.publishing import publish

ROOT = "AUTOGRADER_ROOT"
USUAL_ROOT = "/autograder"
COURSE, OVERRIDES, LAB = "course.yaml", "overrides.yaml", "lab.txt"
METADATA = "submission_metadata.json"

UNFINISHED = (
    "The grading of this submission has not finished. If this stays, it was cut off, which is not "
    "your fault: tell your instructor, who can run it again."
)
FAILED = (
    "The grader itself failed, so nothing of this submission is decided, which is not your fault: "
    "tell your instructor, who finds the reason in the autograder's output."
)


class Dates(msgspec.Struct, frozen=True):
    """When an assignment is due; a student's own, where that was extended."""

    due_date: datetime.datetime | None = None


class User(msgspec.Struct, frozen=True):
    """One of those who handed in together."""

    email: str | None = None
    name: str | None = None
    assignment: Dates = Dates()


class Metadata(msgspec.Struct, frozen=True):
    """What Gradescope tells of a submission; other keys are ignored."""

    created_at: datetime.datetime | None = None
    assignment: Dates = Dates()
    users: tuple[User, ...] = ()
    previous_submissions: tuple[object, ...] = ()

    @property
    def due(self) -> datetime.datetime | None:
        """The due date: the latest of the students' own, else the assignment's."""
        own = [user.assignment.due_date for user in self.users if user.assignment.due_date]
        return max(own) if own else self.assignment.due_date


def main() -> int:
    """Grade, and write results whatever happens; the traceback of a failure is for instructors."""
    root = Path(os.environ.get(ROOT, USUAL_ROOT))
    target = root / "results" / RESULTS
    try:
        for found in graded(root):
            publish(target, encoded(found))
    except Exception:  # noqa: BLE001  a failure of ours must not look like the student's
        traceback.print_exc(file=sys.stdout)
        publish(target, encoded(message(FAILED)))
    return 0


def message(text: str) -> Results:
    """Results that only say something."""
    return Results(output=text, tests=(Test("autograder", "1", text, "visible"),))


def graded(root: Path) -> Iterator[Results]:
    """The results of the submission, again after each attempt in it; the last ones count.

    Raises OSError, ValueError where the autograder or Gradescope's file is broken.
    """
    source = root / "source"
    lab = (source / LAB).read_text().strip()
    metadata = read_metadata(root / METADATA)
    course = _with_due(courses.load(source / COURSE), lab, metadata.due)
    grading = Grading(
        course, Names(hosts=BOOK_HOSTS), _checked(metadata), _overrides(source, course)
    )
    finder = finder_of(course, lab)
    first = len(metadata.previous_submissions) + 1
    grades: list[LabGrade] = []
    with finder.opened(_handed_in(root / "submission", metadata, finder.roster)) as opened:
        for number, submission in enumerate(_of_lab(opened, lab), first):
            grades.append(grade(grading, submission, number))
            yield results(course, [counted(course, grades)])


def read_metadata(path: Path) -> Metadata:
    """Gradescope's submission_metadata.json; raises OSError, msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=Metadata)


def _checked(metadata: Metadata) -> str:
    """When it is graded: when it was handed in, so that another run gives the same bytes."""
    return (metadata.created_at or datetime.datetime.now(datetime.UTC)).isoformat()


def _with_due(course: Course, lab: str, due: datetime.datetime | None) -> Course:
    """The course with the lab's due date as Gradescope has it, extensions included."""
    if due is None:
        return course
    own = msgspec.structs.replace(course.labs[lab], due=due)
    return msgspec.structs.replace(course, labs=course.labs | {lab: own})


def _overrides(source: Path, course: Course) -> overrides.Overrides:
    path = source / OVERRIDES
    return overrides.load(path, course).points if path.exists() else {}


def _handed_in(place: Path, metadata: Metadata, roster: Roster) -> HandedIn:
    """All of the submission, as one student's: the one whose mail address Gradescope knows."""
    called = [user.email or user.name or "" for user in metadata.users]
    return HandedIn(
        source="submission",
        above=(),
        owners=tuple(sorted({one for user in metadata.users for one in _owner(user, roster)})),
        called=", ".join(called),
        items=(Item((), place),),
        handed_in=metadata.created_at,
    )


def _owner(user: User, roster: Roster) -> Sequence[str]:
    """Whose an upload is; a name, which its user chose, tells only where no mail address is."""
    if not user.email:
        return roster.named(user.name or "")
    known = roster.known(user.email)
    return (known,) if known else ()


def _of_lab(opened: Opened, lab: str) -> list[Submission]:
    """What is of this lab; where nothing is, one submission that says what there was instead."""
    found = [one for one in opened.submissions if one.lab == lab]
    if found:
        return found
    others = sorted({one.lab for one in opened.submissions if one.lab})
    there = f": there is {', '.join(map(plain, others))}" if others else ""
    problem = f"nothing of {lab} in what was handed in{there}"
    first, *_ = opened.submissions
    return [Submission(first.student, lab, first.place, "unreadable", first.handed_in,
                       first.source, first.notes, first.problem or problem)]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
