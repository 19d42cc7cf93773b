"""What students hand in, and what instructors download: whose it is, which lab, and what is odd."""

import os
import socket
import tempfile
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import archives, files
from grading.archives import LeftOut
from grading.members import MIB, Limits
from grading.roster import Phrases, Roster, words
from grading.submissions import Claim, decided
from tests.grading.classes import (
    CAPTURE,
    COURSE,
    LISTING,
    files_of,
    found,
    laid,
    packed,
    run,
    sole,
    ticket,
    told,
)
from tests.grading.hostile import (
    crowd,
    everything,
    raw_entry,
    raw_zip,
    special_zip,
    tar_member,
    tarred,
    zipped,
)

SMALL = Limits(members=100, member_bytes=2 * MIB, total_bytes=3 * MIB, ratio=10_000)
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


def test_a_sheet_that_is_none_is_a_file_like_others(tmp_path: Path) -> None:
    files = {"submission_metadata.yml": b"- [1, 2", "ahn/mss.pcap": CAPTURE}
    assert told(found(laid(tmp_path / "class", files))) == [("ahn", "mss", "capture")]


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
        "lee/Half_Close/trace.pcap": CAPTURE,
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


def test_a_learning_system_s_zip_tells_when_it_was_handed_in(tmp_path: Path) -> None:
    local, record = raw_entry(b"Ahn Jihoon_1_assignsubmission_file_mss.pcap", CAPTURE)
    extra = pack("<HHBi", 0x5455, 5, 1, 1_791_532_800)
    central = bytearray(record)
    central[30:32] = pack("<H", len(extra))
    (tmp_path / "m.zip").write_bytes(raw_zip([(local, bytes(central) + extra)]))
    assert sole(found(tmp_path / "m.zip")).handed_in == datetime(2026, 10, 9, 8, 0, tzinfo=UTC)


# --- nothing disappears ---


def test_every_file_is_graded_or_left_out_with_a_reason(tmp_path: Path) -> None:
    junk = {
        "__MACOSX/connection/._run.json": b"1",
        "connection/.DS_Store": b"1",
        "connection/._run.json": b"1",
        "Thumbs.db": b"1",
        "desktop.ini": b"1",
        "report.pdf": b"%PDF-1.7",
        "empty.txt": b"",
        "connection/notes.txt": b"I did it",
    }
    class_ = laid(
        tmp_path / "class", {"ahn/x.zip": zipped(run("connection", folder="connection/") | junk)}
    )
    left_out: list[LeftOut] = []
    assert told(found(class_, left_out=left_out)) == RUN_OF_AHN
    reasons = {one.name.removeprefix("class/ahn/x.zip/"): one.reason for one in left_out}
    none = "neither a run directory, a capture, answers nor a program"
    assert reasons == {
        "__MACOSX/connection/._run.json": "macOS's own",
        "connection/.DS_Store": "macOS's own",
        "connection/._run.json": "macOS's own",
        "Thumbs.db": "Windows' own",
        "desktop.ini": "Windows' own",
        "report.pdf": none,
        "empty.txt": "an empty file",
        "connection/notes.txt": none,
    }


def test_nothing_gradable_is_a_line(tmp_path: Path) -> None:
    class_ = laid(
        tmp_path / "class", {"ahn/report.pdf": b"%PDF", "berg/ticket.json": ticket("berg")}
    )
    (class_ / "lee").mkdir()
    first, second, third = found(class_)
    assert (first.student, first.kind) == ("ahn", "unreadable")
    assert first.problem == (
        "nothing to grade in it: "
        "ahn/report.pdf (neither a run directory, a capture, answers nor a program)"
    )
    assert "nothing was handed in with it" in second.problem
    assert (third.student, third.problem) == ("lee", "nothing was handed in: an empty folder")


def test_windows_separators_and_case(tmp_path: Path) -> None:
    names = {
        "connection\\" + name.replace("/", "\\").upper(): data
        for name, data in run("connection").items()
    }
    (tmp_path / "ahn.zip").write_bytes(zipped(names))
    one = sole(found(tmp_path / "ahn.zip"))
    assert (one.student, one.lab, one.kind) == RUN_OF_AHN[0]
    assert one.notes == ("files renamed or moved to where a run has them",)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Jos\u00e9 Garc\u00eda", "GARC\u00cdA, Jos\u00e9", "jose garcia"])
def test_unicode_in_names(tmp_path: Path, form: str, name: str) -> None:
    written = unicodedata.normalize(form, name)  # type: ignore[arg-type]
    folder = laid(tmp_path / "class", {f"{written}_1_assignsubmission_file/mss.pcap": CAPTURE})
    assert sole(found(folder)).student == "20261234"


def test_hangul_in_names(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "\uc774\uc21c\uc2e0 mss.pcap")
    assert sole(found(laid(tmp_path / "class", {name: CAPTURE}))).student == "lee"


# --- hostile ---


