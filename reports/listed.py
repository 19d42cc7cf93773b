"""A capture as a listing, cut where it is long."""

from array import array
from typing import NamedTuple

from captures import listing
from captures.capture import Capture
from captures.connections import Connection
from captures.names import Names
from reports.shown import middle


class Listed(NamedTuple):
    """What was captured at one place: the first lines, and the last ones behind those left out."""

    point: str
    first: str
    left_out: int
    last: str


def listed(point: str, capture: Capture, names: Names, longest: int) -> Listed:
    """The listing, as figure 18.2 has it; of more than `longest` the middle is left out."""
    left_out = middle(len(capture), longest)
    if not left_out:
        return Listed(point, listing.write(capture, names, relative=True), 0, "")
    rows = array("I", (row for row in range(len(capture)) if row not in left_out))
    # Numbers stay absolute: some connection's SYN may be among what is left out.
    some = Connection(0, False, rows, capture.columns)
    lines = listing.write(capture, names, relative=False, connection=some).splitlines(True)
    first = "".join(lines[: left_out.start])
    return Listed(point, first, len(left_out), "".join(lines[left_out.start :]))
