"""Generated captures, read by the suite and by tshark; docs/differences.md says what differs."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from captures.capture import Capture
from captures.errors import CaptureError
from captures.reader import parse
from captures.segment import ACK, FIN, SYN, Endpoint, Segment
from tests.captures import frames, oracle, packets
from tests.captures.oracle import Given, Row
from tests.captures.strategies import conversations

# tshark takes a second to start: few captures, of many frames each; the same in every run.
few = settings(
    derandomize=True,
    database=None,
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Batch(list[Given]):
    """Frames of one capture; hypothesis refuses to print so many."""

    def __repr__(self) -> str:
        return f"<{len(self)} frames>"


def many(one: st.SearchStrategy[Given]) -> st.SearchStrategy[Batch]:
    return st.lists(one, min_size=100, max_size=120).map(Batch)


def agree(capture: Capture, rows: Sequence[Row]) -> None:
    by_frame = {int(row["frame.number"]): row for row in rows}
    assert capture.frames == len(rows)
    # Where the window is cut off, tshark shows nothing of the header.
    whole = [segment for segment in capture if segment.window is not None]
    assert {one.frame for one in whole} == {
        number for number, row in by_frame.items() if oracle.shows_segment(row)
    }
    assert [text for one in whole for text in oracle.differences(one, by_frame[one.frame])] == []
    for at, frame in enumerate(capture.columns.frame):
        raw, shown = capture.columns.options[at], by_frame[frame]["tcp.options"]
        assert raw is None or shown in ("", raw.hex())


@given(many(oracle.wrapped(oracle.ip_packets())))
@few
def test_the_same_segments_and_fields_on_every_link(batch: Batch) -> None:
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


@given(many(oracle.wrapped(oracle.icmp_packets())))
@few
def test_the_same_messages_about_segments(batch: Batch) -> None:
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


@given(many(oracle.wrapped(oracle.arp_packets(), oracle.WITH_ARP)))
@few
def test_the_same_arp_packets(batch: Batch) -> None:
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


@given(many(oracle.damaged()))
@few
def test_damaged_frames_are_refused_or_read_as_tshark_reads_them(batch: Batch) -> None:
    read = 0
    for one, row in zip(batch, oracle.dissect(oracle.pcapng(batch)), strict=True):
        try:
            capture = alone(one._replace(kept=max(one.kept, 1)))
        except CaptureError:
            continue  # tshark shows what it can, the suite refuses
        if row["frame.protocols"].endswith(oracle.UNREAD_OPTIONS):
            continue
        if "ipv6.fraghdr:ipv6.routing" in row["frame.protocols"]:
            continue  # an open difference: docs/differences.md
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


@given(interleaved())
@few
def test_the_same_connections(segments: list[Segment]) -> None:
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
