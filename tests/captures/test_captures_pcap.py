"""pcap files: byte orders, resolutions, a cut end, lengths that can't be."""

import re
from struct import pack

import pytest

from captures import pcap
from captures.errors import CaptureError
from tests.captures import frames

FRAMES = [bytes([number]) * (60 + number) for number in range(3)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_both_byte_orders_and_resolutions_give_the_same_frames(
    order: str, nanoseconds: bool
) -> None:
    times_ns = [1_700_000_000_000_001_000, 1_700_000_000_999_999_000, 1_700_000_001_000_000_000]
    data = frames.pcap(FRAMES, times_ns=times_ns, order=order, nanoseconds=nanoseconds)

    recording = pcap.read(data)

    assert [frame.data for frame in recording.frames] == FRAMES
    assert [frame.time_ns for frame in recording.frames] == times_ns
    assert [frame.number for frame in recording.frames] == [1, 2, 3]
    assert {frame.link_type for frame in recording.frames} == {1}
    assert (recording.kind, recording.cut_short, recording.drops) == ("pcap", False, None)


def test_a_nanosecond_is_kept() -> None:
    data = frames.pcap(FRAMES[:1], times_ns=[1_000_000_007], nanoseconds=True)
    assert pcap.read(data).frames[0].time_ns == 1_000_000_007


@pytest.mark.parametrize("missing", [1, 61, 62, 70, 77])
def test_a_cut_off_last_record_leaves_the_whole_ones(missing: int) -> None:
    recording = pcap.read(frames.pcap(FRAMES)[:-missing])
    assert [frame.data for frame in recording.frames] == FRAMES[:2]
    assert recording.cut_short


def test_a_file_that_ends_behind_a_record_is_not_cut_short() -> None:
    recording = pcap.read(frames.pcap(FRAMES)[:-78])
    assert len(recording.frames) == 2
    assert not recording.cut_short


def test_the_snapshot_length_cuts_frames_but_not_their_length() -> None:
    (frame,) = pcap.read(frames.pcap([bytes(100)], snapshot=68)).frames
    assert (len(frame.data), frame.length) == (68, 100)


@pytest.mark.parametrize(("kept", "length"), [(262_145, 262_145), (61, 60), (0xFFFFFFFF, 60)])
def test_lengths_that_cannot_be_name_frame_and_offset(kept: int, length: int) -> None:
    data = frames.pcap(FRAMES[:1]) + pack("<IIII", 0, 0, kept, length) + bytes(100)
    with pytest.raises(CaptureError, match=re.escape(f"frame 2 at offset 100: {kept} bytes")):
        list(pcap.read(data).batches)


def test_the_longest_frame_is_none_too_long() -> None:
    assert pcap.read(frames.pcap([bytes(262_144)])).frames[0].length == 262_144


def test_a_header_that_is_cut_off_is_no_capture() -> None:
    with pytest.raises(CaptureError, match="pcap header of 23 bytes, 24 needed"):
        pcap.read(frames.pcap([])[:23])


def test_an_unknown_version_is_refused() -> None:
    data = bytearray(frames.pcap([]))
    data[4] = 7
    with pytest.raises(CaptureError, match=r"pcap version 7\.4"):
        pcap.read(bytes(data))


def test_the_length_of_the_frame_check_sequence_is_no_part_of_the_link_type() -> None:
    data = frames.pcap(FRAMES[:1], link_type=0x4400_0001)
    assert pcap.read(data).frames[0].link_type == 1
