"""Generated captures, read by the suite and by tshark; docs/differences.md says what differs."""

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from captures.capture import Capture
from captures.errors import CaptureError
from captures.reader import parse
from captures.segment import ACK, FIN, SYN, Endpoint, Segment
from tests.captures import frames, label_oracle, oracle, packets
from tests.captures.oracle import Given, Row, drawn
from tests.captures.strategies import conversations
from tests.captures.troubled import CLIENT, troubled

# tshark takes a second to start: few captures, of many frames each; the same in every run.
four = pytest.mark.parametrize("seed", range(4))
FRAMES = 110


def agree(capture: Capture, rows: Sequence[Row]) -> None:
    by_frame = {int(row["frame.number"]): row for row in rows}
    assert capture.frames == len(rows)
    whole = [segment for segment in capture if segment.window is not None]
    assert {one.frame for one in whole} == {
        number for number, row in by_frame.items() if oracle.shows_segment(row)
    }
    assert [text for one in whole for text in oracle.differences(one, by_frame[one.frame])] == []
    for at, frame in enumerate(capture.columns.frame):
        raw, shown = capture.columns.options[at], by_frame[frame]["tcp.options"]
        assert raw is None or shown in ("", raw.hex())


@four
def test_the_same_segments_and_fields_on_every_link(seed: int) -> None:
    batch = drawn(oracle.wrapped(oracle.ip_packets()), seed, FRAMES)
    data = oracle.pcapng(batch)
    rows = oracle.dissect(data)
    capture = parse(data)
    agree(capture, rows)
    # Of a header that the snapshot cut tshark shows the fields that are left.
    whole = {number for number, one in enumerate(batch, 1) if one.kept >= len(one.data)}
    shown = {
        int(row["frame.number"]): 8 * int(row["ip.frag_offset"] or row["ipv6.fraghdr.offset"])
        for row in rows
        if int(row["frame.number"]) in whole
        and any(row[name] not in ("", "0", "False") for name in oracle.FRAGMENT_FIELDS)
    }
    assert {one.frame: one.offset for one in capture.fragments if one.frame in whole} == shown


@four
def test_the_same_messages_about_segments(seed: int) -> None:
    batch = drawn(oracle.wrapped(oracle.icmp_packets()), seed, FRAMES)
    whole = [one._replace(kept=65535) for one in batch]
    data = oracle.pcapng(whole)
    rows = oracle.dissect(data)
    found = parse(data).unreachables
    assert [one.frame for one in found] == [int(row["frame.number"]) for row in rows]
    for one, row in zip(found, rows, strict=True):
        # Of a segment in ICMPv6 tshark shows the ports alone.
        assert row["tcp.seq"] in ("", str(one.seq))
        assert row["tcp.srcport"] == str(one.source.port)
        assert row["tcp.dstport"] == str(one.destination.port)
        if one.too_big:
            assert (row["icmp.mtu"] or row["icmpv6.mtu"] or "0") == str(one.mtu or 0)


@four
def test_the_same_arp_packets(seed: int) -> None:
    batch = drawn(oracle.wrapped(oracle.arp_packets(), oracle.WITH_ARP), seed, FRAMES)
    data = oracle.pcapng(batch)
    rows = {int(row["frame.number"]): row for row in oracle.dissect(data)}
    for one in parse(data).arps:
        row = rows.pop(one.frame)
        assert (row["arp.opcode"], row["arp.src.proto_ipv4"]) == (str(one.operation), one.sender)
    kept = {number: batch[number - 1] for number in rows}
    assert all(
        one.kept < len(one.data) or rows[number]["arp.opcode"] not in "12"
        for number, one in kept.items()
    )


def alone(one: Given) -> Capture:
    link_type = packets.LINKS[one.link][0]
    return parse(frames.pcap([one.data], link_type=link_type, snapshot=max(one.kept, 1)))


@four
def test_damaged_frames_are_refused_or_read_as_tshark_reads_them(seed: int) -> None:
    batch = drawn(oracle.damaged(), seed, FRAMES)
    read = 0
    for one, row in zip(batch, oracle.dissect(oracle.pcapng(batch)), strict=True):
        try:
            capture = alone(one._replace(kept=max(one.kept, 1)))
        except CaptureError:
            continue  # tshark shows what it can, the suite refuses
        if row["frame.protocols"].endswith(oracle.UNREAD):
            continue
        if capture.clipped and capture.fragments:
            continue  # a first fragment that ends inside the TCP header
        read += 1
        agree(capture, [row | {"frame.number": "1", "frame.time_epoch": "0.000000000"}])
    assert read


