"""Submissions written to disk: run directories of hand-made runs, answers, and a course."""

import datetime
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from captures.run import Run, VantagePoint
from captures.segment import Endpoint, Segment
from cli.labs import book_names
from grading import variants
from grading.course import Course, CourseLab, LatePolicy, Student
from grading.doubts import NO_DOUBT, Doubt
from grading.grade import Grading, grade
from grading.grades import ItemGrade, LabGrade
from grading.overrides import Overrides
from tests.captures import frames
from tests.labs.lab_evidence import Played, capture_of, sample_run
from tests.labs.test_lab_connection import RIGHT

UTC = datetime.UTC
DUE = datetime.datetime(2026, 10, 9, 18, 0, tzinfo=UTC)
PLAYED = datetime.datetime(2026, 10, 8, 9, 0, tzinfo=UTC)
CHECKED = "2026-10-20T12:00:00+00:00"

# With it ahn and berg have the book's values of what these tests grade, but for addresses.
SECRET = b"secret of a course 5484"

ANSWERS = "client-isn: 1000\nserver-isn: 5000\nfin-ack: 2\ntime-wait: svr4\n"


def a_course(**changes: object) -> Course:
    course = Course(
        id="net",
        title="Networks",
        secret=SECRET,
        students={one: Student(one, one.title()) for one in ("ahn", "berg")},
        labs={"connection": CourseLab(due=DUE), "mss": CourseLab(weight=3, due=DUE)},
        late=LatePolicy(grace_minutes=10, percent_a_day=10.0, days=5),
        attempts="best",
        accept_degraded=False,
    )
    return msgspec.structs.replace(course, **changes)


def grading(course: Course | None = None, overrides: Overrides | None = None) -> Grading:
    return Grading(course or a_course(), book_names(), CHECKED, overrides or {})


@dataclass(frozen=True)
class HandedIn:
    """A submission."""

    place: Path
    student: str | None = "ahn"
    lab: str | None = "connection"
    handed_in: datetime.datetime | None = DUE
    source: str = "all.zip: ahn.zip"
    notes: tuple[str, ...] = ()
    problem: str = ""
    answers: Path | None = None
    kind: str = "run"
    doubt: Doubt = NO_DOUBT
    settled: bool = False


def _numbered(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments with the sequence numbers that a listing doesn't print: those that follow."""
    following: dict[tuple[Endpoint, Endpoint], int] = {}
    for one in segments:
        ends = one.source, one.destination
        seq = one.seq if one.seq is not None else following.get(ends, 0)
        following[ends] = max(following.get(ends, 0), seq + one.length)
        yield replace(one, seq=seq)


def _addressed(segment: Segment, run: Run, crossing_ns: int) -> Segment:
    """A listing's segment as it stood in tcpdump's file: addresses, and the time of the day."""
    first = {name: address for address, name in book_names().hosts.items()}
    first |= {name: next(iter(host.interfaces.values())) for name, host in run.hosts.items()}

    def address(end: Endpoint) -> Endpoint:
        return Endpoint(first[end.host].partition("/")[0], end.port)

    return replace(
        segment,
        source=address(segment.source),
        destination=address(segment.destination),
        time_ns=segment.time_ns + round(PLAYED.timestamp()) * 10**9 + crossing_ns,
    )


def run_directory(
    place: Path, played: Played, answers: str | None = ANSWERS, **changes: object
) -> Path:
    """A run directory; changes: of its run.json, keys as there."""
    (place / "pcap").mkdir(parents=True)
    (place / "transcripts").mkdir()
    run = sample_run(played.lab, given=variants.values(a_course(), "ahn", played.lab))
    points: list[VantagePoint] = []
    for point in run.vantage_points:
        listing = played.listings.get(f"{point.host} {point.interface}", "").lstrip()
        if not listing:
            continue
        crossing_ns = 1000 * len(points)
        segments = [_addressed(one, run, crossing_ns) for one in _numbered(capture_of(listing))]
        (place / point.file).write_bytes(frames.pcap_of(segments))
        count = len(segments)
        points.append(msgspec.structs.replace(point, captured=count, received=count))
    for host, text in played.transcripts.items():
        (place / "transcripts" / f"{host}.txt").write_text(text)
    run = msgspec.structs.replace(
        run,
        vantage_points=points,
        started=PLAYED.isoformat(),
        ended=(PLAYED + datetime.timedelta(hours=1)).isoformat(),
    )
    content = msgspec.to_builtins(run)
    (place / "run.json").write_bytes(json.dumps(content | changes).encode())
    if answers is not None:
        (place / "answers.yaml").write_text(answers)
    return place


def items(graded: LabGrade) -> dict[str, ItemGrade]:
    return {item.name: item for item in graded.items}


def statuses(graded: LabGrade) -> dict[str, str]:
    return {item.name: item.status for item in graded.items}


def graded_run(
    place: Path, played: Played = RIGHT, answers: str | None = ANSWERS, **changes: object
) -> LabGrade:
    return grade(grading(), HandedIn(run_directory(place, played, answers, **changes)))
