"""Hostile archives: names that lead out, and too much; nothing leaves the folder."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path
from struct import pack, pack_into

import pytest

from grading import zip_file
from grading.archives import LeftOut
from grading.members import MIB
from tests.grading.hostile import (
    crowd,
    deflated,
    overlapping,
    raw_entry,
    raw_zip,
    special_zip,
    tar_member,
    tarred,
    zipped,
)
from tests.grading.unpacked import NOISE, SMALL, Found, Opened, opening, refusal


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return opening(tmp_path, monkeypatch)


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
