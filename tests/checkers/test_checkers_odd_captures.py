"""Captures that show less, or more, than what passed: nobody is blamed, and nothing is proven."""

import dataclasses
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.segment import ACK, FIN, MSS, SYN, Endpoint, Option, Segment
from checkers.check import check
from checkers.evidence import Evidence, Vantage
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.captures import frames, packets
from tests.checkers.checkers_samples import NAMES, POINT, Wish, sample_run

CLIENT, SERVER = Endpoint("140.252.13.34", 1037), Endpoint("140.252.13.35", 9)
COOKED, RAW_IP = 113, 101
PASS, INCONCLUSIVE, FAIL = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL
ENDS: dict[str, object] = {"client": "svr4", "server": "bsdi.discard"}
TIMELINE = """\
svr4.$c > bsdi.discard: S $J:$J(0)
bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > bsdi.discard: . ack $K+1
svr4.$c > bsdi.discard: . $J+1:$J+1001(1000) ack $K+1
bsdi.discard > svr4.$c: . ack $J+1001
svr4.$c > bsdi.discard: F $J+1001:$J+1001(0) ack $K+1
bsdi.discard > svr4.$c: . ack $J+1002
bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+1002
svr4.$c > bsdi.discard: . ack $K+2
"""
WISHES = [
    Wish("timeline", {"timeline": TIMELINE}, name="timeline"),
    Wish("handshake", ENDS, name="handshake"),
    Wish("mss", {**ENDS, "announces": {"svr4": 1024, "bsdi": 1024}}, name="mss"),
    Wish("close", {**ENDS, "first": "svr4"}, name="close"),
    Wish("sequence", {}, name="sequence"),
]


def sent(client: bool, flags: int, seq: int, ack: int | None = None, size: int = 0) -> Segment:
    ends = (CLIENT, SERVER) if client else (SERVER, CLIENT)
    options = (Option(MSS, (1024,)),) if flags & SYN else ()
    return Segment(0, 0, *ends, flags, seq, ack, size, 4096, options, 0)


RIGHT = [
    sent(True, SYN, 100),
    sent(False, SYN | ACK, 500, 101),
    sent(True, ACK, 101, 501),
    sent(True, ACK, 101, 501, 1000),
    sent(False, ACK, 501, 1101),
    sent(True, FIN | ACK, 1101, 501),
    sent(False, ACK, 501, 1102),
    sent(False, FIN | ACK, 501, 1102),
    sent(True, ACK, 1102, 502),
]


def outcomes(data: bytes) -> dict[str, Outcome]:
    capture = parse(data)
    bare = Evidence({"": Vantage("", capture, capture.drops or 0)}, NAMES)
    return {
        wish.name: check(bare, dataclasses.replace(wish, at=POINT if wish.at else ""))
        for wish in WISHES
    }


def verdicts(data: bytes) -> dict[str, Verdict]:
    return {name: outcome.verdict for name, outcome in outcomes(data).items()}


def pcapng(segments: Sequence[Segment], drops: int | None = None) -> bytes:
    packed = [frames.ethernet(frames.segment_packet(one)) for one in segments]
    data = frames.section() + frames.interface()
    data += b"".join(frames.packet(one, at * 5000) for at, one in enumerate(packed))
    if drops is not None:
        data += frames.statistics(frames.option(5, drops.to_bytes(8, "little")))
    return data


def left_out(*places: int) -> list[Segment]:
    return [one for place, one in enumerate(RIGHT) if place not in places]


def test_all_is_well_where_nothing_is_odd() -> None:
    assert {*verdicts(pcapng(RIGHT)).values()} == {PASS}


@pytest.mark.parametrize("missing", range(1, len(RIGHT)))
def test_drops_that_the_file_counts_are_found_before_anyone_is_blamed(missing: int) -> None:
    assert FAIL not in verdicts(pcapng(left_out(missing), drops=1)).values()


@pytest.mark.parametrize("end", range(1, len(RIGHT)))
def test_a_file_that_is_cut_short_proves_nothing_of_its_end(end: int) -> None:
    data = pcapng(RIGHT[: end + 1])[:-7]
    found = verdicts(data)
    assert FAIL not in found.values()
    assert found["close"] is found["timeline"] is INCONCLUSIVE


@pytest.mark.parametrize("begin", range(1, len(RIGHT)))
def test_a_capture_that_begins_in_the_middle_convicts_nobody_and_proves_no_beginning(
    begin: int,
) -> None:
    found = verdicts(pcapng(RIGHT[begin:]))
    assert FAIL not in found.values()
    assert found["handshake"] is found["timeline"] is found["mss"] is INCONCLUSIVE


