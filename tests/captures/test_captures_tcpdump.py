"""What tcpdump prints of a capture is the capture, but for what it doesn't print."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from captures.capture import Capture
from captures.errors import CaptureError
from captures.reader import parse
from captures.segment import (
    ACK,
    CWR,
    ECE,
    FIN,
    MSS,
    NOP,
    PSH,
    RST,
    SACK,
    SACK_PERMITTED,
    SYN,
    TIMESTAMP,
    URG,
    WINDOW_SCALE,
    Option,
    Segment,
)
from tests.captures import frames

SECOND_NS = 1_000_000_000
START_NS = 1_700_000_000 * SECOND_NS
MODERN = (
    Option(MSS, (1460,)),
    Option(SACK_PERMITTED),
    Option(TIMESTAMP, (1, 0)),
    Option(NOP),
    Option(WINDOW_SCALE, (7,)),
)
STAMPED = (Option(NOP), Option(NOP), Option(TIMESTAMP, (5, 6)))
BLOCKS = (Option(NOP), Option(NOP), Option(SACK, (114, 120)))
RARE = (Option(34, (1, 2, 3, 4)), Option(77, (9,)), Option(NOP), Option(NOP), Option(NOP))
SERVERS = 2**32 - 5  # its numbers wrap


def sent(client: bool, flags: int, seq: int, ack: int | None = None, **fields: object) -> bytes:
    ends = (frames.SVR4, frames.BSDI) if client else (frames.BSDI, frames.SVR4)
    return frames.ethernet(
        frames.tcp(*ends, flags=flags, seq=seq, ack=ack, **fields)  # type: ignore[arg-type]
    )


def after_server(number: int) -> int:
    return (SERVERS + number) % 2**32


SEGMENTS = [
    sent(True, SYN | ECE | CWR, 100, options=MODERN),
    sent(False, SYN | ACK, SERVERS, 101, options=[Option(MSS, (1024,))]),
    sent(True, ACK, 101, after_server(1)),
    sent(True, PSH | ACK, 101, after_server(1), payload=13, options=STAMPED),
    sent(False, PSH | ACK | URG, after_server(1), 114, payload=13, options=BLOCKS, tos=0x10),
    sent(
        False,
        ACK,
        after_server(1),
        114,
        payload=3,
        options=RARE,
    ),
    sent(True, FIN | ACK, 114, after_server(14)),
    sent(False, FIN | ACK, after_server(14), 115),
    sent(True, RST | ACK, 115, after_server(15)),
    sent(True, RST, 115),
    sent(False, 0, 7, payload=2),
]
ARPS = [
    frames.ethernet(frames.arp(1, frames.SVR4.host, frames.BSDI.host), kind=0x0806),
    frames.ethernet(frames.arp(2, frames.BSDI.host, frames.SVR4.host), kind=0x0806),
]
PORT_UNREACHABLE = bytes([3, 3, 0, 0, 0, 0, 0, 0]) + frames.tcp(seq=100, flags=SYN)[:28]
OTHERS = [
    frames.ethernet(frames.ipv4(bytes([8, 0, 0, 0, 0, 1, 0, 1]), protocol=1)),
    frames.ethernet(frames.ipv4(PORT_UNREACHABLE, protocol=1)),
    frames.ethernet(frames.ipv4(bytes([0, 7, 0, 7, 0, 8, 0, 0]), protocol=17)),
    frames.ethernet(bytes(46), kind=0x88CC),
]
ALL = [*ARPS, *SEGMENTS, *OTHERS]
# Gaps fall and rise, and midnight comes after the third: 22:13:20 is the first frame's time.
GAPS_S = [7200.5 if number == 3 else 0.25 * (1 + number % 3) for number in range(len(ALL))]
TIMES_NS = [START_NS + int(sum(GAPS_S[:number]) * SECOND_NS) for number in range(len(ALL))]


def printed(pcap: bytes, folder: Path, *options: str) -> bytes:
    """What the real tcpdump prints of a capture, in UTC."""
    path = folder / "capture.pcap"
    path.write_bytes(pcap)
    done = subprocess.run(
        ["env", "TZ=UTC", "tcpdump", *options, "-r", str(path)], capture_output=True, check=True
    )
    return done.stdout


def since_first(capture: Capture) -> list[int]:
    return [time_ns - capture.columns.time_ns[0] for time_ns in capture.columns.time_ns]


def told(segment: Segment, options: Sequence[str]) -> Segment:
    """The segment as far as these options of tcpdump let it be seen, without its time."""
    bare = segment.flags & (SYN | FIN | RST) == 0 and segment.payload == 0
    return replace(
        segment,
        time_ns=0,
        seq=None if bare and "-vv" not in options else segment.seq,
        tos=segment.tos if {"-v", "-vv"} & set(options) else None,
    )


OPTION_SETS = [
    ["-n"],
    ["-nn", "-S"],
    ["-n", "-t"],
    ["-n", "-tt"],
    ["-n", "-ttt"],
    ["-n", "-tttt"],
    ["-n", "-e"],
    ["-n", "-v"],
    ["-n", "-vv", "-S"],
    ["-n", "--number", "-ttt"],
    ["-n", "-#", "-t", "-v"],
    ["-n", "-e", "-vv", "-tttt"],
    ["-n", "-x"],
    ["-n", "-XX", "-v", "-e", "-t"],
    ["-n", "-K", "--nano"],
    ["-ttt", "-v"],
]


@pytest.mark.parametrize("options", OPTION_SETS, ids=" ".join)
def test_what_tcpdump_prints_is_what_it_read(options: list[str], tmp_path: Path) -> None:
    pcap = frames.pcap(ALL, times_ns=TIMES_NS)
    original, text = parse(pcap), parse(printed(pcap, tmp_path, *options))
    assert text.kind == "tcpdump text"
    assert [replace(each, time_ns=0) for each in text] == [told(each, options) for each in original]
    assert text.timed == ("-t" not in options)
    if text.timed:
        assert since_first(text) == since_first(original)
    assert [each.frame for each in text.arps] == [1, 2]
    assert (text.frames, text.others, text.clipped) == (len(ALL), len(OTHERS), 0)
    assert text.drops is None
    assert not text.cut_short


def test_arp_is_read_as_from_the_bytes(tmp_path: Path) -> None:
    pcap = frames.pcap(ARPS, times_ns=[START_NS, START_NS + 1000])
    for options in (["-n", "-tt"], ["-n", "-tt", "-v"], ["-n", "-tt", "-e"], ["-tt"]):
        request, reply = parse(printed(pcap, tmp_path, *options)).arps
        first, second = parse(pcap).arps
        assert request == first._replace(sender_ether=None)
        assert reply == second._replace(target=None)


def test_epoch_and_date_are_the_captures_own_time(tmp_path: Path) -> None:
    pcap = frames.pcap(ALL, times_ns=TIMES_NS)
    for option in ("-tt", "-tttt"):
        text = parse(printed(pcap, tmp_path, "-n", option))
        assert text.columns.time_ns == parse(pcap).columns.time_ns


def test_times_since_the_first_may_be_gaps_so_they_mean_nothing(tmp_path: Path) -> None:
    """Rising gaps, as of a backoff, are printed as times since the first are."""
    pcap = frames.pcap(SEGMENTS[:3], times_ns=[START_NS + each for each in (0, 10**9, 3 * 10**9)])
    assert not parse(printed(pcap, tmp_path, "-n", "-ttttt")).timed
    assert not parse(printed(pcap, tmp_path, "-n", "-ttt")).timed
    two = frames.pcap(SEGMENTS[:2], times_ns=[START_NS, START_NS + 10**9])
    assert since_first(parse(printed(two, tmp_path, "-n", "-ttttt"))) == [0, 10**9]


def test_a_capture_that_begins_in_the_middle(tmp_path: Path) -> None:
    """What counts from a number that wasn't printed is unknown; all else isn't."""
    pcap = frames.pcap(SEGMENTS[2:6])
    text = parse(printed(pcap, tmp_path, "-n"))
    assert [each.seq for each in text] == [None, None, after_server(1), after_server(1)]
    assert [each.ack for each in text] == [after_server(1), after_server(1), None, None]
    assert [each.payload for each in text] == [0, 13, 13, 3]
    assert text.segment(2).options is None  # SACK counts from it, too
    whole = parse(printed(pcap, tmp_path, "-n", "-vv"))
    assert [(each.seq, each.ack) for each in whole] == [(e.seq, e.ack) for e in parse(pcap)]


@pytest.mark.parametrize("options", [["-n"], ["-n", "-S"]], ids=" ".join)
def test_a_socket_pair_that_is_used_again(options: list[str], tmp_path: Path) -> None:
    """tcpdump counts from the new SYN+ACK then."""
    again = [
        sent(True, SYN, 70_000),
        sent(False, SYN | ACK, 90_000, 70_001),
        sent(True, PSH | ACK, 70_001, 90_001, payload=5),
    ]
    pcap = frames.pcap([*SEGMENTS[:9], *again])
    original, text = parse(pcap), parse(printed(pcap, tmp_path, *options))
    assert [each.ack for each in text] == [each.ack for each in original]
    assert text.segment(11).seq == 70_001
    assert len(text.connections) == 2


def test_option_words_that_do_not_tell_the_option(tmp_path: Path) -> None:
    """Options that can't be made again from their words leave the whole list unknown."""
    multipath = Option(30, (0, 1, *range(8)))
    pcap = frames.pcap([sent(True, SYN, 100, options=[Option(MSS, (1460,)), multipath])])
    assert b"mptcp" in printed(pcap, tmp_path, "-n")
    assert parse(printed(pcap, tmp_path, "-n")).segment(0).options is None


