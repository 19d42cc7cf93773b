"""Lab path-mtu: a right run as packets, and each way to go wrong, made in one of them."""

from collections.abc import Callable, Mapping
from struct import pack

import pytest
from msgspec.structs import replace

from captures import run as run_json
from captures.icmp import FRAGMENTATION_NEEDED, UNREACHABLE
from captures.reader import parse
from captures.segment import ACK, FIN, MSS, SYN, Endpoint, Option, Segment
from checkers.check import Report
from checkers.evidence import Evidence, Vantage
from checkers.verdict import Verdict
from tests.captures import frames
from tests.labs.lab_evidence import figure, having, judged, said, sample_run

SLIP = Endpoint("140.252.13.65", 9)
SVR4, SOLARIS = Endpoint("140.252.13.34", 4902), Endpoint("140.252.1.32", 55502)
BSDI = "140.252.13.35"
RAW_IP = 101
DONT_FRAGMENT, MORE_FRAGMENTS = 0x4000, 0x2000
SVR4_POINT, SOLARIS_POINT, SLIP_POINT = "svr4 eth0", "solaris eth0", "slip sl0"

Packets = Mapping[str, list[bytes]]
Edit = Callable[[Packets], Packets]


def segment(source: Endpoint, destination: Endpoint, flags: int, seq: int, ack: int | None,
            payload: int = 0, mss: int | None = None) -> Segment:  # fmt: skip
    options = () if mss is None else (Option(MSS, (mss,)),)
    return Segment(0, 0, source, destination, flags, seq, ack, payload, 4096, options, 0)


def packet(one: Segment, place: int = 0, identification: int = 0) -> bytes:
    """A segment's datagram; place: the field of fragment flags and offset."""
    whole = frames.segment_packet(one)
    return whole[:4] + pack(">HH", identification, place) + whole[8:]


def conversation(client: Endpoint, mss: int, sizes: list[int], place: int) -> list[bytes]:
    """A connection to slip that sends so many bytes in each segment, and that the client closes."""
    seq, isn = 101, 200
    there = (client, SLIP)
    back = (SLIP, client)
    packets = [
        packet(segment(*there, SYN, 100, None, mss=mss), place),
        packet(segment(*back, SYN | ACK, isn, 101, mss=512)),
        packet(segment(*there, ACK, seq, isn + 1), place),
    ]
    for number, size in enumerate(sizes, 1):
        packets.append(packet(segment(*there, ACK, seq, isn + 1, size), place, number))
        seq += size
        packets.append(packet(segment(*back, ACK, isn + 1, seq)))
    return [
        *packets,
        packet(segment(*there, FIN | ACK, seq, isn + 1), place),
        packet(segment(*back, FIN | ACK, isn + 1, seq + 1)),
        packet(segment(*there, ACK, seq + 1, isn + 2), place),
    ]


