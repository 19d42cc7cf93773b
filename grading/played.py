"""The instructor's own runs of what students handed in: where they are kept, and which count.

    DIR/<student>/<lab>/<the program's SHA-256>/        a run directory
    DIR/<student>/<lab>/<the program's SHA-256>.seal    of all that is in it

A run counts under its seal alone, which the course's secret makes: who can write into the folder,
but doesn't know the secret, can neither add a run nor change or move one.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from captures import run as run_json
from grading import variants
from grading.content import sha256, take, tree
from grading.course import Course
from grading.pieces import RUN_JSON
from grading.programs import Placed, Program, labs, program_file
from labs import catalog
from labs.catalog import Lab

SEAL = ".seal"
NOT_PLAYED = (
    "pending until the instructor has run the program: tcplab play PATH... --course course.yaml "
    "-o DIR, then tcplab grade with --played DIR"
)
AGAIN = (
    "pending until the instructor has run the program again: tcplab play PATH... --course "
    "course.yaml -o DIR --resume"
)


class Played(NamedTuple):
    """A run of the instructor's. seal: of its content. problem: why it doesn't count, or ''."""

    place: Path
    seal: str
    problem: str = ""


Runs = Mapping[Program, Played]


def place_of(directory: Path, program: Program) -> Path:
    """Where the run of a program is kept."""
    return directory / program.student / program.lab / program.sha256


def seal(course: Course, program: Program, place: Path) -> str:
    """The seal of a run, in hexadecimal; raises OSError."""
    content = hashlib.sha256()
    take(content, tree(place))
    message = ("played", course.id, *program, content.hexdigest())
    return hmac.digest(course.secret, msgspec.json.encode(message), "sha256").hex()


def seal_path(place: Path) -> Path:
    """Where a run's seal is kept: beside it."""
    return place.with_name(f"{place.name}{SEAL}")


def runs(
    directory: Path, course: Course, step: Callable[[str, int, int], object] = lambda *_: None
) -> dict[Program, Played]:
    """All runs in a folder that are of the course; raises OSError.

    step: told of how many students they are read, and of how many in all.
    """
    found = {}
    for number, student in enumerate(course.students, 1):
        step("played runs", number, len(course.students))
        for lab in labs() & course.labs.keys():
            for path in sorted((directory / student / lab).glob(f"*{SEAL}")):
                program = Program(student, lab, path.stem)
                found[program] = _played(course, program, path)
    return found


def _played(course: Course, program: Program, path: Path) -> Played:
    place = path.with_suffix("")
    told = path.read_text(errors="replace").strip()
    own = seal(course, program, place) if place.is_dir() else ""
    if not hmac.compare_digest(told.encode(), own.encode()):
        return Played(place, own, "it isn't as this course's tcplab play left it")
    return Played(place, own, _unfit(course, program, place))


def _unfit(course: Course, program: Program, place: Path) -> str:
    """Why a run isn't one of this program, with its student's values, by this catalog; or ''."""
    try:
        run = run_json.load(place / RUN_JSON)
    except (OSError, ValueError):
        return f"its {RUN_JSON} can't be read"
    if run.catalog_version != catalog.VERSION:
        return f"played under catalog version {run.catalog_version}, and this is {catalog.VERSION}"
    if (run.student, run.lab) != (program.student, program.lab):
        return f"it is a run of {run.lab} for {run.student or 'nobody'}"
    if {one.sha256 for one in run.programs} != {program.sha256}:
        return "it ran another program"
    if (run.variant or {}) != variants.values(course, program.student, program.lab):
        return f"it was played with other values than {program.student} has"
    return ""


def standing_in(
    known: Runs | None, student: str, lab: Lab, submission: Placed
) -> tuple[Path | None, str]:
    """The instructor's run of the program in a submission; where there is none, the reason.

    Neither for a lab that runs no program. known: None where no folder of such runs was given.
    """
    if lab.kind != catalog.PROGRAM:
        return None, ""
    file = program_file(submission)
    if file is None:
        return None, "no program came with it that the instructor could run"
    if known is None:
        return None, NOT_PLAYED
    its = known.get(Program(student, lab.name, sha256(file)))
    if its is None:
        return None, NOT_PLAYED
    return (its.place, "") if not its.problem else (None, f"{AGAIN} ({its.problem})")


def told(known: Runs | None) -> object:
    """What changes, as plain data, with each run that counts, and with why one doesn't."""
    return None if known is None else sorted((*one, *its[1:]) for one, its in known.items())
