"""Every link layer, and IPv6 with its extension headers, down to the segment."""

import re
from ipaddress import IPv6Address
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import address
from captures.capture import Capture
from captures.errors import CaptureError
from captures.fragment import Fragment
from captures.reader import parse
from captures.segment import ACK, Endpoint
from tests.captures import frames, packets

PACKET = frames.tcp(flags=ACK, seq=77, ack=5, payload=9, tos=0x10)
SEGMENT = packets.segment(PACKET)
SVR4 = Endpoint("2001:db8::22", 1037)
BSDI = Endpoint("fe80:3535:3535:3535:3535:3535:3535:3535", 9)
UDP = frames.ipv4(bytes(8), protocol=17)


def capture(*given: bytes, link_type: int = 101, snapshot: int = 262_144) -> Capture:
    return parse(frames.pcap(given, link_type=link_type, snapshot=snapshot))


@pytest.mark.parametrize("link", packets.LINKS)
def test_both_versions_of_ip_on_every_link(link: str) -> None:
    link_type, wrap = packets.LINKS[link]
    found = capture(
        wrap(PACKET), wrap(packets.ipv6(SEGMENT, tos=0x20)), wrap(UDP), link_type=link_type
    )
    four, six = found
    assert (four.source, four.destination, four.tos) == (frames.SVR4, frames.BSDI, 0x10)
    assert (six.source, six.destination, six.tos) == (SVR4, BSDI, 0x20)
    for segment in found:
        assert (segment.seq, segment.ack, segment.payload) == (77, 5, 9)
    assert found.others == 1


@pytest.mark.parametrize("link", packets.LINKS)
def test_every_snapshot_of_every_link(link: str) -> None:
    link_type, wrap = packets.LINKS[link]
    for packet in (PACKET, packets.ipv6(packets.extension(6) + SEGMENT, 0)):
        frame = wrap(packet)
        flags = len(frame) - len(SEGMENT) + 14
        for snapshot in range(len(frame)):
            found = capture(frame, link_type=link_type, snapshot=snapshot)
            assert (len(found), found.clipped) == ((0, 1) if snapshot < flags else (1, 0))


@pytest.mark.parametrize("link", packets.LINKS)
def test_a_frame_that_ends_in_its_link_header_is_malformed(link: str) -> None:
    link_type, wrap = packets.LINKS[link]
    header = len(wrap(PACKET)) - len(PACKET)
    for size in range(header):
        with pytest.raises(CaptureError, match=f"frame 1: {size} bytes, "):
            capture(wrap(PACKET)[:size], link_type=link_type)


@pytest.mark.parametrize(
    ("frame", "link_type"),
    [
        (frames.ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + PACKET, 8 + len(PACKET)), 1),
        (frames.ethernet(bytes(46), 0x88CC), 1),
        (pack(">HHH8sH", 0, 1, 6, bytes(8), 4) + bytes(40), 113),
        (pack(">HHIHBB8s", 1, 0, 2, 1, 0, 6, bytes(8)) + bytes(40), 276),
        (pack("<I", 7) + bytes(40), 0),
        (pack("<I", 2) + PACKET, 108),
        (b"\xff\x03\xc0\x21\x01\x01\x00\x04", 9),
        (b"\x2d" + bytes(40), 50),
        (packets.ipv6(bytes(8), 17), 101),
        (packets.ipv6(SEGMENT, 50), 101),
        (packets.ipv6(b"", 59), 101),
        (packets.ipv6(SEGMENT, 253), 101),
    ],
)
def test_all_else_is_counted(frame: bytes, link_type: int) -> None:
    found = capture(frame, link_type=link_type)
    assert (len(found), found.others, found.clipped) == (0, 1, 0)


@pytest.mark.parametrize("link", ["cooked", "cooked 2", "vlan"])
def test_arp_behind_other_headers(link: str) -> None:
    link_type, wrap = packets.LINKS[link]
    body = frames.arp(1, "140.252.13.34", "140.252.13.35")
    header = wrap(PACKET)[: -len(PACKET)].replace(b"\x08\x00", b"\x08\x06")
    (one,) = capture(header + body + bytes(18), link_type=link_type).arps
    assert (one.sender, one.target) == ("140.252.13.34", "140.252.13.35")


def test_an_unknown_link_type_says_what_to_do() -> None:
    with pytest.raises(CaptureError, match=r"frame 1: link type 127 is unknown here .*: capture"):
        capture(PACKET, link_type=127)


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        (packets.extension(6), 0),
        (packets.extension(6, bytes(22)), 43),
        (packets.extension(60) + packets.extension(51) + packets.authentication(6), 0),
        (packets.fragment(6), 44),
        (packets.authentication(6), 51),
        (packets.extension(6), 140),
    ],
)
def test_extension_headers_are_stepped_over(headers: bytes, protocol: int) -> None:
    found = capture(packets.ipv6(headers + SEGMENT, protocol))
    assert [(one.seq, one.payload) for one in found] == [(77, 9)]
    assert not found.fragments


def test_an_authentication_header_in_ipv4() -> None:
    found = capture(frames.ipv4(packets.authentication(6) + SEGMENT, protocol=51))
    assert [(one.seq, one.payload) for one in found] == [(77, 9)]
    assert capture(frames.ipv4(packets.extension(6) + SEGMENT, protocol=60)).others == 1


