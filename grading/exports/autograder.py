"""A zip that makes Gradescope grade a lab: setup.sh, run_autograder, and what they need of here."""

from pathlib import Path

from grading import autograding
from grading.exports.gradescope import encoded
from grading.packing import zipped

PROJECT = Path(__file__).parents[2]

# The pure half: no network is built, and nothing of a student's is run.
ROOMS = ("captures", "checkers", "grading", "labs/catalog", "languages")
FILES = ("labs/__init__.py", "labs/publishing.py")
EXPORTS = "grading/exports/"
EXPORTS_NEEDED = {f"{EXPORTS}__init__.py", f"{EXPORTS}gradescope.py"}
FOR_CLASSES = {f"grading/{name}.py" for name in ("class_run", "hand_in", "results", "workers")}
SUFFIXES = {".py", ".yaml", ".html"}

PROGRAMS = ("setup.sh", "run_autograder")

# What those rooms import that isn't Python's own, as pyproject.toml has it.
REQUIREMENTS = (
    "PyYAML>=6",
    "backports.zstd>=1; python_version < '3.14'",
    "msgspec>=0.18",
)


def build(course: Path, lab: str, overrides: Path | None = None) -> bytes:
    """The zip that grades a lab by this course.yaml; raises OSError.

    It holds the course's secret and roster. The same files give the same bytes.
    """
    names = [*FILES, *(name for room in ROOMS for name in _sources(room))]
    files = {name: (PROJECT / name).read_bytes() for name in names}
    files |= {name: (Path(__file__).parent / name).read_bytes() for name in PROGRAMS}
    files["requirements.txt"] = "".join(f"{one}\n" for one in REQUIREMENTS).encode()
    files["unfinished.json"] = encoded(autograding.message(autograding.UNFINISHED))
    files[autograding.COURSE] = course.read_bytes()
    files[autograding.LAB] = f"{lab}\n".encode()
    if overrides:
        files[autograding.OVERRIDES] = overrides.read_bytes()
    return zipped(files, programs=PROGRAMS)


def _sources(room: str) -> list[str]:
    found = (path for path in (PROJECT / room).rglob("*") if path.suffix in SUFFIXES)
    names = sorted(str(path.relative_to(PROJECT)) for path in found)
    return [one for one in names if _is_needed(one)]


def _is_needed(name: str) -> bool:
    """Whether one submission is graded with this."""
    return name not in FOR_CLASSES and (not name.startswith(EXPORTS) or name in EXPORTS_NEEDED)
