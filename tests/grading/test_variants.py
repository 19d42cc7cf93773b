"""Students' values and their tickets."""

import json
import math
from pathlib import Path

import msgspec
import pytest

from grading import course, own_labs, variants
from labs import catalog
from labs.catalog import variant
from labs.catalog.part import MOST_KEPT

COURSE = course.Course(
    id="networks",
    title="Networks",
    secret=b"a secret of the course",
    students={name: course.Student(name, name) for name in ("ahn", "berg", "chen")},
    labs={lab: course.CourseLab() for lab in catalog.names()},
    late=course.LatePolicy(),
    attempts="best",
    accept_degraded=False,
)
VARIED = [lab for lab in catalog.names() if variant.rules(catalog.folder(lab))]


@pytest.mark.parametrize("lab", VARIED)
def test_values_depend_on_secret_course_student_and_lab_alone(lab: str) -> None:
    """That two students share all values of a lab is possible, but not that all of sixty do."""
    mine = variants.values(COURSE, "ahn", lab)
    assert mine == variants.values(COURSE, "ahn", lab)
    catalog.load(lab, given=mine)
    others = [variants.values(COURSE, f"student-{number}", lab) for number in range(20)]
    courses = [msgspec.structs.replace(COURSE, id=f"course-{number}") for number in range(20)]
    secrets = [msgspec.structs.replace(COURSE, secret=b"%d" % number) for number in range(20)]
    others += [variants.values(its, "ahn", lab) for its in (*courses, *secrets)]
    for changed in (others[:20], others[20:40], others[40:]):
        assert any(one != mine for one in changed)


def test_graders_keep_labs_with_every_combination_of_values() -> None:
    """But for half-open's Ethernet addresses, of which there is no end."""
    combinations = [
        math.prod(catalog.rules(lab)[name].choices for name in catalog.judged(lab) - {"ether"})
        for lab in VARIED
    ]
    assert max(combinations) <= MOST_KEPT
    assert sum(combinations) <= own_labs._lab.cache_parameters()["maxsize"]


def test_names_that_run_together_are_told_apart() -> None:
    lab = VARIED[0]
    odd = msgspec.structs.replace(COURSE, id="net", secret=b"s")
    other = msgspec.structs.replace(COURSE, id="netahn", secret=b"s")
    several = [variants.values(odd, f"ahn{number}", lab) for number in range(20)]
    assert several != [variants.values(other, str(number), lab) for number in range(20)]


def test_a_ticket_is_read_as_it_was_written(tmp_path: Path) -> None:
    ticket = variants.ticket(COURSE, "ahn")
    (tmp_path / "ticket.json").write_bytes(variants.write(ticket))
    again = variants.read(tmp_path / "ticket.json")
    assert again == ticket
    assert variants.genuine(again, COURSE)
    assert variants.values_in(again, VARIED[0]) == variants.values(COURSE, "ahn", VARIED[0])
    assert COURSE.secret.decode() not in variants.write(ticket).decode()


@pytest.mark.parametrize("key", ["student", "course", "catalog_version", "labs", "seal"])
def test_a_ticket_that_was_edited_is_no_longer_genuine(key: str) -> None:
    content = json.loads(variants.write(variants.ticket(COURSE, "ahn")))
    lab = VARIED[0]
    book = dict(catalog.load(lab).values)
    content[key] = content["labs"] | {lab: book} if key == "labs" else content[key] + "0"
    edited = variants.parse(json.dumps(content).encode())
    assert not variants.genuine(edited, COURSE)


def test_another_courses_ticket_is_not_genuine() -> None:
    theirs = msgspec.structs.replace(COURSE, secret=b"another secret")
    assert not variants.genuine(variants.ticket(theirs, "ahn"), COURSE)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a ticket"),
        (b"[]", "not a ticket"),
        (b'{"schema_version": 1}', "missing required field `course`"),
        (b"\xff", "not a ticket"),
    ],
)
def test_what_is_no_ticket_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "ticket.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught:
        variants.read(path)
    assert str(caught.value).startswith(str(path))


def test_a_ticket_of_the_future_is_refused() -> None:
    later = msgspec.structs.replace(variants.ticket(COURSE, "ahn"), schema_version=2)
    with pytest.raises(ValueError, match="schema_version 2"):
        variants.parse(variants.write(later))


def test_a_lab_that_is_not_on_the_ticket_is_named() -> None:
    with pytest.raises(LookupError, match="nonesuch is not on the ticket of ahn"):
        variants.values_in(variants.ticket(COURSE, "ahn"), "nonesuch")
