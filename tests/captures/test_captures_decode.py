"""Frames to segments: link types, padding, snapshots, fragments, malformed headers."""

import re
from collections.abc import Sequence

import pytest

from captures.arp import REPLY, REQUEST, Arp
from captures.errors import CaptureError
from captures.reader import Capture, parse
from captures.segment import ACK, FIN, MSS, PSH, SYN, TIMESTAMP, Endpoint, Option, Segment
from tests.captures import frames

SYN_OPTIONS = (Option(MSS, (1024,)),)
WHOLE = frames.ethernet(frames.tcp(flags=SYN, seq=7, options=SYN_OPTIONS))


def capture(*packets: bytes, link_type: int = 101, snapshot: int = 262_144) -> Capture:
    return parse(frames.pcap(packets, link_type=link_type, snapshot=snapshot))


def ethernet(*packets: bytes, snapshot: int = 262_144) -> Capture:
    return capture(*map(frames.ethernet, packets), link_type=1, snapshot=snapshot)


@pytest.mark.parametrize("link_type", [1, 101, 228])
def test_a_segment_on_every_link_type(link_type: int) -> None:
    packet = frames.tcp(
        flags=PSH | ACK,
        seq=4_294_967_290,
        ack=3,
        payload=13,
        window=8192,
        options=SYN_OPTIONS,
        tos=0x10,
    )
    found = capture(frames.ethernet(packet) if link_type == 1 else packet, link_type=link_type)
    assert list(found) == [
        Segment(
            frame=1,
            time_ns=0,
            source=Endpoint("140.252.13.34", 1037),
            destination=Endpoint("140.252.13.35", 9),
            flags=PSH | ACK,
            seq=4_294_967_290,
            ack=3,
            payload=13,
            window=8192,
            options=SYN_OPTIONS,
            tos=0x10,
        )
    ]


def test_padding_of_a_short_ethernet_frame_is_no_payload() -> None:
    found = ethernet(frames.tcp(payload=0), frames.tcp(payload=2))
    assert [segment.payload for segment in found] == [0, 2]


def test_an_acknowledgment_number_without_the_flag_is_no_acknowledgment() -> None:
    (segment,) = capture(frames.tcp(flags=FIN, ack=99))
    assert segment.ack is None


def test_no_options_are_known_to_be_none() -> None:
    assert capture(frames.tcp()).segment(0).options == ()


def test_both_directions_have_their_ends() -> None:
    found = capture(frames.tcp(), frames.tcp(frames.BSDI, frames.SVR4))
    assert found.segment(1).source == found.segment(0).destination == frames.BSDI
    assert found.segment(1).destination == found.segment(0).source == frames.SVR4


def test_ip_options_are_stepped_over() -> None:
    plain = frames.tcp(payload=3, seq=5)
    packet = bytes([0x46, 0, 0, len(plain) + 4]) + plain[4:20] + bytes(4) + plain[20:]
    (segment,) = capture(packet)
    assert (segment.seq, segment.payload, segment.source) == (5, 3, frames.SVR4)


@pytest.mark.parametrize(
    ("snapshot", "window", "options"),
    [
        (58, 4096, SYN_OPTIONS),
        (57, 4096, None),
        (50, 4096, None),
        (49, None, None),
        (48, None, None),
    ],
)
def test_what_the_snapshot_cut_is_unknown(
    snapshot: int, window: int | None, options: Sequence[Option] | None
) -> None:
    (segment,) = capture(WHOLE, link_type=1, snapshot=snapshot)
    assert (segment.flags, segment.seq, segment.payload) == (SYN, 7, 0)
    assert (segment.window, segment.options) == (window, options)


@pytest.mark.parametrize("snapshot", [47, 34, 33, 14, 13, 0])
def test_a_frame_cut_before_the_flags_is_counted(snapshot: int) -> None:
    found = capture(WHOLE, link_type=1, snapshot=snapshot)
    assert (len(found), found.clipped, found.frames) == (0, 1, 1)


def test_payload_is_known_where_the_snapshot_cut_it() -> None:
    assert ethernet(frames.tcp(payload=1000), snapshot=60).segment(0).payload == 1000


def test_other_traffic_is_counted() -> None:
    udp = frames.ipv4(bytes(8), protocol=17)
    found = capture(
        frames.ethernet(udp),
        frames.ethernet(bytes(40), kind=0x88CC),
        frames.ethernet(b"", kind=38),
        WHOLE,
        link_type=1,
    )
    assert (len(found), found.others, found.frames) == (1, 3, 4)


def test_the_shortest_packets() -> None:
    assert capture(frames.ipv4(b"", protocol=17)).others == 1
    assert capture(frames.ipv4(b"", protocol=17), snapshot=19).clipped == 1
    unpadded = frames.ethernet(frames.arp(REQUEST, "140.252.13.34", "140.252.13.35"), 0x0806)[:42]
    assert len(capture(unpadded, link_type=1).arps) == 1


