"""`tcplab autograder`: the zip that makes Gradescope grade a lab."""

import sys
from pathlib import Path

from cli.exits import PASSED, UsageError
from grading import course as courses
from grading import overrides as decisions
from grading.course import Course
from grading.exports.autograder import build
from labs import catalog
from labs.catalog.yaml_file import YamlFileError
from labs.publishing import publish


def autograder(course: Path, lab: str, out: Path, overrides: Path | None, force: bool) -> int:
    """Write the autograder of a lab, and say what to do with it; raises UsageError, OSError."""
    try:
        its = courses.load(course)
        if overrides:
            decisions.load(overrides, its)
    except YamlFileError as error:
        raise UsageError(str(error)) from error
    _refuse(its, course, lab)
    if out.is_dir() or (out.exists() and not force):
        raise UsageError(f"{out}: is there already; replace it with --force, or name another")
    publish(out, build(course, lab, overrides))
    sys.stderr.write(_said(its, lab, out))
    return PASSED


def _refuse(course: Course, path: Path, lab: str) -> None:
    if lab not in course.labs:
        known = ", ".join(course.labs)
        raise UsageError(f"{path}: the course has no lab {lab!r}; it has {known}")
    if catalog.load(lab).kind == catalog.PROGRAM:
        raise UsageError(
            f"{lab} runs the student's program, and needs namespaces, which Gradescope's machines "
            "don't give: grade it with tcplab grade"
        )


def _said(course: Course, lab: str, out: Path) -> str:
    without = [student.id for student in course.students.values() if not student.mail]
    lines = [
        f"{out}: the autograder of {lab}. Upload it in Gradescope: Configure Autograder.",
        "It holds the course's secret and roster: keep it as you keep course.yaml.",
    ]
    if without:
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        lines.append(
            f"No mail address in the roster for {', '.join(without[:3])}{more}: Gradescope tells "
            "who handed in by mail; without it a ticket must."
        )
    return "".join(f"{line}\n" for line in lines)
