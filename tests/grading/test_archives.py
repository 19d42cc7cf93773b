"""Hostile and broken archives: each is held to a line of its own, and nothing leaves the folder."""

import contextlib
import gzip
import io
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from struct import pack, pack_into
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.place import below
from grading import zip_file
from grading.archives import LeftOut, is_archive, unpack
from grading.held import HeldFolder, Scratch
from grading.members import (
    MIB,
    OF_A_STUDENT,
    ArchiveError,
    Limits,
)
from tests.grading.classes import files_of
from tests.grading.hostile import (
    crowd,
    deflated,
    everything,
    overlapping,
    raw_entry,
    raw_zip,
    special_zip,
    tar_member,
    tarred,
    zipped,
)

SMALL = Limits(members=20, member_bytes=2 * MIB, total_bytes=3 * MIB, ratio=200)
NOISE = bytes(range(256)) * 4096  # 1 MiB that shrinks 200 times, and no more, with the index below


class Found(NamedTuple):
    """What came of an archive: the bytes of its files by their places, and what was left out."""

    content: dict[str, bytes]
    left_out: tuple[LeftOut, ...]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self.content)


def found_in(data: bytes, limits: Limits = OF_A_STUDENT, name: str = "in.zip") -> Found:
    """Unpack an archive's bytes; what is read below its folder is what is said to be there."""
    folder = HeldFolder(f"around/{name}", name)
    with Scratch() as scratch:
        done = unpack(io.BytesIO(data), folder, scratch, limits)
        content = {one.place: one.file.read_bytes() for one in done.files}
        assert files_of(folder) == set(content)
        for one in done.files:
            assert below(folder, one.place) is one.file
            assert str(one.file) == f"around/{name}/{one.place}"
            assert one.file.size_bytes == len(content[one.place])
    return Found(content, done.left_out)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Found]:
    """Unpack an archive's bytes; whatever comes of it, nothing stays on the disk."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    def unpacked(data: bytes, limits: Limits = OF_A_STUDENT, name: str = "in.zip") -> Found:
        try:
            return found_in(data, limits, name)
        finally:
            assert everything(tmp_path) == {}

    return unpacked


Opened = Callable[..., Found]


def refusal(opened: Opened, data: bytes, **how: object) -> str:
    """The line with which an archive is refused as a whole."""
    with pytest.raises(ArchiveError) as caught:
        opened(data, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_honest_zip_is_unpacked(opened: Opened) -> None:
    files = {"run.json": b"{}", "pcap/svr4-eth0.pcap": b"\xd4\xc3\xb2\xa1", "pcap/": b""}
    del files["pcap/"]
    assert opened(zipped(files | {"pcap/": b""})) == Found(files, ())


def test_a_stored_zip_with_bytes_before_it_is_unpacked(opened: Opened) -> None:
    inner = zipped({"a": b"content"}, zipfile.ZIP_STORED)
    at = len(inner)
    outer = zipped({"one": b"1"}, zipfile.ZIP_STORED)
    assert opened(outer + inner).content == {"a": b"content"}
    assert at < len(outer + inner)


def test_a_zip64_is_unpacked(opened: Opened) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"content")
    data = bytearray(target.getvalue())
    central = data.rfind(b"PK\x01\x02")
    extra = pack("<HHQQQ", 1, 24, 7, 7, 0)
    entry = bytearray(data[central : data.rfind(b"PK\x05\x06")])
    pack_into("<II", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    pack_into("<H", entry, 30, len(extra))
    pack_into("<I", entry, 42, 0xFFFFFFFF)
    entry += extra
    end_64 = b"PK\x06\x06" + pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(entry), central)
    locator = b"PK\x06\x07" + pack("<IQI", 0, central + len(entry), 1)
    end = b"PK\x05\x06" + pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert opened(bytes(data[:central]) + entry + end_64 + locator + end).files == ("a",)


@pytest.mark.parametrize("gzipped", [True, False])
def test_an_honest_tar_is_unpacked(opened: Opened, gzipped: bool) -> None:
    members = [(tar_member("pcap", tarfile.DIRTYPE), b""), (tar_member("pcap/a"), b"content")]
    assert opened(tarred(members, gzipped)) == Found({"pcap/a": b"content"}, ())


def test_a_gzipped_capture_is_a_member_by_itself(opened: Opened) -> None:
    found = opened(gzip.compress(b"packets"), name="mss.pcap.gz")
    assert found.content == {"mss.pcap": b"packets"}


# --- names that lead out, and members that are no files ---


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", "a path that leads out of its folder"),
        ("a/../../evil", "a path that leads out of its folder"),
        ("..\\..\\evil", "a path that leads out of its folder"),
        ("/etc/cron.d/evil", "an absolute path"),
        ("\\\\server\\share", "an absolute path"),
        ("C:\\Windows\\evil", "an absolute path"),
        ("c:evil", "an absolute path"),
        ("a\x1b[2J.pcap", "a control character in its name"),
        ("a\nb", "a control character in its name"),
        ("a\u0085b", "a control character in its name"),
        ("n" * 256, "a name of more than 255 bytes, or a path of 1024"),
        ("\u00e9" * 128, "a name of more than 255 bytes, or a path of 1024"),
        ("/".join(["n" * 200] * 6), "a name of more than 255 bytes, or a path of 1024"),
        ("d/" * 17 + "f", "more than 16 folders deep"),
        ("./.", "no name"),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_refused(
    opened: Opened, kind: str, name: str, reason: str
) -> None:
    files = {name: b"evil", "good.txt": b"good"}
    made = (
        zipped(files)
        if kind == "zip"
        else tarred([(tar_member(each), data) for each, data in files.items()])
    )
    found = opened(made)
    assert found.files == ("good.txt",)
    assert [each.reason for each in found.left_out] == [reason]


def test_a_nul_in_a_name_is_refused(opened: Opened) -> None:
    found = opened(raw_zip([raw_entry(b"a.pcap\x00.exe", b"1")]))
    assert found.left_out == (LeftOut("a.pcap\x00.exe", "a control character in its name"),)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (stat.S_IFLNK, "a link"),
        (stat.S_IFCHR, "a device or another special file"),
        (stat.S_IFBLK, "a device or another special file"),
        (stat.S_IFIFO, "a device or another special file"),
        (stat.S_IFSOCK, "a device or another special file"),
    ],
)
def test_a_special_entry_of_a_zip_is_refused(opened: Opened, mode: int, reason: str) -> None:
    found = opened(special_zip("pcap", mode))
    assert found == Found({"good.txt": b"good"}, (LeftOut("pcap", reason),))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device or another special file"),
        (tarfile.BLKTYPE, "a device or another special file"),
        (tarfile.FIFOTYPE, "a device or another special file"),
    ],
)
def test_a_special_member_of_a_tar_is_refused(opened: Opened, kind: bytes, reason: str) -> None:
    members = [(tar_member("out", kind, "/etc"), b""), (tar_member("out/passwd"), b"evil")]
    found = opened(tarred(members))
    assert found.left_out == (LeftOut("out", reason),)
    assert found.files == ("out/passwd",)  # in a folder of ours, for no link was made


# --- too much ---


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(zip_file, "packed", lambda *arguments: read.append(arguments))
    line = refusal(opened, zipped({"a": bytes(2 * MIB)}))
    assert line == "a file in it unpacks to more than 200 times its size, as in a zip bomb"
    assert not read


def test_a_bomb_that_lies_about_its_size_ends_where_it_said(opened: Opened) -> None:
    packed = deflated(bytes(50 * MIB))
    liar = raw_entry(b"a", packed, method=0, size=1000, crc=0)
    data = bytearray(raw_zip([liar]))
    for at in (8, data.rfind(b"PK\x01\x02") + 10):
        pack_into("<H", data, at, 8)
    found = opened(bytes(data))
    assert found.files == ()
    assert found.left_out[0].reason == "damaged: it is larger than the 1000 bytes it claims"


def test_too_much_in_all_is_refused(opened: Opened) -> None:
    data = zipped({str(number): NOISE for number in range(4)}, zipfile.ZIP_STORED)
    assert refusal(opened, data, limits=SMALL) == "what was handed in unpacks to more than 3 MiB"


def test_a_file_too_large_is_refused(opened: Opened) -> None:
    data = zipped({"a": NOISE * 2 + b"+"}, zipfile.ZIP_STORED)
    assert refusal(opened, data, limits=SMALL) == "a file in it is larger than 2 MiB"


def test_a_bomb_in_a_tar_is_refused(opened: Opened) -> None:
    data = tarred([(tar_member("a"), bytes(2 * MIB))])
    line = refusal(opened, data, limits=SMALL)
    assert line == "it unpacks to more than 200 times its size, as a bomb does"


def test_too_much_in_a_tar_is_refused(opened: Opened) -> None:
    files = [(tar_member(str(number)), NOISE) for number in range(4)]
    line = refusal(opened, tarred(files, gzipped=False), limits=SMALL)
    assert line == "what was handed in unpacks to more than 3 MiB"


def test_a_gzip_bomb_is_refused(opened: Opened) -> None:
    line = refusal(opened, gzip.compress(bytes(5 * MIB)), limits=SMALL)
    assert line == "it unpacks to more than 200 times its size, as a bomb does"


def test_a_long_name_in_a_tar_is_no_way_to_fill_memory(opened: Opened) -> None:
    line = refusal(opened, tarred([(tar_member("n" * (2 << 20)), b"")]))
    assert line == "headers of more than 1048576 bytes, as in a bomb"


def test_overlapping_files_are_refused(opened: Opened) -> None:
    data = overlapping(1000, NOISE)
    assert refusal(opened, data) == "files in it overlap, as in a zip bomb"


def test_a_file_that_overlaps_the_next_ones_header_is_refused(opened: Opened) -> None:
    first, second = raw_entry(b"a", b"1234", method=0, packed=60, size=60), raw_entry(b"b", b"5")
    assert refusal(opened, raw_zip([first, second])) == "files in it overlap, as in a zip bomb"


def test_a_million_files_are_refused_without_being_listed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    reading = zip_file._entry

    def counted(*arguments: object) -> object:
        nonlocal read
        read += 1
        return reading(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(zip_file, "_entry", counted)
    assert refusal(opened, crowd(1_000_000)) == "65535 files in it: at most 4000 are read"
    assert read == 0


def test_a_count_that_lies_is_no_way_around_the_limit(opened: Opened) -> None:
    data = bytearray(crowd(5_000))
    pack_into("<HH", data, len(data) - 14, 1, 1)
    assert refusal(opened, bytes(data)) == "more than 4000 files in it"


def test_too_many_members_of_a_tar_are_refused(opened: Opened) -> None:
    data = tarred((tar_member(str(number)), b"") for number in range(21))
    assert refusal(opened, data, limits=SMALL) == "more than 20 files in it"


# --- broken ---


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_zip_that_was_cut_off_is_refused(opened: Opened, kept: float) -> None:
    data = zipped({str(number): NOISE[number:] for number in range(3)})
    line = refusal(opened, data[: int(len(data) * kept)])
    assert line == "a zip without an end: it was cut off; hand it in again"


def test_a_list_of_files_out_of_place_is_refused(opened: Opened) -> None:
    entry = raw_entry(b"a", b"1")
    line = refusal(opened, raw_zip([entry], start=1 << 20))
    assert line == "a damaged zip: its list of files lies beyond its end"


def test_a_broken_list_of_files_is_refused(opened: Opened) -> None:
    line = refusal(opened, raw_zip([raw_entry(b"a", b"1")], size=20))
    assert line == "a damaged zip: its list of files is broken"


def test_a_tar_that_was_cut_off_is_refused(opened: Opened) -> None:
    data = tarred([(tar_member("a"), NOISE)])
    assert refusal(opened, data[: len(data) // 2]).startswith("a damaged archive: ")


def test_a_wrong_checksum_leaves_out_that_file_alone(opened: Opened) -> None:
    found = opened(raw_zip([raw_entry(b"bad", b"1234", crc=1), raw_entry(b"good", b"5678")]))
    assert found == Found({"good": b"5678"}, (LeftOut("bad", "damaged: its checksum is wrong"),))


def test_packed_bytes_without_sense_leave_out_that_file(opened: Opened) -> None:
    data = bytearray(raw_zip([raw_entry(b"bad", NOISE[:4096]), raw_entry(b"good", b"1")]))
    data[31:40] = b"\xff" * 9
    found = opened(bytes(data))
    assert found.files == ("good",)
    assert found.left_out[0].reason == "damaged: its packed bytes make no sense"


def test_a_file_shorter_than_it_says_is_left_out(opened: Opened) -> None:
    found = opened(raw_zip([raw_entry(b"short", b"1234", method=0, size=9)]))
    assert found.left_out == (LeftOut("short", "damaged: it ends too soon"),)


def test_a_local_header_out_of_place_leaves_out_that_file(opened: Opened) -> None:
    data = bytearray(raw_zip([raw_entry(b"bad", b"1234"), raw_entry(b"good", b"5")]))
    data[0:4] = b"PK\x07\x08"
    assert is_archive(bytes(data)) is False
    local, central = raw_entry(b"bad", b"1234")
    found = opened(raw_zip([raw_entry(b"good", b"5"), (b"XXXX" + local[4:], central)]))
    assert found.left_out == (LeftOut("bad", "damaged: it isn't where the list of files says"),)


def test_an_encrypted_file_is_left_out(opened: Opened) -> None:
    found = opened(raw_zip([raw_entry(b"secret", b"1234", flags=1), raw_entry(b"b", b"5")]))
    line = "encrypted: hand it in without a password"
    assert found == Found({"b": b"5"}, (LeftOut("secret", line),))


def test_an_unknown_method_is_named(opened: Opened) -> None:
    found = opened(raw_zip([raw_entry(b"a", b"1234", method=14)]))
    assert found.left_out[0].reason == "packed by method 14: zip it again, by deflate"


@pytest.mark.parametrize(
    ("magic", "kind"),
    [(b"Rar!\x1a\x07", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\xfd7zXZ\x00", "xz")],
)
def test_other_archives_are_named(opened: Opened, magic: bytes, kind: str) -> None:
    line = refusal(opened, magic + bytes(600))
    assert line == f"a {kind} archive, which isn't read: hand in a zip"


def test_the_first_of_two_files_of_a_name_counts(opened: Opened) -> None:
    entries = [raw_entry(b"a", b"first"), raw_entry(b"a", b"second"), raw_entry(b"a/b", b"third")]
    found = opened(raw_zip(entries))
    assert found.content == {"a": b"first"}
    line = "a second file of this name: the first counts"
    assert found.left_out == (LeftOut("a", line), LeftOut("a/b", line))


# --- names in other alphabets, and damage of any kind ---


@pytest.mark.parametrize(
    ("raw", "flags", "place"),
    [
        ("\uc2e4\uc2b5.pcap".encode(), 0x800, "\uc2e4\uc2b5.pcap"),
        ("\uc2e4\uc2b5.pcap".encode(), 0, "\uc2e4\uc2b5.pcap"),  # macOS says nothing of UTF-8
        ("e\u0301.pcap".encode(), 0x800, "\u00e9.pcap"),  # and writes NFD
        (b"\x82.pcap", 0, "\u00e9.pcap"),  # cp437
        (b"\xff\xfe.pcap", 0x800, "\ufffd\ufffd.pcap"),  # UTF-8, it says
        ("\uc2e4\uc2b5.pcap".encode("cp949"), 0, "\u255c\u255f\u255c\u2514.pcap"),
        (b"pcap\\svr4-eth0.pcap", 0, "pcap/svr4-eth0.pcap"),
    ],
)
def test_names_survive(opened: Opened, raw: bytes, flags: int, place: str) -> None:
    assert opened(raw_zip([raw_entry(raw, b"1", flags=flags)])) == Found({place: b"1"}, ())


WHOLE = {
    "zip": zipped({"a/b.txt": b"content" * 50, "c": b"1"}),
    "tar": tarred([(tar_member("a/b.txt"), b"content" * 50)], gzipped=False),
    "tar.gz": tarred([(tar_member("n" * 120), b"content" * 50)]),
}


@settings(deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), min_size=1, max_size=8),
    st.data(),
)
def test_damage_of_any_kind_is_a_line_or_harmless(
    kind: str,
    damage: list[tuple[int, int]],
    data: st.DataObject,
) -> None:
    broken = bytearray(WHOLE[kind])
    for at, value in damage:
        broken[at % len(broken)] = value
    del broken[data.draw(st.integers(1, len(broken))) :]
    with contextlib.suppress(ArchiveError):
        found_in(bytes(broken), SMALL)
