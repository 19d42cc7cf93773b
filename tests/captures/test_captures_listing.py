"""The book's listings, both ways: every figure of the chapter is its own test."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import listing, seconds
from captures.arp import REPLY, REQUEST, Arp
from captures.errors import CaptureError
from captures.names import Names
from captures.reader import parse, read
from captures.relative import InitialNumbers
from captures.segment import ACK, PSH, SYN, Endpoint, Segment
from tests.captures import frames
from tests.captures.strategies import conversations, segments

FIGURES = sorted((Path(__file__).parent / "figures").glob("*.txt"))
NAMES = Names(hosts={"140.252.13.34": "svr4", "140.252.13.35": "bsdi"})


def figure(name: str) -> Path:
    return Path(__file__).parent / "figures" / f"{name}.txt"


def refused(text: str) -> str:
    with pytest.raises(CaptureError) as caught:
        listing.read(text)
    return str(caught.value)


def test_there_are_nine_figures() -> None:
    assert len(FIGURES) == 9


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_writes_back_byte_for_byte(path: Path) -> None:
    capture = read(path)
    assert (capture.kind, capture.cut_short, capture.drops) == ("listing", False, None)
    assert capture.timed
    assert listing.write(capture).encode() == path.read_bytes()


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("relative", [True, False])
def test_the_form_makes_no_difference_to_the_segments(path: Path, relative: bool) -> None:
    capture = read(path)
    again = listing.read(listing.write(capture, relative=relative))
    assert list(again) == list(capture)
    assert again.arps == capture.arps


def test_figure_18_2_is_the_absolute_form() -> None:
    path = figure("18.2-connection")
    assert listing.write(read(path), relative=False) == path.read_text()


def test_a_line_as_a_segment() -> None:
    segment = read(figure("18.2-connection")).segment(1)
    assert (segment.frame, segment.time_ns) == (2, 2_402_000)
    assert (segment.source, segment.destination) == (Endpoint("bsdi", 9), Endpoint("svr4", 1037))
    assert (segment.flags, segment.seq, segment.ack) == (SYN | ACK, 1823083521, 1415531522)
    assert (segment.payload, segment.window, segment.tos) == (0, 4096, None)


def test_what_a_figure_does_not_print_is_unknown() -> None:
    segment = read(figure("18.7-half-open")).segment(2)
    assert (segment.seq, segment.window, segment.options, segment.tos) == (None,) * 4


def test_relative_numbers_become_absolute() -> None:
    found = list(read(figure("18.8-simultaneous-open")))
    assert (found[4].seq, found[4].ack) == (91904002, 1058199042)
    assert (found[8].seq, found[8].ack) == (1058199055, 91904015)


def test_a_figure_that_mixes_relative_and_absolute_numbers() -> None:
    found = list(read(figure("18.7-half-open")))
    assert found[5].seq == 1591752193 + 11
    assert found[6].seq == 26368002


def test_an_unknown_isn_leaves_a_number_as_printed() -> None:
    assert read(figure("18.7-refused")).segment(1).seq == 0


def test_arp_among_the_segments() -> None:
    capture = read(figure("18.7-half-open"))
    assert capture.frames == 9
    assert capture.arps == [
        Arp(7, 194_914_957_000, REQUEST, "svr4", None, "bsdi"),
        Arp(8, 194_915_678_000, REPLY, "bsdi", "00:00:c0:6f:2d:40", None),
    ]


def test_connections_of_a_figure() -> None:
    found = read(figure("18.11-incoming-queue")).connections
    assert [one.client.port for one in found] == [1090, 1091, 1092, 1093]
    assert all(one.server == Endpoint("bsdi", 7777) for one in found)


def test_one_connection_as_a_listing() -> None:
    capture = read(figure("18.11-incoming-queue"))
    text = listing.write(capture, relative=True, connection=capture.connections[3])
    assert text == (
        "8 0.0                   sun.1093 > bsdi.7777: S 1618688000:1618688000(0)\n"
        "10 5.638985 (5.6390)    sun.1093 > bsdi.7777: S 1618688000:1618688000(0)\n"
        "12 17.638667 (11.9997)  sun.1093 > bsdi.7777: S 1618688000:1618688000(0)\n"
        "13 17.641023 (0.0024)   bsdi.7777 > sun.1093: S 4167808001:4167808001(0) ack 1618688001\n"
        "14 17.641852 (0.0008)   sun.1093 > bsdi.7777: . ack 1\n"
    )


def test_a_pcap_as_a_listing() -> None:
    packets = [
        frames.ethernet(frames.tcp(flags=SYN, seq=9)),
        frames.ethernet(frames.arp(REQUEST, "140.252.13.35", "140.252.13.34"), 0x0806),
        frames.ethernet(frames.arp(REPLY, "140.252.13.34", "140.252.13.35"), 0x0806),
        frames.ethernet(frames.tcp(frames.BSDI, frames.SVR4, flags=SYN | ACK, seq=70, ack=10)),
        frames.ethernet(frames.ipv4(bytes(8), protocol=17)),
        frames.ethernet(frames.tcp(flags=PSH | ACK, seq=10, ack=71, payload=3, tos=0x10)),
    ]
    times_ns = [
        5_000_000_000,
        5_000_000_000,
        5_001_000_000,
        6_000_000_000,
        7_000_000_000,
        7_000_050_000,
    ]
    capture = parse(frames.pcap(packets, times_ns=times_ns))
    assert listing.write(capture, NAMES, relative=True) == (
        "1 0.0                svr4.1037 > bsdi.discard: S 9:9(0) win 4096\n"
        "2 0.000000 (0.0000)  arp who-has svr4 tell bsdi\n"
        "3 0.001000 (0.0010)  arp reply svr4 is-at 0:0:c0:6f:2d:40\n"
        "4 1.000000 (0.9990)  bsdi.discard > svr4.1037: S 70:70(0) ack 10 win 4096\n"
        "6 2.000050 (1.0001)  svr4.1037 > bsdi.discard: P 1:4(3) ack 1 win 4096 [tos 0x10]\n"
    )


def test_an_empty_capture_is_an_empty_listing() -> None:
    assert listing.write(parse(frames.pcap([]))) == ""
    assert len(listing.read("")) == 0


def test_a_listing_without_numbers_and_gaps() -> None:
    text = (
        "0.0 svr4.1037 > bsdi.discard: S 9:9(0)\n"
        "0.10 140.252.13.35.9999 > vangogh.cs.berkeley.edu.7777: . ack 1\n"
    )
    capture = listing.read(text)
    assert [segment.frame for segment in capture] == [1, 2]
    assert capture.segment(1).source == Endpoint("140.252.13.35", 9999)
    assert capture.segment(1).destination == Endpoint("vangogh.cs.berkeley.edu", 7777)
    assert listing.write(capture) == text


def test_a_second_connection_of_the_pair_forgets_the_first_isns() -> None:
    text = (
        "1 0.0 a.1 > b.2: S 100:100(0)\n"
        "2 0.1 b.2 > a.1: S 500:500(0) ack 101\n"
        "3 0.2 b.2 > a.1: R 1:1(0) ack 1\n"
        "4 0.3 a.1 > b.2: S 900:900(0)\n"
        "5 0.4 b.2 > a.1: R 0:0(0) ack 901\n"
    )
    capture = listing.read(text)
    assert [segment.seq for segment in capture] == [100, 500, 501, 900, 0]
    assert capture.segment(4).ack == 901
    assert listing.write(capture) == text


def test_a_long_relative_stream_is_not_taken_for_absolute() -> None:
    numbers = InitialNumbers()
    numbers.note(0, SYN, 1000, 0, None)
    numbers.note(0, ACK, 1001, 60_000, None)
    assert numbers.absolute(0, 60_001) == (61_001, True)


def test_a_retransmission_goes_back() -> None:
    numbers = InitialNumbers()
    numbers.note(0, SYN, 1000, 0, None)
    numbers.note(0, ACK, 1001, 500, None)
    assert numbers.absolute(0, 401) == (1401, True)
    assert numbers.absolute(0, 1401) == (1401, False)


@pytest.mark.parametrize(
    ("isn", "printed", "expected"),
    [
        (2, 1, (3, True)),
        (2, 3, (3, False)),
        (2**32 - 2, 2**32 - 1, (2**32 - 1, False)),
        (2**32 - 9, 10, (1, True)),
        (0, 1, (1, False)),
    ],
)
def test_isns_near_zero(isn: int, printed: int, expected: tuple[int, bool]) -> None:
    numbers = InitialNumbers()
    numbers.note(0, SYN, isn, 0, None)
    assert numbers.absolute(0, printed) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hello", "'hello' is no line of a listing; expected such as '2 0.002402"),
        ("3 1.0 hello", "'hello' is neither a segment"),
        ("3 1.0 arp who-has bsdi", "'arp who-has bsdi' is neither a segment"),
        ("3 1.0 a.1 > b.2: S 1:1(0) ack", "can't read 'ack'"),
        ("3 1.0 a.1 > b.finger: . ack 1", "no service 'finger': expected a port or chargen"),
        ("3 1.0 a.1 > b.65536: . ack 1", "no service '65536'"),
        ("3 1.0 a > b.2: . ack 1", "'a' is no host.port such as svr4.1037"),
        ("2 1.0 a.1 > b.2: . ack 1", "number 2 after 2: numbers must rise"),
        ("3 1.0 (0.8) a.1 > b.2: . ack 1", "printed as 0.8 s, but the times differ by 0.5 s"),
        ("3 1.0 a.1 > b.2: P 1:14(12)", "the bytes aren't end minus seq"),
    ],
)
def test_an_error_names_the_line(line: str, message: str) -> None:
    text = f"1 0.0 a.1 > b.2: S 7:7(0)\n\n2 0.5 (0.5) b.2 > a.1: . ack 1\n{line}\n"
    found = refused(text)
    assert found.startswith("line 4: ")
    assert message in found


@given(st.lists(segments(), max_size=8))
def test_what_was_written_reads_and_writes_the_same(given_segments: list[Segment]) -> None:
    text = listing.write(parse(frames.pcap_of(given_segments)), NAMES)
    assert listing.write(listing.read(text), NAMES) == text


@given(conversations(), st.booleans())
def test_a_conversation_reads_back_from_its_listing(
    given_segments: list[Segment], relative: bool
) -> None:
    capture = parse(frames.pcap_of(given_segments))
    again = listing.read(listing.write(capture, relative=relative))
    assert [one.ack for one in again] == [one.ack for one in capture]
    assert [one.seq or 0 for one in again] == [
        one.seq if one.payload or one.flags & SYN else 0 for one in capture
    ]


@given(st.integers(-(10**18), 10**18), st.integers(1, 9))
def test_seconds_both_ways(time_ns: int, decimals: int) -> None:
    found_ns, found_decimals = seconds.parse(seconds.text(time_ns, decimals))
    assert found_decimals == decimals
    assert abs(found_ns - time_ns) <= 10 ** (9 - decimals) // 2


@pytest.mark.parametrize(
    ("time_ns", "decimals", "text"),
    [(0, 1, "0.0"), (2_402_000, 6, "0.002402"), (50_000, 4, "0.0001"), (-50_000, 5, "-0.00005")],
)
def test_seconds_in_decimals(time_ns: int, decimals: int, text: str) -> None:
    assert seconds.text(time_ns, decimals) == text


def test_what_is_no_number_of_seconds() -> None:
    with pytest.raises(CaptureError, match=re.escape("found '1.5 s'")):
        seconds.parse("1.5 s")
