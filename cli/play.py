"""`tcplab play`: the programs that a class handed in, each with its student's own values."""

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cli.counting import Bar, Lines, counting
from cli.exits import INTERRUPTED, NO_VERDICT, PASSED, UsageError
from cli.hand_ins import handed_in, say_how_to_resume
from cli.players import Play, Players
from cli.run import check_tools
from grading import course as courses
from grading import overrides, played, programs, results, variants
from grading.bulk import HandedIn, Task
from grading.course import Course
from grading.plain import plain
from grading.programs import Collector, Found, Program, Unplayable
from grading.results import FolderError
from grading.submissions import Finder, finder_of
from grading.workers import Processes, outcomes
from labs.assignment import Assignment
from labs.catalog.yaml_file import YamlFileError
from labs.publishing import publish

PROGRAMS_A_CORE = 4  # they may compute, which labs of people don't
COPIES = ".programs"  # of one name, so that the next time clears what SIGKILL left


class Wishes(NamedTuple):
    """What the command line asks of `tcplab play`."""

    paths: Sequence[Path]
    course: Path
    out: Path
    overrides: Path | None
    lab: str | None
    jobs: int | None
    resume: bool


class Handed(NamedTuple):
    """A program that was handed in. file: a copy of it. source: where it was found first."""

    file: Path
    source: str


class Counted:
    """Tells how many programs are done, and not what each of them does."""

    def __init__(self, shown: Lines | Bar, total: int) -> None:
        self._shown, self._total, self._done = shown, total, 0
        self._lock = threading.Lock()
        if total:
            shown.step("programs", 0, total)

    def step(self, name: str, text: str, longest_s: float | None = None) -> None:
        """What one does now isn't shown."""

    def end(self, name: str, text: str) -> None:
        """One more is done."""
        with self._lock:
            self._done += 1
            self._shown.step("programs", self._done, self._total)


def play(wishes: Wishes) -> int:
    """Play what was handed in and isn't played yet; the exit status.

    Raises UsageError, MachineUnfitError, OSError.
    """
    try:
        course = courses.load(wishes.course)
        _refuse_unfit(wishes, course)
        check_tools(with_program=True)
        decided = overrides.beside(wishes.course, course, wishes.overrides)
        finder = finder_of(course, wishes.lab, decided.settled)
        handed = handed_in(finder, wishes.paths, wishes.out)
        wishes.out.mkdir(parents=True, exist_ok=True)
        with results.locked(wishes.out), _emptied(wishes.out / COPIES) as copies:
            return _play(wishes, finder, handed, copies)
    except (YamlFileError, FolderError) as error:
        raise UsageError(str(error)) from error


def _refuse_unfit(wishes: Wishes, course: Course) -> None:
    ours = programs.labs()
    if not ours & course.labs.keys():
        raise UsageError(
            f"{wishes.course}: none of its labs runs a program: those that do are "
            f"{', '.join(sorted(ours))}"
        )
    if wishes.lab is not None and wishes.lab not in ours & course.labs.keys():
        raise UsageError(f"--lab: {wishes.lab} is no lab of {wishes.course} that runs a program")
    if not wishes.resume and wishes.out.exists() and any(wishes.out.iterdir()):
        raise UsageError(
            f"{wishes.out}: is there already: go on in it with --resume, or name a new folder"
        )


@contextlib.contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder of ours, without what is left in it, and gone at the end."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _play(wishes: Wishes, finder: Finder, handed: Sequence[HandedIn], copies: Path) -> int:
    course = finder.course
    with counting() as shown:
        found, left = _found(finder, handed, copies, shown)
        before = played.runs(wishes.out, course, shown.step) if wishes.resume else {}
        due = _due(found, before)
        plays = [
            Play(name, played.place_of(wishes.out, one), _assignment(course, one, found[one].file))
            for name, one in due.items()
        ]
        players = Players(Counted(shown, len(due)), lambda one: _seal(course, due[one.name], one))
        whole = players.play(plays, wishes.jobs or PROGRAMS_A_CORE * (os.cpu_count() or 1))
    failed = [
        Unplayable(found[one].source, plain(why))
        for name, one in due.items()
        if (why := players.problem(name))
    ]
    if not whole:
        say_how_to_resume(f"{len(found) - len(failed)} of {len(found)} programs are played")
        return INTERRUPTED
    left += failed
    sys.stdout.write(_summary(wishes.out, found, len(due), len(failed), left))
    return NO_VERDICT if left else PASSED


def _due(found: Iterable[Program], before: played.Runs) -> dict[str, Program]:
    """The programs that are to be played, by the names that they have meanwhile."""
    fit = {program for program, its in before.items() if not its.problem}
    return {f"{one.student} {one.lab} {one.sha256}": one for one in found if one not in fit}


def _found(
    finder: Finder, handed: Sequence[HandedIn], copies: Path, shown: Lines | Bar
) -> tuple[dict[Program, Handed], list[Unplayable]]:
    """Each program once, its file copied, and what can't be played."""
    found: dict[Program, Handed] = {}
    left: list[Unplayable] = []
    tasks = map(Task, range(len(handed)), handed)
    with Processes(Collector(finder), len(os.sched_getaffinity(0))) as workers:
        for task, its in outcomes(workers, tasks, len(handed)):
            left += programs.kept(its, found, lambda one: _copied(one, copies))
            shown.step("hand-ins", task.number + 1, len(handed))
    return found, left


def _copied(one: Found, copies: Path) -> Handed:
    file = copies / one.program.sha256
    file.write_bytes(one.text)
    return Handed(file, one.source)


def _assignment(course: Course, one: Program, file: Path) -> Assignment:
    values = variants.values(course, one.student, one.lab)
    return Assignment(one.lab, student=one.student, values=values, program=str(file.resolve()))


def _seal(course: Course, program: Program, one: Play) -> None:
    """Seal a run as it was played."""
    publish(played.seal_path(one.place), played.seal(course, program, one.place).encode())


def _summary(
    out: Path, found: Mapping[Program, Handed], due: int, failed: int, left: Sequence[Unplayable]
) -> str:
    """What was played, what wasn't and why, and what to do next."""
    count, students = len(found), len({one.student for one in found})
    lines = [f"{count} program(s) of {students} student(s): {due - failed} played"]
    if due < count:
        lines[0] += f", {count - due} played before and unchanged"
    if left:
        lines += ["", "Not played:", *(f"  {one.source}: {one.why}" for one in left)]
    lines += ["", f"Next: tcplab grade, as ever, with --played {out}"]
    return "\n".join(lines) + "\n"