ISNS = st.sampled_from([0, 1, 2, 99, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)


@given(ISNS, ISNS, st.booleans(), st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=5))
@example(0, 0, False, [(True, 5)])
def test_relative_numbers_are_told_from_absolute_ones(
    client: int, server: int, absolute: bool, turns: list[tuple[bool, int]]
) -> None:
    """Whichever way a conversation is printed, its numbers are the same."""
    following = [client, server]
    lines = [f"IP a.1 > b.2: Flags [S], seq {client}, win 9, length 0"]
    expected: list[tuple[int, int | None]] = [(client, None)]
    turns = [(False, 0), (True, 0), *turns]
    for number, (by_client, size) in enumerate(turns):
        sender = 0 if by_client else 1
        if number < 2:
            following[1 - sender] = (following[1 - sender] + 1) % 2**32
        seq, ack = following[sender], following[1 - sender]
        shift = (0, 0) if absolute or number == 0 else (client, server)[:: 1 if by_client else -1]
        shown, shown_ack = (seq - shift[0]) % 2**32, (ack - shift[1]) % 2**32
        ends = "a.1 > b.2" if by_client else "b.2 > a.1"
        flags = "S." if number == 0 else "."
        extent = f"{shown}:{(shown + size) % 2**32}" if size else f"{shown}"
        lines.append(
            f"IP {ends}: Flags [{flags}], seq {extent}, ack {shown_ack}, win 9, length {size}"
        )
        expected.append((seq, ack))
        following[sender] = (seq + size) % 2**32
    found = parse("\n".join([*lines, ""]).encode())
    assert [(each.seq, each.ack) for each in found] == expected


