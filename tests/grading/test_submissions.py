"""What students hand in, and what instructors download: whose it is, which lab, and what is odd."""

from datetime import UTC, datetime
from pathlib import Path
from struct import pack

import pytest

from grading import systems
from grading.archives import LeftOut
from grading.hand_in import content_key
from grading.roster import Roster
from tests.grading.classes import (
    CAPTURE,
    LISTING,
    finder,
    found,
    laid,
    packed,
    run,
    sole,
    ticket,
    told,
)
from tests.grading.hostile import (
    raw_entry,
    raw_zip,
    tar_member,
    tarred,
    zipped,
)

RUN_OF_AHN = [("ahn", "connection", "run")]


# --- shapes of downloads ---


def test_moodle_s_folders(tmp_path: Path) -> None:
    download = laid(
        tmp_path / "NET-Lab 1-4711",
        {
            "Ahn Jihoon_101_assignsubmission_file/work.zip": packed("connection"),
            "Ahn Jihoon_101_assignsubmission_onlinetext/onlinetext.html": b"<p>done</p>",
            "Ingrid van den Berg_102_assignsubmission_file_/mss.pcap": CAPTURE,
        },
    )
    left_out: list[LeftOut] = []
    assert told(found(download, left_out=left_out)) == [
        ("ahn", "connection", "run"),
        ("berg", "mss", "capture"),
    ]
    assert [one.name for one in left_out] == ["NET-Lab 1-4711/Ahn Jihoon_101/onlinetext.html"]


def test_moodle_s_zip_of_flat_files(tmp_path: Path) -> None:
    download = tmp_path / "download.zip"
    download.write_bytes(
        zipped(
            {
                "Group A-Ahn Jihoon_101_assignsubmission_file_connection.zip": packed("connection"),
                "Ingrid van den Berg_102_assignsubmission_file_mss.pcap": CAPTURE,
            }
        )
    )
    submissions = found(download)
    assert told(submissions) == [("ahn", "connection", "run"), ("berg", "mss", "capture")]
    assert submissions[0].source == (
        "download.zip/Group A-Ahn Jihoon_101/connection.zip/connection"
    )


def test_moodle_s_blind_marking_needs_a_ticket(tmp_path: Path) -> None:
    name = "Participant_20261234_assignsubmission_file"  # a number that is a student's id, too
    sealed = {f"{name}/mss.pcap": CAPTURE, f"{name}/ticket.json": ticket("ahn")}
    assert told(found(laid(tmp_path / "a", sealed))) == [("ahn", "mss", "capture")]
    one = sole(found(laid(tmp_path / "b", {f"{name}/mss.pcap": CAPTURE})))
    assert one.student is None
    assert one.problem == (
        "whose is this? No ticket says so, and the name 'Participant_20261234' is no student's"
    )


def test_canvas_files(tmp_path: Path) -> None:
    download = laid(
        tmp_path / "submissions",
        {
            "ahnjihoon_LATE_11_21_connection.zip": packed("connection"),
            "vandenbergingrid_12_22_mss-1.pcap": CAPTURE,
            "garciajose_13_23_half-close.pcapng": CAPTURE,
        },
    )
    submissions = found(download)
    assert told(submissions) == [
        ("ahn", "connection", "run"),
        ("20261234", "half-close", "capture"),
        ("berg", "mss", "capture"),
    ]
    assert [one.notes for one in submissions] == [("late, says Canvas",), (), ()]


def test_a_run_that_canvas_made_flat_is_put_together(tmp_path: Path) -> None:
    start = "ahnjihoon_11_2"
    flat = {
        f"{start}1_run-1.json": run("connection")["run.json"],
        f"{start}2_svr4-eth0-1.pcap": CAPTURE,
        f"{start}3_Answers.yaml": b"lab: connection\n",
    }
    one = sole(found(laid(tmp_path / "submissions", flat)))
    assert (one.student, one.lab, one.kind) == RUN_OF_AHN[0]
    assert one.notes == ("files renamed or moved to where a run has them",)
    assert one.answers is not None
    assert one.answers.name == "answers.yaml"


