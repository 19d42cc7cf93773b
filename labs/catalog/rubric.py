"""A lab's rubric.yaml: what each check and question is worth, and who is told what.

figure: {points: 4}
client-isn:
  points: 2
  needs: [figure]
  partial: {off_by_one: 50}
  hints: [Look at the first segment., A SYN carries it.]
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from labs.catalog.yaml_file import YamlFile

Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]

# From what everybody sees to what nobody does.
SECRECY: Sequence[Visibility] = ("visible", "after_due_date", "after_published", "hidden")

Percent = Annotated[int, msgspec.Meta(ge=1, le=99)]

# Which partial credit an answer of which kind can earn.
RULES = {
    "number": {"wrong_unit"},
    "time": {"wrong_unit"},
    "sequence": {"off_by_one"},
    "list": {"in_part"},
}


class Partial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percent of the points that an answer earns which isn't quite right; None: nothing.

    off_by_one: a sequence number too high or too low by one. wrong_unit: the right number in a
    wrong unit. in_part: the most that an incomplete list earns, in proportion.
    """

    off_by_one: Percent | None = None
    wrong_unit: Percent | None = None
    in_part: Percent | None = None


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a check or a question is worth, and who sees it when.

    hint: said whenever it isn't earned. hints: one more of them after each attempt.
    needs: items without which this one has no meaning: where one of them is lost, it is skipped.
    """

    points: Annotated[int, msgspec.Meta(ge=0)]
    hint: str = ""
    visibility: Visibility = "visible"
    needs: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    partial: Partial = Partial()


def read(path: Path, items: Collection[str], answers: Mapping[str, str]) -> dict[str, Item]:
    """The items of a rubric.yaml by name.

    items: names of the lab's checks and questions. answers: of each question, what kind of answer.
    Raises YamlFileError with file and line.
    """
    file = YamlFile(path, keep=True)
    found = {name: file.typed(Item, name) for name in file.typed(dict[str, object])}
    for name, item in found.items():
        if name not in items:
            known = ", ".join(sorted(items))
            file.refuse(f"{name!r} is no check or question of this lab; those are {known}", name)
        for need in item.needs:
            if need not in items:
                file.refuse(f"{name}: needs {need!r}, which this lab doesn't have", name, "needs")
        _refuse_wrong_partial(file, name, item.partial, answers.get(name, ""))
    _refuse_circles(file, found)
    return found


def _refuse_wrong_partial(file: YamlFile, name: str, partial: Partial, answer: str) -> None:
    for rule, percent in msgspec.structs.asdict(partial).items():
        if percent is not None and rule not in RULES.get(answer, ()):
            what = f"a {answer}" if answer else "a check"
            file.refuse(f"{name}: {what} has no partial credit {rule}", name, "partial", rule)


def _refuse_circles(file: YamlFile, items: Mapping[str, Item]) -> None:
    for name in items:
        ahead, seen = list(items[name].needs), set[str]()
        while ahead:
            need = ahead.pop()
            if need == name:
                file.refuse(f"{name} needs itself, by way of what it needs", name, "needs")
            if need not in seen:
                seen.add(need)
                ahead += items[need].needs if need in items else ()
