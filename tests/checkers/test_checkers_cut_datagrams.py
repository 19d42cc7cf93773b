"""Datagrams in fragments: how long a segment is, only all of its fragments tell."""

from collections.abc import Sequence
from struct import pack

import pytest

from captures.reader import parse
from captures.segment import ACK, FIN, MSS, SYN, Endpoint, Option, Segment
from checkers.check import check
from checkers.evidence import Evidence, Vantage
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import NAMES, POINT, Wish, sample_run

SVR4, SLIP = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.65", 9)
RAW_IP = 101
MORE_FRAGMENTS = 0x2000
PIECE = 272  # bytes behind the IP header of a first fragment: 252 of data
ENDS: dict[str, object] = {"client": "svr4", "server": "slip.discard"}
PASS, INCONCLUSIVE, FAIL = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL


def packet(source: Endpoint, flags: int, seq: int, ack: int | None = None, data: int = 0) -> bytes:
    destination = SLIP if source == SVR4 else SVR4
    options = (Option(MSS, (512,)),) if flags & SYN else ()
    return frames.segment_packet(
        Segment(0, 0, source, destination, flags, seq, ack, data, 4096, options, 0)
    )


def cut(whole: bytes, number: int) -> list[bytes]:
    """The datagram in fragments, `number` its identification."""
    data = whole[20:]
    pieces = []
    for offset in range(0, len(data), PIECE):
        part = data[offset : offset + PIECE]
        more = MORE_FRAGMENTS if offset + PIECE < len(data) else 0
        lengths = pack(">HHH", 20 + len(part), number, more | offset // 8)
        pieces.append(whole[:2] + lengths + whole[8:20] + part)
    return pieces


OPENING = [
    packet(SVR4, SYN, 100),
    packet(SLIP, SYN | ACK, 500, 101),
    packet(SVR4, ACK, 101, 501),
]
# 512 bytes and a FIN in two fragments; the answer acknowledges them, and closes, too.
FIRST, SECOND = cut(packet(SVR4, ACK | FIN, 101, 501, 512), 7)
CLOSING = [
    packet(SLIP, ACK, 501, 614),
    packet(SLIP, ACK | FIN, 501, 614),
    packet(SVR4, ACK, 614, 502),
]
WHOLE = [*OPENING, FIRST, SECOND, *CLOSING]
HALF = [*OPENING, FIRST, *CLOSING]  # the second fragment isn't captured


def captured(packets: Sequence[bytes]) -> Evidence:
    capture = parse(frames.pcap(packets, link_type=RAW_IP))
    return Evidence({POINT: Vantage(POINT, capture)}, NAMES, sample_run())


def verdict(packets: Sequence[bytes], name: str, **more: object) -> Verdict:
    return check(captured(packets), Wish(name, {**ENDS, **more})).verdict


TIMELINE = """\
svr4.$c > slip.discard: S $J:$J(0)
slip.discard > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > slip.discard: . ack $K+1
svr4.$c > slip.discard: F $J+1:$J+513(512) ack $K+1
slip.discard > svr4.$c: . ack $J+514
slip.discard > svr4.$c: F $K+1:$K+1(0) ack $J+514
svr4.$c > slip.discard: . ack $K+2
"""
LONGER = TIMELINE.replace("513(512)", "514(513)")
STATES = ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"]
CHECKS: dict[str, dict[str, object]] = {
    "close": {"first": "svr4"},
    "timeline": {"timeline": TIMELINE},
    "sequence": {},
    "mss": {"announces": {"svr4": 512}, "limits": {"svr4": 512}, "sends": {"svr4": 512}},
}


def judged(packets: Sequence[bytes], name: str, changes: dict[str, object]) -> Verdict:
    ends = {} if name in ("timeline", "sequence") else ENDS
    return check(captured(packets), Wish(name, {**ends, **CHECKS[name], **changes})).verdict


@pytest.mark.parametrize("name", CHECKS)
def test_all_fragments_tell_how_long_the_segment_is(name: str) -> None:
    assert judged(WHOLE, name, {}) is PASS


@pytest.mark.parametrize("name", CHECKS)
def test_a_fragment_that_is_missing_convicts_nobody_and_proves_nothing(name: str) -> None:
    assert judged(HALF, name, {}) is INCONCLUSIVE


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("timeline", {"timeline": LONGER}),
        ("mss", {"limits": {"svr4": 511}}),
        ("mss", {"sends": {"svr4": 513}}),
        ("mss", {"limits": {"svr4": 513}, "sends": {"svr4": 512}}),
    ],
)
def test_near_misses_of_what_the_fragments_hold(name: str, changes: dict[str, object]) -> None:
    assert judged(WHOLE, name, changes) is FAIL


def test_what_one_fragment_holds_beyond_the_limit_is_enough() -> None:
    assert judged(HALF, "mss", {"limits": {"svr4": 251}}) is FAIL
    assert judged(HALF, "mss", {"limits": {"svr4": 252}}) is INCONCLUSIVE


def test_a_fin_that_is_acknowledged_wrongly_fails_where_all_fragments_are_there() -> None:
    wrong = [*WHOLE[:5], *(packet(SLIP, flags, 501, 615) for flags in (ACK, ACK | FIN)), WHOLE[-1]]
    assert judged(wrong, "close", {}) is FAIL


def test_states_need_no_more_than_the_first_fragment() -> None:
    for packets in (WHOLE, HALF):
        findings = check(
            captured(packets), Wish("states", {"host": "svr4", "port": 9, "path": STATES})
        ).findings
        assert findings[-1].verdict is PASS, findings


def test_fins_cross_only_where_their_numbers_are_known() -> None:
    """slip's FIN acknowledges the data and not the FIN that came with it in one datagram."""
    crossing = [
        packet(SLIP, ACK | FIN, 501, 101),
        packet(SLIP, ACK, 502, 614),
        packet(SVR4, ACK, 614, 502),
    ]
    crossed = [*OPENING, FIRST, SECOND, *crossing]
    assert verdict(crossed, "simultaneous_close") is PASS
    assert verdict([*OPENING, FIRST, *crossing], "simultaneous_close") is INCONCLUSIVE


def test_data_behind_a_fin_counts_as_acknowledged_only_where_its_end_is_known() -> None:
    fin = [packet(SVR4, ACK | FIN, 101, 501), packet(SLIP, ACK, 501, 102)]
    data = cut(packet(SLIP, ACK, 501, 102, 512), 9)
    answer = [packet(SVR4, ACK, 102, 1013)]
    for pieces, expected in ((data, PASS), (data[:1], INCONCLUSIVE)):
        assert verdict([*OPENING, *fin, *pieces, *answer], "half_close", first="svr4") is expected
    late = [*OPENING, *fin, *data, packet(SVR4, ACK, 102, 1012)]
    assert verdict(late, "half_close", first="svr4") is FAIL


def test_what_is_owed_and_lies_in_fragments_that_are_missing_is_unknown() -> None:
    early = cut(packet(SLIP, ACK, 501, 101, 512), 9)
    closing = [
        packet(SVR4, ACK | FIN, 101, 1013),
        packet(SLIP, ACK, 1013, 102, 100),
        packet(SVR4, ACK, 102, 1113),
    ]
    for pieces, owes, expected in (
        (early, 612, PASS),
        (early, 613, FAIL),
        (early[:1], 612, INCONCLUSIVE),
    ):
        got = verdict([*OPENING, *pieces, *closing], "half_close", first="svr4", owes=owes)
        assert got is expected