HOSTILE = {
    "a bomb": (zipped({"a": bytes(64 << 20)}), "zip bomb"),
    "a million files": (crowd(100_000), "65535 files in it: at most 4000 are read"),
    "a cut off zip": (packed("mss")[:300], "cut off"),
    "an empty zip": (zipped({}), "an empty archive"),
    "a traversal": (zipped({"../../../evil": b"1"}), "leads out of its folder"),
    "an absolute path": (zipped({"/evil/passwd": b"1"}), "an absolute path"),
    "an encrypted file": (raw_zip([raw_entry(b"a", b"1", flags=1)]), "encrypted"),
    "a RAR": (b"Rar!\x1a\x07\x00", "a RAR archive"),
    "a device": (tarred([(tar_member("run.json", b"3"), b"")]), "a device"),
    "zip, says its name": (b"hello", "neither a run directory"),
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostility_is_one_line_and_the_others_are_graded(tmp_path: Path, kind: str) -> None:
    data, line = HOSTILE[kind]
    class_ = laid(
        tmp_path / "around/class",
        {"ahn/mss.zip": data, "berg/mss.pcap": CAPTURE, "lee/connection.zip": packed("connection")},
    )
    before = everything(tmp_path)
    bad, *good = found(class_)
    assert (bad.student, bad.kind) == ("ahn", "unreadable")
    assert line in bad.problem
    assert "\n" not in bad.problem
    assert told(good) == [("berg", "mss", "capture"), ("lee", "connection", "run")]
    assert everything(tmp_path) == before


def test_many_archives_have_one_limit_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives.unpack, "__defaults__", (SMALL, None))
    inner = zipped({"mss.pcap": bytes(range(256)) * 4000})  # 1 MB each, of 3 MiB
    class_ = laid(tmp_path / "class", {f"ahn/{n}.zip": inner for n in range(5)})
    submissions = found(class_)
    assert [one.kind for one in submissions] == ["capture"] * 3 + ["unreadable"] * 2
    assert submissions[4].problem == "what was handed in unpacks to more than 3 MiB"


def test_more_archives_than_anybody_needs_are_not_opened(tmp_path: Path) -> None:
    inner = zipped({"mss.pcap": CAPTURE}, zipfile.ZIP_STORED)
    many = zipped({f"{n:03}.zip": inner for n in range(101)})
    class_ = laid(tmp_path / "class", {"ahn/x.zip": many})
    submissions = found(class_)
    assert [one.kind for one in submissions].count("capture") == 99  # the outer one is the first
    assert submissions[-1].problem == "more than 100 archives were handed in at once"


