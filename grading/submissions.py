"""Finds what students handed in, and tells of each thing whose it is and which lab it is of.

Both are read, never guessed: where what was handed in contradicts itself or says nothing, the
submission says so in one line, and a person decides.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from captures.place import Place, start_of
from grading import bulk, roster, variants
from grading.archives import LeftOut
from grading.bulk import HandedIn
from grading.course import Course
from grading.doubts import NO_DOUBT, Doubt, Settlement, settlement
from grading.files import Files, RefusedArchive, collect
from grading.held import Scratch
from grading.members import shown
from grading.pieces import MOST_ANSWERS_BYTES, Kind, Piece, pieces
from grading.roster import Phrases, Roster
from labs import catalog

# Whose a ticket is, by its file's bytes; ValueError says why it isn't one of this course.
TicketOwner = Callable[[bytes], str]

MOST_TICKET_BYTES = 1 << 20
MOST_NAMED = 3  # files that a line names before it counts the others

# Read without YAML, which strangers write as they like; `tcplab`'s own answers.yaml has them so.
HEADER = re.compile(
    r"""^(?P<key>lab|student|mail): *["']?(?P<value>[^"'#\n]*?)["']? *(#.*)?$""", re.M
)


@dataclass(frozen=True)
class Submission:
    """One thing to grade: a student's run, capture, answers or program of one lab.

    student, lab: None where that isn't told; `problem` says why. place: where it can be read now.
    answers: the answers.yaml that goes with it. source: as the instructor knows it. handed_in:
    where a learning system tells it. notes: what is odd about it. problem: why it can't be graded.
    doubt: whose it may be, where that isn't decided. settled: whether a person decided whose it is;
    one who decided only when it came didn't.
    """

    student: str | None
    lab: str | None
    place: Place
    kind: Kind
    handed_in: datetime | None
    source: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    answers: Place | None = None
    doubt: Doubt = NO_DOUBT
    settled: bool = False


class Opened(NamedTuple):
    """What came of one HandedIn: what there is to grade, and the files that are left out."""

    submissions: tuple[Submission, ...]
    left_out: tuple[LeftOut, ...]


class Claim(NamedTuple):
    """Who says whose something is: `the ticket`, and the students it may mean."""

    by: str
    text: str
    students: tuple[str, ...]


