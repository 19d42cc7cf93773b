"""Who shares a run with whom, and who doesn't."""

import json
import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.segment import SEQUENCE_SPACE, Endpoint, Segment
from checkers import evidence as read_evidence
from cli.labs import book_names
from grading import variants
from grading.copies import Collected, Copy, Traces, traces
from grading.likeness import likeness
from tests.captures import frames
from tests.cli.command import tcplab
from tests.emulation.inside import PROJECT
from tests.grading.classes import laid
from tests.grading.made_class import course
from tests.grading.made_runs import LABS, made

COURSE = course(["ahn", "berg", "chen"], LABS)
# Fewer than seven segments at any vantage point: too few times to tell anything.
SHORT = ("reset-abort", "reset-refused", "syn-timeout")
LONG = [lab for lab in LABS if lab not in SHORT]


def traced(folder: Path, files: dict[str, bytes], student: str, lab: str) -> Traces:
    """The traces of a run directory that this student handed in."""
    place = laid(folder, files)
    own = variants.values(COURSE, student, lab)
    return traces(read_evidence.from_run_directory(place), own)


def found(*handed_in: tuple[str, str, Traces]) -> list[Copy]:
    with closing(Collected(COURSE)) as collected:
        for student, lab, its in handed_in:
            collected.add(student, lab, f"{student}.zip", its)
        return collected.copies()


def rewritten(data: bytes, edit: "Rewriting") -> bytes:
    """A capture in which every segment was edited; what isn't a segment is dropped."""
    return frames.pcap_of(edit.of(list(parse(data))))


class Rewriting:
    """What a student does to another's capture, so that nobody sees whose it was."""

    def __init__(self, offset_ns: int = 0, cut: int = 0, renumbered: bool = True) -> None:
        self.offset_ns, self.cut, self.renumbered = offset_ns, cut, renumbered

    def of(self, segments: Sequence[Segment]) -> list[Segment]:
        kept = segments[self.cut : len(segments) - self.cut]
        return [self.edited(one) for one in kept]

    def edited(self, one: Segment) -> Segment:
        there = f"{one.source}", f"{one.destination}"
        return replace(
            one,
            time_ns=one.time_ns + self.offset_ns,
            source=other(one.source),
            destination=other(one.destination),
            seq=self.moved(one.seq, there),
            ack=self.moved(one.ack, there[::-1]),
        )

    def moved(self, number: int | None, there: tuple[str, ...]) -> int | None:
        if number is None or not self.renumbered:
            return number
        return (number + random.Random("".join(there)).randrange(1 << 32)) % SEQUENCE_SPACE  # noqa: S311


def other(end: Endpoint) -> Endpoint:
    """Another address and port for each."""
    return Endpoint(f"10.0.0.{int(end.host.rpartition('.')[2])}", 20_000 + end.port % 10_000)


def copied(files: dict[str, bytes], edit: Rewriting) -> dict[str, bytes]:
    """A run directory with its captures rewritten."""
    return {
        name: rewritten(data, edit) if name.startswith("pcap/") else data
        for name, data in files.items()
    }


@pytest.mark.parametrize("lab", LABS)
def test_a_run_handed_in_twice_is_found(lab: str, tmp_path: Path) -> None:
    mine = made(COURSE, "ahn", lab).files
    one = found(
        ("ahn", lab, traced(tmp_path / "ahn", mine, "ahn", lab)),
        ("berg", lab, traced(tmp_path / "berg", mine, "berg", lab)),
    )
    assert [(copy.student, copy.other) for copy in one if copy.other_source] == [("ahn", "berg")]
    assert "the same initial sequence numbers" in one[0].evidence


EDITS = [
    Rewriting(),
    Rewriting(offset_ns=86_400_000_000_000),
    Rewriting(offset_ns=123_456_789_123),
    Rewriting(cut=1),
]


@pytest.mark.parametrize("lab", LONG)
@pytest.mark.parametrize("edit", EDITS[:3])
def test_rewritten_addresses_ports_and_numbers_hide_no_copy(
    lab: str, edit: Rewriting, tmp_path: Path
) -> None:
    mine = made(COURSE, "ahn", lab).files
    theirs = copied(mine, edit)
    its = traced(tmp_path / "berg", theirs, "berg", lab)
    both = found(("ahn", lab, traced(tmp_path / "ahn", mine, "ahn", lab)), ("berg", lab, its))
    shared = [copy for copy in both if copy.other_source]
    assert ["the same times between segments" in copy.evidence for copy in shared] == [True]
    assert "numbers" not in shared[0].evidence


