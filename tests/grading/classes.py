"""A small class and what its students hand in, in the shapes that learning systems give it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from captures.place import Place
from captures.segment import SYN
from grading.archives import LeftOut
from grading.course import Course, CourseLab, LatePolicy, Student
from grading.submissions import Finder, Submission, find
from labs import catalog
from tests.captures import frames
from tests.grading.hostile import zipped

CAPTURE = frames.pcap([frames.ethernet(frames.tcp(flags=SYN))])
LISTING = b"1 0.0 svr4.1037 > bsdi.discard: S 1415531521:1415531521(0) win 4096 <mss 1024>\n"

STUDENTS = [
    Student("ahn", "Ahn Jihoon", "jihoon@example.org"),
    Student("berg", "Ingrid van den Berg", "berg@example.org"),
    Student("20261234", "Jos\u00e9 Garc\u00eda", "jgarcia@example.org"),
    Student("kim2", "Kim Minji", "kim2@example.org"),
    Student("kim3", "Kim Minji", "kim3@example.org"),
    Student("lee", "\uc774\uc21c\uc2e0", "lee@example.org"),
]
COURSE = Course(
    id="networks",
    title="Networks",
    secret=b"a secret of sixteen",
    students={one.id: one for one in STUDENTS},
    labs={name: CourseLab() for name in ("connection", "mss", "mss-systems", "half-close")},
    late=LatePolicy(),
    attempts="best",
    accept_degraded=False,
)


def owner(ticket: bytes) -> str:
    """Whose a ticket is; this class seals with a word."""
    told = json.loads(ticket)
    if told["seal"] != "wax":
        raise ValueError("this course didn't seal it")
    return str(told["student"])


def ticket(student: str, seal: str = "wax") -> bytes:
    """A ticket of this class."""
    return json.dumps({"student": student, "seal": seal}).encode()


def run(lab: str, student: str | None = None, *, folder: str = "") -> dict[str, bytes]:
    """The files of a run directory."""
    point = {"host": "svr4", "interface": "eth0", "file": "pcap/svr4-eth0.pcap"}
    told = {"schema_version": 1, "lab": lab, "vantage_points": [point], "student": student}
    files = {
        "run.json": json.dumps(told).encode(),
        "pcap/svr4-eth0.pcap": CAPTURE,
        "transcripts/svr4.txt": b"svr4 % telnet bsdi discard\n",
        "states.jsonl": b"",
    }
    return {folder + name: data for name, data in files.items()}


def packed(lab: str) -> bytes:
    """A zip of a run directory, as students make one by hand."""
    return zipped(run(lab, folder=f"{lab}/"))


def laid(folder: Path, files: dict[str, bytes]) -> Path:
    """These files, laid down in a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def finder(lab: str | None = None) -> Finder:
    """What finds the submissions of this class."""
    return Finder(COURSE, owner, catalog.names(), lab)


def found(
    *paths: Path, left_out: list[LeftOut] | None = None, lab: str | None = None
) -> list[Submission]:
    """The submissions at these paths, each proven to be readable while it is there."""
    kept = [] if left_out is None else left_out
    submissions = []
    for one in find(paths, finder(lab), kept.append):
        assert one.kind == "unreadable" or one.place.is_dir() or one.place.is_file()
        if one.kind == "run":
            assert files_of(one.place) >= {"run.json", "pcap/svr4-eth0.pcap"}
        submissions.append(one)
    return submissions


def files_of(folder: Place) -> set[str]:
    """The files below a folder, which has no links."""
    names = set()
    for one in folder.iterdir():
        assert not one.is_symlink()
        names |= {f"{one.name}/{name}" for name in files_of(one)} if one.is_dir() else {one.name}
    return names


def told(submissions: Iterable[Submission]) -> list[tuple[str | None, str | None, str]]:
    """Whose, which lab and what kind, of each."""
    return [(one.student, one.lab, one.kind) for one in submissions]


def sole(submissions: Sequence[Submission]) -> Submission:
    """The only one."""
    assert len(submissions) == 1, submissions
    return submissions[0]