PORTS = st.integers(1, 65535)


@st.composite
def lives(draw: st.DrawFn) -> list[Segment]:
    """One socket pair's connections, one after the other: each is closed, then a SYN comes."""
    client = Endpoint("140.252.13.34", draw(PORTS))
    found: list[Segment] = []
    for isn in draw(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3, unique=True)):
        one = draw(conversations())
        one = [replace(one[0], seq=isn), *one[1:]]
        last = one[1]
        fins = [replace(segment, flags=FIN | ACK, ack=1) for segment in (one[0], last)]
        found += [moved(segment, client) for segment in [*one, *fins]]
    return found


def moved(segment: Segment, client: Endpoint) -> Segment:
    if segment.source.port == 1037:
        return replace(segment, source=client)
    return replace(segment, destination=client)


@st.composite
def interleaved(draw: st.DrawFn) -> list[Segment]:
    """The segments of several socket pairs, in any order between them."""
    left = draw(st.lists(lives(), min_size=5, max_size=15, unique_by=lambda one: one[0].source))
    found = []
    while left:
        one = left[draw(st.integers(0, len(left) - 1))]
        found.append(one.pop(0))
        left = [other for other in left if other]
    return found


@four
def test_the_same_connections(seed: int) -> None:
    (segments,) = drawn(interleaved(), seed, 1)
    data = frames.pcap_of(segments)
    rows = oracle.dissect(data)
    ours = [
        [segment.frame for segment in connection.segments] for connection in parse(data).connections
    ]
    theirs: dict[str, list[int]] = {}
    for row in rows:
        theirs.setdefault(row["tcp.stream"], []).append(int(row["frame.number"]))
    assert ours == list(theirs.values())
    assert len(ours) == sum(segment.flags == SYN for segment in segments)


def one_after_the_other(conversations_: Sequence[Sequence[Segment]]) -> list[Segment]:
    """Conversations in one capture, each with a client's port of its own."""
    found: list[Segment] = []
    for place, one in enumerate(conversations_):
        start_ns = found[-1].time_ns + 10**9 if found else 0
        for segment in one:
            segment = moved(segment, CLIENT._replace(port=2000 + place))
            frame, time_ns = len(found) + 1, start_ns + segment.time_ns
            found.append(replace(segment, frame=frame, time_ns=time_ns))
    return found


TROUBLED = 400  # connections


def test_the_same_labels_but_for_what_is_explained() -> None:
    data = frames.pcap_of(one_after_the_other(drawn(troubled(), 0, TROUBLED)))
    seen = [*label_oracle.observed(parse(data), label_oracle.analysis(data))]
    assert [told for one in seen for told in label_oracle.unexplained(one)] == []
    for name, (mask, names) in label_oracle.COMPARED.items():
        assert any(one.ours & mask and one.theirs & names for one in seen), name


def test_a_first_fragment_that_ends_inside_its_header_is_clipped() -> None:
    """tshark shows the fields that it holds: behind a routing header, too."""
    segment = packets.segment(frames.tcp(seq=7, ack=1))
    longer = segment[:12] + b"\xf0" + segment[13:]  # a header of 60 bytes, of which 20 are here
    body = packets.fragment(43, 0, more=True) + packets.extension(6) + longer
    packet = Given("raw", packets.ipv6(body, 44), 65535)
    (row,) = oracle.dissect(oracle.pcapng([packet]))
    assert row["frame.protocols"].endswith("ipv6.fraghdr:ipv6.routing:tcp")
    assert (row["tcp.seq_raw"], row["tcp.flags"]) == ("7", "0x0010")
    capture = alone(packet)
    assert (len(capture), capture.clipped, len(capture.fragments)) == (0, 1, 1)


@pytest.mark.parametrize(("kind", "shown"), [(1, True), (4, False), (6, False)])
def test_a_routing_header_that_contradicts_itself_is_stepped_over(kind: int, shown: bool) -> None:
    """Its length counts; of these types tshark wants the addresses that it should hold."""
    routing = packets.extension(6, bytes([kind, 4]) + bytes(4))
    body = routing + packets.segment(frames.tcp(seq=7))
    packet = Given("raw", packets.ipv6(body, 43), 65535)
    (row,) = oracle.dissect(oracle.pcapng([packet]))
    assert oracle.shows_segment(row) == shown
    assert [segment.seq for segment in alone(packet)] == [7]
