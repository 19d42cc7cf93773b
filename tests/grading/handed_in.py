"""Submissions written to disk: run directories of hand-made runs, answers, and a course."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.labs import book_names
from grading.course import Course, CourseLab, LatePolicy, Student
from grading.grade import Grading
from grading.overrides import Overrides
from tests.labs.lab_evidence import Played, sample_run

UTC = datetime.UTC
DUE = datetime.datetime(2026, 10, 9, 18, 0, tzinfo=UTC)
CHECKED = "2026-10-20T12:00:00+00:00"

ANSWERS = "client-isn: 1000\nserver-isn: 5000\nfin-ack: 2\ntime-wait: svr4\n"


def a_course(**changes: object) -> Course:
    course = Course(
        id="net",
        title="Networks",
        secret=b"0123456789abcdef",
        students={one: Student(one, one.title()) for one in ("ahn", "berg")},
        labs={"connection": CourseLab(due=DUE), "mss": CourseLab(weight=3, due=DUE)},
        late=LatePolicy(grace_minutes=10, percent_a_day=10, days=5),
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


def run_directory(
    place: Path, played: Played, answers: str | None = ANSWERS, **changes: object
) -> Path:
    """A run directory; changes: of its run.json, keys as there."""
    (place / "pcap").mkdir(parents=True)
    (place / "transcripts").mkdir()
    run = sample_run(played.lab)
    points = []
    for point in run.vantage_points:
        listing = played.listings.get(f"{point.host} {point.interface}", "").lstrip()
        if not listing:
            continue
        (place / point.file).write_text(listing)
        frames = len(listing.splitlines())
        points.append(msgspec.structs.replace(point, captured=frames, received=frames))
    for host, text in played.transcripts.items():
        (place / "transcripts" / f"{host}.txt").write_text(text)
    content = msgspec.to_builtins(msgspec.structs.replace(run, vantage_points=points))
    (place / "run.json").write_bytes(json.dumps(content | changes).encode())
    if answers is not None:
        (place / "answers.yaml").write_text(answers)
    return place