def test_gradescope_s_export(tmp_path: Path) -> None:
    sheet = b"""\
submission_1:
  :submitters:
  - :name: A. Jihoon
    :sid: ''
    :email: Jihoon@Example.org
  :created_at: 2026-10-09 08:00:01.500000000 Z
submission_2:
  :submitters:
  - :name: Ingrid van den Berg
    :sid: berg
    :email:
  - :name: Kim Minji
    :sid: kim2
submission_3:
  :submitters:
  - :name: Somebody Else
"""
    files = {
        "assignment_9_export/submission_metadata.yml": sheet,
        **run("connection", folder="assignment_9_export/submission_1/"),
        "assignment_9_export/submission_2/mss.pcap": CAPTURE,
        "assignment_9_export/submission_3/mss.pcap": CAPTURE,
    }
    zip_ = tmp_path / "export.zip"
    zip_.write_bytes(zipped(files))
    for path in (laid(tmp_path / "unpacked", files), zip_):
        left_out: list[LeftOut] = []
        first, second, third = found(path, left_out=left_out)
        assert (first.student, first.lab, first.kind) == RUN_OF_AHN[0]
        assert first.handed_in == datetime(2026, 10, 9, 8, 0, 1, 500000, UTC)
        assert second.problem.startswith("whose is this? the name 'submission_2' fits berg and")
        assert second.notes == ("handed in by 2 students together",)
        assert third.student is None
        assert left_out == []


@pytest.mark.parametrize("deep", ["[" * 100_000 + "]" * 100_000, "- " * 100_000, "? " * 100_000])
def test_a_sheet_too_deep_for_a_parser_is_none(deep: str) -> None:
    """libyaml would end the process, and the grading of a whole class with it."""
    assert systems.sheet(deep.encode(), Roster({})) == {}


def test_a_sheet_that_is_none_is_a_file_like_others(tmp_path: Path) -> None:
    files = {"submission_metadata.yml": b"- [1, 2", "ahn/mss.pcap": CAPTURE}
    assert told(found(laid(tmp_path / "class", files))) == [("ahn", "mss", "capture")]


@pytest.mark.parametrize("target", ["", "nowhere", "../other.yml"])
def test_a_sheet_that_is_no_file_is_one_of_the_things_handed_in(
    tmp_path: Path, target: str
) -> None:
    """A folder of its name, or a link: broken, or to what isn't for us."""
    laid(tmp_path, {"other.yml": b"ahn: {':submitters': [{':sid': berg}]}\n"})
    class_ = laid(tmp_path / "class", {"ahn/mss.pcap": CAPTURE})
    if target:
        (class_ / systems.GRADESCOPE_SHEET).symlink_to(target)
    else:
        (class_ / systems.GRADESCOPE_SHEET).mkdir()
    assert ("ahn", "mss", "capture") in told(found(class_))


@pytest.mark.parametrize(
    "tree",
    [
        {"ahn/": "connection/"},
        {"connection/ahn/": ""},
        {"Jihoon Ahn - final/": "runs/20261009/connection/"},
        {"jihoon@example.org/": "my files/"},
        {"AHN_JIHOON/": ""},
    ],
)
def test_a_folder_a_student(tmp_path: Path, tree: dict[str, str]) -> None:
    for outer, inner in tree.items():
        class_ = laid(tmp_path / "class", run("connection", folder=outer + inner))
        assert told(found(class_)) == RUN_OF_AHN


def test_a_run_directory_is_read_where_it_lies(tmp_path: Path) -> None:
    laid(tmp_path / "class", run("connection", folder="ahn/connection/"))
    assert sole(found(tmp_path / "class")).place == tmp_path / "class/ahn/connection"


def test_paths_of_one_student(tmp_path: Path) -> None:
    (tmp_path / "ahn.zip").write_bytes(zipped(run("connection")))  # the insides alone
    (tmp_path / "berg-mss.pcap").write_bytes(CAPTURE)
    (tmp_path / "lee.tgz").write_bytes(
        tarred((tar_member(name), data) for name, data in run("mss", folder="mss/").items())
    )
    laid(tmp_path / "kim2", run("half-close"))
    paths = [tmp_path / name for name in ("ahn.zip", "berg-mss.pcap", "lee.tgz", "kim2")]
    assert told(found(*paths)) == [
        ("ahn", "connection", "run"),
        ("berg", "mss", "capture"),
        ("lee", "mss", "run"),
        ("kim2", "half-close", "run"),
    ]


def test_several_runs_in_one_zip(tmp_path: Path) -> None:
    files = (
        run("connection", folder="a/") | run("mss", folder="b/") | {"ticket.json": ticket("ahn")}
    )
    (tmp_path / "x.zip").write_bytes(zipped(files))
    assert told(found(tmp_path / "x.zip")) == [("ahn", "connection", "run"), ("ahn", "mss", "run")]


