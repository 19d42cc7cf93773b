"""A lab's questions.yaml: typed questions about the student's own capture.

    - name: client-isn
      ask: Which initial sequence number did svr4 choose?
      answer: sequence
      of: isn
      at: svr4 eth0
      client: svr4
      server: bsdi.discard
      host: svr4

No right answer stands there: the function named by `of` computes it from each student's evidence
(docs/answers.md). Keys beside those of Question are that function's own.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from sys import intern
from typing import Annotated, Literal

import msgspec

from labs.catalog.part import Part
from labs.catalog.variant import Values
from labs.catalog.yaml_file import YamlFile

Answer = Literal["number", "host", "flags", "list", "sequence", "time"]

# What a number can be counted or measured in; a time is always asked for in seconds.
Unit = Literal["", "bytes", "segments", "connections", "datagrams"]

RESERVED = ("lab", "student", "mail")

Text = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]


class Question(msgspec.Struct, frozen=True):
    """One question of a lab.

    name: its key in a student's answers.yaml. answer: what kind of thing is asked for.
    of: the function that knows the right answer; parameters: that function's own.
    unit: of a number. tolerance: how far off a number or a time (in seconds) may be.
    ordered: whether the order of a list matters. where: file and line of this entry.
    """

    name: str
    ask: str
    answer: Answer
    of: str
    at: str
    unit: Unit
    tolerance: float
    ordered: bool
    parameters: Mapping[str, object]
    where: str


class _CommonKeys(msgspec.Struct, frozen=True):
    """The keys that every question has or may have; all others are its function's parameters."""

    name: Name
    ask: Text
    answer: Answer
    of: Text
    at: str = ""
    unit: Unit = ""
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0
    ordered: bool = True


def parts(path: Path) -> tuple[Part[Question], ...]:
    """The questions of a questions.yaml, one by one; none where there is no such file.

    Raises YamlFileError with file and line.
    """
    if not path.exists():
        return ()
    file = YamlFile(path, keep=True)
    count = len(file.typed(list[dict[str, object]]))
    return tuple(Part(file, partial(_question, at), (at,)) for at in range(count))


def asked(
    parts: Iterable[Part[Question]], values: Values, taken: Collection[str], points: Collection[str]
) -> tuple[Question, ...]:
    """The questions with these values, in the file's order.

    taken: names of the lab's checks. points: its vantage points. Raises YamlFileError with file
    and line.
    """
    found: dict[str, Question] = {}
    for part in parts:
        question = part.made(values)
        if question.name in taken or question.name in found:
            part.refuse(f"a second item named {question.name!r}", "name")
        if question.at and question.at not in points:
            part.refuse(f"{question.at} is no vantage point: {', '.join(points)}", "at")
        found[question.name] = question
    return tuple(found.values())


def _question(place: int, file: YamlFile) -> Question:
    common = file.typed(_CommonKeys, place)
    if common.name in RESERVED:
        file.refuse(f"{common.name}: answers.yaml says by it whose it is", place, "name")
    if common.unit and common.answer != "number":
        file.refuse(f"unit: only a number has one, not a {common.answer}", place, "unit")
    if common.tolerance and common.answer not in ("number", "time"):
        file.refuse("tolerance: only a number or a time has one", place, "tolerance")
    keys = _CommonKeys.__struct_fields__
    entry = file.part(place)
    return Question(
        **msgspec.structs.asdict(common),
        parameters={key: value for key, value in entry.items() if key not in keys},
        where=intern(file.where(place)),
    )
