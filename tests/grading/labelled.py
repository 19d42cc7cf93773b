"""Submissions of which it is known what grading must say: some 350, made by the same rules.

Each is one student's only hand-in. Which wrong runs fail which checks is known from the labs' own
tests, which say it of the book's run; here each is played with its student's values.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec

from captures.names import BOOK_HOSTS, Names
from captures.reader import parse
from checkers.evidence import Evidence
from grading import variants
from labs import catalog
from tests.grading.made_class import course
from tests.grading.made_runs import LABS, Made, made, written
from tests.labs.mutated_evidence import known
from tests.labs.test_mutations import PLAYED
from tests.labs.varied_evidence import ANNOUNCED

Files = dict[str, bytes]
T = TypeVar("T")

RIGHT_A_LAB, WRONG_A_LAB = 4, 9
# Their wrong runs are put in order by their own tests (`reordered`, `renumbered`), or have
# segments that follow from the student's values and not from the text (mss).
MADE_OTHERWISE = {"fin-wait-2", "foreign-address", "mss"}
SOME = ("connection", "half-close", "half-open", "last-ack-lost", "states", "time-wait-server")
# Of these the recorded states tell of connections that must be in the captures.
WATCHED = {"half-close", "last-ack-lost", "states", "time-wait-server"}
# Without these, no segment at all is right.
OF_SEGMENTS = ("timeline", "handshake", "close", "sequence")


@dataclass(frozen=True)
class Truth:
    """What grading must say of a submission.

    earned: whether all of it is. lost: these items, at least. only: and no others. missed: some is
    lost, and these are not earned. pending: all of
    it, for a reason with these words. open: some of it is pending, and none is lost. unearned:
    nothing of it is earned. copied: from whom, by evidence with these words.
    """

    earned: bool = False
    lost: frozenset[str] = frozenset()
    only: bool = False
    missed: frozenset[str] = frozenset()
    pending: str = ""
    open: bool = False
    unearned: bool = False
    copied: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Labelled:
    """A submission: whose, of which lab, its files, what it is in words, and the truth."""

    student: str
    lab: str
    what: str
    files: Files
    truth: Truth


RIGHT = Truth(earned=True)


class Set:
    """The whole set, and the course that it is of."""

    def __init__(self) -> None:
        self.course = course([f"s{number:03}" for number in range(400)], LABS)
        self._unused = iter(self.course.students)
        self.submissions = [
            *self._right(),
            *self._wrong(),
            *self._answers(),
            *self._copies(),
            *self._damaged(),
            *self._empty(),
            *self._other_labs(),
            *self._other_values(),
        ]

    def _next(self) -> str:
        return next(self._unused)

    def _made(self, lab: str, what: str, truth: Truth, change: Callable[[Made], Files]) -> Labelled:
        student = self._next()
        its = made(self.course, student, lab)
        return Labelled(student, lab, what, change(its), truth)

    def _right(self) -> Iterator[Labelled]:
        for lab in LABS:
            for _ in range(RIGHT_A_LAB):
                yield self._made(lab, "right", RIGHT, lambda its: its.all_files)

    def _wrong(self) -> Iterator[Labelled]:
        for module in PLAYED:
            lab = module.RIGHT.lab
            if lab not in MADE_OTHERWISE:
                for old, new, failing, words in spread(module.WRONG):
                    if lab in ANNOUNCED and "mss" in new:
                        continue  # there the announced MSS follows from the student's values
                    names = {failing} if isinstance(failing, str) else failing
                    base = known(with_every_name(module.RIGHT.edited(old, new).evidence()))
                    student = self._next()
                    files = made(self.course, student, lab, base=base).all_files
                    what = f"{old.strip()} is {new.strip()}: {words}"
                    yield Labelled(student, lab, what, files, Truth(missed=frozenset(names)))

    def _answers(self) -> Iterator[Labelled]:
        """One wrong answer, no answers, and those of another student's run."""
        for lab in SOME:
            questions = catalog.load(lab).questions
            asked = frozenset(one.name for one in questions)
            first = questions[0].name
            wrong = Truth(lost=frozenset({first}), only=True)
            yield self._made(
                lab,
                "a wrong answer",
                wrong,
                partial(answered, instead={first: "no idea"}),
            )
            none = Truth(lost=asked, only=True)
            yield self._made(lab, "no answers", none, lambda its: its.files)
            student = self._next()
            own, other = (made(self.course, who, lab) for who in (student, self._next()))
            numbers = (one.name for one in questions if one.answer == "sequence")
            differ = frozenset(
                name
                for name in numbers
                if abs(int(own.answers[name]) - int(other.answers[name])) > 1  # one earns a part
            )
            if differ:
                truth = Truth(lost=differ)
                files = answered(own, other.answers)
                yield Labelled(student, lab, "another's answers", files, truth)

    def _copies(self) -> Iterator[Labelled]:
        """Another's run under one's own name; and one that has nothing of it but the times."""
        for lab in SOME:
            owner, rewriter = self._next(), self._next()
            copier = self._unlike(lab, owner)
            its = made(self.course, owner, lab)
            yield Labelled(owner, lab, "copied by others", its.all_files, RIGHT)
            own = {"student": copier, "variant": variants.values(self.course, copier, lab)}
            files = told(its.all_files, **own)
            truth = Truth(copied=(owner, "the same initial sequence numbers"))
            yield Labelled(copier, lab, "a copy", files, truth)
            files = made(self.course, rewriter, lab, times_of=owner).all_files
            truth = Truth(earned=True, copied=(owner, "the same times between segments"))
            yield Labelled(rewriter, lab, "a rewritten copy", files, truth)

    def _damaged(self) -> Iterator[Labelled]:
        for lab in SOME:
            for what, truth, change in DAMAGES:
                yield self._made(lab, what, truth, partial(changed, change=change))

    def _empty(self) -> Iterator[Labelled]:
        for lab in SOME:
            of_segments = frozenset(
                one.name for one in catalog.load(lab).expect if one.check in OF_SEGMENTS
            )
            yield self._made(
                lab,
                "complete captures of nothing",
                Truth(lost=of_segments),
                lambda its: with_captures(its, lambda data: data[:24]) | {"states.jsonl": b""},
            )
            if lab in WATCHED:
                yield self._made(
                    lab,
                    "complete captures of nothing, with states",
                    Truth(pending="states.jsonl is of another run"),
                    lambda its: with_captures(its, lambda data: data[:24]),
                )
            nothing = Truth(pending="nothing to grade")
            yield self._made(lab, "a note alone", nothing, lambda _: {"note.txt": b"my dog ate it"})

    def _other_labs(self) -> Iterator[Labelled]:
        """Captures of another lab, in a run.json of this one."""
        for lab, other in zip(SOME, SOME[1:] + SOME[:1], strict=True):
            student = self._next()
            theirs = iter(
                [
                    data
                    for name, data in made(self.course, student, other).files.items()
                    if name.startswith("pcap/")
                ]
            )
            its = made(self.course, student, lab)
            files = with_captures(its, partial(next_of, theirs))
            lines = frozenset(
                one.name for one in catalog.load(lab).expect if one.check == "timeline"
            )
            truth = Truth(lost=lines)
            if lab in WATCHED:
                truth = Truth(pending="is of another run")
            yield Labelled(student, lab, f"captures of {other}", files, truth)

    def _other_values(self) -> Iterator[Labelled]:
        """A run with all values of another student's, which its time lines show."""
        for lab in (*SOME, "mss", "options"):
            student = self._next()
            other = self._unlike(lab, student)
            files = made(self.course, student, lab, values_of=other).all_files
            told = f"played with all values of {other}"
            truth = Truth(copied=(other, told), unearned=True)
            yield Labelled(student, lab, "another's values", files, truth)

    def _unlike(self, lab: str, student: str) -> str:
        """The next student whose right run would be wrong as this one's."""
        other = self._next()
        while self._judged(lab, other) == self._judged(lab, student):
            other = self._next()
        return other

    def _judged(self, lab: str, student: str) -> dict[str, object]:
        values = variants.values(self.course, student, lab)
        return {name: values[name] for name in catalog.judged(lab)}


