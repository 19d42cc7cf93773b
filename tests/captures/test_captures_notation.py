"""One segment in the book's notation, both ways."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from captures import notation, options
from captures.errors import CaptureError
from captures.segment import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Endpoint, Option, Segment
from tests.captures.strategies import OPTIONS, segments

SEGMENT = Segment(
    frame=1,
    time_ns=0,
    source=Endpoint("svr4", 1037),
    destination=Endpoint("bsdi", 9),
    flags=SYN,
    seq=1415531521,
    ack=None,
    payload=0,
    window=4096,
    options=(Option(2, (1024,)),),
    tos=0x10,
)


def test_a_syn() -> None:
    expected = "S 1415531521:1415531521(0) win 4096 <mss 1024> [tos 0x10]"
    assert notation.text(SEGMENT) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flags": ACK, "ack": 7}, ". ack 7"),
        ({"flags": ACK, "ack": 7, "payload": 2}, ". 10:12(2) ack 7"),
        ({"flags": ACK | PSH, "ack": 7, "payload": 13}, "P 10:23(13) ack 7"),
        ({"flags": ACK | PSH | FIN, "ack": 7}, "FP 10:10(0) ack 7"),
        ({"flags": RST}, "R 10:10(0)"),
        ({"flags": 0}, "."),
        ({"flags": SYN | ECE | CWR | URG}, "SWEU 10:10(0)"),
        ({"flags": FIN, "seq": 4294967295, "payload": 2}, "F 4294967295:1(2)"),
        ({"flags": ACK, "ack": 0, "window": 0, "tos": 4}, ". ack 0 win 0 [tos 0x4]"),
        ({"flags": ACK, "seq": None, "ack": 7}, ". ack 7"),
    ],
)
def test_what_is_printed(changes: dict[str, int | None], expected: str) -> None:
    plain = replace(SEGMENT, seq=10, window=None, options=(), tos=None)
    changed = replace(plain, **changes)
    assert notation.text(changed) == expected


def test_numbers_relative_to_the_isns() -> None:
    data = replace(SEGMENT, flags=PSH | ACK, seq=9, ack=2**32 - 1, payload=13, window=None, tos=0)
    assert notation.text(data, (2**32 - 1, 2**32 - 2)) == "P 10:23(13) ack 1 <mss 1024>"
    assert notation.text(data, (None, 2**32 - 2)) == "P 9:22(13) ack 1 <mss 1024>"


def test_the_options_of_section_18_10() -> None:
    text = "mss 512,nop,wscale 0,nop,nop,timestamp 146647 0"
    nop = Option(1)
    expected = (Option(2, (512,)), nop, Option(3, (0,)), nop, nop, Option(8, (146647, 0)))
    assert notation.parse_options(text) == expected
    assert notation.options_text(expected) == text


@pytest.mark.parametrize(
    "text", ["", "eol", "sackOK,eol", "sack 2 {1:3}{5:4294967295}", "opt-30:0a0b", "opt-9:"]
)
def test_options_both_ways(text: str) -> None:
    assert notation.options_text(notation.parse_options(text)) == text


def test_what_is_not_printed_is_unknown() -> None:
    assert notation.parse(". ack 1") == (ACK, None, 1, 0, None, None, None)


@given(segments())
def test_every_segment_reads_back(segment: Segment) -> None:
    shows_sequence = bool(segment.payload) or notation.flags_text(segment.flags) != "."
    fields = notation.parse(notation.text(segment))
    assert fields == (
        segment.flags,
        segment.seq if shows_sequence else None,
        segment.ack,
        segment.payload,
        segment.window,
        segment.options or None,
        segment.tos or None,
    )


@given(OPTIONS)
def test_options_survive_text_and_bytes(given_options: tuple[Option, ...]) -> None:
    assert notation.parse_options(notation.options_text(given_options)) == given_options
    assert options.decode(options.encode(given_options)) == given_options


@given(st.integers(0, 255))
def test_flags_both_ways(flags: int) -> None:
    assert notation.parse_flags(notation.flags_text(flags)) == flags & ~ACK


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "expected flags such as S, F, P or '.', found ''"),
        ("ack 1", "expected flags such as S, F, P or '.', found 'ack 1'"),
        ("S ack 1", "flags S need seq:end(bytes) behind them"),
        (". ack 1 wni 4096", "can't read 'wni 4096'"),
        ("S 1:1(0) <>", "can't read '<>'"),
        ("P 1:14(12)", "1:14(12): the bytes aren't end minus seq"),
        ("S 4294967296:4294967296(0)", "seq 4294967296 doesn't fit in 32 bits"),
        (". ack 4294967296", "ack 4294967296 doesn't fit in 32 bits"),
        (". ack 1 win 65536", "win 65536 doesn't fit in 16 bits"),
        ("P 0:65536(65536)", "data 65536 doesn't fit in 16 bits"),
        ("S 1:1(0) <mss 65536>", "mss 65536 doesn't fit in 16 bits"),
        ("S 1:1(0) <timestamp 0 4294967296>", "timestamp 4294967296 doesn't fit in 32 bits"),
        ("S 1:1(0) <mss>", "option 'mss': mss takes 1 number(s)"),
        ("S 1:1(0) <nop 1>", "option 'nop 1': nop takes 0 number(s)"),
        ("S 1:1(0) <mss x>", "option 'mss x': mss takes 1 number(s)"),
        ("S 1:1(0) <mss 1,,nop>", "no option ''"),
        ("S 1:1(0) <eol,nop>", "options after eol"),
        ("S 1:1(0) <opt-5:00>", "expected such as opt-30:0a0b"),
        ("S 1:1(0) <opt-256:00>", "expected such as opt-30:0a0b"),
        ("S 1:1(0) <opt-30:0>", "expected such as opt-30:0a0b"),
        ("S 1:1(0) <sack 2 {1:2}>", "expected such as sack 1 {14:27}"),
        ("S 1:1(0) <sack 1 {1:4294967296}>", "expected such as sack 1 {14:27}"),
    ],
)
def test_what_cannot_be_read_is_quoted(line: str, message: str) -> None:
    with pytest.raises(CaptureError, match=re.escape(message)):
        notation.parse(line)


def test_a_letter_that_is_no_flag() -> None:
    with pytest.raises(CaptureError, match="no flag 'X'"):
        notation.parse_flags("SX")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CaptureError):
        notation.parse(text)
