"""overrides.yaml: what a person decided, which every grading again keeps.

Points of a check or question:

- student: berg
  lab: connection
  check: fin-ack          # a check's name, or a question's
  points: 1
  reason: meant the absolute number, and it is right
  who: kim
  when: 2026-10-12

And whose a thing is, where what it says of itself contradicts where it lay:

- source: inbox/berg/ahn.zip    # as unclaimed.csv has it
  student: ahn                  # also, if need be: lab, handed_in
  reason: both told me that they mixed up their zips
  who: kim
  when: 2026-10-12
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from grading.course import Course
from grading.doubts import Settlement, Text, bare
from grading.plain import plain
from labs import catalog
from labs.catalog.yaml_file import YamlFile

WholePoints = Annotated[int, msgspec.Meta(ge=0)]
Points = Annotated[float, msgspec.Meta(ge=0)]


class Key(NamedTuple):
    """Whom and what an override is about."""

    student: str
    lab: str
    item: str


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision of a person."""

    student: Text
    lab: Text
    check: Text
    points: WholePoints | Points
    reason: Text
    who: Text
    when: datetime.date

    @property
    def key(self) -> Key:
        """Whom and what it is about."""
        return Key(self.student, self.lab, self.check)

    @property
    def exact_points(self) -> Decimal:
        """The points as they are written."""
        return Decimal(str(self.points))

    @property
    def because(self) -> str:
        """`kim, 2026-10-12: meant the absolute number`."""
        return f"{plain(self.who)}, {self.when.isoformat()}: {plain(self.reason)}"


Overrides = Mapping[Key, Override]


class Decisions(NamedTuple):
    """All that persons decided: points by item, and whose things are."""

    points: Overrides
    settled: tuple[Settlement, ...]


NAME = "overrides.yaml"  # taken where it lies beside course.yaml
NONE = Decisions({}, ())


def load(path: Path, course: Course) -> Decisions:
    """Read an overrides.yaml; raises YamlFileError with file and line.

    Refused: what the course or the catalog doesn't have, more points than there are, and two
    decisions about one item or source.
    """
    file = YamlFile(path)
    points: dict[Key, Override] = {}
    settled: dict[str, Settlement] = {}
    entries = file.typed(list[Any]) if file.data is not None else []
    for place, entry in enumerate(entries):
        if isinstance(entry, dict) and "source" in entry:
            _add_settlement(file, place, settled, course)
        else:
            _add_override(file, place, points, course)
    return Decisions(points, tuple(settled.values()))


def beside(course_file: Path, course: Course, given: Path | None) -> Decisions:
    """What is decided in the file that was given, or else in the one beside the course's, if any.

    Raises YamlFileError as `load`, also for a file that was given and isn't there.
    """
    path = given or course_file.with_name(NAME)
    return load(path, course) if given or path.exists() else NONE


def _add_settlement(
    file: YamlFile, place: int, settled: dict[str, Settlement], course: Course
) -> None:
    one = file.typed(Settlement, place)
    _refuse_unknown(file, place, course, one.student, one.lab)
    if bare(one.source) in settled:
        file.refuse(f"a second decision about {one.source}: keep one", place)
    settled[bare(one.source)] = one


def _add_override(file: YamlFile, place: int, points: dict[Key, Override], course: Course) -> None:
    override = file.typed(Override, place)
    _refuse_unknown(file, place, course, override.student, override.lab)
    _refuse_unfit(file, place, override)
    if override.key in points:
        name = f"{override.check} of {override.student} in {override.lab}"
        file.refuse(f"a second decision about {name}: keep one", place)
    points[override.key] = override


def _refuse_unknown(
    file: YamlFile, place: int, course: Course, student: str, lab: str | None
) -> None:
    if student not in course.students:
        file.refuse(f"the course has no student {student!r}", place, "student")
    if lab is not None and lab not in course.labs:
        file.refuse(f"the course has no lab {lab!r}", place, "lab")


def _refuse_unfit(file: YamlFile, place: int, override: Override) -> None:
    rubric = catalog.load_rubric(override.lab)
    if override.check not in rubric:
        known = ", ".join(rubric)
        message = f"{override.lab} has no check or question {override.check!r}: {known}"
        file.refuse(message, place, "check")
    most = rubric[override.check].points
    if override.exact_points > most:
        message = f"{override.check} is worth {most}, so not {override.points}"
        file.refuse(message, place, "points")
    if override.exact_points != round(override.exact_points, 2):
        file.refuse("points: hundredths at the finest", place, "points")
