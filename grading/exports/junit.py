"""JUnit XML: a file a student, a suite a lab, a case a check or question.

It is for instructors, and hides nothing. As Ant's and Jenkins' readers take it: a case holds at
most one of failure, error and skipped. Points stand in the suites' properties.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from grading.course import Course
from grading.exports import of_course
from grading.grades import ItemGrade, LabGrade, StudentGrade, points_text
from grading.plain import plain
from labs.publishing import publish

FOLDER = "junit"
LONGEST = 4000
HOST = "localhost"  # as Ant says it where it isn't known: no machine shows in a grade

# What a status becomes. Pending is an error: neither the student's nor decided.
OUTCOMES = {"lost": "failure", "partial": "failure", "pending": "error", "skipped": "skipped"}
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def outputs(course: Course) -> list[str]:
    """What `write` may write, below its folder."""
    return [f"{FOLDER}/{student}.xml" for student in course.students]


def write(course: Course, students: Iterable[StudentGrade], folder: Path) -> list[Path]:
    """Write junit/<id>.xml for each student; the paths. Raises OSError."""
    written = []
    for one in of_course(course, students):
        path = folder / FOLDER / f"{one.student}.xml"
        publish(path, document(course, one))
        written.append(path)
    return written


def document(course: Course, one: StudentGrade) -> bytes:
    """A student's labs as JUnit XML."""
    root = ET.Element("testsuites", name=plain(course.id), time="0")
    items = [item for lab in one.labs.values() for item in lab.items]
    root.attrib |= {name: count for name, count in _counts(items) if name != "skipped"}
    for number, lab in enumerate(one.labs.values()):
        root.append(_suite(lab, number))
    ET.indent(root)
    # What no character set has, `plain` has spelled out; XML forbids nothing else.
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _suite(lab: LabGrade, number: int) -> ET.Element:
    suite = ET.Element("testsuite", name=_text(lab.lab) or "submission", package=_text(lab.student))
    suite.attrib |= dict(_counts(lab.items))
    suite.attrib |= {"time": "0", "hostname": HOST, "id": str(number)}
    if lab.checked:
        suite.set("timestamp", _utc(lab.checked))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(lab).items():
        ET.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(_case(lab, item) for item in lab.items)
    ET.SubElement(suite, "system-out").text = "\n".join(map(_text, lab.notes))
    ET.SubElement(suite, "system-err").text = _text(lab.problem)
    return suite


def _counts(items: Iterable[ItemGrade]) -> Iterator[tuple[str, str]]:
    found = [OUTCOMES.get(item.status, "") for item in items]
    yield "tests", str(len(found))
    for name, outcome in COUNTED.items():
        yield name, str(found.count(outcome))


def _properties(lab: LabGrade) -> Mapping[str, str]:
    """Points, and what they were given for; evidence by file."""
    return {
        "points": points_text(lab.earned),
        "points.max": points_text(lab.total),
        "points.pending": points_text(lab.pending),
        "points.text": lab.text,
        "late.days": str(lab.late_days),
        "late.percent": points_text(lab.late_percent),
        "attempt": str(lab.attempt),
        "handed_in": lab.handed_in,
        "catalog_version": lab.catalog_version,
        "source": lab.source,
    } | {f"evidence.{_text(name)}": digest for name, digest in lab.evidence.items()}


def _case(lab: LabGrade, item: ItemGrade) -> ET.Element:
    classname = f"{_text(lab.student) or 'nobody'}.{_text(lab.lab) or 'submission'}"
    case = ET.Element("testcase", name=_text(item.name), classname=classname, time="0")
    outcome = OUTCOMES.get(item.status)
    if outcome:
        points = f"{points_text(item.points)} of {points_text(item.max_points)} points"
        why = f": {_text(item.because)}" if item.because else ""
        kind = _text(item.verdict) or item.status
        told = ET.SubElement(case, outcome, type=kind, message=f"{item.status}, {points}{why}")
        told.text = "\n".join(_said(item))
    return case


def _said(item: ItemGrade) -> Iterator[str]:
    parts = ("expected", item.expected), ("observed", item.observed), ("in", item.place)
    yield from (f"{label} {_text(text)}" for label, text in parts if text)
    yield from (_text(text) for text in (item.reference, item.hint, *item.hints) if text)


def _text(text: str) -> str:
    return plain(text, LONGEST)


def _utc(moment: str) -> str:
    """A moment as Ant writes it: to the second, without a time zone; UTC here."""
    when = datetime.datetime.fromisoformat(moment)
    return when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
