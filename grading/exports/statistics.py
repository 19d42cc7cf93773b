"""What a class found hard: of each lab the points, of each check how often it failed and on what.

Memory is bounded by the course, not by the class: points fall into hundredths, and of wrong
values only the frequent ones are kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
from rich.cells import cell_len, set_cell_size

from grading.course import Course
from grading.exports.cells import Cell, Table
from grading.grades import ZERO, ItemGrade, LabGrade, StudentGrade, points_text, rounded_down
from grading.plain import plain
from labs.publishing import publish, publishing

CSV, JSON, TEXT = "statistics.csv", "statistics.json", "statistics.txt"
SCHEMA_VERSION = 1

WIDTH = 80  # columns of a terminal
MOST_KEPT = 256  # different wrong values of a check
MOST_TOLD = 5  # of them, in the JSON document
WORST = 10  # checks, in the text
LOST = ("lost", "partial")
STATUSES = ("earned", "partial", "lost", "skipped", "pending")
HEADER = (
    *("lab", "item", "of", "graded", *STATUSES),
    *("percent failed", "wrong value", "times", "second wrong value", "its times"),
)


class WrongValue(msgspec.Struct, frozen=True):
    """What was observed or answered instead, and how often."""

    value: str
    count: int


class ItemStatistics(msgspec.Struct, frozen=True):
    """How one check or question went. failed: percent of those decided (not pending, skipped).

    wrong_values: the most frequent ones; others: how often it was another.
    """

    lab: str
    name: str
    of: str
    counts: dict[str, int]
    failed_percent: Decimal | None
    wrong_values: tuple[WrongValue, ...]
    others: int

    @property
    def failed(self) -> int:
        """How often it earned not all of its points."""
        return sum(self.counts.get(status, 0) for status in LOST)


class LabStatistics(msgspec.Struct, frozen=True):
    """How one lab went. average, median: points of those that are decided; None for none."""

    name: str
    graded: int
    pending: int
    problems: int
    points: Decimal
    average: Decimal | None
    median: Decimal | None


class Statistics(msgspec.Struct, frozen=True):
    """A class's statistics; items: those that fail most come first."""

    schema_version: int
    course: str
    students: int
    final_open: int
    labs: tuple[LabStatistics, ...]
    items: tuple[ItemStatistics, ...]


def outputs(course: Course) -> list[str]:
    """What `write` writes, below its folder."""
    return [CSV, JSON, TEXT]


def write(course: Course, students: Iterable[StudentGrade], folder: Path) -> list[Path]:
    """Write statistics.csv, .json and .txt; the paths. Raises OSError."""
    found = gather(course, students)
    encoder = msgspec.json.Encoder(decimal_format="number")
    publish(folder / JSON, msgspec.json.format(encoder.encode(found), indent=2) + b"\n")
    publish(folder / TEXT, text(found).encode())
    with publishing(folder / CSV) as file:
        table = Table(file, HEADER)
        for item in found.items:
            table.row(_row(item))
    return [folder / name for name in outputs(course)]


def gather(course: Course, students: Iterable[StudentGrade]) -> Statistics:
    """The statistics of a class, in one pass."""
    labs = {name: _Lab() for name in course.labs}
    count = final_open = 0
    for one in students:
        count += 1
        final_open += one.final is None
        for name, lab in one.labs.items():
            labs.setdefault(name, _Lab()).add(lab)
    items = [item for name, lab in labs.items() for item in lab.item_statistics(name)]
    return Statistics(
        SCHEMA_VERSION,
        course.id,
        count,
        final_open,
        tuple(lab.statistics(name) for name, lab in labs.items()),
        tuple(sorted(items, key=lambda item: (-(item.failed_percent or 0), -item.failed))),
    )


def text(found: Statistics) -> str:
    """The statistics for a terminal of 80 columns."""
    lines = [f"{_count(found.students, 'student')}, {found.final_open} with something pending", ""]
    width = max([len(lab.name) for lab in found.labs] + [len("lab")])
    lines.append(f"{'lab':{width}}  graded  pending  refused  average  median  of")
    lines += [
        f"{lab.name:{width}}  {lab.graded:6}  {lab.pending:7}  {lab.problems:7}"
        f"  {_points(lab.average):>7}  {_points(lab.median):>6}  {points_text(lab.points)}"
        for lab in found.labs
    ]
    failing = [item for item in found.items if item.failed][:WORST]
    if failing:
        lines += ["", "What fails most:"]
    for item in failing:
        lines += _told(item)
    return "".join(f"{_cut(line)}\n" for line in lines)


