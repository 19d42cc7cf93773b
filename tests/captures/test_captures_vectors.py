"""The ways to read a capture give the same: plain or by numpy, at once or byte by byte."""

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures import connections, decode, fast, pcap, reader, vectors
from captures.columns import UNKNOWN, Columns, Row, arrays, few
from captures.errors import CaptureError
from captures.reader import Capture
from captures.recording import Read, ended
from captures.segment import ACK, FIN, RST, SYN, Endpoint
from tests.captures import frames, packets, seeds

ENDS = [Endpoint(f"10.0.0.{number}", 1000 + number) for number in range(4)]
FIRST = frames.ipv4(seeds.SEGMENT, fragment=0x2000)
LATER = frames.ipv4(seeds.SEGMENT, fragment=5)
ODD = [*map(packets.ethernet, [*seeds.PACKETS, FIRST, LATER]), seeds.ARP, b"", bytes(60)]


@st.composite
def plain_frames(draw: st.DrawFn) -> bytes:
    """A frame of the kind that takes the short way, over IPv4 or IPv6."""
    source, destination = draw(st.permutations(ENDS))[:2]
    segment = frames.tcp(
        source,
        destination,
        flags=draw(st.integers(0, 255)),
        seq=draw(st.integers(0, 2**32 - 1)),
        ack=draw(st.integers(0, 2**32 - 1)),
        payload=draw(st.integers(0, 50)),
        window=draw(st.integers(0, 65535)),
        options=draw(st.sampled_from([b"", b"\1\1\x08\x0a" + bytes(8), b"\2\4\5\xb4", b"\1\2\5"])),
        tos=draw(st.integers(0, 255)),
    )
    if draw(st.booleans()):
        return packets.ethernet(segment)
    return packets.ethernet(packets.ipv6(packets.segment(segment)))


@st.composite
def pcaps(draw: st.DrawFn) -> bytes:
    """A pcap of Ethernet frames of all kinds, perhaps cut, perhaps damaged."""
    some = draw(st.lists(st.one_of(plain_frames(), plain_frames(), st.sampled_from(ODD))))
    order = draw(st.sampled_from("<>"))
    snapshot = draw(st.sampled_from([54, 60, 66, 74, 86, 96, 65535]))
    times_ns = [draw(st.integers(0, 2**32 * 10**9 - 1)) for _ in some]
    data = frames.pcap(some, times_ns=times_ns, order=order, nanoseconds=True, snapshot=snapshot)
    if draw(st.integers(0, 2)) == 0:
        at = draw(st.integers(24, len(data)))
        data = data[:at] + draw(st.binary(max_size=3)) + data[at + draw(st.integers(0, 3)) :]
    return data


def plainly(data: bytes, more: Read = ended) -> Capture:
    recorded = pcap.read(data, more)
    return reader._capture(recorded, decode.decode(recorded))


def by_numpy(data: bytes, more: Read = ended) -> Capture:
    return reader._capture(*vectors.read(data, more))


def outcome(read: Callable[[], Capture]) -> object:
    """All that a capture says, or the error's text."""
    try:
        capture = read()
    except CaptureError as error:
        return str(error)
    *listed, rests = capture.columns
    columns = [*([column[at] for at in range(len(column))] for column in listed), rests]
    grouped = [(one.client, one.server, list(one.rows)) for one in capture.connections]
    counts = capture.frames, capture.cut_short, capture.others, capture.clipped
    return columns, grouped, capture.arps, capture.fragments, capture.unreachables, counts


