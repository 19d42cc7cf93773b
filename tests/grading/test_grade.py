"""One submission to its grade: right, wrong, claimed, foreign, damaged, late, decided."""

import datetime
import gc
import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from captures.reader import parse
from captures.run import Degraded
from checkers.verdict import Verdict
from grading import own_values, variants
from grading.answers import Judged, Mark
from grading.answers_file import LARGEST_BYTES
from grading.copies import padded
from grading.course import CourseLab, Student
from grading.grade import grade, not_handed_in
from grading.grades import ZERO, ItemGrade, LabGrade
from grading.overrides import Key, Override
from grading.own_labs import own_lab
from grading.submissions import Submission
from labs import catalog
from tests.captures import frames
from tests.grading.handed_in import (
    ANSWERS,
    CHECKED,
    DUE,
    HandedIn,
    a_course,
    grading,
    run_directory,
)
from tests.labs.lab_evidence import Played
from tests.labs.test_lab_backlog import RIGHT as QUEUE
from tests.labs.test_lab_connection import RIGHT
from tests.labs.test_lab_simultaneous_close import RIGHT as CROSSING
from tests.labs.test_lab_syn_timeout import RIGHT as TIMEOUT

EMPTY = Played("connection", dict.fromkeys(RIGHT.listings, "1 0.0 sun.9 > aix.9: . ack 1 win 1\n"))


def items(graded: LabGrade) -> dict[str, ItemGrade]:
    return {item.name: item for item in graded.items}


def statuses(graded: LabGrade) -> dict[str, str]:
    return {item.name: item.status for item in graded.items}


def test_grading_leaves_no_garbage_to_be_collected(tmp_path: Path) -> None:
    """What is found out about a submission is gone with it: workers seldom collect garbage."""
    submission = HandedIn(run_directory(tmp_path, RIGHT, ANSWERS))
    grade(grading(), submission)  # loads what stays
    gc.collect()
    gc.disable()
    try:
        grade(grading(), submission)
        assert gc.collect() == 0
    finally:
        gc.enable()


def graded_run(
    place: Path, played: Played = RIGHT, answers: str | None = ANSWERS, **changes: object
) -> LabGrade:
    return grade(grading(), HandedIn(run_directory(place, played, answers, **changes)))


