"""overrides.yaml: what a person decided, which every grading again keeps.

- student: berg
  lab: connection
  check: fin-ack          # a check's name, or a question's
  points: 1
  reason: meant the absolute number, and it is right
  who: kim
  when: 2026-10-12
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from grading.course import Course
from grading.plain import plain
from labs import catalog
from labs.catalog.yaml_file import YamlFile

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
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


def load(path: Path, course: Course) -> dict[Key, Override]:
    """Read an overrides.yaml; raises YamlFileError with file and line.

    Refused: what the course or the catalog doesn't have, more points than there are, and two
    decisions about one item.
    """
    file = YamlFile(path)
    found: dict[Key, Override] = {}
    for place in range(len(file.typed(list[object]) if file.data is not None else ())):
        override = file.typed(Override, place)
        _refuse_unknown(file, place, override, course)
        if override.key in found:
            name = f"{override.check} of {override.student} in {override.lab}"
            file.refuse(f"a second decision about {name}: keep one", place)
        found[override.key] = override
    return found


def _refuse_unknown(file: YamlFile, place: int, override: Override, course: Course) -> None:
    if override.student not in course.students:
        file.refuse(f"the course has no student {override.student!r}", place, "student")
    if override.lab not in course.labs:
        file.refuse(f"the course has no lab {override.lab!r}", place, "lab")
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
