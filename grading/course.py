"""A course as its instructor writes it down: course.yaml."""

import datetime
import unicodedata
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from grading.likeness import Likeness, likeness
from labs import catalog
from labs.catalog.program_file import program_text
from labs.catalog.yaml_file import YamlFile

SHORTEST_SECRET = 16  # characters: what can't be guessed
MOST_WEIGHT, MOST_GRACE_MINUTES = 1_000_000, 1_000_000  # two years: what is more is a mistake

Name = Annotated[str, msgspec.Meta(pattern=r"^\S(.*\S)?$")]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]

EXAMPLE = """\
# A course of the TCP lab suite. Keep the secret secret: who has it knows every student's values.
course: networks-2026
title: Computer Networks
secret: "{secret}"

students:
  - {{id: ahn, name: Ahn Jihoon, mail: ahn@example.org}}
  - {{id: berg, name: Berg Ingrid, mail: berg@example.org}}

labs:                               # what is graded; `tcplab list` names the labs there are
  connection: {{due: 2026-10-09T18:00:00+09:00}}
  mss: {{weight: 2, due: 2026-10-16T18:00:00+09:00, hidden: [close]}}

late: {{grace_minutes: 15, percent_a_day: 10, days: 5}}   # after that many days: nothing
attempts: best                      # of several: best or last
missing: zero                       # of what isn't handed in when it is due: zero or pending
accept_degraded: false              # whether a student's machine may excuse a check
"""


class Student(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One student of the roster; `id` is what tickets and gradebooks call them."""

    id: Identifier
    name: Name
    mail: str = ""

    def called(self, text: str) -> bool:
        """Whether a text that isn't blank is the student's id or mail address."""
        return bool(text.strip()) and folded(text) in (folded(self.id), folded(self.mail))


class CourseLab(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lab of the course: its weight among the others, when it is due, what students don't see.

    due: a moment with its time zone; None: never late. hidden: checks and questions by name.
    skeleton: the program that everybody was given to begin with: a file, seen from course.yaml.
    """

    weight: Annotated[float, msgspec.Meta(gt=0, le=MOST_WEIGHT)] = 1
    due: datetime.datetime | None = None
    hidden: tuple[str, ...] = ()
    skeleton: str = ""


class LatePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What being late costs: nothing within the grace, then a percentage for each day begun.

    days: after that many, nothing is earned any more; None: the percentage alone decides.
    """

    grace_minutes: Annotated[int, msgspec.Meta(ge=0, le=MOST_GRACE_MINUTES)] = 0
    percent_a_day: Percent = 0
    days: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Course(msgspec.Struct, frozen=True):
    """A course: its students and labs by id and name, in the file's order.

    skeletons: what of each lab's skeleton is found again in programs.
    """

    id: str
    title: str
    secret: bytes
    students: dict[str, Student]
    labs: dict[str, CourseLab]
    late: LatePolicy
    attempts: Literal["best", "last"]
    accept_degraded: bool
    missing: Literal["zero", "pending"] = "zero"
    skeletons: dict[str, Likeness] = {}


class _CourseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """course.yaml's own keys."""

    course: Identifier
    secret: Annotated[str, msgspec.Meta(min_length=SHORTEST_SECRET)]
    students: list[object]
    labs: Annotated[dict[str, object], msgspec.Meta(min_length=1)]
    title: str = ""
    late: LatePolicy = LatePolicy()
    attempts: Literal["best", "last"] = "best"
    accept_degraded: bool = False
    missing: Literal["zero", "pending"] = "zero"


def load(path: Path) -> Course:
    """Read a course.yaml; raises YamlFileError with file and line for every mistake."""
    file = YamlFile(path)
    own = file.typed(_CourseFile)
    labs = {lab: _lab(file, lab) for lab in own.labs}
    return Course(
        id=own.course,
        title=own.title or own.course,
        secret=own.secret.encode(),
        students=_students(file, own),
        labs=labs,
        late=own.late,
        attempts=own.attempts,
        accept_degraded=own.accept_degraded,
        missing=own.missing,
        skeletons={
            lab: _skeleton(file, lab, path.parent / one.skeleton)
            for lab, one in labs.items()
            if one.skeleton
        },
    )


def example(secret: str) -> str:
    """A course.yaml to begin with."""
    return EXAMPLE.format(secret=secret)


def folded(text: str) -> str:
    """An id or mail address as it is compared: in NFC, without case and blanks around it."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def _students(file: YamlFile, own: _CourseFile) -> dict[str, Student]:
    """The roster; refused where an id or mail address is another student's id or mail address."""
    found: dict[str, Student] = {}
    owners: dict[str, str] = {}
    for place in range(len(own.students)):
        student = file.typed(Student, "students", place)
        its = {folded(student.mail): "mail", folded(student.id): "id"}
        its.pop("", None)
        for text, key in its.items():
            if text in owners:
                message = f"{owners[text]} has this id or mail address, too, in whatever case"
                file.refuse(message, "students", place, key)
        owners |= dict.fromkeys(its, student.id)
        found[student.id] = student
    return found


def _lab(file: YamlFile, name: str) -> CourseLab:
    """A lab of the course; refused where the catalog has no such lab, or no such check in it."""
    lab = file.typed(CourseLab, "labs", name)
    try:
        known = catalog.load(name).items
    except LookupError as error:
        file.refuse(str(error.args[0]), "labs", name)
    unknown = [check for check in lab.hidden if check not in known]
    if unknown:
        file.refuse(f"{name} has no check or question {unknown[0]!r}", "labs", name, "hidden")
    if lab.due and lab.due.tzinfo is None:
        file.refuse("due: say the time zone, such as 2026-10-09T18:00:00+09:00", "labs", name)
    return lab


def _skeleton(file: YamlFile, lab: str, path: Path) -> Likeness:
    """What of a lab's skeleton is found again in programs; refused where it can't be read."""
    if catalog.load(lab).kind != catalog.PROGRAM:
        file.refuse(f"{lab} runs no program", "labs", lab, "skeleton")
    try:
        return likeness(program_text(path))
    except OSError as error:
        file.refuse(f"{path}: {error.strerror or error}", "labs", lab, "skeleton")