def test_fragments_of_ipv6() -> None:
    first = packets.ipv6(packets.fragment(6, more=True) + SEGMENT[:24], 44)
    last = packets.ipv6(packets.extension(44) + packets.fragment(6, 24) + SEGMENT[24:], 0)
    found = capture(first, last)
    assert found.fragments == [
        Fragment(1, 0, SVR4.host, BSDI.host, 6, 7, 0, 24, 72, last=False, dont_fragment=False),
        Fragment(
            2, 1_000_000, SVR4.host, BSDI.host, 6, 7, 24, 5, 61, last=True, dont_fragment=False
        ),
    ]
    assert [one.payload for one in found] == [4]


def test_a_first_fragment_of_ipv6_that_ends_in_a_header() -> None:
    start = packets.fragment(6, more=True)
    assert capture(packets.ipv6(start + SEGMENT[:16], 44)).clipped == 1
    start = packets.fragment(60, more=True)
    found = capture(packets.ipv6(start + packets.extension(6, bytes(14))[:8], 44))
    assert (found.clipped, len(found.fragments)) == (1, 1)


@pytest.mark.parametrize(
    "packet",
    [
        packets.ipv6(SEGMENT, size=0),
        packets.ipv6(packets.extension(6, b"\xc2\4" + pack(">I", 37)) + SEGMENT, 0, size=0),
        PACKET[:2] + b"\0\0" + PACKET[4:],
    ],
)
def test_a_length_of_zero_is_a_segment_too_long_for_the_field(packet: bytes) -> None:
    assert [one.payload for one in capture(packet)] == [9]


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (packets.ipv6(SEGMENT)[:39], "39 bytes, an IPv6 header ends at 40"),
        (packets.ipv6(SEGMENT, size=30), "IPv6 payload length 30, but the frame holds 29"),
        (packets.ipv6(SEGMENT, size=19), "19 bytes of TCP, 20 needed"),
        (packets.ipv6(packets.extension(6)[:7], 0), "extension header 0 runs beyond the packet"),
        (packets.ipv6(packets.fragment(6)[:1], 44), "extension header 44 runs beyond the packet"),
        (packets.ipv6(b"\x06\x09" + SEGMENT, 43), "extension header 43 runs beyond the packet"),
    ],
)
def test_a_malformed_ipv6_header_names_the_frame(packet: bytes, message: str) -> None:
    with pytest.raises(CaptureError, match="^" + re.escape(f"frame 2: {message}") + "$"):
        capture(PACKET, packet)


def test_another_version_where_ipv6_belongs() -> None:
    frame = frames.ETHERS + b"\x86\xdd" + PACKET + bytes(40)
    with pytest.raises(CaptureError, match="frame 1: IP version 4 where IPv6 belongs"):
        capture(frame, link_type=1)


def message(kind: int, code: int = 0, mtu: int = 1280, quoted: bytes = b"") -> bytes:
    return packets.ipv6(pack(">BBHI", kind, code, 0, mtu) + quoted, 58)


QUOTED = packets.ipv6(SEGMENT)[:48]


def test_packet_too_big_tells_the_mtu_and_the_segment() -> None:
    (one,) = capture(message(2, quoted=QUOTED)).unreachables
    assert (one.sender, one.receiver, one.code, one.mtu) == (SVR4.host, BSDI.host, 0, 1280)
    assert (one.source, one.destination, one.seq) == (SVR4, BSDI, 77)
    assert (one.total, one.dont_fragment, one.too_big) == (69, True, True)


def test_unreachable_of_ipv6_is_not_too_big() -> None:
    quoted = packets.ipv6(packets.extension(6) + SEGMENT, 60)[:56]
    (one,) = capture(message(1, code=4, quoted=quoted)).unreachables
    assert (one.code, one.mtu, one.too_big, one.seq) == (4, None, False, 77)


@pytest.mark.parametrize(
    "packet",
    [
        message(3, quoted=QUOTED),
        message(2, quoted=QUOTED[:47]),
        message(2, quoted=packets.ipv6(bytes(8), 17)),
        message(2, quoted=packets.ipv6(packets.extension(6), 0)),
        packets.ipv6(b"\x02\0\0\0", 58),
        frames.ipv4(pack(">BBHI", 2, 0, 0, 1280) + QUOTED, protocol=58),
    ],
)
def test_other_icmpv6_is_counted(packet: bytes) -> None:
    found = capture(packet)
    assert (found.unreachables, found.others) == ([], 1)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("00000000000000000000000000000000", "::"),
        ("00000000000000000000000000000001", "::1"),
        ("20010db8000000000001000000000001", "2001:db8::1:0:0:1"),
        ("20010db8000000010000000000000001", "2001:db8:0:1::1"),
        ("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
        ("20100000000000000000000000000000", "2010::"),
        ("00000000000000000000ffff8cfc0d23", "::ffff:140.252.13.35"),
    ],
)
def test_addresses_as_rfc_5952_writes_them(raw: str, text: str) -> None:
    assert address.text(bytes.fromhex(raw)) == text


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**16 - 1))
def test_an_address_can_be_read_back(raw: bytes, keep: int) -> None:
    some = bytes(byte if keep >> at & 1 else 0 for at, byte in enumerate(raw))
    assert IPv6Address(address.text(some)).packed == some