def test_two_runs_that_were_made_flat_in_one_folder(tmp_path: Path) -> None:
    files = run("connection", folder="ahn/") | {"ahn/run-1.json": run("mss")["run.json"]}
    left_out: list[LeftOut] = []
    assert told(found(laid(tmp_path / "class", files), left_out=left_out)) == RUN_OF_AHN
    line = "a second run.json in one folder: hand in a folder a run"
    assert left_out == [LeftOut("class/ahn/run-1.json", line)]


def test_a_zip_in_a_zip_is_opened_and_a_third_is_not(tmp_path: Path) -> None:
    inner = packed("connection")
    once = zipped({"Downloads/pack.zip": inner})
    class_ = laid(tmp_path / "class", {"ahn/work.zip": once})
    assert told(found(class_)) == RUN_OF_AHN
    laid(class_, {"ahn/work.zip": zipped({"again.zip": once})})
    one = sole(found(class_))
    assert (one.student, one.kind) == ("ahn", "unreadable")
    assert one.problem == "an archive in 2 others: hand it in by itself"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mss.pcap", CAPTURE),
        ("mss.docx", CAPTURE),
        ("mss", CAPTURE),
        ("mss.txt", LISTING),
        ("mss.log", b"\n" + LISTING),
        ("mss.txt", b"12:00:00.000001 IP svr4.1037 > bsdi.9: Flags [S]"),  # its reader says why not
        ("mss.pcap", b""),
        ("MSS.PCAP", b"\x89PNG"),
        ("mss.snoop", b"snoop\x00\x00\x00"),
    ],
)
def test_a_capture_is_told_by_its_content_or_its_name(
    tmp_path: Path, name: str, data: bytes
) -> None:
    class_ = laid(tmp_path / "class", {f"ahn/{name}": data})
    assert told(found(class_)) == [("ahn", "mss", "capture")]


def test_answers_and_programs(tmp_path: Path) -> None:
    files = {
        "ahn/a/mss.pcap": CAPTURE,
        "ahn/a/answers.yaml": b"answers: {}\n",
        "ahn/b/answers.yaml": b"lab: connection  # the first\nanswers: {}\n",
        "ahn/half-close.py": b"import socket\n",
    }
    first, second, third = found(laid(tmp_path / "class", files))
    assert (first.lab, first.kind) == ("mss", "capture")
    assert first.answers == tmp_path / "class/ahn/a/answers.yaml"
    assert (second.lab, second.kind, second.answers) == ("connection", "answers", second.place)
    assert (third.lab, third.kind) == ("half-close", "program")


# --- whose, and which lab ---


def test_the_ticket_goes_before_all(tmp_path: Path) -> None:
    files = run("connection") | {"ticket.json": ticket("ahn")}
    assert told(found(laid(tmp_path / "x", files))) == RUN_OF_AHN


def test_run_json_and_the_mail_in_answers_tell_whose_it_is(tmp_path: Path) -> None:
    assert told(found(laid(tmp_path / "x", run("connection", "ahn")))) == RUN_OF_AHN
    answers = {"answers.yaml": b"mail: 'jihoon@EXAMPLE.org'\n"}
    assert told(found(laid(tmp_path / "y", run("connection") | answers))) == RUN_OF_AHN


def test_a_contradiction_is_never_decided(tmp_path: Path) -> None:
    files = run("connection", folder="berg/") | {"berg/ticket.json": ticket("ahn")}
    one = sole(found(laid(tmp_path / "class", files)))
    assert one.student is None
    assert one.problem == "whose is this? its ticket says ahn, the name 'berg' berg"
    other = sole(found(laid(tmp_path / "other", run("connection", "ahn", folder="berg/"))))
    assert other.problem == "whose is this? run.json says ahn, the name 'berg' berg"


def test_a_forged_ticket_is_not_believed(tmp_path: Path) -> None:
    files = run("connection", folder="berg/") | {"berg/ticket.json": ticket("ahn", "glue")}
    one = sole(found(laid(tmp_path / "class", files)))
    assert one.student == "berg"
    assert one.notes == ("its ticket isn't believed: this course didn't seal it",)


