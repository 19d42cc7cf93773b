"""`tcplab grade`: what a class handed in, to grades, feedback, and what a person must decide."""

import contextlib
import datetime
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cli import exporting
from cli.cluster import cluster
from cli.counting import counting
from cli.exits import INTERRUPTED, NO_VERDICT, PASSED, UsageError
from cli.exporting import Sheets
from cli.hand_ins import handed_in, refuse_inside, say_how_to_resume
from cli.labs import book_names
from cli.languages import code
from cli.saying import note
from cli.show_class import summary
from grading import course as courses
from grading import overrides, played, results
from grading.class_run import COPIES, FEEDBACK, PENDING, UNCLAIMED, ClassRun
from grading.course import Course
from grading.grade import Grading
from grading.hand_in import Grader
from grading.overrides import Decisions
from grading.results import About, FolderError
from grading.submissions import finder_of
from grading.workers import Processes, Workers
from labs.catalog.yaml_file import YamlFileError


class Wishes(NamedTuple):
    """What the command line asks of `tcplab grade`."""

    paths: Sequence[Path]
    course: Path
    out: Path
    formats: Sequence[str]
    overrides: Path | None
    lab: str | None
    jobs: int | None
    resume: bool
    dask: str | None
    at: datetime.datetime | None
    published: bool
    sheets: Sheets = Sheets()
    played: Path | None = None


def example() -> int:
    """Print a course.yaml to begin with, its secret a new one."""
    sys.stdout.write(courses.example(secrets.token_urlsafe(24)))
    return PASSED


def moment(text: str | None) -> datetime.datetime | None:
    """The time of --at; raises UsageError for what is none, or has no time zone."""
    if text is None:
        return None
    try:
        told = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at: {text!r} is no time: 2026-10-20T12:00+09:00 is one") from error
    if told.tzinfo is None:
        raise UsageError("--at: say the time zone, such as 2026-10-20T12:00+09:00")
    return told


def grade(wishes: Wishes) -> int:
    """Grade a class; the exit status. Raises UsageError, OSError."""
    try:
        course = courses.load(wishes.course)
        decided = overrides.beside(wishes.course, course, wishes.overrides)
        return _grade(wishes, course, decided)
    except (YamlFileError, FolderError) as error:
        raise UsageError(str(error)) from error


def _grade(wishes: Wishes, course: Course, decided: Decisions) -> int:
    if wishes.lab is not None and wishes.lab not in course.labs:
        raise UsageError(f"--lab: {wishes.lab} is no lab of {wishes.course}")
    exporting.refuse_unfit(course, wishes.sheets)
    before = results.claimed(wishes.out, wishes.resume)
    about = About(results.OURS, _when(wishes, before), outputs=_outputs(wishes, course))
    exporting.refuse_ours(
        wishes.sheets, wishes.out, {*about.outputs, *(before.outputs if before else ())}
    )
    known = _played(wishes, course)
    grader = Grader(
        Grading(course, book_names(), "", decided.points, known, decided.settled),
        finder_of(course, wishes.lab, decided.settled),
    )
    handed = handed_in(grader.finder, wishes.paths, wishes.out)
    with results.held(wishes.out):
        if before:
            _remove(wishes.out, before)
        results.note(wishes.out, about)
        judging = replace(grader.grading, checked=about.checked)
        with (
            counting() as shown,
            contextlib.closing(
                ClassRun(judging, wishes.out, shown, wishes.published, code())
            ) as run,
        ):
            try:
                with _workers(wishes, grader) as workers:
                    run.grade(handed, workers)
                students = results.students(wishes.out, course)
                written = [
                    *run.finish(),
                    *exporting.exported(
                        wishes.formats, wishes.sheets, course, students, wishes.out, shown.step
                    ),
                ]
            except KeyboardInterrupt:
                say_how_to_resume(f"{run.tally.hand_ins} of {len(handed)} hand-ins are graded")
                return INTERRUPTED
        names = tuple(str(path.relative_to(wishes.out)) for path in written)
        results.note(wishes.out, About(about.what, about.checked, finished=True, outputs=names))
    sys.stdout.write(summary(course, run.tally, wishes.out))
    sys.stdout.write(exporting.shown(wishes.formats, wishes.out))
    tally = run.tally
    return NO_VERDICT if tally.pending_count or tally.unclaimed_count else PASSED


def _when(wishes: Wishes, before: About | None) -> str:
    """When it is graded: what was interrupted keeps its time, and so its bytes."""
    if wishes.at is not None:
        return wishes.at.isoformat()
    if before is not None and not before.finished and before.checked:
        return before.checked
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _played(wishes: Wishes, course: Course) -> played.Runs | None:
    """The instructor's own runs; raises UsageError for a folder that there isn't."""
    if wishes.played is None:
        return None
    if not wishes.played.is_dir():
        raise UsageError(
            f"--played: {wishes.played}: no such folder: tcplab play PATH... "
            f"--course {wishes.course} -o {wishes.played} makes it"
        )
    refuse_inside(wishes.played, wishes.paths, "--played")
    with counting() as shown:
        return played.runs(wishes.played.resolve(), course, shown.step)


def _outputs(wishes: Wishes, course: Course) -> tuple[str, ...]:
    """All that may be made of the grades, below the folder: noted before anything is written."""
    pages = (f"{FEEDBACK}/{student}.html" for student in course.students)
    more = exporting.outputs(wishes.formats, wishes.sheets, course)
    return (UNCLAIMED, PENDING, COPIES, *pages, *more)


def _remove(directory: Path, before: About) -> None:
    """Remove what was made of the grades before: none of it may outlive them."""
    if not before.checked:
        note(
            f"{directory / results.ABOUT} can't be read: the grades go on from what is kept, but "
            "files of formats or students that are no longer asked for may be left"
        )
    results.remove(directory, before.outputs)


def _workers(wishes: Wishes, grader: Grader) -> AbstractContextManager[Workers[bytes | None]]:
    if wishes.dask is None:
        return Processes(grader, wishes.jobs or len(os.sched_getaffinity(0)))
    return cluster(wishes.dask, grader)