def test_temporary_folders_go_where_the_user_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_ = laid(tmp_path / "class", {"ahn/x.zip": packed("connection")})
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert sole(found(class_)).place.is_relative_to(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["class"]


def test_a_bomb_in_a_download_hits_its_owner_alone(tmp_path: Path) -> None:
    files = {"ahn/mss.pcap": bytes(64 << 20), "berg/mss.pcap": CAPTURE}
    (tmp_path / "class.zip").write_bytes(zipped(files))
    first, second = found(tmp_path / "class.zip")
    assert (first.student, first.kind) == ("ahn", "unreadable")
    assert "zip bomb" in first.problem
    assert (second.student, second.kind) == ("berg", "capture")


def test_a_download_that_was_cut_off_is_said(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(packed("mss")[:200])
    one = sole(found(tmp_path / "class.zip"))
    assert one.problem == "a zip without an end: it was cut off; hand it in again"


def test_links_in_a_folder_are_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the instructor's")
    class_ = laid(tmp_path / "class", run("connection", folder="ahn/"))
    (class_ / "ahn/transcripts/bsdi.txt").symlink_to(secret)
    (class_ / "ahn/more").symlink_to("/etc")
    (class_ / "berg").symlink_to(tmp_path)
    left_out: list[LeftOut] = []
    submissions = found(class_, left_out=left_out)
    assert told(submissions[:1]) == RUN_OF_AHN
    assert submissions[0].place != class_ / "ahn"
    assert "left out: ahn/more (a link)" in submissions[0].notes
    assert sorted((one.name, one.reason) for one in left_out) == [
        ("class/ahn/more", "a link"),
        ("class/ahn/transcripts/bsdi.txt", "a link"),
        ("class/berg", "a link"),
    ]


def test_a_pipe_in_a_folder_is_never_opened(tmp_path: Path) -> None:
    class_ = laid(tmp_path / "class", run("connection", folder="ahn/"))
    os.mkfifo(class_ / "ahn/pcap/bsdi-eth0.pcap")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(class_)
        try:
            server.bind("berg.pcap")
        finally:
            os.chdir(here)
        first, second = found(class_)
    assert (first.student, first.lab, first.kind) == RUN_OF_AHN[0]
    assert second.problem == (
        "nothing to grade in it: berg.pcap (a device or another special file)"
    )


def test_what_can_t_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    class_ = laid(tmp_path / "class", {"ahn/mss.pcap": CAPTURE})
    monkeypatch.setattr(files, "_head", closed)
    assert sole(found(class_)).problem == (
        "nothing to grade in it: ahn/mss.pcap (it can't be read: permission denied)"
    )


@pytest.mark.parametrize("owner", ["ahn", "untold"])
def test_a_well_of_folders_is_not_gone_down_to_its_end(tmp_path: Path, owner: str) -> None:
    laid(tmp_path / "class", {"berg/mss.pcap": CAPTURE, f"{owner}/mss.pcap": CAPTURE})
    well = tmp_path / "class" / owner
    os.makedirs(well / "/".join("d" * 300), exist_ok=True)  # noqa: PTH103
    left_out: list[LeftOut] = []
    assert len(found(tmp_path / "class", left_out=left_out)) == 2
    assert [one.reason for one in left_out] == ["more than 64 folders deep"]


def test_a_link_in_a_zip_notes_what_the_run_lacks(tmp_path: Path) -> None:
    class_ = laid(tmp_path / "class", {"ahn/mss.zip": special_zip("mss/pcap", 0o120000)})
    one = sole(found(class_))
    assert one.problem.startswith("nothing to grade in it: ahn/mss.zip/mss/pcap (a link)")


@pytest.mark.parametrize(
    "claims",
    [
        b'{"lab": "\\u001b[2Jmss"}',
        b'{"lab": "=HYPERLINK(1)<script>"}',
        b'{"lab": ["mss"]}',
        b"[" * 100_000,
        b'{"lab": "mss", "student": "\\u202egro"}',
        b"\xff\xfe",
        b"",
    ],
)
def test_an_edited_run_json_is_held(tmp_path: Path, claims: bytes) -> None:
    class_ = laid(tmp_path / "class", run("mss", folder="ahn/x/") | {"ahn/x/run.json": claims})
    one = sole(found(class_))
    assert (one.student, one.kind) == ("ahn", "run")
    assert (one.problem + "".join(one.notes)).isprintable()


def test_escapes_in_names_are_shown_as_what_they_are(tmp_path: Path) -> None:
    class_ = laid(tmp_path / "class", {"ahn/\x1b[31mmss.pcap": CAPTURE})
    one = sole(found(class_))
    assert (one.student, one.source) == ("ahn", "class/ahn/\\u001b[31mmss.pcap")


def test_a_yaml_bomb_in_answers_is_not_even_parsed(tmp_path: Path) -> None:
    bomb = b"a: &a [x, x]\n" + b"".join(
        b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 121)
    )
    files = {"ahn/mss.pcap": CAPTURE, "ahn/answers.yaml": bomb + b"lab: mss\n"}
    assert told(found(laid(tmp_path / "class", files))) == [("ahn", "mss", "capture")]


def test_extraction_goes_when_the_next_is_asked_for(tmp_path: Path) -> None:
    files = {"ahn/x.zip": packed("connection"), "berg/x.zip": packed("mss")}
    places = [one.place for one in found(laid(tmp_path / "class", files))]
    assert not [place for place in places if place.exists()]


# --- names ---


def test_a_phrase_inside_a_longer_one_does_not_count() -> None:
    phrases = Phrases([(words("mss"), "mss"), (words("mss-systems"), "mss-systems")])
    assert phrases.meant("lab 4: MSS_Systems (final).zip") == ("mss-systems",)
    assert phrases.meant("mss and mss-systems") == ("mss", "mss-systems")
    assert phrases.meant("mssx") == ()
    assert phrases.meant("") == ()


NAME = st.lists(
    st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=8),
    min_size=2,
    max_size=3,
    unique=True,
)


@given(NAME, st.sampled_from([" ", "_", "-", ", ", "  "]), st.sampled_from(["NFC", "NFD"]))
def test_a_full_name_is_found_in_any_writing(parts: list[str], between: str, form: str) -> None:
    name = " ".join(parts)
    student = type(COURSE.students["ahn"])("x1", name)
    roster = Roster({"x1": student})
    if len(words(name)) < 2:
        return
    for written in (name, between.join([*parts[-1:], *parts[:-1]]), name.upper()):
        text = unicodedata.normalize(form, written)  # type: ignore[arg-type]
        if sorted(words(text)) == sorted(words(name)):
            assert roster.named(f"hand-in of {text}, final") == ("x1",)


@given(st.text(max_size=60))
def test_no_name_breaks_the_roster(text: str) -> None:
    roster = Roster(COURSE.students)
    assert set(roster.named(text)) <= set(COURSE.students)
    assert set(roster.lastfirst(text)) <= set(COURSE.students)


@given(st.lists(st.sampled_from([(), ("ahn",), ("berg",), ("ahn", "berg")]), max_size=4))
def test_a_decision_contradicts_no_claim(named: list[tuple[str, ...]]) -> None:
    claims = [Claim("it", "text", students) for students in named]
    student, problem = decided(claims)
    assert (student is None) == bool(problem)
    if student:
        assert all(student in claim.students for claim in claims if claim.students)


def test_helpers_lay_a_whole_run(tmp_path: Path) -> None:
    assert files_of(laid(tmp_path, run("mss"))) == set(run("mss"))