class Finder:
    """Knows a course's students and labs by name; used for every hand-in.

    ticket_owner: tells whose a ticket is. labs: all labs there are. lab: what things are of that
    don't tell it themselves. settled: whose things are by a person's decision.
    """

    def __init__(
        self,
        course: Course,
        ticket_owner: TicketOwner,
        labs: Iterable[str],
        lab: str | None = None,
        settled: Sequence[Settlement] = (),
    ) -> None:
        self.course, self.ticket_owner, self.lab = course, ticket_owner, lab
        self.settled = settled
        self.roster = Roster(course.students)
        self.known_labs = frozenset({*labs, *course.labs})
        self.lab_names: Phrases = roster.labs(self.known_labs)

    def handed_in(self, paths: Iterable[Path]) -> Iterator[HandedIn]:
        """All that was handed in at these paths, by student, nothing opened; raises OSError."""
        for path in paths:
            yield from bulk.handed_in(path, self.roster)

    @contextmanager
    def opened(self, handed: HandedIn) -> Iterator[Opened]:
        """What a student handed in, readable until the context ends; raises OSError."""
        with Scratch() as scratch:
            if handed.problem:
                refused = RefusedArchive((), handed.items[0].path, handed.problem)
                found = Files(refused=[refused])
            else:
                found = collect(handed.items, scratch)
            yield self._opened(handed, found)

    def _opened(self, handed: HandedIn, found: Files) -> Opened:
        made, rest = pieces(found, self.lab_names)
        made += [_unreadable(refused) for refused in found.refused]
        left_out = (*found.left_out, *rest)
        if not made:
            made = [_nothing(handed, left_out)]
            left_out = left_out[MOST_NAMED:]  # the others have their line there
        for piece in made:
            piece.notes += _missing(piece, found.left_out)
        submissions = tuple(self._submission(handed, piece) for piece in made)
        named = (one._replace(name=f"{handed.source}/{one.name}") for one in left_out)
        return Opened(submissions, tuple(named))

    def _submission(self, handed: HandedIn, piece: Piece) -> Submission:
        header = _header(piece.answers)
        own = "/".join(map(shown, (*piece.folder, piece.called) if piece.called else piece.folder))
        source = f"{handed.source}/{own}" if own else handed.source
        by_person = settlement(self.settled, source)
        lab, lab_problem = self._lab(handed, piece, header, by_person.lab if by_person else None)
        claims, notes = self._claims(handed, piece, header)
        student, problem = (by_person.student, "") if by_person else decided(claims)
        notes += [by_person.note] if by_person else []
        about_time = by_person and by_person.handed_in and decided(claims)[0] == student
        return Submission(
            student=student,
            lab=lab,
            place=piece.place,
            kind=piece.kind,
            handed_in=(by_person and by_person.handed_in) or handed.handed_in,
            source=source,
            notes=(*handed.notes, *piece.notes, *notes),
            problem=piece.problem or problem or lab_problem,
            answers=piece.answers,
            doubt=NO_DOUBT if student else doubt(claims, handed.owners),
            settled=by_person is not None and not about_time,
        )

    def _lab(
        self, handed: HandedIn, piece: Piece, header: dict[str, str], by_person: str | None
    ) -> tuple[str | None, str]:
        """The lab a piece is of, and what is wrong with that; one of the two may be empty."""
        if by_person:
            return by_person, ""
        for by, lab in (("run.json", piece.claims.lab), ("answers.yaml", header.get("lab", ""))):
            if lab and lab not in self.known_labs:
                return None, f"{by} says that it is of lab {shown(lab)!r}, which there isn't"
            if lab:
                return lab, self._lab_problem(lab)
        names = (piece.called, *reversed(piece.folder), *reversed(handed.above))
        meant = next((found for name in names if (found := self.lab_names.meant(name))), ())
        if len(meant) > 1:
            return None, f"which lab is this of? Its name fits {' and '.join(meant)}"
        lab_named = meant[0] if meant else self.lab
        if lab_named is None:
            return None, "which lab is this of? Neither it nor a name says so"
        return lab_named, self._lab_problem(lab_named)

    def _lab_problem(self, lab: str) -> str:
        return "" if lab in self.course.labs else f"{lab} isn't graded in this course"

    def _claims(
        self, handed: HandedIn, piece: Piece, header: dict[str, str]
    ) -> tuple[list[Claim], list[str]]:
        """Who says whose a piece is, the most credible first; and what isn't believed."""
        ticket, notes = self._ticket(piece.ticket)
        claims = [
            Claim("its ticket", ticket, self._known(ticket)),
            Claim("run.json", piece.claims.student or "", self._known(piece.claims.student)),
            *(
                Claim("answers.yaml", header[key], self._known(header[key]))
                for key in ("student", "mail")
                if key in header
            ),
            Claim(f"the name {shown(handed.called)!r}", handed.called, handed.owners),
        ]
        unknown = [one for one in claims[:-1] if one.text and not one.students]
        notes += [f"{one.by} names {shown(one.text)!r}, who isn't a student" for one in unknown]
        return claims, notes

    def _known(self, text: str | None) -> tuple[str, ...]:
        student = self.roster.known(text) if text else None
        return (student,) if student else ()

    def _ticket(self, place: Place | None) -> tuple[str, list[str]]:
        """Whose ticket it is, and why it isn't believed."""
        if place is None:
            return "", []
        data = start_of(place, MOST_TICKET_BYTES + 1)
        if len(data) > MOST_TICKET_BYTES:
            return "", ["its ticket isn't believed: too large"]
        try:
            return self.ticket_owner(data), []
        except ValueError as error:
            return "", [f"its ticket isn't believed: {shown(str(error))}"]