LINE = "22:13:34.000000 IP 10.0.0.1.1037 > 10.0.0.2.9: Flags [S], seq 1, win 9, length 0\n"


def test_ipv6_with_and_without_its_header() -> None:
    text = (
        "1.0 IP6 2001:db8::1.1037 > 2001:db8::2.9: Flags [S], seq 1, win 9, length 0\n"
        "2.0 IP6 (class 0x10, flowlabel 0x12345, hlim 64, next-header TCP (6) payload length: 20) "
        "2001:db8::2.9 > 2001:db8::1.1037: Flags [R.], cksum 0x1 (correct), seq 0, ack 2, win 0, "
        "length 0\n"
        "3.0 IP6 (hlim 64, next-header TCP (6) payload length: 20) "
        "2001:db8::1.9 > 2001:db8::2.1037: Flags [R], seq 0, win 0, length 0\n"
    )
    first, second, third = parse(text.encode())
    assert first.source == ("2001:db8::1", 1037)
    assert (first.tos, second.tos, third.tos) == (None, 0x10, 0)
    assert second.ack == 2


TAGGED = (
    "00:00:c0:c2:9b:26 > 00:00:c0:6f:2d:40, ethertype 802.1Q (0x8100), length 64: "
    "vlan 5, p 0, ethertype IPv4 (0x0800), "
)


@pytest.mark.parametrize(
    "link",
    [
        "IP ",
        "eth0  In  IP ",
        "00:00:c0:c2:9b:26 > 00:00:c0:6f:2d:40, ethertype IPv4 (0x0800), length 60: ",
        "00:00:c0:c2:9b:26 (oui Unknown) > Broadcast, ethertype IPv4 (0x0800), length 60: ",
        TAGGED,
        "  In 00:00:c0:c2:9b:26 ethertype IPv4 (0x0800), length 60: ",
        "eth0  In  ifindex 2 00:00:c0:c2:9b:26 ethertype IPv4 (0x0800), length 60: ",
    ],
)
def test_whatever_link_stands_before_the_packet(link: str) -> None:
    (segment,) = parse(LINE.replace("IP ", link).encode())
    assert segment.destination == ("10.0.0.2", 9)


