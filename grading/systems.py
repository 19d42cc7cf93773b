"""How learning systems name what they let an instructor download.

Moodle: `Full name_NNNNN_assignsubmission_file`, a folder or (without folders) before each file's
name; `Participant_NNNNN_...` where marking is blind. Canvas: `lastfirst_[LATE_]user_file_name`.
Gradescope: `submission_NNN`, and a sheet that says whose each is.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import yaml

from grading.roster import Roster
from labs.catalog.yaml_file import nests_deeply

MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(_(?P<file>.*))?", re.DOTALL
)
CANVAS = re.compile(r"(?P<name>[^_]+)_((?P<late>LATE)_)?(?P<user>\d+)_\d+_(?P<file>.+)", re.DOTALL)
GRADESCOPE_SHEET = "submission_metadata.yml"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Owned(NamedTuple):
    """What a file's or folder's name tells of its owner.

    key: what all that belongs together has in common. owners: ids of the students whom it fits.
    file: its own name, without the owner's. system: the learning system whose naming it is.
    """

    key: str
    owners: tuple[str, ...]
    file: str
    system: str = ""
    handed_in: datetime | None = None
    notes: tuple[str, ...] = ()


def owned(name: str, roster: Roster) -> Owned | None:
    """What a name tells of its owner; None where it tells nothing."""
    if moodle := MOODLE.fullmatch(name):
        owners = roster.named(moodle["name"])
        key = f"{moodle['name']}_{moodle['number']}"
        return Owned(key, owners, moodle["file"] or "", "Moodle")
    if canvas := CANVAS.fullmatch(name):
        owners = roster.lastfirst(canvas["name"])
        notes = ("late, says Canvas",) if canvas["late"] else ()
        key = f"{canvas['name']}_{canvas['user']}"
        return Owned(key, owners, canvas["file"], "Canvas", notes=notes)
    owners = roster.named(name)
    return Owned(" ".join(owners), owners, name) if owners else None


def sheet(data: bytes, roster: Roster) -> dict[str, Owned]:
    """Gradescope's sheet: what each folder beside it tells; {} where it is no such sheet."""
    try:
        text = data.decode("utf-8-sig")
        loader = yaml.SafeLoader if nests_deeply(text) else _LOADER
        found = yaml.load(text, loader)  # noqa: S506  (a safe loader, the fast one if that is safe)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    rows = found.items() if isinstance(found, dict) else ()
    return {
        str(folder): Owned(
            str(folder), _submitters(row, roster), "", "Gradescope", _created(row), _group(row)
        )
        for folder, row in rows
        if isinstance(row, dict)
    }


def _submitters(row: Mapping[object, object], roster: Roster) -> tuple[str, ...]:
    return tuple(sorted({found for one in _people(row) for found in _of_roster(one, roster)}))


def _people(row: Mapping[object, object]) -> Iterator[Mapping[object, object]]:
    people = row.get(":submitters")
    yield from (one for one in people if isinstance(one, dict)) if isinstance(people, list) else ()


def _of_roster(one: Mapping[object, object], roster: Roster) -> tuple[str, ...]:
    """A submitter by mail or student id, else by name."""
    for key in (":email", ":sid"):
        known = roster.known(str(one.get(key) or ""))
        if known:
            return (known,)
    return roster.named(str(one.get(":name") or ""))


def _group(row: Mapping[object, object]) -> tuple[str, ...]:
    count = sum(1 for _ in _people(row))
    return (f"handed in by {count} students together",) if count > 1 else ()


def _created(row: Mapping[object, object]) -> datetime | None:
    created = row.get(":created_at")
    if not isinstance(created, datetime):
        return None
    return created if created.tzinfo else created.replace(tzinfo=UTC)