def find(
    paths: Iterable[Path], finder: Finder, leave_out: Callable[[LeftOut], object]
) -> Iterator[Submission]:
    """Every submission at these paths; each can be read until the next is asked for.

    leave_out: told each file that is part of none. Raises OSError.
    """
    attempts = Attempts()
    for handed in finder.handed_in(paths):
        with finder.opened(handed) as opened:
            for left in opened.left_out:
                leave_out(left)
            for submission in opened.submissions:
                yield attempts.noted(submission)


class Attempts:
    """Counts how often a student handed in a lab, in the order in which that is found."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, str], list[str]] = {}

    def noted(self, submission: Submission) -> Submission:
        """The submission, with a note where there was one of this student and lab before."""
        if submission.student is None or submission.lab is None:
            return submission
        before = self._sources.setdefault((submission.student, submission.lab), [])
        before.append(submission.source)
        if len(before) == 1:
            return submission
        note = f"attempt {len(before)}: the first is {before[0]}"
        return replace(submission, notes=(*submission.notes, note))


def decided(claims: Iterable[Claim]) -> tuple[str | None, str]:
    """Whose something is, or why that isn't decided: claims must not contradict each other."""
    made = [claim for claim in claims if claim.text]
    sure = [claim for claim in made if len(claim.students) == 1]
    if not sure:
        return None, _undecided(made)
    student = sure[0].students[0]
    against = next((one for one in made if _contradicts(one, student)), None)
    if against:
        others = " or ".join(against.students)
        return None, f"whose is this? {sure[0].by} says {student}, {against.by} {others}"
    return student, ""


def doubt(claims: Iterable[Claim], owners: Sequence[str]) -> Doubt:
    """Whose something may be; owners: whom the name of the place where it lay fits."""
    students = dict.fromkeys(student for claim in claims for student in claim.students)
    return Doubt(tuple(students), owners[0] if len(owners) == 1 else "")


def _contradicts(claim: Claim, student: str) -> bool:
    return bool(claim.students) and student not in claim.students


def _undecided(made: Iterable[Claim]) -> str:
    vague = next((claim for claim in made if claim.students), None)
    if vague:
        return f"whose is this? {vague.by} fits {' and '.join(vague.students)}"
    called = next((claim.by for claim in reversed(list(made))), "no name")
    return f"whose is this? No ticket says so, and {called} is no student's"


def _header(answers: Place | None) -> dict[str, str]:
    """Lab, student and mail as an answers.yaml has them; {} where it hasn't."""
    if answers is None:
        return {}
    data = start_of(answers, MOST_ANSWERS_BYTES + 1)
    if len(data) > MOST_ANSWERS_BYTES:
        return {}
    text = data.decode(errors="replace")
    return {match["key"]: match["value"] for match in HEADER.finditer(text) if match["value"]}


def _missing(piece: Piece, left_out: Sequence[LeftOut]) -> list[str]:
    """Notes of what was refused of a piece's own folder, but for what no student meant."""
    folder = "".join(f"{shown(name)}/" for name in piece.folder)
    missing = [one for one in left_out if one.name.startswith(folder) and not one.foreign]
    return [f"left out: {one.name} ({one.reason})" for one in missing[:MOST_NAMED]]


def _unreadable(refused: RefusedArchive) -> Piece:
    names = refused.names
    called = names[-1] if names else ""
    return Piece("unreadable", refused.place, names[:-1], called, problem=refused.problem)


def _nothing(handed: HandedIn, left_out: Sequence[LeftOut]) -> Piece:
    """What stands for a hand-in of which nothing can be graded."""
    names = [f"{shown(one.name)} ({one.reason})" for one in left_out[:MOST_NAMED]]
    more = len(left_out) - len(names)
    told = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    problem = (
        f"nothing to grade in it: {told}" if told else "nothing was handed in: an empty folder"
    )
    in_source = shown(handed.called) == handed.source.rpartition("/")[2]
    called = "" if in_source else handed.called
    place = handed.items[0].path if handed.items else Path()
    return Piece("unreadable", place, (), called, problem=problem)


def finder_of(course: Course, lab: str | None, settled: Sequence[Settlement] = ()) -> Finder:
    """What finds submissions of a course, whose secret tells tickets' owners; as `Finder`."""
    return Finder(course, partial(variants.owner, course), catalog.names(), lab, settled)
