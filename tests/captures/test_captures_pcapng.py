"""pcapng files: sections, interfaces, packets, statistics, and what is skipped."""

import re
from struct import pack

import pytest

from captures import pcapng
from captures.errors import CaptureError
from tests.captures import frames

FRAME = bytes(range(61))
TIME_RESOLUTION, TIME_OFFSET, INTERFACE_DROPS, SYSTEM_DROPS = 9, 14, 5, 7


@pytest.mark.parametrize("order", ["<", ">"])
def test_packets_of_both_byte_orders(order: str) -> None:
    data = (
        frames.section(order)
        + frames.interface(order=order)
        + frames.packet(FRAME, 1_700_000_000_000_001, order=order)
    )
    recording = pcapng.read(data)
    (frame,) = recording.frames
    assert (frame.number, frame.time_ns, frame.link_type) == (1, 1_700_000_000_000_001_000, 1)
    assert (frame.data, frame.length) == (FRAME, 61)
    assert (recording.kind, recording.cut_short, recording.timed) == ("pcapng", False, True)


@pytest.mark.parametrize(
    ("resolution", "units", "time_ns"),
    [(9, 5, 5), (3, 5, 5_000_000), (0, 5, 5_000_000_000), (0x80 | 10, 512, 500_000_000)],
)
def test_each_interface_has_its_resolution(resolution: int, units: int, time_ns: int) -> None:
    option = frames.option(TIME_RESOLUTION, bytes([resolution]))
    data = (
        frames.section()
        + frames.interface()
        + frames.interface(option)
        + frames.packet(FRAME, units, number=1)
        + frames.packet(FRAME, units, number=0)
    )
    assert [frame.time_ns for frame in pcapng.read(data).frames] == [time_ns, units * 1000]


def test_the_offset_of_an_interface_is_added() -> None:
    option = frames.option(TIME_OFFSET, pack("<q", -3))
    data = frames.section() + frames.interface(option) + frames.packet(FRAME, 5_000_000)
    assert pcapng.read(data).frames[0].time_ns == 2_000_000_000


def test_each_section_has_its_own_interfaces_and_byte_order() -> None:
    raw_ip = frames.interface(link_type=101, order=">")
    data = (
        frames.section()
        + frames.interface()
        + frames.packet(FRAME)
        + frames.section(">")
        + raw_ip
        + frames.packet(FRAME, order=">")
    )
    found = pcapng.read(data).frames
    assert [(frame.number, frame.link_type) for frame in found] == [(1, 1), (2, 101)]


def test_simple_packets_have_no_time() -> None:
    data = frames.section() + frames.interface(longest=40) + frames.simple_packet(FRAME, kept=40)
    recording = pcapng.read(data)
    assert recording.frames[0].data == FRAME[:40]
    assert recording.frames[0].length == 61
    assert not recording.timed


def test_drops_are_summed_over_interfaces_and_kinds() -> None:
    first = frames.option(INTERFACE_DROPS, pack("<Q", 3)) + frames.option(
        SYSTEM_DROPS, pack("<Q", 4)
    )
    early = frames.option(SYSTEM_DROPS, pack("<Q", 1))
    data = (
        frames.section()
        + frames.interface()
        + frames.interface()
        + frames.statistics(early)
        + frames.statistics(first)
        + frames.statistics(frames.option(SYSTEM_DROPS, pack("<Q", 5)), number=1)
    )
    assert drops(data) == 12


def drops(data: bytes) -> int | None:
    recording = pcapng.read(data)
    assert recording.frames == []
    return recording.drops


def test_statistics_without_drops_leave_them_unknown() -> None:
    received = frames.option(4, pack("<Q", 100))
    data = frames.section() + frames.interface() + frames.statistics(received)
    assert drops(data) is None