def test_arp_is_kept() -> None:
    found = capture(
        frames.ethernet(frames.arp(REQUEST, "140.252.13.34", "140.252.13.35"), 0x0806),
        frames.ethernet(frames.arp(REPLY, "140.252.13.35", "140.252.13.34"), 0x0806),
        frames.ethernet(frames.arp(8, "140.252.13.35", "140.252.13.34"), 0x0806),
        frames.ethernet(bytes(28), 0x0806),
        link_type=1,
    )
    ether = "00:00:c0:6f:2d:40"
    assert found.arps == [
        Arp(1, 0, REQUEST, "140.252.13.34", ether, "140.252.13.35"),
        Arp(2, 1_000_000, REPLY, "140.252.13.35", ether, "140.252.13.34"),
    ]
    assert found.others == 2


def test_an_arp_packet_cut_by_the_snapshot_is_counted() -> None:
    packet = frames.ethernet(frames.arp(REQUEST, "140.252.13.34", "140.252.13.35"), 0x0806)
    assert capture(packet, link_type=1, snapshot=41).clipped == 1


def test_only_the_first_fragment_is_a_segment() -> None:
    first = frames.tcp(payload=100)
    first = first[:6] + b"\x20\x00" + first[8:]
    found = capture(
        first, frames.ipv4(bytes(50), fragment=15), frames.ipv4(bytes(8), fragment=0x2000)
    )
    assert [segment.payload for segment in found] == [100]
    assert [one.frame for one in found.fragments] == [1, 2, 3]
    assert found.clipped == 1


def test_a_first_fragment_that_ends_in_the_options_is_counted() -> None:
    packet = frames.ipv4(frames.tcp(options=SYN_OPTIONS)[20:40], fragment=0x2000)
    assert capture(packet).clipped == 1


def test_a_socket_connected_to_itself() -> None:
    found = capture(frames.tcp(frames.BSDI, frames.BSDI), frames.tcp(frames.BSDI, frames.BSDI))
    assert [segment.source for segment in found] == [frames.BSDI] * 2
    assert len(found.connections) == 1


def patched(packet: bytes, at: int, value: int) -> bytes:
    return packet[:at] + bytes([value]) + packet[at + 1 :]


PACKET = frames.tcp(options=SYN_OPTIONS, payload=4)


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (patched(PACKET, 0, 0x55), "IP version 5 where IPv4 belongs"),
        (patched(PACKET, 0, 0x44), "IPv4 header length 16, at least 20 needed"),
        (patched(PACKET, 3, 19), "IPv4 total length 19, but the header alone has 20 bytes"),
        (patched(PACKET, 3, 49), "IPv4 total length 49, but the frame holds 48"),
        (patched(PACKET, 3, 39), "19 bytes of TCP, 20 needed"),
        (patched(PACKET, 32, 0x40), "TCP data offset 4, at least 5 needed"),
        (patched(PACKET, 32, 0x80), "TCP header of 32 bytes, but 28 in the packet"),
        (patched(PACKET, 41, 3), "MSS option length 3, not 4"),
        (PACKET[:19], "19 bytes, an IPv4 header ends at 20"),
        (b"", "0 bytes, an IPv4 header ends at 20"),
    ],
)
def test_a_malformed_header_names_the_frame(packet: bytes, message: str) -> None:
    with pytest.raises(CaptureError, match="^" + re.escape(f"frame 2: {message}") + "$"):
        capture(PACKET, packet)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (bytes(13), "13 bytes, an Ethernet header ends at 14"),
        (frames.ethernet(b"", 0x0806)[:41], "ARP packet of 27 bytes, 28 needed"),
    ],
)
def test_a_frame_too_short_names_itself(frame: bytes, message: str) -> None:
    with pytest.raises(CaptureError, match=f"frame 1: {message}"):
        capture(frame, link_type=1)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("02030400", "MSS option length 3, not 4"),
        ("03040000", "window scale option length 4, not 3"),
        ("04030000", "SACK-permitted option length 3, not 2"),
        ("0101080c", "timestamp option length 12, not 10"),
        ("05060000", "SACK option length 6, not 2 and 8 for each block"),
        ("05020000", "SACK option length 2, not 2 and 8 for each block"),
        ("1e010000", "TCP option 30 has length 1, at least 2 needed"),
        ("1e050000", "TCP option 30 of 5 bytes runs beyond the TCP header"),
        ("0101011e", "TCP option 30 has no length: the header ends after its kind"),
        ("0101080b00000000000000000000000000000000", "timestamp option length 11, not 10"),
    ],
)
def test_a_malformed_option_names_the_frame(raw: str, message: str) -> None:
    with pytest.raises(CaptureError, match="^" + re.escape(f"frame 1: {message}") + "$"):
        capture(frames.tcp(options=bytes.fromhex(raw)))


def test_padding_behind_the_end_of_options_is_left() -> None:
    (segment,) = capture(frames.tcp(options=bytes.fromhex("0204040000ffffff")))
    assert segment.options == (*SYN_OPTIONS, Option(0))


def test_a_timestamp_on_every_segment() -> None:
    options = bytes.fromhex("0101080a") + (146647).to_bytes(4, "big") + bytes(4)
    (segment,) = capture(frames.tcp(options=options))
    assert segment.option(TIMESTAMP) == Option(TIMESTAMP, (146647, 0))
