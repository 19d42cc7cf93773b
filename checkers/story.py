"""The story of a run, told again: each step, and what passed and changed until the next one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from captures.arp import Arp
from captures.errors import CaptureError
from captures.segment import Segment
from checkers.evidence import Evidence, Vantage
from checkers.histories import histories

STORY = "story.jsonl"
BEGINNING = "what passed before the first step"


class Step(msgspec.Struct, frozen=True):
    """What was done, and when (ns since the epoch)."""

    time_ns: int
    text: str


class Change(msgspec.Struct, frozen=True):
    """A socket that was seen in another state; `socket`: its ends as netstat prints them."""

    time_ns: int
    host: str
    socket: str
    state: str


class Scene(msgspec.Struct, frozen=True):
    """A step, and the segments, ARP packets and changes of sockets from then on, in their order."""

    text: str
    events: tuple[Segment | Arp | Change, ...]


def steps(path: Path) -> list[Step]:
    """The steps of a story.jsonl; none where there is no file. Raises CaptureError."""
    if not path.is_file():
        return []
    try:
        return [msgspec.json.decode(line, type=Step) for line in path.read_bytes().splitlines()]
    except (ValueError, RecursionError) as error:
        raise CaptureError(f"{path}: {error}") from error


def scenes(story: Sequence[Step], evidence: Evidence, vantage: Vantage) -> list[Scene]:
    """The story with what was captured at a vantage point and recorded of the hosts' sockets.

    Steps that belong together, for nothing passed between them, are one scene each all the same.
    """
    events = sorted(
        [*vantage.capture, *vantage.capture.arps, *_changes(evidence)],
        key=lambda event: (event.time_ns, isinstance(event, Change)),
    )
    bounds = [step.time_ns for step in story]
    found = []
    before = [event for event in events if not bounds or event.time_ns < bounds[0]]
    if before:
        found.append(Scene(BEGINNING, tuple(before)))
    for place, step in enumerate(story):
        end_ns = bounds[place + 1] if place + 1 < len(bounds) else None
        inside = (
            event
            for event in events
            if event.time_ns >= step.time_ns and (end_ns is None or event.time_ns < end_ns)
        )
        found.append(Scene(step.text, tuple(inside)))
    return found


def _changes(evidence: Evidence) -> Iterator[Change]:
    for host in evidence.states:
        for one in histories(evidence, host, None):
            ends = " to ".join(
                evidence.names.endpoint(end) for end in (one.local, one.foreign) if end.port
            )
            for stay in one.stays:
                yield Change(stay.since_ns, host, ends, stay.state)
