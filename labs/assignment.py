"""What is to be played, and for whom: the way from the command line into the sandbox."""

import msgspec

from labs.pace import BOOK


class Assignment(msgspec.Struct, frozen=True):
    """A lab, the pace of its users, and the student whose values it is played with.

    student: '' for nobody, then every value is the book's. values: of the lab's variant.yaml.
    ticket: the text of the student's ticket, which goes into the run directory. program: the
    path of the student's program, for a lab of kind `program`. language: of the hand-out.
    """

    lab: str
    pace: str = BOOK
    student: str = ""
    values: dict[str, int | str] = {}
    ticket: str = ""
    program: str = ""
    language: str = "en"