def test_clock_times_count_on_over_midnight_and_stay_where_frames_are_out_of_order() -> None:
    clocks = ["23:59:59.9", "00:00:00.1", "00:00:00.0", "23:59:59.0", "00:00:01.0"]
    text = "".join(LINE.replace("22:13:34.000000", clock) for clock in clocks)
    day_ns = 86_400 * SECOND_NS
    tenths = [0, 2, 1, None, None]
    found = since_first(parse(text.encode()))
    assert found[:3] == [(each or 0) * 10**8 for each in tenths[:3]]
    assert found[3:] == [day_ns - 9 * 10**8, day_ns + 11 * 10**8]


def test_what_tcpdump_says_itself_is_no_packet_but_its_drops_are_told() -> None:
    said = (
        "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
        "listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
        f"{LINE}1 packet captured\n5 packets received by filter\n4 packets dropped by kernel\n"
    )
    capture = parse(said.encode())
    assert (capture.frames, len(capture), capture.drops) == (1, 1, 4)


def test_a_cut_off_text_says_so_and_shows_what_is_whole() -> None:
    for length in range(1, len(LINE) - 1):
        capture = parse((LINE + LINE[:length]).encode())
        assert len(capture) == 1, length
        assert capture.cut_short, length
    assert not parse((LINE + LINE[:-1]).encode()).cut_short
    header = SAMPLE.partition("\n")[0]
    for end in ("", "\n", "\n    10.0.0.1.10"):
        capture = parse((LINE + header + end).encode())
        assert (len(capture), capture.cut_short) == (1, True)


def test_a_snapshot_that_cut_the_segment_is_counted(tmp_path: Path) -> None:
    pcap = frames.pcap(SEGMENTS[:1], snapshot=60)
    capture = parse(printed(pcap, tmp_path, "-n"))
    assert (len(capture), capture.clipped) == (0, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Flags [S]", "Flags [Q]", "can't read the segment"),
        ("Flags [S], seq 1", "Flags [S]", "a segment with data, SYN, FIN or RST has a `seq`"),
        ("Flags [S]", "Flags [S.]", "`ack` go together"),
        ("seq 1", "seq 1:4", "seq 1:4, but length 0"),
        ("seq 1", "seq 4294967296", "doesn't fit in 32 bits"),
        ("win 9", "win 65536", "doesn't fit in 16 bits"),
        ("2.9:", "2.http:", "no service 'http'"),
        ("10.0.0.1.1037", "nohost", "is no host.port"),
        ("length 0", "options [mss 65536], length 0", "mss 65536 doesn't fit"),
        ("length 0", f"options [{'mss 1,' * 11}nop], length 0", "no header holds such options"),
        ("Flags [S], seq 1, win 9, length 0", "tcp 0", "-q prints neither flags nor numbers"),
        ("22:13:34.000000 ", "", "another form"),
        ("22:13:34.000000 ", "1.5 ", "another form"),
        ("22:13:34.000000 IP", "E..<....@.", "is no line of tcpdump's"),
        ("22:13:34.000000 ", "    7  22:13:34.000000 ", "number 7 after 8"),
    ],
)
def test_errors_name_the_line(old: str, new: str, message: str) -> None:
    start = LINE if "number" not in message else f"    8  {LINE}"
    with pytest.raises(CaptureError) as caught:
        parse((start + LINE.replace(old, new)).encode())
    assert message in str(caught.value)
    assert "line 2: " in str(caught.value)


@pytest.mark.parametrize("time", ["99999999999.0", "9999-12-31 00:00:00.0"])
def test_a_time_beyond_all_clocks(time: str) -> None:
    with pytest.raises(CaptureError, match="line 1: no capture is of so far a time"):
        parse(LINE.replace("22:13:34.000000", time).encode())


def test_a_day_that_is_none() -> None:
    with pytest.raises(CaptureError, match="line 1: 2023-02-30 is no day"):
        parse(f"2023-02-30 {LINE}".encode())


SAMPLE = (
    "22:13:20.500000 IP (tos 0x10, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 60)\n"
    "    10.0.0.1.1037 > 10.0.0.2.9: Flags [SEW], cksum 0x0 (correct), seq 100, win 4096, options "
    "[mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0\n"
    "22:13:21.500000 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46\n"
    "22:13:22.500000 IP6 ::1.9 > ::2.1037: Flags [P.], seq 1:14, ack 1, win 9, options "
    "[nop,nop,sack 1 {14:20}], length 13\n"
)


@given(st.data())
def test_damaged_text_raises_nothing_but_capture_errors(data: st.DataObject) -> None:
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        piece = st.text(max_size=4) | st.sampled_from(["\n", "9" * 12, " > ", "[", "(", ",", "-"])
        text = text[:start] + data.draw(piece) + text[end:]
    try:
        capture = parse(text.encode("utf-8", "surrogatepass"))
    except CaptureError:
        return
    list(capture)
    _ = capture.connections, capture.losses
