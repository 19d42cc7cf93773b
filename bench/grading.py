"""What grading a class costs: CPU of all processes for each submission, and memory by its size.

A made class: every student has their own right runs of twenty labs, with answers, in one zip. The
time is that of the whole command, from its start to the last feedback page and table.
`python -m bench.grading 2000` measures the class of 2,000 students.
"""

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grading.course import Course
from grading.packing import PackedRun, pack
from tests.grading.made_class import course, written
from tests.grading.made_runs import LABS, made

ROOT = Path(__file__).resolve().parents[1]
A_COURSE = [lab for lab in LABS if lab != "syn-timeout"]  # twenty
SMALL, LARGE = 50, 250  # students
MOST_CPU_MS, MOST_GROWTH = 1.5, 1.15


class Cost(NamedTuple):
    """CPU seconds, user and system, of a command and all that it started; its peak memory."""

    cpu_s: float
    memory_mib: float


def a_class(folder: Path, students: int) -> Path:
    """Make a class in a folder; its course.yaml."""
    its = course([f"student{number:04}" for number in range(students)], A_COURSE)
    (folder / "inbox").mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        hand_in = partial(handed_in, its, folder / "inbox")
        for _ in pool.map(hand_in, its.students, chunksize=5):
            pass
    return written(its, folder)


def handed_in(its: Course, inbox: Path, student: str) -> None:
    """One student's zip."""
    runs = [PackedRun(lab, Path(lab), made(its, student, lab).all_files) for lab in its.labs]
    (inbox / f"{student}.zip").write_bytes(pack(runs))


def graded(folder: Path, file: Path, *options: str) -> Cost:
    """What `tcplab grade` takes for a class; it must earn everything."""
    command = [sys.executable, "-m", "cli.main", "grade", str(folder / "inbox")]
    command += ["--course", str(file), "-o", str(folder / "out"), *options]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    assert status == 0, f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}"
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(students: int) -> Cost:
    """The cost of a class of so many."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return graded(folder, a_class(folder, students), "--jobs", "1")


def told(students: int, cost: Cost) -> str:
    count = students * len(A_COURSE)
    each = f"{cost.cpu_s / count * 1000:.2f} ms each"
    return f"{count} submissions: {cost.cpu_s:.1f} s of CPU, {each}, {cost.memory_mib:.0f} MiB"


def main() -> None:
    os.chdir(ROOT)
    if len(sys.argv) > 1:
        print(told(int(sys.argv[1]), measured(int(sys.argv[1]))))
        return
    small, large = measured(SMALL), measured(LARGE)
    more = (large.cpu_s - small.cpu_s) / (LARGE - SMALL) / len(A_COURSE) * 1000
    print(f"grading a class: {more:.2f} ms of CPU a submission (at most {MOST_CPU_MS})")
    print(f"  {told(SMALL, small)}")
    print(f"  {told(LARGE, large)}")
    growth = large.memory_mib / small.memory_mib
    print(f"  memory of the larger class: {growth:.2f} times (at most {MOST_GROWTH})")


if __name__ == "__main__":
    main()
