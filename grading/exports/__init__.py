"""Grades in the formats of the systems that courses use.

Each module has `write(course, students, folder)`: it goes through the students once, keeps no
more of them than one, and gives the paths that it wrote. The same grades make the same bytes.
`outputs` has all paths that it may write, so that they are known before.
"""

from collections.abc import Iterable, Iterator

from grading.course import Course
from grading.grades import StudentGrade

# What `--format` calls them, and the module that writes them.
FORMATS = {
    "csv": "gradebook",
    "statistics": "statistics",
    "gradescope": "gradescope",
    "junit": "junit",
    "classroom": "classroom",
    "moodle": "moodle",
    "canvas": "canvas",
}


def of_course(course: Course, students: Iterable[StudentGrade]) -> Iterator[StudentGrade]:
    """Those of the roster, whose ids are names of files; what is nobody's goes to nobody."""
    return (one for one in students if one.student in course.students)