def test_cut_ends_hide_no_copy(tmp_path: Path) -> None:
    mine = made(COURSE, "ahn", "backlog").files
    for cut in (1, 5):
        theirs = copied(mine, Rewriting(cut=cut))
        its = traced(tmp_path / f"berg{cut}", theirs, "berg", "backlog")
        both = found(
            ("ahn", "backlog", traced(tmp_path / "ahn", mine, "ahn", "backlog")),
            ("berg", "backlog", its),
        )
        assert any(copy.other_source for copy in both)


def test_times_cut_to_microseconds_hide_no_copy(tmp_path: Path) -> None:
    mine = made(COURSE, "ahn", "mss").files
    theirs = {
        name: in_microseconds(data) if name.startswith("pcap/") else data
        for name, data in mine.items()
    }
    one, two = (
        traced(tmp_path / who, files, who, "mss")
        for who, files in (("ahn", mine), ("berg", theirs))
    )
    assert set(one.gaps) & set(two.gaps)


def in_microseconds(data: bytes) -> bytes:
    """The capture as a program that knows no nanoseconds writes it; its ISNs are others."""
    segments = Rewriting().of(list(parse(data)))
    packets = [frames.ethernet(frames.segment_packet(one)) for one in segments]
    return frames.pcap(packets, times_ns=[one.time_ns for one in segments])


def test_honest_runs_are_not_flagged(tmp_path: Path) -> None:
    """Three runs of every lab by each of three students: none of them shares anything."""
    handed_in = []
    for lab in LABS:
        for student in COURSE.students:
            for number in (1, 2, 3):
                files = made(COURSE, student, lab, number=number).files
                its = traced(tmp_path / f"{student}{lab}{number}", files, student, lab)
                handed_in.append((student, lab, its))
    assert found(*handed_in) == []


def test_made_up_times_tell_nothing(tmp_path: Path) -> None:
    """Listings have round times, all the same."""
    data = frames.pcap([frames.ethernet(frames.tcp(seq=one)) for one in range(40)])
    path = laid(tmp_path, {"mine.pcap": data}) / "mine.pcap"
    assert traces(read_evidence.from_capture(path, book_names()), {}).gaps == ()


def test_ones_own_attempts_are_no_copies(tmp_path: Path) -> None:
    its = traced(tmp_path, made(COURSE, "ahn", "mss").files, "ahn", "mss")
    assert found(("ahn", "mss", its), ("ahn", "mss", its)) == []


def test_another_students_values_are_found(tmp_path: Path) -> None:
    files = made(COURSE, "ahn", "mss", values_of="chen").files
    (copy,) = found(("ahn", "mss", traced(tmp_path, files, "ahn", "mss")))
    assert (copy.student, copy.other) == ("ahn", "chen")
    assert copy.evidence == "played with all values of chen"


def test_another_students_ethernet_address_is_found_whatever_run_json_says(
    tmp_path: Path,
) -> None:
    lab = "half-open"  # its capture shows ARP
    files = made(COURSE, "ahn", lab, values_of="chen").files
    told = json.loads(files["run.json"])
    told["variant"] = variants.values(COURSE, "ahn", lab)
    files["run.json"] = json.dumps(told).encode()
    (copy,) = found(("ahn", lab, traced(tmp_path, files, "ahn", lab)))
    assert (copy.student, copy.other) == ("ahn", "chen")
    assert copy.evidence == "has the Ethernet address of chen"


def test_of_many_who_share_each_is_held_against_the_first() -> None:
    its = Traces(isns=("1/2",))
    copies = found(("berg", "mss", its), ("ahn", "mss", its), ("chen", "mss", its))
    assert [(one.student, one.other) for one in copies] == [("berg", "ahn"), ("berg", "chen")]


def test_what_two_share_in_several_ways_is_one_line() -> None:
    its = Traces(isns=("1/2", "3/4"), gaps=(5, 6))
    (copy,) = found(("ahn", "mss", its), ("berg", "mss", its))
    assert copy == Copy(
        "mss",
        "ahn",
        "berg",
        "the same initial sequence numbers; the same times between segments",
        "ahn.zip",
        "berg.zip",
    )


def spanning(folder: Path, student: str, started: str, ended: str) -> tuple[str, str, Traces]:
    """A run of the student's own, but for when it was played, by its run.json."""
    files = dict(made(COURSE, student, "connection").files)
    content = json.loads(files["run.json"]) | {"started": started, "ended": ended}
    files["run.json"] = json.dumps(content).encode()
    return student, "connection", traced(folder / student, files, student, "connection")


STARTED, ENDED = "2026-10-08T09:00:00.123+00:00", "2026-10-08T11:00:00.456+00:00"


