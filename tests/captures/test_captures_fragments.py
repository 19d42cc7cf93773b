"""Fragments and ICMP errors beside the segments."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import icmp
from captures.capture import Capture
from captures.fragment import Fragment, rests
from captures.reader import parse
from tests.captures import frames

ROUTER = "140.252.13.33"
REFUSED = frames.tcp(seq=77, payload=600)
REFUSED = REFUSED[:6] + b"\x40\x00" + REFUSED[8:]


def capture(*packets: bytes) -> Capture:
    return parse(frames.pcap(packets, link_type=101))


def message(kind: int = 3, code: int = 4, mtu: int = 296, quoted: bytes = REFUSED[:28]) -> bytes:
    return frames.ipv4(
        pack(">BBHHH", kind, code, 0, 0, mtu) + quoted, ROUTER, frames.SVR4.host, protocol=1
    )


def test_a_fragment_tells_its_place() -> None:
    found = capture(
        frames.ipv4(bytes(16), fragment=0x2000 | 34), frames.ipv4(bytes(5), fragment=36)
    )
    first, last = found.fragments
    assert first == Fragment(
        1, 0, frames.SVR4.host, frames.BSDI.host, 6, 0, 272, 16, 36, last=False, dont_fragment=False
    )
    assert (last.offset, last.end, last.last, last.time_ns) == (288, 293, True, 1_000_000)
    assert not len(found)


def test_a_whole_datagram_is_no_fragment() -> None:
    assert not capture(frames.tcp(), REFUSED).fragments


def test_a_fragment_that_must_not_be_one_says_so() -> None:
    (one,) = capture(frames.ipv4(bytes(8), fragment=0x4001)).fragments
    assert one.dont_fragment


def test_fragmentation_needed_tells_the_mtu_and_the_segment() -> None:
    (one,) = capture(message()).unreachables
    assert (one.sender, one.receiver, one.code, one.mtu) == (ROUTER, frames.SVR4.host, 4, 296)
    assert (one.source, one.destination, one.seq) == (frames.SVR4, frames.BSDI, 77)
    assert (one.total, one.dont_fragment, one.too_big) == (640, True, True)


FIRST = Fragment(1, 0, "a", "b", 6, 7, 0, 280, 300, last=False, dont_fragment=False)
LAST = FIRST._replace(frame=2, offset=280, size=40, last=True)


@pytest.mark.parametrize(
    ("others", "rest"),
    [
        ([], None),
        ([LAST], 40),
        ([LAST, LAST._replace(frame=3)], 40),
        ([LAST._replace(last=False)], None),
        ([LAST._replace(identification=8)], None),
        ([LAST._replace(source="c")], None),
        ([LAST, LAST._replace(frame=3, size=48)], None),
        ([LAST, LAST._replace(frame=3, size=48), LAST._replace(frame=4)], None),
        ([LAST._replace(offset=8, size=8)], None),
    ],
)
def test_the_last_fragment_tells_how_much_lies_behind_the_first(
    others: list[Fragment], rest: int | None
) -> None:
    assert rests([FIRST, *others]) == {1: rest}
    assert rests([*others, FIRST]) == {1: rest}


def test_a_segment_knows_what_its_other_fragments_hold() -> None:
    whole = frames.tcp(seq=100, payload=100)
    first = whole[:2] + pack(">HHH", 52, 7, 0x2000) + whole[8:52]
    last = whole[:2] + pack(">HHH", 108, 7, 4) + whole[8:20] + whole[52:]
    both, alone = capture(first, last).segment(0), capture(first).segment(0)
    assert (both.payload, both.rest, both.data, both.following) == (12, 88, 100, 200)
    assert (alone.payload, alone.rest, alone.data, alone.following) == (12, None, None, None)


def test_an_old_router_tells_no_mtu() -> None:
    (one,) = capture(message(mtu=0)).unreachables
    assert one.mtu is None


def test_another_code_has_no_mtu() -> None:
    (one,) = capture(message(code=1)).unreachables
    assert (one.code, one.mtu, one.too_big) == (1, None, False)


@pytest.mark.parametrize(
    "packet",
    [
        message(kind=8),
        message(quoted=REFUSED[:27]),
        message(quoted=frames.ipv4(bytes(8), protocol=17)),
        frames.ipv4(b"", protocol=1),
    ],
)
def test_other_icmp_is_counted(packet: bytes) -> None:
    found = capture(packet)
    assert (found.unreachables, found.others) == ([], 1)


@given(st.binary(max_size=80))
def test_no_message_breaks_the_decoder(data: bytes) -> None:
    icmp.decode(1, 0, bytes(8), b"\x03" + data)
    icmp.decode_ipv6(1, 0, bytes(32), b"\x02" + data)
