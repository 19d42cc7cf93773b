"""The checks fragments and fragmentation_needed: right, wrong, near misses, unusable."""

from collections.abc import Sequence
from struct import pack

import pytest

from captures.icmp import FRAGMENTATION_NEEDED, UNREACHABLE
from captures.reader import parse
from captures.segment import ACK, SYN, Endpoint, Segment
from checkers.check import check
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    NAMES,
    POINT,
    Wish,
    bare,
    from_listing,
    sample_run,
)

SVR4, SLIP = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.65", 9)
BSDI = "140.252.13.35"
RAW_IP = 101
MTU = 296
MOST = 256  # bytes of data in a datagram of the MTU
DONT_FRAGMENT, MORE_FRAGMENTS = 0x4000, 0x2000
ENDS = {"client": "svr4", "server": "slip.discard", "mtu": MTU}
FRAGMENTED = Wish("fragments", ENDS)
NEEDED = Wish("fragmentation_needed", {**ENDS, "router": "bsdi"})


def datagram(flags: int, seq: int, payload: int = 0, place: int = 0, number: int = 0) -> bytes:
    """svr4's; place: the field of fragment flags and offset."""
    ack = 1 if flags & ACK else None
    one = Segment(0, 0, SVR4, SLIP, flags, seq, ack, payload, 4096, (), 0)
    whole = frames.segment_packet(one)
    return whole[:4] + pack(">HH", number, place) + whole[8:]


def cut(whole: bytes, size: int = 272) -> list[bytes]:
    """A datagram in fragments of so many bytes behind their IP headers."""
    data = whole[20:]
    pieces = []
    for offset in range(0, len(data), size):
        part = data[offset : offset + size]
        more = MORE_FRAGMENTS if offset + size < len(data) else 0
        start = whole[:2] + pack(">H", 20 + len(part)) + whole[4:6]
        pieces.append(start + pack(">H", more | offset // 8) + whole[8:20] + part)
    return pieces


def message(about: bytes, mtu: int = MTU, code: int = FRAGMENTATION_NEEDED) -> bytes:
    body = pack(">BBHHH", UNREACHABLE, code, 0, 0, mtu) + about[:28]
    return frames.ipv4(body, BSDI, SVR4.host, protocol=1)


ANSWER = Segment(0, 0, SLIP, SVR4, SYN | ACK, 0, 101, 0, 4096, (), 0)
FIRST = datagram(SYN, 100)
LARGE = datagram(ACK, 101, 512, number=7)
PIECES = cut(LARGE)
REFUSED = datagram(ACK, 101, 512, DONT_FRAGMENT)
SMALLER = [datagram(ACK, 101 + MOST * n, MOST, DONT_FRAGMENT) for n in (0, 1)]


def ran(packets: Sequence[bytes], *, drops: int = 0) -> Evidence:
    answered = [*packets[:1], frames.segment_packet(ANSWER), *packets[1:]]
    capture = parse(frames.pcap(answered, link_type=RAW_IP))
    return Evidence({POINT: Vantage(POINT, capture, drops)}, NAMES, sample_run(drops))


def said(wish: Wish, packets: Sequence[bytes], *, drops: int = 0) -> Finding:
    """The last finding: a check ends with its first failure."""
    return check(ran(packets, drops=drops), wish).findings[-1]


def test_a_datagram_in_fragments() -> None:
    finding = said(FRAGMENTED, [FIRST, *PIECES])
    assert finding.verdict is Verdict.PASS
    assert finding.observed == "1 in 2 fragments, 292 bytes in the largest"
    assert finding.frames == (3, 4)


def test_fragments_in_the_other_order_and_twice() -> None:
    assert said(FRAGMENTED, [FIRST, *reversed(PIECES), PIECES[0]]).verdict is Verdict.PASS


@pytest.mark.parametrize("size", [MOST, MOST + 1])
def test_a_datagram_in_one_piece_must_fit(size: int) -> None:
    finding = said(FRAGMENTED, [FIRST, *PIECES, datagram(ACK, 613, size)])
    fits = size == MOST
    assert finding.verdict is (Verdict.PASS if fits else Verdict.FAIL)
    assert fits or (finding.observed, finding.frames) == ("297 bytes in one piece", (5,))


@pytest.mark.parametrize(
    ("packets", "words"),
    [
        ([LARGE], "not one fragment"),
        (cut(LARGE, 280), "300 bytes"),
        ([PIECES[0]], "none"),
        (
            [PIECES[0], PIECES[1][:6] + bytes([PIECES[1][6] | 0x40]) + PIECES[1][7:]],
            "don't fragment is set",
        ),
        ([*cut(LARGE, 256)[:1], PIECES[1]], "none"),
    ],
)
def test_wrong_fragments_fail(packets: list[bytes], words: str) -> None:
    finding = said(FRAGMENTED, [FIRST, *packets])
    assert finding.verdict is Verdict.FAIL
    assert words in finding.observed


def test_a_lost_fragment_is_inconclusive() -> None:
    assert said(FRAGMENTED, [FIRST, PIECES[0]], drops=1).verdict is Verdict.INCONCLUSIVE


def test_a_router_tells_its_mtu() -> None:
    outcome = check(ran([FIRST, REFUSED, message(REFUSED), *SMALLER]), NEEDED)
    assert [finding.verdict for finding in outcome.findings] == [Verdict.PASS] * 3


@pytest.mark.parametrize(
    ("packets", "words"),
    [
        ([REFUSED, *SMALLER], "no ICMP message"),
        ([REFUSED, message(REFUSED, mtu=MTU + 1), *SMALLER], "MTU 297"),
        ([REFUSED, message(REFUSED, code=1), *SMALLER], "code 1"),
        ([REFUSED, message(REFUSED)], "no smaller segment"),
        ([REFUSED, message(REFUSED), datagram(ACK, 101, MOST + 1)], "no smaller segment"),
        ([REFUSED, message(REFUSED), SMALLER[1]], "no smaller segment"),
        ([REFUSED, message(REFUSED), SMALLER[0], REFUSED], "552 bytes after"),
    ],
)
def test_wrong_messages_and_answers_fail(packets: list[bytes], words: str) -> None:
    finding = said(NEEDED, [FIRST, *packets])
    assert finding.verdict is Verdict.FAIL
    assert words in finding.observed


@pytest.mark.parametrize("about", [datagram(ACK, 101, 512), datagram(ACK, 101, MOST, 0x4000)])
def test_a_datagram_that_had_no_reason_to_be_refused(about: bytes) -> None:
    outcome = check(ran([FIRST, about, message(about), *SMALLER]), NEEDED)
    assert outcome.findings[1].verdict is Verdict.FAIL


@pytest.mark.parametrize("wish", [FRAGMENTED, NEEDED])
def test_unusable_captures_are_inconclusive(wish: Wish) -> None:
    listing = "1 0.0 svr4.1037 > slip.discard: S 100:100(0) win 4096\n"
    elsewhere = bare(parse(frames.pcap([frames.segment_packet(_arrival())], link_type=RAW_IP)))
    for evidence in (from_listing(listing), elsewhere, ran([FIRST], drops=1)):
        assert check(evidence, wish).verdict is Verdict.INCONCLUSIVE


def _arrival() -> Segment:
    return Segment(0, 0, SLIP, Endpoint(BSDI, 9), ACK, 1, 1, 0, 4096, (), 0)