@pytest.mark.parametrize(
    ("started", "ended", "shared"),
    [
        (STARTED, ENDED, True),
        ("2026-10-08T18:00:00.123+09:00", ENDED, True),
        ("2026-10-08T09:00:00.124+00:00", ENDED, False),
        (STARTED, "2026-10-08T11:00:00.457+00:00", False),
    ],
)
def test_a_run_json_that_was_handed_on(
    tmp_path: Path, started: str, ended: str, shared: bool
) -> None:
    """Whatever was done to the captures that came with it."""
    ahn = spanning(tmp_path, "ahn", STARTED, ENDED)
    berg = spanning(tmp_path, "berg", started, ended)
    told = [copy.evidence for copy in found(ahn, berg)]
    assert told == (["the same start and end of the run"] if shared else [])
    assert found(ahn, ahn) == []


def test_a_round_time_tells_nothing(tmp_path: Path) -> None:
    times = STARTED.replace(".123", ".000"), ENDED
    assert found(*(spanning(tmp_path, who, *times) for who in ("ahn", "berg"))) == []


ECHO = (PROJECT / "tests/students/echo.py").read_bytes()
RENAMED = ECHO.replace(b"listener", b"door").replace(b"data", b"chunk") + b"# mine\n"
SHORT_SERVER = b"""
import socketserver, sys
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)
socketserver.ThreadingTCPServer(("", int(sys.argv[1])), Handler).serve_forever()
"""


def programs(*texts: bytes, skeleton: bytes | None = None) -> list[Copy]:
    """Who is flagged of ahn, berg, chen, who handed in these programs."""
    its = replace(COURSE, skeletons={"echo-server": likeness(skeleton)} if skeleton else {})
    with closing(Collected(its)) as collected:
        for student, text in zip(its.students, texts, strict=False):
            same, form = likeness(text)
            collected.add(student, "echo-server", f"{student}.zip", Traces(same=same, form=form))
        return collected.copies()


def test_the_same_program_is_found() -> None:
    (copy,) = programs(ECHO, ECHO)
    assert (copy.student, copy.other, copy.other_source) == ("ahn", "berg", "berg.zip")
    assert copy.evidence == f"the same program, byte for byte ({len(ECHO)} bytes)"


def test_a_program_with_other_names_and_comments_is_found() -> None:
    assert programs(ECHO, RENAMED, ECHO.replace(b"4096", b"1024")) == [
        Copy(
            "echo-server",
            "ahn",
            "berg",
            "the same program but for names, comments and layout (15 statements)",
            "ahn.zip",
            "berg.zip",
        )
    ]


def test_short_programs_with_other_names_are_alike_because_they_are_right() -> None:
    assert programs(SHORT_SERVER, SHORT_SERVER.replace(b"Handler", b"Echo")) == []
    assert len(programs(SHORT_SERVER, SHORT_SERVER)) == 1


def test_what_is_no_python_is_compared_by_its_bytes() -> None:
    assert len(programs(b"print 1", b"print 1", b"print 2")) == 1


@pytest.mark.parametrize("skeleton", [ECHO, SHORT_SERVER])
def test_an_untouched_skeleton_is_no_copy(skeleton: bytes) -> None:
    windows = skeleton.replace(b"\n", b"\r\n")
    assert programs(skeleton, skeleton, skeleton=skeleton) == []
    assert programs(windows, windows, skeleton=skeleton) == []
    more = skeleton + b"print('done')\n"
    assert len(programs(more, more, skeleton=skeleton)) == 1


def test_a_skeleton_that_is_no_python_excuses_itself_alone() -> None:
    assert programs(b"def f(", b"def f(", skeleton=b"def f(") == []
    assert len(programs(b"def g(", b"def g(", skeleton=b"def f(")) == 1


def test_another_lab_is_another_matter() -> None:
    its = Traces(gaps=(5,))
    assert found(("ahn", "mss", its), ("berg", "connection", its)) == []


def test_traces_survive_their_file() -> None:
    its = Traces(isns=("1/2",), gaps=((1 << 62) - 1,), played={"port": 7}, ethers=("0:0",))
    its = replace(its, same="0 1", form="2 3", span="4/5")
    assert msgspec.json.decode(msgspec.json.encode(its), type=Traces) == its


@pytest.mark.emulation
def test_two_runs_on_one_machine_share_nothing(tmp_path: Path) -> None:
    """Played, not made: the times of one machine's kernels, twice."""
    labs = ("connection", "half-open", "mss", "last-ack-lost")
    handed_in = []
    for student in ("ahn", "berg"):
        done = tcplab("run", *labs, "--pace", "quick", "--out", str(tmp_path / student))
        assert done.returncode == 0, done.stdout + done.stderr
        for lab in labs:
            its = traces(read_evidence.from_run_directory(tmp_path / student / lab), {})
            assert its.isns
            handed_in.append((student, lab, its))
    assert found(*handed_in) == []