@pytest.mark.parametrize("source", [CLIENT, SERVER])
def test_one_direction_alone_is_half_of_the_truth(source: Endpoint) -> None:
    found = verdicts(pcapng([one for one in RIGHT if one.source == source]))
    assert FAIL not in found.values()
    assert found["handshake"] is found["close"] is found["timeline"] is INCONCLUSIVE


def test_of_one_direction_alone_what_is_wrong_stays_wrong() -> None:
    ours = [one for one in RIGHT if one.source == CLIENT]
    wrong = [*ours[:2], replace(ours[2], payload=999), *ours[3:]]
    assert verdicts(pcapng(wrong))["timeline"] is FAIL


def twice(segments: Sequence[Segment], gap_ns: int = 20_000) -> bytes:
    """As `tcpdump -i any` sees what passes two interfaces: each frame at both."""
    cooked = [packets.cooked(frames.segment_packet(one)) for one in segments]
    times_ns = [5_000_000 * at + copy * gap_ns for at in range(len(cooked)) for copy in range(2)]
    doubled = [one for one in cooked for _ in range(2)]
    return frames.pcap(doubled, link_type=COOKED, times_ns=times_ns, nanoseconds=True)


def test_frames_that_were_captured_twice_convict_nobody() -> None:
    found = outcomes(twice(RIGHT))
    assert found["timeline"].verdict is found["sequence"].verdict is INCONCLUSIVE
    assert "9 segment(s) come twice within a millisecond" in found["timeline"].findings[0].observed
    assert {found[name].verdict for name in ("handshake", "mss", "close")} == {PASS}


def test_what_is_wrong_without_the_copies_stays_wrong() -> None:
    wrong = [*RIGHT[:3], replace(RIGHT[3], payload=999), *RIGHT[4:]]
    assert verdicts(twice(wrong))["timeline"] is FAIL


def test_a_run_captures_each_segment_once() -> None:
    """By tcpdump on one interface: what comes twice there was sent twice, or by the network."""
    run = Evidence({POINT: Vantage(POINT, parse(twice(RIGHT)))}, NAMES, sample_run())
    assert check(run, WISHES[0]).verdict is FAIL


def test_a_retransmission_is_no_copy() -> None:
    assert verdicts(twice(RIGHT, gap_ns=999_999))["timeline"] is INCONCLUSIVE
    assert verdicts(twice(RIGHT, gap_ns=1_000_000))["timeline"] is FAIL


def with_data(size: int) -> bytes:
    """The connection with so much data in its one segment with data, which is 1000 bytes."""
    moved = [
        replace(one, seq=(one.seq or 0) + (size - 1000) * (one.seq == 1101 or one.seq == 1102),
                ack=one.ack and one.ack + (size - 1000) * (one.ack > 1000))
        for one in RIGHT
    ]  # fmt: skip
    return pcapng([*moved[:3], replace(moved[3], payload=size), *moved[4:]])


@pytest.mark.parametrize(("size", "expected"), [(1460, FAIL), (1461, INCONCLUSIVE)])
def test_what_no_frame_holds_was_put_together_by_offload(size: int, expected: Verdict) -> None:
    found = outcomes(with_data(size))
    assert found["timeline"].verdict is expected
    assert found["mss"].verdict is expected
    told = [one.observed for name in ("timeline", "mss") for one in found[name].findings]
    assert any("ethtool -K eth0" in text for text in told) == (expected is INCONCLUSIVE)
    assert {found[name].verdict for name in ("handshake", "close", "sequence")} == {PASS}


@pytest.mark.parametrize("tags", [(0x8100,), (0x88A8, 0x8100)])
def test_a_vlan_changes_nothing(tags: tuple[int, ...]) -> None:
    wrap = packets.tagged(*tags)
    tagged = [wrap(frames.segment_packet(one)) for one in RIGHT]
    assert {*verdicts(frames.pcap(tagged)).values()} == {PASS}


def test_frames_cut_before_the_flags_prove_nothing() -> None:
    packed = [frames.segment_packet(one) for one in RIGHT]
    found = verdicts(frames.pcap(packed, link_type=RAW_IP, snapshot=30))
    assert {*found.values()} == {INCONCLUSIVE}


def test_an_empty_capture_proves_nothing() -> None:
    assert {*verdicts(pcapng([])).values()} == {INCONCLUSIVE}