def with_every_name(evidence: Evidence) -> Evidence:
    """The evidence with addresses for hosts that aren't of the lab, which a wrong run may name."""
    hosts = {**evidence.names.hosts, **BOOK_HOSTS, **evidence.names.hosts}
    return msgspec.structs.replace(evidence, names=Names(hosts, evidence.names.services))


def spread(items: list[T]) -> list[T]:
    """Some of them, from the first to the last."""
    step = max(1, len(items) // WRONG_A_LAB)
    return items[::step][:WRONG_A_LAB]


def answered(its: Made, instead: dict[str, str]) -> Files:
    """The files with other answers."""
    return its.files | {"answers.yaml": written(its.answers | instead)}


def changed(its: Made, change: Callable[[Files], Files]) -> Files:
    """All files, changed."""
    return change(its.all_files)


def told(files: Files, **changes: object) -> Files:
    """The files with another run.json."""
    content = json.loads(files["run.json"]) | changes
    return files | {"run.json": json.dumps(content).encode()}


def with_captures(its: Made, change: Callable[[bytes], bytes]) -> Files:
    """The files with other captures, of which run.json tells the truth."""
    files = its.all_files
    files |= {name: change(data) for name, data in files.items() if name.startswith("pcap/")}
    points = json.loads(files["run.json"])["vantage_points"]
    for point in points:
        point["captured"] = point["received"] = parse(files[point["file"]]).frames
    return told(files, vantage_points=points)


def in_the_first_capture(change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    def with_it(files: Files) -> Files:
        name = min(name for name in files if name.startswith("pcap/"))
        return files | {name: change(files[name])}

    return with_it


def next_of(captures: Iterator[bytes], its: bytes) -> bytes:
    """Another capture; an empty one where there are no more."""
    return next(captures, its[:24])


def without_a_capture(files: Files) -> Files:
    first = min(name for name in files if name.startswith("pcap/"))
    return {name: data for name, data in files.items() if name != first}


DAMAGES: list[tuple[str, Truth, Callable[[Files], Files]]] = [
    ("a capture cut in a frame", Truth(open=True), in_the_first_capture(lambda data: data[:-20])),
    ("a capture of zeros", Truth(pending="line 1"),
     in_the_first_capture(lambda data: bytes(len(data)))),
    ("an empty capture", Truth(pending="empty file"), in_the_first_capture(lambda _: b"")),
    ("a capture that isn't there", Truth(pending="isn't there"), without_a_capture),
    ("half a run.json", Truth(pending="not a run.json"),
     lambda files: files | {"run.json": files["run.json"][:-200]}),
    ("states that are none", Truth(pending="states.jsonl"),
     lambda files: files | {"states.jsonl": b"LISTEN"}),
]  # fmt: skip
