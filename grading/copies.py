"""Copies: what tells that two students handed in the same run, and who shares it.

Of each submission a few small numbers are kept, and held against each other at the end. What is
found is shown to a person, with both names; no grade depends on it.
"""

import hashlib
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import sub
from typing import NamedTuple

import msgspec

from captures.capture import Capture
from captures.columns import UNKNOWN
from captures.run import Run
from captures.segment import ACK, SYN
from checkers.claims import SECOND_NS, since_epoch_ns
from checkers.evidence import Evidence
from grading import variants
from grading.course import Course
from grading.likeness import Likeness, size
from labs.catalog.variant import Value, Values

MOST_KEPT = 4  # of each kind, those with the lowest hashes: the same ones in a copy
MOST_CONNECTIONS = 50  # looked at in a capture
HANDSHAKE = 12  # segments of a connection within which its SYNs are

# So many gaps in a row, none of them round, are the same by accident in no class: a slow line's
# gaps, which differ least, are spread over some 20 us, so that twelve of them hold 50 bits. Short
# captures are held against each other as a whole; people's pauses in them differ by milliseconds.
GAPS_IN_A_ROW, FEWEST_GAPS = 12, 6
ROUND_NS = 100_000
MICROSECOND_NS = 1000
MOST_SEGMENTS = 2000  # looked at in a capture

# Right programs of a few statements are alike because they are right.
FEWEST_STATEMENTS = 10

MOST_SENDERS = 20  # of ARP messages, in a submission

ETHER = "ether"  # the value of every lab that is an Ethernet address


class Traces(msgspec.Struct, frozen=True, array_like=True):
    """What of a submission would show up again in a copy.

    isns: of connections, `client/server`, or `client at port` without an answer. gaps: hashes of
    times between segments. played, ethers: values in run.json, and senders of ARP messages, that
    aren't the student's own. same, form: of the student's program, as in `Likeness`; '' for none.
    span: when the run started and ended; '' where nobody can tell by that.
    """

    isns: tuple[str, ...] = ()
    gaps: tuple[int, ...] = ()
    played: dict[str, Value] = {}
    ethers: tuple[str, ...] = ()
    same: str = ""
    form: str = ""
    span: str = ""


class Copy(NamedTuple):
    """Two students' submissions that share something; `evidence` says what, in words.

    other_source: '' where the other's values are meant, not a submission of theirs.
    """

    lab: str
    student: str
    other: str
    evidence: str
    source: str
    other_source: str


def traces(evidence: Evidence, own: Values) -> Traces:
    """The traces of a submission; own: the student's values of the lab."""
    captures = [vantage.capture for vantage in evidence.vantages.values()]
    played = (evidence.run.variant if evidence.run else None) or {}
    ether = own.get(ETHER)
    senders = {arp.sender_ether for one in captures for arp in one.arps if arp.sender_ether}
    return Traces(
        isns=tuple(_lowest({pair for one in captures for pair in _isns(one)})),
        gaps=tuple(_gaps(captures)),
        played={} if played == own else dict(played),
        ethers=tuple(sorted(senders - {padded(str(ether))})[:MOST_SENDERS]) if ether else (),
        span=_span(evidence.run) if evidence.run else "",
    )


def _span(run: Run) -> str:
    """Start and end, where both have fractions of a second: round ones many runs may have."""
    times = since_epoch_ns(run.started), since_epoch_ns(run.ended)
    told = all(time and time % SECOND_NS for time in times)
    return "/".join(map(str, times)) if told else ""


def padded(ether: str) -> str:
    """`0:0:c0:6f:2d:40` as captures have it: `00:00:c0:6f:2d:40`."""
    return ":".join(part.zfill(2) for part in ether.split(":"))


def _lowest(pairs: Iterable[str]) -> list[str]:
    return sorted(pairs, key=lambda pair: (_hash(pair.encode()), pair))[:MOST_KEPT]


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()


def _isns(capture: Capture) -> Iterator[str]:
    """The ISNs of every connection; where nobody answered, the port makes up for the other one."""
    columns = capture.columns
    for connection in capture.connections[:MOST_CONNECTIONS]:
        syn = answer = UNKNOWN
        for row in connection.rows[:HANDSHAKE]:
            if columns.flags[row] & (SYN | ACK) == SYN and syn == UNKNOWN:
                syn = columns.seq[row]
            elif columns.flags[row] & SYN and columns.seq[row] != syn:
                answer = columns.seq[row]
        if syn != UNKNOWN:
            yield f"{syn} at {connection.client.port}" if answer == UNKNOWN else f"{syn}/{answer}"


