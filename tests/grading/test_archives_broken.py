"""Broken archives, and names in other alphabets: each damage is a line of its own."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.archives import LeftOut, is_archive
from grading.members import ArchiveError
from tests.grading.hostile import raw_entry, raw_zip, tar_member, tarred, zipped
from tests.grading.unpacked import NOISE, SMALL, Found, Opened, found_in, opening, refusal


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return opening(tmp_path, monkeypatch)


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
