"""A capture of any origin: the content decides, and what is no capture is called by its name."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from captures import options
from captures.errors import CaptureError
from captures.reader import parse, read
from captures.segment import END_OF_LIST, SYN, Option, Segment
from tests.captures import frames
from tests.captures.strategies import segments

FRAME = frames.ethernet(frames.tcp(flags=SYN))


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "listing.txt"
    path.write_bytes(frames.pcap([FRAME]))
    assert read(path).kind == "pcap"
    path.write_bytes(frames.section() + frames.interface() + frames.packet(FRAME))
    assert read(path).kind == "pcapng"
    path.write_bytes(b"\xef\xbb\xbf1 0.0 a.1 > b.2: S 7:7(0)\r\n")
    assert read(path).kind == "listing"
    path.write_bytes(b"12:34:56.789012 IP a.1 > b.2: Flags [S], seq 7, win 9, length 0\n")
    assert read(path).kind == "tcpdump text"


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bsdi-eth0.pcap"
    path.write_bytes(b"")
    with pytest.raises(CaptureError, match=r"bsdi-eth0\.pcap: empty file"):
        read(path)


def test_a_missing_file_is_no_malformed_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.pcap")


def test_what_a_pcapng_says_of_itself() -> None:
    drops = frames.option(5, (3).to_bytes(8, "little"))
    data = (
        frames.section()
        + frames.interface()
        + frames.simple_packet(FRAME)
        + frames.statistics(drops)
        + frames.packet(FRAME)[:-1]
    )
    capture = parse(data)
    assert (capture.frames, capture.drops, capture.cut_short, capture.timed) == (1, 3, True, False)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"BZh9", "this is bzip2 data, no capture: unpack it with bunzip2 first"),
        (b"PK\x03\x04", "this is a zip archive, no capture"),
        (b"\xa1\xb2\xcd\x34", "convert it with `editcap"),
        (b'{"schema_version": 1}', "this is JSON, no capture: give a pcap"),
        (b"\x00\x01\xff\xfe\x00", "unknown kind of file, it begins with 00 01 ff fe"),
        (b"Dear sir,\n", "line 1: 'Dear sir,' is no line of a listing; expected such as"),
    ],
)
def test_what_is_no_capture_is_called_by_its_name(data: bytes, message: str) -> None:
    with pytest.raises(CaptureError) as caught:
        parse(data)
    assert message in str(caught.value)


def test_access_to_segments() -> None:
    capture = parse(frames.pcap([FRAME, FRAME]))
    assert len(capture) == 2
    assert [segment.frame for segment in capture] == [1, 2]
    assert capture.segment(1).time_ns == 1_000_000
    with pytest.raises(IndexError):
        capture.segment(2)


@given(st.lists(segments(), max_size=8), st.sampled_from(["<", ">"]))
def test_segments_survive_their_capture(given_segments: list[Segment], order: str) -> None:
    packets = [frames.ethernet(frames.segment_packet(one)) for one in given_segments]
    times_ns = [one.time_ns for one in given_segments]
    data = frames.pcap(packets, times_ns=times_ns, order=order, nanoseconds=True)
    expected = [
        replace(one, frame=number, options=padded(one.options or ()))
        for number, one in enumerate(given_segments, 1)
    ]
    assert list(parse(data)) == expected


def padded(given_options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The options as a header holds them: zeros fill it up, and a zero ends the list."""
    full = len(options.encode(given_options)) % 4 == 0
    return given_options if full else (*given_options, Option(END_OF_LIST))


def test_a_text_too_long_for_a_listing_is_refused() -> None:
    line = b"1 0.0 a.1 > b.2: S 7:7(0)\n"
    with pytest.raises(CaptureError, match="more than 1 MiB can't be a listing: give the pcap"):
        parse(line * (1 + (1 << 20) // len(line)))


def test_an_empty_file_packed_is_empty() -> None:
    with pytest.raises(CaptureError, match="empty file"):
        parse(gzip.compress(b""))
