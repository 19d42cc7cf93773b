"""What a run.json claims, and by whose values it was played: neither earns a point by itself."""

import json
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from captures.reader import parse
from captures.run import Degraded
from checkers.verdict import Verdict
from grading import own_values, variants
from grading.answers import Judged, Mark
from grading.copies import padded
from grading.course import CourseLab, Student
from grading.grade import grade
from grading.grades import ZERO, LabGrade
from grading.own_labs import own_lab
from labs import catalog
from tests.captures import frames
from tests.grading.handed_in import (
    ANSWERS,
    HandedIn,
    a_course,
    graded_run,
    grading,
    items,
    run_directory,
    statuses,
)
from tests.labs.lab_evidence import Played
from tests.labs.test_lab_backlog import RIGHT as QUEUE
from tests.labs.test_lab_connection import RIGHT
from tests.labs.test_lab_syn_timeout import RIGHT as TIMEOUT

EMPTY = Played("connection", dict.fromkeys(RIGHT.listings, "1 0.0 sun.9 > aix.9: . ack 1 win 1\n"))


def claimed(place: Path, played: Played, course_says: bool = False, **changes: object) -> LabGrade:
    its = grading(a_course(accept_degraded=course_says))
    return grade(its, HandedIn(run_directory(place, played, ANSWERS, **changes)))


MSS = RIGHT.edited("ack 1001 win 4096 <mss 1024>", "ack 1001 win 4096 <mss 1460>")
DEGRADED = [msgspec.to_builtins(Degraded("bsdi", "mss", "MSS 1024", "MSS 1460", "old kernel"))]


def test_a_degraded_aspect_makes_a_check_pending_and_never_lets_it_pass(tmp_path: Path) -> None:
    assert statuses(claimed(tmp_path / "a", MSS))["mss"] == "lost"
    graded = claimed(tmp_path / "b", MSS, degraded=DEGRADED)
    assert statuses(graded)["mss"] == "pending"
    assert "degraded, as run.json says: mss of bsdi" in graded.notes
    right = claimed(tmp_path / "c", RIGHT, degraded=DEGRADED)
    assert statuses(right)["mss"] == "earned"


ANOTHER_PORT = [
    msgspec.to_builtins(Degraded("sun", "ephemeral_ports", "1024 to 5000", "others", "why not"))
]


def test_a_claim_of_what_the_suite_never_degrades_excuses_nothing(tmp_path: Path) -> None:
    """Another client's connection may not stand for 1092's, whatever is said of ports."""
    other = QUEUE.edited("sun.1092", "sun.1492")
    found = {}
    for accept, degraded in ((False, []), (False, ANOTHER_PORT), (True, ANOTHER_PORT)):
        place = run_directory(tmp_path / f"{accept}{len(degraded)}", other, degraded=degraded)
        its = grading(a_course(labs={"backlog": CourseLab()}, accept_degraded=accept))
        graded = grade(its, HandedIn(place, lab="backlog"))
        found[accept, bool(degraded)] = items(graded)["timers-1092"].verdict
    assert found == {(False, False): "FAIL", (False, True): "FAIL", (True, True): "FAIL"}


def test_another_kernels_timers_are_a_claim_too(tmp_path: Path) -> None:
    labs = {"syn-timeout": CourseLab()}
    found = {}
    for retries in ("6", "9"):
        sysctls = {"net.ipv4.tcp_syn_retries": retries, "net.ipv4.tcp_syn_linear_timeouts": "4"}
        place = run_directory(tmp_path / retries, TIMEOUT)
        run = json.loads((place / "run.json").read_text())
        run["hosts"]["netb"]["sysctls"] = sysctls
        (place / "run.json").write_text(json.dumps(run))
        graded = grade(grading(a_course(labs=labs)), HandedIn(place, lab="syn-timeout"))
        found[retries] = items(graded)["from-netb"]
    assert found["6"].status == "earned"
    assert found["9"].status == "pending"
    assert "that are Linux's" in found["9"].observed


def test_an_empty_capture_is_excused_by_claimed_drops_only_for_a_person(tmp_path: Path) -> None:
    honest = graded_run(tmp_path / "a", EMPTY, answers=ANSWERS)
    assert (honest.earned, honest.pending) == (ZERO, ZERO)
    assert "skipped" in statuses(honest).values()
    place = run_directory(tmp_path / "b", EMPTY)
    text = (place / "run.json").read_text().replace('"dropped": 0', '"dropped": 50')
    (place / "run.json").write_text(text)
    assert grade(grading(), HandedIn(place)).text == "0 of 14, 14 pending"


def test_another_catalogs_run_is_marked_and_its_failures_are_for_a_person(tmp_path: Path) -> None:
    right = graded_run(tmp_path / "a", catalog_version="0")
    assert right.text == "14 of 14"
    assert right.notes == ("played under catalog version 0, graded under 1",)
    wrong = graded_run(tmp_path / "b", MSS, catalog_version="0")
    assert statuses(wrong)["mss"] == "pending"


def test_values_come_from_the_secret_and_never_from_run_json(tmp_path: Path) -> None:
    own = variants.values(a_course(), "ahn", "connection")
    others = own | {"client": "bsdi"}
    right = graded_run(tmp_path / "a", variant=own)
    assert (right.text, right.notes) == ("14 of 14", ())
    wrong = graded_run(tmp_path / "b", variant=others)
    assert wrong.text == "0 of 14, 14 pending"
    assert wrong.notes == ("played with client bsdi; ahn has svr4",)
    courses = (a_course(secret=b"another secret %d" % number) for number in range(99))
    other = next(
        its for its in courses if variants.values(its, "ahn", "connection")["client"] == "bsdi"
    )
    claimed = HandedIn(run_directory(tmp_path / "d", RIGHT, variant=own))
    assert grade(grading(other), claimed).earned < right.earned


