"""Which values of a lab a student gets: by HMAC from the course's secret, so by nobody's choice.

Students get a ticket: their values of every lab, under a seal that only the secret can make.
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from grading.course import Course
from labs import catalog
from labs.catalog.variant import Values

TICKET_VERSION = 1


class Ticket(msgspec.Struct, frozen=True):
    """A student's values of every lab of a course; `seal` is hexadecimal."""

    schema_version: int
    course: str
    student: str
    catalog_version: str
    labs: dict[str, dict[str, int | str]]
    seal: str = ""


def values(course: Course, student: str, lab: str) -> dict[str, int | str]:
    """A student's values of a lab; {} where nothing of it differs.

    Each value by itself is chosen by HMAC-SHA256 (RFC 2104) of the names of course, student, lab
    and value, so that a rule that is added later leaves the others alone.
    Raises LookupError for an unknown lab.
    """
    return dict(_values(course.secret, course.id, student, lab))


# One submission's are asked for several times in a row.
@lru_cache(maxsize=64)
def _values(secret: bytes, course: str, student: str, lab: str) -> Mapping[str, int | str]:
    return {
        name: rule.choice(_number(secret, course, student, lab, name))
        for name, rule in catalog.rules(lab).items()
    }


def ticket(course: Course, student: str) -> Ticket:
    """The ticket of a student for every lab of the course, sealed."""
    labs = {lab: values(course, student, lab) for lab in sorted(course.labs)}
    bare = Ticket(TICKET_VERSION, course.id, student, catalog.VERSION, labs)
    return msgspec.structs.replace(bare, seal=_seal(bare, course.secret))


def genuine(one: Ticket, course: Course) -> bool:
    """Whether this course sealed the ticket as it is."""
    if one.course != course.id:
        return False
    return hmac.compare_digest(one.seal.encode(), _seal(one, course.secret).encode())


def owner(course: Course, data: bytes) -> str:
    """Whose a ticket is, by its file's bytes; raises ValueError where the course didn't seal it."""
    one = parse(data)
    if not genuine(one, course):
        raise ValueError(f"the course {course.id} didn't seal it as it is")
    return one.student


def write(one: Ticket) -> bytes:
    """The ticket's file."""
    return msgspec.json.format(msgspec.json.encode(one), indent=2) + b"\n"


def parse(data: bytes) -> Ticket:
    """Read a ticket's file; raises ValueError that says what is wrong."""
    try:
        one = msgspec.json.decode(data, type=Ticket)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a ticket: {error}") from error
    if one.schema_version > TICKET_VERSION:
        raise ValueError(
            f"schema_version {one.schema_version}, and this suite knows up to {TICKET_VERSION}"
        )
    return one


def read(path: Path) -> Ticket:
    """Read a ticket; raises ValueError that begins with the path, and OSError."""
    try:
        return parse(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def values_in(one: Ticket, lab: str) -> Values:
    """A lab's values as the ticket has them; raises LookupError for a lab that isn't on it."""
    if lab not in one.labs:
        raise LookupError(
            f"{lab} is not on the ticket of {one.student}: that has {', '.join(one.labs)}"
        )
    return one.labs[lab]


def _number(secret: bytes, *names: str) -> int:
    return int.from_bytes(_digest(secret, msgspec.json.encode(names)), "big")


def _seal(one: Ticket, secret: bytes) -> str:
    return _digest(secret, msgspec.json.encode(_unsealed(one), order="sorted")).hex()


def _unsealed(one: Ticket) -> Mapping[str, object]:
    return {key: value for key, value in msgspec.structs.asdict(one).items() if key != "seal"}


def _digest(secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, message, "sha256")