def fragmented(whole: bytes, size: int = 272) -> list[bytes]:
    """A datagram cut into fragments of so many bytes of data."""
    data = whole[20:]
    if len(data) <= size + 4:
        return [whole]
    pieces = []
    for offset in range(0, len(data), size):
        more = MORE_FRAGMENTS if offset + size < len(data) else 0
        part = data[offset : offset + size]
        start = whole[:2] + pack(">H", 20 + len(part)) + whole[4:6]
        pieces.append(start + pack(">H", more | offset // 8) + whole[8:20] + part)
    return pieces


def needed(about: bytes, mtu: int = 296, sender: str = BSDI, code: int = FRAGMENTATION_NEEDED,
           receiver: str = SOLARIS.host) -> bytes:  # fmt: skip
    """The ICMP message about a datagram."""
    message = pack(">BBHHH", UNREACHABLE, code, 0, 0, mtu) + about[:28]
    return frames.ipv4(message, sender, receiver, protocol=1)


FROM_SVR4 = conversation(SVR4, 1024, [512, 512, 512, 512], 0)
TOO_LARGE = packet(segment(SOLARIS, SLIP, ACK, 101, 201, 512), DONT_FRAGMENT, 99)


def smaller(size: int) -> list[bytes]:
    """solaris's connection once it knows that no more than so many bytes of data get through."""
    full, rest = divmod(2048, size)
    return conversation(SOLARIS, 1460, [size] * full + [rest] * bool(rest), DONT_FRAGMENT)


SMALLER = smaller(256)


def with_mtu(mtu: int) -> Packets:
    """A right run where bsdi's end of the line has this MTU, 8 times something."""
    small = smaller(mtu - 40)
    pieces = [piece for whole in FROM_SVR4 for piece in fragmented(whole, mtu - 24)]
    return {
        SVR4_POINT: FROM_SVR4,
        SOLARIS_POINT: [*small[:3], TOO_LARGE, needed(TOO_LARGE, mtu), *small[3:]],
        SLIP_POINT: [*pieces, *small],
    }


RIGHT = with_mtu(296)
FIRST_FRAGMENT, SECOND_FRAGMENT, MESSAGE, FIRST_SMALL = 3, 4, 4, 5


def evidence(packets: Packets, *, drops: int = 0, cut: bool = False,
             degraded: tuple[run_json.Degraded, ...] = ()) -> Evidence:  # fmt: skip
    run = sample_run("path-mtu", drops, degraded)
    vantages = {
        point: Vantage(
            point, replace(parse(frames.pcap(seen, link_type=RAW_IP)), cut_short=cut), drops
        )
        for point, seen in packets.items()
    }
    return Evidence(vantages, run_json.names(run), run)


def result_of(packets: Packets) -> Report:
    return judged("path-mtu", evidence(packets))


def put(point: str, number: int, *instead: bytes) -> Edit:
    """Other packets in the place of one (from 0) at a vantage point; none: it is missing."""

    def edit(packets: Packets) -> Packets:
        seen = packets[point]
        return {**packets, point: [*seen[:number], *instead, *seen[number + 1 :]]}

    return edit


def told(**fields: object) -> Edit:
    return put(SOLARIS_POINT, MESSAGE, needed(TOO_LARGE, **fields))  # type: ignore[arg-type]


def with_flags(piece: bytes, flags: int) -> bytes:
    return piece[:6] + bytes([piece[6] | flags >> 8]) + piece[7:]


def whole_at_slip(packets: Packets) -> Packets:
    return {**packets, SLIP_POINT: [*FROM_SVR4, *SMALLER]}


def never_smaller(packets: Packets) -> Packets:
    large = conversation(SOLARIS, 1460, [512] * 4, DONT_FRAGMENT)
    seen = [*SMALLER[:3], TOO_LARGE, needed(TOO_LARGE), *large[3:]]
    return {**packets, SOLARIS_POINT: seen}


def pieces_of(size: int) -> Edit:
    return put(SLIP_POINT, FIRST_FRAGMENT, *fragmented(FROM_SVR4[3], size)[:1])


NOT_SO_LARGE = packet(segment(SOLARIS, SLIP, ACK, 101, 201, 256), DONT_FRAGMENT, 99)
FRAGMENTS = RIGHT[SLIP_POINT]

WRONG = [
    (whole_at_slip, {"svr4-fragmented"}, "not one fragment"),
    (pieces_of(264), {"svr4-fragmented"}, "begins with byte 264"),
    (pieces_of(280), {"svr4-fragmented"}, "300 bytes"),
    (
        put(SLIP_POINT, SECOND_FRAGMENT, with_flags(FRAGMENTS[SECOND_FRAGMENT], DONT_FRAGMENT)),
        {"svr4-fragmented"},
        "don't fragment",
    ),
    (put(SOLARIS_POINT, MESSAGE), {"solaris-told"}, "no ICMP message"),
    (told(mtu=552), {"solaris-told"}, "MTU 552"),
    (told(mtu=0), {"solaris-told"}, "MTU not told"),
    (told(sender="140.252.13.33"), {"solaris-told"}, "from sun"),
    (told(receiver=SVR4.host), {"solaris-told"}, "to svr4"),
    (told(code=1), {"solaris-told"}, "code 1"),
    (put(SOLARIS_POINT, MESSAGE, needed(NOT_SO_LARGE)), {"solaris-told"}, "296 bytes, don't"),
    (
        put(SOLARIS_POINT, MESSAGE, needed(TOO_LARGE[:6] + bytes(2) + TOO_LARGE[8:])),
        {"solaris-told"},
        "don't fragment not set",
    ),
    (never_smaller, {"solaris-told"}, "no smaller segment"),
    (put(SOLARIS_POINT, FIRST_SMALL + 2, TOO_LARGE), {"solaris-told"}, "552 bytes"),
    (
        put(SLIP_POINT, -11, packet(segment(SOLARIS, SLIP, ACK, 1381, 201, 257), DONT_FRAGMENT)),
        {"solaris-smaller"},
        "257 bytes",
    ),
    (
        put(SVR4_POINT, 1, packet(segment(SLIP, SVR4, SYN | ACK, 200, 101, mss=256))),
        {"svr4-announced"},
        "MSS 256",
    ),
    (
        put(SOLARIS_POINT, 0, packet(segment(SOLARIS, SLIP, SYN, 100, None, mss=536))),
        {"solaris-announced"},
        "MSS 536",
    ),
]


def test_a_right_run_passes() -> None:
    result = result_of(RIGHT)
    assert result.verdict is Verdict.PASS, said(result, Verdict.FAIL)


@pytest.mark.parametrize(("edit", "failing", "words"), WRONG)
def test_a_wrong_run_fails(edit: Edit, failing: set[str], words: str) -> None:
    result = result_of(edit(RIGHT))
    assert having(result, Verdict.FAIL) == failing, said(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (put(SLIP_POINT, SECOND_FRAGMENT), "svr4-fragmented"),
        (whole_at_slip, "svr4-fragmented"),
        (put(SOLARIS_POINT, MESSAGE), "solaris-told"),
        (never_smaller, "solaris-told"),
    ],
)
def test_what_a_capture_with_losses_may_lack_is_inconclusive(
    edit: Edit, name: str, unusable: dict[str, int]
) -> None:
    result = judged("path-mtu", evidence(edit(RIGHT), **unusable), name)  # type: ignore[arg-type]
    assert result.verdict is Verdict.INCONCLUSIVE, result.findings


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (put(SLIP_POINT, SECOND_FRAGMENT), "begins with byte 272"),
        (
            put(
                SLIP_POINT, SECOND_FRAGMENT, with_flags(FRAGMENTS[SECOND_FRAGMENT], MORE_FRAGMENTS)
            ),
            "begins with byte 532",
        ),
    ],
)
def test_a_last_fragment_that_slip_acknowledged_is_missing_from_the_capture(
    edit: Edit, words: str
) -> None:
    result = judged("path-mtu", evidence(edit(RIGHT)), "svr4-fragmented")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert words in said(result, Verdict.INCONCLUSIVE)
    assert "lacks packets" in said(result, Verdict.INCONCLUSIVE)


def test_fragments_in_any_order_pass() -> None:
    first, second = FRAGMENTS[FIRST_FRAGMENT], FRAGMENTS[SECOND_FRAGMENT]
    late = put(SLIP_POINT, FIRST_FRAGMENT, second)(RIGHT)
    assert result_of(put(SLIP_POINT, SECOND_FRAGMENT, first)(late)).verdict is Verdict.PASS


def test_a_listing_shows_neither_fragments_nor_icmp() -> None:
    result = judged("path-mtu", figure("18.4-mss"), "svr4-fragmented", "solaris-told")
    assert result.verdict is Verdict.INCONCLUSIVE