def test_a_right_submission_earns_everything(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a")
    assert (graded.text, graded.problem, graded.notes) == ("14 of 14", "", ())
    assert (graded.earned, graded.lost, graded.pending) == (Decimal(14), ZERO, ZERO)
    assert set(statuses(graded).values()) == {"earned"}
    fin = items(graded)["fin-ack"]
    assert (fin.expected, fin.observed, fin.place) == ("2", "2", "frame 5 at svr4 eth0")
    assert (graded.checked, graded.handed_in) == (CHECKED, DUE.isoformat())


def test_the_graded_files_are_known_by_their_sha256(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a")
    assert set(graded.evidence) == {
        "answers.yaml",
        "pcap/bsdi-eth0.pcap",
        "pcap/svr4-eth0.pcap",
        "run.json",
    }
    pcap = (tmp_path / "a/pcap/svr4-eth0.pcap").read_bytes()
    assert graded.evidence["pcap/svr4-eth0.pcap"] == hashlib.sha256(pcap).hexdigest()


def test_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    first, again = (graded_run(tmp_path / name) for name in "ab")
    assert msgspec.json.encode(first) == msgspec.json.encode(again)
    assert msgspec.json.decode(msgspec.json.encode(first), type=LabGrade) == first


def test_copied_answers_are_wrong(tmp_path: Path) -> None:
    copied = ANSWERS.replace("1000", "7777000").replace("5000", "4242")
    graded = graded_run(tmp_path / "a", answers=copied)
    assert graded.text == "12 of 14"
    assert statuses(graded)["client-isn"] == statuses(graded)["server-isn"] == "lost"


def test_off_by_one_earns_a_part(tmp_path: Path) -> None:
    graded = graded_run(tmp_path / "a", answers=ANSWERS.replace("fin-ack: 2", "fin-ack: 1"))
    assert graded.text == "13.5 of 14"
    one = items(graded)["fin-ack"]
    assert (one.status, one.points, one.because) == ("partial", Decimal("0.50"), "off by one")


def test_what_depends_on_a_lost_check_is_skipped(tmp_path: Path) -> None:
    wrong = RIGHT.edited(". ack 5001", ". ack 5000")
    graded = graded_run(tmp_path / "a", wrong)
    found = statuses(graded)
    assert (found["timeline"], found["handshake"]) == ("lost", "lost")
    assert found["close"] == found["client-isn"] == found["time-wait"] == "skipped"
    assert items(graded)["close"].because == "needs handshake, which was not earned"
    assert graded.text == "1 of 14"


def test_no_answers_and_unknown_ones(tmp_path: Path) -> None:
    without = graded_run(tmp_path / "a", answers=None)
    assert (without.text, without.notes) == ("10 of 14", ("no answers.yaml",))
    odd = graded_run(tmp_path / "b", answers=f"lab: connection\nmail: a@b\n{ANSWERS}isn: 3\n")
    assert odd.text == "14 of 14"
    assert odd.notes == ("answers.yaml:7: connection has no question 'isn'",)


@pytest.mark.parametrize(
    "answers", ["a: &a [1]\nb: *a\n", "a: !!python/name:os.system\n", "x" * (LARGEST_BYTES + 9)]
)
def test_answers_that_are_refused_are_pending_and_spoil_no_check(
    tmp_path: Path, answers: str
) -> None:
    graded = graded_run(tmp_path / "a", answers=answers)
    assert graded.text == "10 of 14, 4 pending"
    assert graded.notes[0].startswith("answers.yaml:")


def test_answers_that_are_a_link_are_not_read(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT, answers=None)
    (tmp_path / "elsewhere").write_text(ANSWERS)
    (place / "answers.yaml").symlink_to(tmp_path / "elsewhere")
    assert grade(grading(), HandedIn(place)).text == "10 of 14"


def test_a_bare_capture_with_its_answers(tmp_path: Path) -> None:
    capture, answers = tmp_path / "x.doc", tmp_path / "answers.yaml"
    capture.write_text(RIGHT.listings["svr4 eth0"])
    answers.write_text(ANSWERS)
    graded = grade(grading(), HandedIn(capture, answers=answers))
    assert graded.text == "14 of 14"
    assert set(graded.evidence) == {"x.doc", "answers.yaml"}
    assert "without run.json" in graded.notes[0]


def test_a_bare_capture_is_graded_as_one_of_where_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vangogh's capture can't show how the FINs crossed at bsdi: pending, not lost."""
    book = catalog.load("simultaneous-close").values
    monkeypatch.setattr(variants, "values", lambda *_: dict(book))
    capture = tmp_path / "mine.txt"
    capture.write_text(CROSSING.listings["vangogh wan0"])
    course = a_course(labs={"simultaneous-close": CourseLab()})
    graded = grade(grading(course), HandedIn(capture, lab="simultaneous-close"))
    assert graded.notes[1] == "it fits vangogh wan0 best, and is graded as one of there"
    status = {name: statuses(graded)[name] for name in ("at-vangogh", "at-bsdi", "bsdi-states")}
    assert status["at-vangogh"] == "earned"
    assert status["at-bsdi"] == "pending"
    assert "lost" not in status.values()


# Claims of a run.json.


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


# What can't be graded.


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"student": "berg"}, "run.json says that berg played this"),
        ({"student": "Zed"}, "run.json says that Zed played this"),
        ({"lab": "mss"}, "this is a run of mss, not of connection"),
        ({"schema_version": 9}, "schema_version 9"),
        ({"hosts": 3}, "not a run.json"),
        (
            {"hosts": {"svr4": {"system": "x", "interfaces": {"eth0": "140.252.13.35/27"}}}},
            "140.252.13.35/27 is svr4; it is bsdi",
        ),
        (
            {"hosts": {"svr4": {"system": "x", "interfaces": {"eth0": "10.0.0.1/8"}}}},
            "10.0.0.1/8 is svr4; the book has no such address",
        ),
    ],
)
def test_foreign_and_broken_runs_are_pending_with_their_problem(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    graded = graded_run(tmp_path / "a", RIGHT, ANSWERS, **changes)
    assert problem in graded.problem
    assert graded.text == "0 of 14, 14 pending"
    assert str(tmp_path) not in graded.problem
    assert graded.problem.isprintable()


def test_a_damaged_capture_is_named_as_the_instructor_knows_it(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    (place / "pcap/svr4-eth0.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(3))
    graded = grade(grading(), HandedIn(place))
    assert graded.problem.startswith("all.zip: ahn.zip/pcap/svr4-eth0.pcap: ")
    assert graded.text == "0 of 14, 14 pending"


def test_a_capture_outside_the_run_directory_is_refused(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    text = (place / "run.json").read_text().replace("pcap/svr4-eth0.pcap", "../../etc/passwd")
    (place / "run.json").write_text(text)
    assert "outside the run directory" in grade(grading(), HandedIn(place)).problem


@pytest.mark.parametrize(
    ("submission", "problem"),
    [
        (HandedIn(Path("nowhere"), student=None), "whose is this?"),
        (HandedIn(Path("nowhere"), student="x\x1b[2J"), "x\\x1b[2J is no student of the course"),
        (HandedIn(Path("nowhere"), lab="states"), "states is no lab of the course"),
        (HandedIn(Path("nowhere"), lab=None), "which lab is this of?"),
        (HandedIn(Path("nowhere")), "No such file"),
        (HandedIn(Path("nowhere"), problem="a zip bomb"), "a zip bomb"),
        (HandedIn(Path("nowhere"), kind="answers"), "no capture came with it (answers alone)"),
    ],
)
def test_submissions_that_are_nobodys_or_nothing(submission: HandedIn, problem: str) -> None:
    graded = grade(grading(), submission)
    assert problem in graded.problem
    assert graded.earned == 0


def test_what_the_finder_finds_can_be_graded(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    found = Submission("ahn", "connection", place, "run", None, "ahn.zip", (), "", None)
    assert grade(grading(), found).text == "14 of 14"


def test_notes_of_a_submission_are_kept_and_harmless(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    graded = grade(grading(), HandedIn(place, notes=("renamed \x1b]0;x\x07\u202e",)))
    assert graded.notes == ("renamed \\x1b]0;x\\x07\\u202e",)


# Late, missing, decided.


@pytest.mark.parametrize(
    ("hours", "days", "text"),
    [(0, 0, "14 of 14"), (0.1, 0, "14 of 14"), (1, 1, "12.6 of 14"), (25, 2, "11.2 of 14"),
     (121, 6, "0 of 14")],
)  # fmt: skip
def test_being_late_costs_what_the_course_says(
    tmp_path: Path, hours: float, days: int, text: str
) -> None:
    when = DUE + datetime.timedelta(hours=hours)
    graded = grade(grading(), HandedIn(run_directory(tmp_path / "a", RIGHT), handed_in=when))
    assert (graded.late_days, graded.text) == (days, text)
    notes = [note for note in graded.notes if "late" in note]
    percent = 10 * days if days <= 5 else 100
    assert notes == ([f"{days} day(s) late: {percent} % less"] if days else [])


def test_an_unknown_moment_is_in_time_and_said(tmp_path: Path) -> None:
    graded = grade(grading(), HandedIn(run_directory(tmp_path / "a", RIGHT), handed_in=None))
    assert graded.text == "14 of 14"
    assert "nobody knows when" in graded.notes[-1]


@pytest.mark.parametrize(
    ("checked", "rule", "text"),
    [
        (CHECKED, "zero", "0 of 14"),
        (CHECKED, "pending", "0 of 14, 14 pending"),
        ("2026-10-01T00:00:00+00:00", "zero", "0 of 14, 14 pending"),
    ],
)
def test_a_missing_lab_is_lost_only_when_it_was_due(checked: str, rule: str, text: str) -> None:
    its = replace(grading(a_course(missing=rule)), checked=checked)
    graded = not_handed_in(its, "berg", "connection")
    assert graded.text == text
    assert graded.notes[0].startswith("not handed in")


def decided(item: str, points: int | float) -> dict[Key, Override]:
    override = Override(
        "ahn", "connection", item, points, "as agreed", "kim", datetime.date(2026, 10, 12)
    )
    return {override.key: override}


def test_an_override_survives_every_grading_and_frees_what_depends_on_it(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT.edited(". ack 5001", ". ack 5000"))
    its = grading(overrides=decided("handshake", 1.5))
    first, again = (grade(its, HandedIn(place)) for _ in range(2))
    assert first == again
    one = items(first)["handshake"]
    assert (one.status, one.points) == ("partial", Decimal("1.5"))
    assert one.because == "decided by kim, 2026-10-12: as agreed"
    assert statuses(first)["client-isn"] == "earned"
    assert first.text == "8.5 of 14"


def test_an_override_settles_what_is_pending(tmp_path: Path) -> None:
    its = grading(overrides=decided("timeline", 4))
    graded = grade(its, HandedIn(tmp_path / "nothing"))
    assert graded.text == "4 of 14, 10 pending"


def test_an_override_is_for_its_student_alone(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT)
    its = grading(overrides=decided("handshake", 0))
    assert statuses(grade(its, HandedIn(place)))["handshake"] == "lost"
    bergs = run_directory(
        tmp_path / "b", RIGHT, variant=variants.values(a_course(), "berg", "connection")
    )
    assert statuses(grade(its, HandedIn(bergs, student="berg")))["handshake"] == "earned"


def test_hints_come_one_more_with_each_attempt(tmp_path: Path) -> None:
    place = run_directory(tmp_path / "a", RIGHT, answers="")
    told = [items(grade(grading(), HandedIn(place), attempt=n))["fin-ack"].hints for n in (1, 2)]
    assert told[0] == told[1]  # this question has one hint
