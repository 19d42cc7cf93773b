"""Damaged captures: whatever the bytes, a Capture or a CaptureError, never another exception."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures import listing
from captures.errors import CaptureError
from captures.reader import parse
from captures.segment import ACK, MSS, SYN, TIMESTAMP, WINDOW_SCALE, Option
from tests.captures import frames

OPTIONS = (Option(MSS, (1024,)), Option(1), Option(WINDOW_SCALE, (0,)), Option(TIMESTAMP, (1, 0)))
PACKETS = [
    frames.ethernet(frames.tcp(flags=SYN, seq=9, options=OPTIONS)),
    frames.ethernet(frames.arp(1, "140.252.13.35", "140.252.13.34"), 0x0806),
    frames.ethernet(frames.arp(2, "140.252.13.34", "140.252.13.35"), 0x0806),
    frames.ethernet(frames.tcp(frames.BSDI, frames.SVR4, flags=SYN | ACK, seq=7, ack=10)),
    frames.ethernet(frames.ipv4(bytes(8), fragment=3)),
]
PCAPNG = (
    frames.section()
    + frames.interface(frames.option(9, b"\x09"))
    + b"".join(map(frames.packet, PACKETS))
    + frames.simple_packet(PACKETS[0])
    + frames.statistics(frames.option(5, bytes(8)))
)
FIGURE = (Path(__file__).parent / "figures" / "18.7-half-open.txt").read_bytes()
WHOLE = [
    frames.pcap(PACKETS),
    frames.pcap(PACKETS, order=">", nanoseconds=True),
    frames.pcap([packet[14:] for packet in PACKETS], link_type=101, snapshot=40)[:200],
    PCAPNG,
    FIGURE,
]


def read_or_refuse(data: bytes) -> None:
    """Use everything that a reader of captures would."""
    try:
        capture = parse(data)
    except CaptureError:
        return
    assert len(list(capture)) == len(capture)
    assert sum(map(len, capture.connections)) == len(capture)
    listing.write(capture, relative=True)
    listing.write(capture)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A whole capture with some bytes replaced, inserted or removed, perhaps cut off."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@given(damaged())
@settings(max_examples=400)
def test_a_damaged_capture(data: bytes) -> None:
    read_or_refuse(data)


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    read_or_refuse(data)


@given(st.sampled_from([data[:24] for data in WHOLE]), st.binary(max_size=200))
def test_any_bytes_behind_a_header(start: bytes, data: bytes) -> None:
    read_or_refuse(start + data)


@given(st.sampled_from(FIGURE.decode().splitlines()), st.text(max_size=20), st.integers(0, 80))
def test_any_text_in_a_line(line: str, text: str, at: int) -> None:
    read_or_refuse((line[:at] + text + line[at:]).encode(errors="replace"))


@pytest.mark.parametrize("data", WHOLE, ids=["pcap", "big-endian", "raw", "pcapng", "listing"])
def test_every_length_of_a_truncated_capture(data: bytes) -> None:
    for length in range(len(data)):
        read_or_refuse(data[:length])