PLAY_AGAIN = (
    "not with ahn's own values: play it with them, tcplab run connection --student ahn --ticket "
    "ticket.json, and hand that in"
)


def test_what_is_right_by_other_values_is_pending_with_what_to_do(tmp_path: Path) -> None:
    """Some checks of some labs are right by anybody's; no silent mark, and no lost one."""
    own = variants.values(a_course(), "ahn", "connection")
    graded = graded_run(tmp_path / "a", MSS, ANSWERS, variant=own | {"ether": "0:0:c0:6f:1:2"})
    assert graded.notes == (f"played with ether 0:0:c0:6f:1:2; ahn has {own['ether']}",)
    assert statuses(graded)["mss"] == "lost"  # wrong by any values
    assert set(statuses(graded).values()) == {"pending", "lost"}
    handshake, fin = items(graded)["handshake"], items(graded)["fin-ack"]
    assert handshake.observed.endswith(f"; {PLAY_AGAIN}")
    assert (fin.status, fin.points) == ("pending", ZERO)


@pytest.mark.parametrize(("share", "verdict"), [("1", "PASS"), ("1/2", "FAIL"), ("0", "FAIL")])
def test_an_answer_that_earns_something_is_pending_too(share: str, verdict: str) -> None:
    given = Judged(Verdict[verdict], Mark(Fraction(share)), "2", "3", "")
    doubted = own_values.doubted({"fin-ack": given}, "why")["fin-ack"]
    pending = given._replace(verdict=Verdict.INCONCLUSIVE, mark=Mark(Fraction(0), "why"))
    assert doubted == (pending if share != "0" else given)


def test_a_value_that_run_json_lacks_is_the_books(tmp_path: Path) -> None:
    """Which may be the student's own."""
    own = variants.values(a_course(), "ahn", "connection")
    assert own["client"] == "svr4" == catalog.rules("connection")["client"].book
    graded = graded_run(tmp_path / "a", variant={"ether": own["ether"]})
    service = [] if own["service"] == "discard" else ["service the book's discard; ahn has echo"]
    assert graded.notes == tuple(f"played with {each}" for each in service)
    bare = graded_run(tmp_path / "b", variant=None)
    assert f"played with ether the book's 0:0:c0:6f:2d:40; ahn has {own['ether']}" in bare.notes
    assert bare.text == "0 of 14, 14 pending"


def test_who_decides_whose_it_is_decides_that_it_counts(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT, variant=None)
    assert grade(grading(), HandedIn(place)).text == "0 of 14, 14 pending"
    settled = grade(grading(), HandedIn(place, settled=True))
    assert settled.text == "14 of 14"
    assert any(note.startswith("played with ether the book's") for note in settled.notes)


@pytest.mark.parametrize("kind", ["run", "capture"])
@pytest.mark.parametrize("whose", ["own", "book", "another host"])
def test_the_ethernet_address_in_arp_messages(tmp_path: Path, kind: str, whose: str) -> None:
    """A capture that came alone has nothing else that tells of values."""
    own = padded(str(variants.values(a_course(), "ahn", "connection")["ether"]))
    ether = own if whose == "own" else "00:00:c0:6f:2d:40"
    sender, target = "140.252.13.35", "140.252.13.34"
    if whose == "another host":
        sender, target = target, sender
    place = run_directory(tmp_path / "a", RIGHT)
    file, _ = sorted((place / "pcap").iterdir())
    before = time_of_first(file) - 10**9
    message = frames.ethernet(frames.arp(2, sender, target, ether), kind=0x0806)
    first = frames.pcap([message], times_ns=[before], nanoseconds=True)
    file.write_bytes(first + file.read_bytes()[24:])
    run = json.loads((place / "run.json").read_text())
    for point in run["vantage_points"]:
        point["captured"] = point["received"] = parse((place / point["file"]).read_bytes()).frames
    (place / "run.json").write_text(json.dumps(run))
    answers = place / "answers.yaml"
    its = HandedIn(place) if kind == "run" else HandedIn(file, kind="capture", answers=answers)
    graded = grade(grading(), its)
    told = f"bsdi sent ARP messages from 00:00:c0:6f:2d:40; ahn has {own}"
    assert (told in graded.notes) is (whose == "book")
    assert ("earned" in statuses(graded).values()) is (whose != "book")


def time_of_first(file: Path) -> int:
    return parse(file.read_bytes()).columns.time_ns[0]


@pytest.mark.parametrize("lab", catalog.names())
def test_only_values_that_are_judged_make_another_lab(lab: str) -> None:
    """So that a class of thousands needs few readings of it."""
    its = own_lab(a_course(), "ahn", lab)
    own = variants.values(a_course(), "ahn", lab)
    whole = catalog.load(lab, given=own)
    assert (its.expect, its.questions) == (whole.expect, whole.questions)
    assert ("ether" in catalog.judged(lab)) == (lab == "half-open")
    assert catalog.judged(lab) >= set(own) - {"ether"}


@pytest.mark.parametrize("called", ["ahn", "AHN", " Ahn@Example.org", "", None])
def test_a_run_may_call_its_student_by_all_that_the_roster_knows(
    tmp_path: Path, called: str | None
) -> None:
    """As whoever finds submissions believes it."""
    students = {"ahn": Student("ahn", "Ahn Jihoon", "ahn@example.org")}
    place = run_directory(tmp_path / "a", RIGHT, student=called)
    graded = grade(grading(a_course(students=students)), HandedIn(place))
    assert (graded.text, graded.problem) == ("14 of 14", "")