def test_unknown_blocks_and_options_are_skipped() -> None:
    options = frames.option(2988, b"\x09") + frames.option(2988, b"odd") + frames.option(0, b"")
    data = (
        frames.section()
        + frames.block(0xBAD, b"anything")
        + frames.interface(options + frames.option(TIME_RESOLUTION, b"\x09"))
        + frames.packet(FRAME, 1)
        + frames.block(0xBAD, b"")
    )
    recording = pcapng.read(data)
    assert [frame.time_ns for frame in recording.frames] == [1000]
    assert not recording.cut_short


@pytest.mark.parametrize("missing", [1, 4, 90, 95])
def test_a_cut_off_last_block_leaves_the_whole_ones(missing: int) -> None:
    data = frames.section() + frames.interface() + frames.packet(FRAME) + frames.packet(FRAME)
    recording = pcapng.read(data[:-missing])
    assert len(recording.frames) == 1
    assert recording.cut_short


def damaged(block: bytes, at: int, value: int) -> bytes:
    return block[:at] + pack("<I", value) + block[at + 4 :]


PACKET = frames.packet(FRAME)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (damaged(PACKET, 4, 13), "block at offset 48: length 13 can't be"),
        (damaged(PACKET, 4, 8), "block at offset 48: length 8 can't be"),
        (damaged(PACKET, 4, 0xF0000000), "length 4026531840 can't be"),
        (damaged(PACKET, len(PACKET) - 4, 92), "length 96 in front, 92 behind"),
        (damaged(PACKET, 8, 7), "frame 1 at offset 48: interface 7, but the section describes 1"),
        (damaged(PACKET, 20, 65), "frame 1 at offset 48: 65 bytes captured of 61"),
        (damaged(damaged(PACKET, 20, 80), 24, 80), "80 bytes captured of 80, in a block of 84"),
        (frames.block(6, b"tiny"), "packet at offset 48: 4 bytes, 20 needed"),
        (frames.block(2, bytes(16)), "packet at offset 48: 16 bytes, 20 needed"),
        (damaged(frames.simple_packet(FRAME), 8, 900), "900 bytes captured of 900"),
        (damaged(frames.section(), 8, 0), "section at offset 48: no byte-order magic"),
        (damaged(frames.section(), 12, 2), "section at offset 48: pcapng version 2, not 1"),
    ],
)
def test_damage_is_named_with_its_place(block: bytes, message: str) -> None:
    data = frames.section() + frames.interface() + block
    with pytest.raises(CaptureError, match=re.escape(message)):
        list(pcapng.read(data).batches)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_obsolete_packet_block(order: str) -> None:
    body = pack(order + "HHIIII", 1, 0xFFFF, 0, 7, 61, 90) + FRAME
    raw_ip = frames.interface(link_type=101, order=order)
    data = frames.section(order) + frames.interface(order=order) + raw_ip
    (frame,) = pcapng.read(data + frames.block(2, body, order)).frames
    assert frame == (1, 7000, 101, FRAME, 90)


@pytest.mark.parametrize("order", ["<", ">"])
def test_names_of_addresses(order: str) -> None:
    records = [
        frames.option(1, b"\x8c\xfc\x0d\x22svr4\0svr4.tuc.noao.edu\0", order),
        frames.option(3, b"\0\0\xc0\x6f\x2d\x40an Ethernet address\0", order),
        frames.option(1, b"\x8c\xfc", order),
        frames.option(1, b"\x8c\xfc\x0d\x24", order),
        frames.option(2, bytes(15) + b"\1loopback", order),
        frames.option(0, b"", order),
        frames.option(1, b"\x8c\xfc\x0d\x23bsdi\0", order),
    ]
    data = frames.section(order) + frames.block(4, b"".join(records), order)
    recording = pcapng.read(data)
    assert not recording.frames
    assert recording.names == {"140.252.13.34": "svr4", "::1": "loopback"}


def test_comments_are_skipped() -> None:
    comment = frames.option(1, b"a comment, of odd length")
    body = pack("<5I", 0, 0, 1, 61, 61) + FRAME + bytes(3) + comment + frames.option(0, b"")
    data = frames.section() + frames.interface(comment) + frames.block(6, body)
    assert [frame.data for frame in pcapng.read(data).frames] == [FRAME]