def _gaps(captures: Sequence[Capture]) -> list[int]:
    """Hashes of gaps in a row, in nanoseconds and, as an editor may have cut them, microseconds.

    Gaps don't tell when a capture began; those in a row are found again where its ends were cut;
    addresses, ports and sequence numbers don't matter.
    """
    found: set[bytes] = set()
    for capture in captures:
        if capture.timed:
            times = list(capture.columns.time_ns[:MOST_SEGMENTS])
            cut = [time // MICROSECOND_NS * MICROSECOND_NS for time in times]
            for rows in map(_rows_of_gaps, [cut] if cut == times else [cut, times]):
                found.update([_hash(row) for row in rows])
    # 62 bits of each, so that SQLite and JSON hold them.
    return [int.from_bytes(digest, "big") >> 2 for digest in sorted(found)[:MOST_KEPT]]


def _rows_of_gaps(times_ns: Sequence[int]) -> Iterator[bytes]:
    """All gaps in a row without a round one among them."""
    gaps = array("q", map(sub, times_ns[1:], times_ns))
    ends = [place for place, gap in enumerate(gaps) if not gap % ROUND_NS]
    data, size = gaps.tobytes(), gaps.itemsize
    for length in _lengths(len(gaps)):
        first = 0
        for end in (*ends, len(gaps)):
            for start in range(first, end - length + 1):
                yield data[start * size : (start + length) * size]
            first = end + 1


def _lengths(gaps: int) -> list[int]:
    """How many gaps are taken in a row, of so many; one end of a short capture may be cut."""
    if gaps >= GAPS_IN_A_ROW + 2:
        return [GAPS_IN_A_ROW]
    return [length for length in (gaps, gaps - 1) if length >= FEWEST_GAPS]


# What two submissions share, in words, by the kind of trace.
SHARED = {
    "isns": "the same initial sequence numbers",
    "gaps": "the same times between segments",
    "span": "the same start and end of the run",
    "same": "the same program, byte for byte",
    "form": "the same program but for names, comments and layout",
}
UNITS = {"same": "bytes", "form": "statements"}  # of a program: how much that says
OWNED = {"played": "played with all values of", "ethers": "has the Ethernet address of"}

CACHE_KIB = 256  # what SQLite holds in memory of the table, and of each list that it sorts
TABLE = "CREATE TABLE traces (place INTEGER PRIMARY KEY, lab, kind, key, student, source)"
ADD = "INSERT INTO traces VALUES (NULL, ?, ?, ?, ?, ?)"
COPIES = """
    SELECT lab, kind, key, student, min(source) FROM traces JOIN (
        SELECT lab, kind, key FROM traces WHERE kind IN ('isns', 'gaps', 'span', 'same', 'form')
        GROUP BY lab, kind, key HAVING min(student) <> max(student)
    ) USING (lab, kind, key)
    GROUP BY lab, kind, key, student ORDER BY lab, kind, key, min(place)
"""
FOREIGN = """
    SELECT key, student, min(source) FROM traces WHERE lab = ? AND kind = ?
    GROUP BY key, student ORDER BY min(place)
"""


class Collected:
    """The traces of a class, in a database that SQLite keeps on the disk, not in memory."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._table = sqlite3.connect("")
        self._table.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._table.execute(TABLE)

    def close(self) -> None:
        """Forget all of it."""
        self._table.close()

    def add(self, student: str, lab: str, source: str, found: Traces) -> None:
        """Add the traces of a submission."""
        keys = [("isns", pair) for pair in found.isns]
        keys += [("gaps", str(row)) for row in found.gaps]
        keys += [("ethers", ether) for ether in found.ethers]
        keys += [("span", found.span)] if found.span else []
        keys += _program(found, self._course.skeletons.get(lab))
        if found.played:
            keys.append(("played", _key(found.played)))
        self._table.executemany(ADD, [(lab, kind, key, student, source) for kind, key in keys])

    def copies(self) -> list[Copy]:
        """Whoever shares something with another student, in a fixed order.

        Of several who share one thing, each is held against the first who was found.
        """
        found: dict[tuple[str, str, str], dict[str, Copy]] = {}
        for one in (*self._shared(), *self._owned()):
            pair = one.lab, min(one.student, one.other), max(one.student, one.other)
            found.setdefault(pair, {}).setdefault(one.evidence, one)
        return sorted(map(_merged, found.values()))

    def _shared(self) -> Iterator[Copy]:
        rows = self._table.execute(COPIES)
        for (lab, kind, shared), group in groupby(rows, key=lambda row: row[:3]):
            (*_, first, its_source), *others = group
            evidence = _evidence(kind, shared)
            for *_, other, source in others:
                yield Copy(lab, first, other, evidence, its_source, source)

    def _owned(self) -> Iterator[Copy]:
        kinds = "SELECT DISTINCT lab, kind FROM traces WHERE kind IN ('played', 'ethers')"
        for lab, kind in sorted(self._table.execute(kinds).fetchall()):
            # One look at the table for all owners: each would go through the whole class.
            users: dict[str, list[tuple[str, str]]] = defaultdict(list)
            for used, student, source in self._table.execute(FOREIGN, (lab, kind)):
                users[used].append((student, source))
            for owner in self._course.students:
                own = variants.values(self._course, owner, lab)
                key = _key(own) if kind == "played" else padded(str(own.get(ETHER, "")))
                for student, source in users.get(key, ()):
                    if student != owner:
                        yield Copy(lab, student, owner, f"{OWNED[kind]} {owner}", source, "")


def _evidence(kind: str, shared: str) -> str:
    unit = UNITS.get(kind)
    return f"{SHARED[kind]} ({size(shared)} {unit})" if unit else SHARED[kind]


def _program(found: Traces, skeleton: Likeness | None) -> Iterator[tuple[str, str]]:
    """What tells of a program that isn't what everybody was given."""
    if skeleton and (found.same == skeleton.same or (found.form and found.form == skeleton.form)):
        return
    if found.same:
        yield "same", found.same
    if size(found.form) >= FEWEST_STATEMENTS:
        yield "form", found.form


def _key(values: Values) -> str:
    return msgspec.json.encode(dict(values), order="sorted").decode()


def _merged(same: Mapping[str, Copy]) -> Copy:
    """What two students share, as one line; a program that is the same has the same form."""
    whole = any(one.startswith(SHARED["same"]) for one in same)
    told = [one for one in sorted(same) if not (whole and one.startswith(SHARED["form"]))]
    return max(same.values(), key=lambda one: one.other_source)._replace(evidence="; ".join(told))