def _told(item: ItemStatistics) -> Iterator[str]:
    percent = points_text((item.failed_percent or ZERO).quantize(Decimal(1)))
    yield f"{percent:>4} %  {item.lab} {item.name}: {item.failed} failed"
    if item.wrong_values:
        worst = item.wrong_values[0]
        yield f"        {_count(worst.count, 'time')} {worst.value}"


class _Values:
    """Values by how often they came; when there are too many, the rare ones become `others`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.others = 0

    def add(self, value: str) -> None:
        self.counts[value] += 1
        if len(self.counts) > MOST_KEPT:
            rare = min(self.counts.values())
            for dropped in [one for one, count in self.counts.items() if count == rare]:
                self.others += self.counts.pop(dropped)

    def most_common(self) -> tuple[WrongValue, ...]:
        ranked = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(WrongValue(*pair) for pair in ranked[:MOST_TOLD])

    def rest(self) -> int:
        return self.others + self.counts.total() - sum(one.count for one in self.most_common())


class _Item:
    """What is counted of a check or question."""

    def __init__(self, of: str) -> None:
        self.of = of
        self.counts: Counter[str] = Counter()
        self.wrong = _Values()

    def add(self, item: ItemGrade) -> None:
        self.counts[item.status] += 1
        if item.status in LOST:
            self.wrong.add(plain(item.observed) or "(nothing)")

    def statistics(self, lab: str, name: str) -> ItemStatistics:
        failed = sum(self.counts[status] for status in LOST)
        decided = failed + self.counts["earned"]
        percent = rounded_down(Decimal(100 * failed) / decided) if decided else None
        wrong, others = self.wrong.most_common(), self.wrong.rest()
        return ItemStatistics(lab, name, self.of, dict(self.counts), percent, wrong, others)


class _Lab:
    """What is counted of a lab."""

    def __init__(self) -> None:
        self.pending = self.problems = 0
        self.total = ZERO
        self.points: Counter[Decimal] = Counter()
        self.items: dict[str, _Item] = {}

    def add(self, lab: LabGrade) -> None:
        self.total = max(self.total, lab.total)
        self.problems += bool(lab.problem)
        if lab.open or lab.problem:
            self.pending += 1
        else:
            self.points[lab.earned] += 1
        for item in lab.items:
            self.items.setdefault(item.name, _Item(item.of)).add(item)

    def statistics(self, name: str) -> LabStatistics:
        graded = self.points.total()
        pending, problems = self.pending, self.problems
        average, median = _average(self.points), _median(self.points)
        return LabStatistics(name, graded, pending, problems, self.total, average, median)

    def item_statistics(self, lab: str) -> Iterator[ItemStatistics]:
        return (item.statistics(lab, name) for name, item in self.items.items())


def _average(points: Mapping[Decimal, int]) -> Decimal | None:
    count = sum(points.values())
    if not count:
        return None
    return rounded_down(sum((one * times for one, times in points.items()), ZERO) / count)


def _median(points: Mapping[Decimal, int]) -> Decimal | None:
    """The middle one; of an even number the mean of the two in the middle."""
    count = sum(points.values())
    if not count:
        return None
    low, high = (_ranked(points, rank) for rank in ((count - 1) // 2, count // 2))
    return rounded_down((low + high) / 2)


def _ranked(points: Mapping[Decimal, int], rank: int) -> Decimal:
    """The points of rank so many, from 0, the fewest first."""
    for one in sorted(points):
        rank -= points[one]
        if rank < 0:
            return one
    raise AssertionError("a rank that nobody has")


def _row(item: ItemStatistics) -> Iterator[Cell]:
    counts = [item.counts.get(status, 0) for status in STATUSES]
    yield from (item.lab, item.name, item.of, sum(counts))
    yield from counts
    yield item.failed_percent
    for place in range(2):
        worst = item.wrong_values[place : place + 1]
        yield from (worst[0].value, worst[0].count) if worst else (None, None)


def _points(points: Decimal | None) -> str:
    return "-" if points is None else points_text(points)


def _cut(line: str) -> str:
    return line if cell_len(line) <= WIDTH else f"{set_cell_size(line, WIDTH - 1)}…"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