@pytest.fixture
def patch_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let numpy take runs of one frame, too."""
    monkeypatch.setattr(vectors, "SHORTEST_RUN", 1)


@given(pcaps(), st.integers(1, 300), st.sampled_from([1, 2, 5]))
@settings(max_examples=300)
def test_numpy_makes_no_difference(data: bytes, chunk: int, shortest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "SHORTEST_RUN", shortest)
        expected = outcome(lambda: plainly(data))
        assert outcome(lambda: by_numpy(data)) == expected
        patch.setattr(vectors, "STRETCH_BYTES", chunk)
        rest = BytesIO(data[24:])
        assert outcome(lambda: by_numpy(data[:24], rest.read)) == expected


@given(pcaps(), st.integers(1, 100))
def test_chunks_make_no_difference(data: bytes, chunk: int) -> None:
    rest = BytesIO(data[24:])
    inches = outcome(lambda: plainly(data[:24], lambda size: rest.read(min(size, chunk))))
    assert inches == outcome(lambda: plainly(data))


def test_chunks_of_a_pcapng_make_no_difference() -> None:
    data = seeds.pcapng("<") + seeds.pcapng(">")
    whole = outcome(lambda: reader.parse(data))
    rest = BytesIO(data[12:])
    assert outcome(lambda: reader._parse(data[:12], lambda size: rest.read(1))) == whole


@given(pcaps())
def test_arrays_and_tuples_say_the_same(data: bytes) -> None:
    expected = outcome(lambda: plainly(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "MANY", 1)
        patch.setattr(pcap, "CHUNK_BYTES", 100)
        assert outcome(lambda: plainly(data)) == expected


@pytest.mark.parametrize("read", [plainly, by_numpy])
def test_fragments_are_kept(read: Callable[[bytes], Capture], patch_runs: None) -> None:
    found = read(frames.pcap(list(map(packets.ethernet, [FIRST, LATER]))))
    assert (len(found), [one.frame for one in found.fragments]) == (1, [1, 2])


@pytest.mark.parametrize("read", [plainly, by_numpy])
def test_a_frame_longer_than_any_is_refused(read: Callable[[bytes], Capture]) -> None:
    data = frames.pcap([bytes(60), bytes(262_145)], snapshot=300_000)
    with pytest.raises(CaptureError, match="frame 2 at offset 100: 262145 bytes captured"):
        read(data)


def test_frames_with_the_same_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "SHORTEST_RUN", 1)
    monkeypatch.setattr(vectors, "FACTORS", np.zeros(5, "u8"))
    some = [frames.tcp(ENDS[number % 3], ENDS[3]) for number in range(9)]
    data = frames.pcap(list(map(frames.ethernet, some)))
    assert outcome(lambda: by_numpy(data)) == outcome(lambda: plainly(data))


def test_ports_are_part_of_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "SHORTEST_RUN", 1)
    some = [frames.tcp(ENDS[0]._replace(port=port), ENDS[3]) for port in (7, 8, 7)]
    assert list(by_numpy(frames.pcap(list(map(frames.ethernet, some)))).columns.flow) == [0, 2, 0]


FLAGS = st.sampled_from([0, SYN, SYN | ACK, ACK, FIN, RST, SYN | RST])


@pytest.mark.parametrize("make", [few, lambda rows, ends: filled(rows)], ids=["few", "arrays"])
@given(st.lists(st.tuples(st.integers(0, 7), FLAGS, st.integers(1, 2))))
def test_numpy_finds_the_same_connections(
    make: Callable[..., Columns], given_flows: list[tuple[int, int, int]]
) -> None:
    rows: list[Row] = [
        (row, 0, flow, flags, seq, UNKNOWN, 0, 0, b"", 0)
        for row, (flow, flags, seq) in enumerate(given_flows)
    ]
    columns = make(rows, [])._replace(ends=[(ENDS[0], ENDS[1]), (ENDS[1], ENDS[0])] * 4)
    expected = list(map(told, connections.group(columns)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "MANY", 0)
        assert list(map(told, connections.group(columns))) == expected


def told(one: connections.Connection) -> object:
    return one.number, one.client, one.server, one.rows


def test_pairs_beyond_sixteen_bits_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    flows = [number * 2 for number in (0, 65_536, 1, 65_537, 0, 65_536)]
    columns = arrays([(ENDS[0], ENDS[1])] * 131_076)
    columns.extend([(row, 0, flow, 0, 0, 0, 0, 0, b"", 0) for row, flow in enumerate(flows)])
    monkeypatch.setattr(connections, "MANY", 0)
    found = [list(one.rows) for one in connections.group(columns)]
    assert found == [[0, 4], [1, 5], [2], [3]]


def large_file(tmp_path: Path) -> Path:
    path = tmp_path / "large.pcap"
    path.write_bytes(frames.pcap([packets.ethernet(seeds.OPENING)] * 60_000, snapshot=96))
    return path


def test_a_large_file_is_read_by_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = large_file(tmp_path)
    with monkeypatch.context() as patch:
        patch.delattr(vectors, "read")
        with pytest.raises(AttributeError, match="read"):
            reader.read(path)
    assert len(reader.read(path)) == 60_000


def test_without_numpy_the_plain_way_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = large_file(tmp_path)
    expected = outcome(lambda: reader.read(path))
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "captures.vectors")
    monkeypatch.delattr("captures.vectors")
    assert fast.vectors() is None
    assert outcome(lambda: reader.read(path)) == expected


def test_a_module_that_fails_otherwise_is_not_taken_for_a_missing_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "captures.options", None)
    monkeypatch.delitem(sys.modules, "captures.vectors")
    monkeypatch.delattr("captures.vectors")
    monkeypatch.delattr("captures.options")
    with pytest.raises(ImportError, match=r"captures\.options|'options'"):
        fast.vectors()


@pytest.mark.parametrize("make", [few, lambda rows, ends: filled(rows)], ids=["few", "arrays"])
def test_what_is_unknown_stays_so(make: Callable[..., Columns]) -> None:
    known: Row = (1, -5, 0, SYN, 0, 0, 0, 0, b"", 0)
    unknown: Row = (2, 0, 1, 0, UNKNOWN, UNKNOWN, 0, UNKNOWN, None, UNKNOWN)
    last: Row = (3, 0, 0, 0, 2**32 - 1, 0, 0, 65535, b"\1\1\1\0", 255)
    columns = make([known, unknown, last], [(ENDS[0], ENDS[1]), (ENDS[1], ENDS[0])])
    first, second, third = columns.segments()
    assert (first.time_ns, first.seq, first.ack, first.window) == (-5, 0, 0, 0)
    assert (first.options, first.tos) == ((), 0)
    assert (second.seq, second.ack, second.window, second.options, second.tos) == (None,) * 5
    assert second.source == ENDS[1]
    assert (third.seq, third.tos, columns.options[2]) == (2**32 - 1, 255, b"\1\1\1\0")


def filled(rows: list[Row]) -> Columns:
    """Arrays to which rows are added one by one, then together."""
    columns = arrays([(ENDS[0], ENDS[1]), (ENDS[1], ENDS[0])])
    columns.extend(rows[:1])
    columns.extend(rows[1:])
    return columns
