"""Whose something is, where that isn't decided by itself; and what a person decided about it."""

import datetime
from collections.abc import Iterable
from typing import Annotated

import msgspec

from grading.plain import plain

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]

APOSTROPHE = "'"  # a table has it before what a spreadsheet would take for a formula

# What students are told: neither the other's name nor where it lay is theirs to know.
UNDECIDED = "something that was handed in, of which a person has to decide whose it is"


class Doubt(msgspec.Struct, frozen=True, array_like=True):
    """Of a thing of which it isn't decided whose it is: whose it may be, and who handed it in.

    students: all whom a ticket, run.json, answers or a name tells. holder: by the name of the
    place where it lay; '' where that tells none or several.
    """

    students: tuple[str, ...] = ()
    holder: str = ""


NO_DOUBT = Doubt()


class Settlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's decision whose a thing is, of which lab, and when it was handed in.

    source: as unclaimed.csv has it; or that of a folder or archive, for all that lies in it.
    lab, handed_in: where nothing else tells it. With handed_in, and a student whose it is anyway,
    it is about the time alone.
    """

    source: Text
    student: Text
    reason: Text
    who: Text
    when: datetime.date
    lab: Text | None = None
    handed_in: Annotated[datetime.datetime, msgspec.Meta(tz=True)] | None = None

    @property
    def note(self) -> str:
        """What is told of it, to the student too."""
        told = f"{plain(self.who)}, {self.when.isoformat()}: {plain(self.reason)}"
        return f"whose this is, a person decided ({told})"

    def settles(self, source: str) -> bool:
        """Whether it is about what comes from there."""
        shown, ours = bare(plain(source)), bare(self.source)
        return shown == ours or shown.startswith(f"{ours}/")


def bare(source: str) -> str:
    """A source without what tables add to it, and with no slash at its end."""
    return source.replace(APOSTROPHE, "").strip().rstrip("/")


def settlement(all_of_them: Iterable[Settlement], source: str) -> Settlement | None:
    """The decision about what comes from there: of several, the one that names it most closely."""
    fitting = [one for one in all_of_them if one.settles(source)]
    return max(fitting, key=lambda one: len(one.source), default=None)
