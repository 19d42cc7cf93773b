"""The traces of a submission, as far as what was handed in can be read."""

import msgspec

from captures.names import Names
from captures.place import Place
from checkers import evidence as read_evidence
from checkers.evidence import Evidence
from grading.copies import Traces, traces
from grading.likeness import likeness
from grading.programs import Placed, labs, program_file, text_of
from labs.catalog.variant import Values


def evidence_at(place: Place, book: Names) -> Evidence:
    """What a run directory or a capture shows; book: the names of the book's addresses."""
    if place.is_dir():
        return read_evidence.from_run_directory(place)
    return read_evidence.from_capture(place, book)


def traces_of(submission: Placed, book: Names, own: Values) -> Traces:
    """The traces of a run or a capture; none where it can't be read, or is neither."""
    if submission.kind not in ("run", "capture"):
        return Traces()
    try:
        return traces(evidence_at(submission.place, book), own)
    except (OSError, ValueError, RecursionError):  # nothing can be read of it, nor copied
        return Traces()


def with_program(found: Traces, submission: Placed, lab: str | None) -> Traces:
    """The traces with those of the program that came with it, where the lab runs one."""
    file = program_file(submission) if lab in labs() else None
    if file is None:
        return found
    try:
        its = likeness(text_of(file))
    except OSError:  # nobody can play it either
        return found
    return msgspec.structs.replace(found, same=its.same, form=its.form)
