"""What nobody should hand in: nothing disappears, nothing gets out, and the others are graded."""

import os
import socket
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest

from grading import archives, files, held
from grading.archives import LeftOut
from grading.members import MIB, Limits
from tests.grading.classes import (
    CAPTURE,
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

PADDING = bytes(held.MOST_HELD_BYTES)
LARGE = zipped({"mss.pcap": CAPTURE + PADDING})


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
    class_ = laid(tmp_path / "class", {"ahn/x.zip": LARGE})
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for handed in finder().handed_in([class_]):
        with finder().opened(handed) as opened:
            assert sole(opened.submissions).place.read_bytes() == CAPTURE + PADDING
            assert len(list(tmp_path.glob("tcplab-*"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["class"]


def test_what_is_small_lies_on_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class_ = laid(tmp_path / "class", {"ahn/x.zip": packed("connection"), "berg/x.zip": LARGE})
    monkeypatch.setattr(held, "TemporaryDirectory", _no_folder)
    first, *_ = finder().handed_in([class_])
    with finder().opened(first) as opened:
        (one,) = opened.submissions
        assert (one.place / "run.json").read_bytes() == run("connection")["run.json"]
    with pytest.raises(OSError, match="no folder"):
        found(class_)


def _no_folder(**_: object) -> NoReturn:
    raise OSError("no folder")


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
    ]
    assert submissions[1].problem == "nothing to grade in it: berg (a link)"


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


def test_a_run_json_among_a_run_s_transcripts_is_one_of_its_files(tmp_path: Path) -> None:
    files = run("connection", folder="a/") | {"a/transcripts/run.json": run("mss")["run.json"]}
    class_ = laid(tmp_path / "class", {"ahn/x.zip": zipped(files)})
    assert told(found(class_)) == RUN_OF_AHN


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
    class_ = laid(tmp_path / "class", {"ahn/mss.zip": LARGE, "berg/mss.zip": LARGE})
    first, second = (one.place for one in found(class_))
    assert (first.name, second.name) == ("mss.pcap", "mss.pcap")
    for place in (first, second):
        with pytest.raises(FileNotFoundError):
            place.read_bytes()