def test_two_students_of_one_name_are_not_guessed_at(tmp_path: Path) -> None:
    one = sole(found(laid(tmp_path / "class", {"Kim Minji/mss.pcap": CAPTURE})))
    assert one.student is None
    assert one.problem == "whose is this? the name 'Kim Minji' fits kim2 and kim3"
    files = {"Kim Minji/mss.pcap": CAPTURE, "Kim Minji/ticket.json": ticket("kim3")}
    assert sole(found(laid(tmp_path / "other", files))).student == "kim3"


def test_a_stranger_is_said(tmp_path: Path) -> None:
    one = sole(found(laid(tmp_path / "class", run("connection", "zed", folder="Mallory/"))))
    assert one.student is None
    assert "the name 'Mallory' is no student's" in one.problem
    assert one.notes == ("run.json names 'zed', who isn't a student",)


def test_a_student_s_zip_that_holds_another_s_work_is_said(tmp_path: Path) -> None:
    (tmp_path / "ahn.zip").write_bytes(zipped({"berg/mss.pcap": CAPTURE}))
    one = sole(found(tmp_path / "ahn.zip"))
    assert one.problem == "whose is this? the name 'ahn.zip' fits ahn and berg"


def test_a_class_in_a_folder_called_after_somebody(tmp_path: Path) -> None:
    files = {"berg/mss.pcap": CAPTURE, "lee/mss.pcap": CAPTURE}
    class_ = laid(tmp_path / "ahn's class", files)
    assert [one.student for one in found(class_)] == ["berg", "lee"]


def test_which_lab(tmp_path: Path) -> None:
    files = {
        "ahn/trace.pcap": CAPTURE,
        "berg/mss-systems.pcap": CAPTURE,
        "kim2/mss and connection.pcap": CAPTURE,
        "kim3/backlog.pcap": CAPTURE,
        "lee/connection/Half_Close/trace.pcap": CAPTURE,  # the nearest name tells
        **run("no-such-lab", folder="20261234/"),
    }
    by_student = {one.student: one for one in found(laid(tmp_path / "class", files))}
    assert by_student["ahn"].problem == "which lab is this of? Neither it nor a name says so"
    assert by_student["berg"].lab == "mss-systems"
    assert by_student["kim2"].problem == ("which lab is this of? Its name fits connection and mss")
    assert by_student["kim3"].problem == "backlog isn't graded in this course"
    assert by_student["lee"].lab == "half-close"
    assert by_student["20261234"].problem == (
        "run.json says that it is of lab 'no-such-lab', which there isn't"
    )
    assert found(tmp_path / "class/ahn/trace.pcap", lab="mss")[0].lab == "mss"


def test_two_attempts_are_both_there(tmp_path: Path) -> None:
    files = {"ahn/try 1/mss.pcap": CAPTURE, "ahn/try 2/mss.pcap": CAPTURE}
    first, second = found(laid(tmp_path / "class", files))
    assert (first.notes, second.notes) == (
        (),
        ("attempt 2: the first is class/ahn/try 1/mss.pcap",),
    )


def test_times_in_a_zip_are_no_times_of_handing_in(tmp_path: Path) -> None:
    """Info-ZIP writes this field into a download that is zipped again: when it was unpacked."""
    local, record = raw_entry(b"Ahn Jihoon_1_assignsubmission_file_mss.pcap", CAPTURE)
    extra = pack("<HHBi", 0x5455, 5, 1, 1_791_532_800)
    central = bytearray(record)
    central[30:32] = pack("<H", len(extra))
    (tmp_path / "m.zip").write_bytes(raw_zip([(local, bytes(central) + extra)]))
    one = sole(found(tmp_path / "m.zip"))
    assert (one.student, one.handed_in) == ("ahn", None)


def test_a_hand_in_is_known_by_its_bytes_and_not_by_the_times_of_its_zip(tmp_path: Path) -> None:
    keys = []
    for name, data, dos_time in (("a", b"1", 0), ("b", b"1", 77), ("c", b"2", 0)):
        local, record = raw_entry(b"ahn/mss.pcap", CAPTURE + data)
        central = bytearray(record)
        central[12:14] = pack("<H", dos_time)
        laid(tmp_path, {f"{name}/m.zip": raw_zip([(local, bytes(central))])})
        (handed,) = finder().handed_in([tmp_path / name / "m.zip"])
        keys.append(content_key(handed, b""))
    assert keys[0] == keys[1] != keys[2]
