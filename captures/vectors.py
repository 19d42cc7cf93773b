"""The short way of `captures.decode` for a large pcap of Ethernet frames, by numpy.

Whole runs of plain frames become columns at once; every other frame, and every short run, goes
through `decode_records`, so that both ways give the same columns and the same errors.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from captures import decode, options, pcap
from captures.columns import UNKNOWN, Columns
from captures.decode import Decoded
from captures.errors import CaptureError
from captures.recording import LONGEST_FRAME, Read, Recording, Stretch
from captures.segment import ACK, RST, SYN

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Read at a time: so much stays in the processor's cache.
STRETCH_BYTES = 1 << 21
# Some hundred calls of numpy cost as much as so many frames one by one.
SHORTEST_RUN = 256

# A frame's bytes behind its record's header; an unnamed field is of no interest.
TCP = [("ports", "u4"), ("seq", ">u4"), ("ack", ">u4"), ("offset", "u1"), ("flags", "u1")]
IPV4 = [("", "S12"), ("kind", ">u2"), ("first", "u1"), ("tos", "u1"), ("total", ">u2"), ("", "S2")]
IPV4 += [("place", ">u2"), ("", "S1"), ("protocol", "u1"), ("", "S2"), ("addresses", "u8")]
IPV6 = [("", "S14"), ("word", ">u4"), ("total", ">u2"), ("protocol", "u1"), ("", "S1")]
IPV6 += [(f"addresses_{place}", "u8") for place in range(4)]
OVER_IPV4 = np.dtype([*IPV4, *TCP, ("window", ">u2")])
OVER_IPV6 = np.dtype([*IPV6, *TCP, ("window", ">u2")])
TIMESTAMP_ALONE = int.from_bytes(options.TIMESTAMP_ALONE, "little")
# Any odd numbers: two keys with one hash are found out, and taken one by one.
FACTORS = np.array(
    [
        *(0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB),
        *(0xD6E8FEB86659FD93, 0xA0761D6478BD642F),
    ],
    "u8",
)


class Frames(NamedTuple):
    """Frames of one stretch: arrays with an entry a frame (words: a column), but `data`, the
    stretch.

    at: where a frame begins. behind: where its TCP header of 20 bytes ends. rest: what follows
    that in the packet. size: of its options. words: addresses and ports, as five numbers.
    All but the first four mean something only where `plain`.
    """

    data: bytes
    at: Array
    number: Array
    time_ns: Array
    plain: Array
    behind: Array
    rest: Array
    size: Array
    words: Array
    fields: dict[str, Array]

    def part(self, start: int, stop: int) -> Frames:
        """The frames from `start` to `stop`."""
        whole = self._asdict()
        parts = {name: whole[name][..., start:stop] for name in self._fields[1:-1]}
        fields = {name: array[start:stop] for name, array in self.fields.items()}
        return Frames(self.data, **parts, fields=fields)


def read(data: bytes, more: Read) -> tuple[Recording, Decoded]:
    """Decode a pcap of Ethernet frames that begins with `data` and goes on with `more`.

    Raises CaptureError as `pcap.read` and `decode` do.
    """
    recording, found = Recording("pcap"), Decoded()
    header, stretch = pcap.header(data), Stretch(data, more)
    at, going = pcap.HEADER_SIZE, True
    while going:
        at = _stretch(stretch.data, at, recording, header, found)
        pcap.check(recording.count + 1, stretch, at, header)
        going, at, rest = stretch.advance(at, STRETCH_BYTES), 0, len(stretch.data) - at
    recording.cut_short = rest > 0
    return recording, found


def rows_of_pairs(columns: Columns) -> Iterator[tuple[array[int], bool]]:
    """The rows of each socket pair, and whether they are surely of one connection."""
    flow, flags = np.asarray(columns.flow, "u4"), np.asarray(columns.flags, "u1")
    rows = _by_number(flow >> 1)
    sizes = np.bincount(flow >> 1)
    stops = np.cumsum(sizes[sizes > 0])
    single = _single(flow[rows], flags[rows], stops)
    data, start = rows.tobytes(), 0
    # Not as lists: in a scan their numbers would take twice the file.
    for stop, one in zip((4 * stops).data, single.data, strict=True):
        yield array("I", data[start:stop]), bool(one)
        start = stop


def _single(flow: Array, flags: Array, stops: Array) -> Array:
    """Which pairs have no SYNs but their first segment, or their first two, one of each end.

    None of these begins a next connection. The segments are sorted by pair; stops: their ends.
    """
    starts = np.append(0, stops[:-1])[: len(stops)]
    # Behind a single segment that would be the next pair's.
    seconds = np.minimum(starts + 1, stops - 1)
    syn = flags & SYN > 0
    answered = syn[starts] & syn[seconds] & (flow[starts] != flow[seconds])
    answered &= flags[starts] & RST == 0
    single: Array = np.add.reduceat(syn, starts, dtype="q") == syn[starts].astype("q") + answered
    return single


def _by_number(numbers: Array) -> Array:
    """The places of numbers of 32 bits, sorted by them; those of equal ones stay in order."""
    # By 16 bits at a time numpy sorts without comparing, five times as fast.
    places = np.argsort(numbers.astype("u2"), kind="stable").astype("u4")
    upper = (numbers >> 16).astype("u2")
    return places[np.argsort(upper[places], kind="stable")] if upper.any() else places


def _stretch(
    data: bytes, at: int, recording: Recording, header: pcap.Header, found: Decoded
) -> int:
    """Decode the whole frames from `at` on; returns where they end."""
    if len(data) < at + pcap.RECORD_SIZE:
        return at
    starts, records = _records(data, at, header)
    frames = _frames(data, starts, records, recording.count, header)
    # Where each frame's record begins, and the last one ends.
    places = [at, *(frames.at[1:] - pcap.RECORD_SIZE).tolist(), _end(starts, records, at)]
    done = 0
    for start, stop in [*_runs(frames.plain), (len(starts), len(starts))]:
        if start > done:
            number = recording.count + done
            rest, _ = pcap.whole(data, places[done], number, header, places[start])
            decode.decode_records(rest, found)
        if start < stop:
            _add(frames.part(start, stop), found)
        done = stop
    recording.count += len(starts)
    return int(places[len(starts)])


def _records(data: bytes, at: int, header: pcap.Header) -> tuple[Array, Array]:
    """Where the whole records from `at` on begin, and their four fields.

    Lengths are looked at afterwards, all at once: this loop is a third of all the work.
    """
    kept_at = pcap.KEPT[header.order]
    starts: list[int] = []
    add, last = starts.append, len(data) - pcap.RECORD_SIZE
    while at <= last:
        add(at)
        at += kept_at(data, at)[0] + pcap.RECORD_SIZE
    places = np.array(starts, "q")
    fields = _view(data, np.dtype((header.order + "u4", 4)))[places].T.astype("q")
    _, _, kept, length = fields
    wrong = (kept > length) | (kept > LONGEST_FRAME)
    wrong |= places + pcap.RECORD_SIZE + kept > len(data)
    count = int(wrong.argmax()) if wrong.any() else len(starts)
    return places[:count], fields[:, :count]


def _end(starts: Array, records: Array, at: int) -> int:
    """Where the last record ends."""
    return int(starts[-1] + pcap.RECORD_SIZE + records[2, -1]) if len(starts) else at


def _view(data: bytes, kind: Any) -> Array:
    """The data as an item at every byte of it."""
    item = np.dtype(kind)
    return np.ndarray(len(data) - item.itemsize + 1, item, data, 0, (1,))


def _gather(data: bytes, kind: np.dtype[Any], at: Array) -> Array:
    """The items of a kind that begin at these bytes of the data."""
    # As bare bytes, and only then as fields: numpy would copy field by field, ten times as slow.
    return _view(data, f"V{kind.itemsize}")[at].view(kind)


def _frames(data: bytes, starts: Array, records: Array, number: int, header: pcap.Header) -> Frames:
    """Look at all frames at once, at each as if it were a plain one."""
    padded = data + bytes(OVER_IPV6.itemsize)
    seconds, fraction, kept, length = records
    at = starts + pcap.RECORD_SIZE
    four = _gather(padded, OVER_IPV4, at)
    fields = {name: four[name].astype("q") for name in ("tos", "seq", "ack", "window", "offset")}
    fields |= {name: four[name].copy() for name in ("flags", "protocol")}
    words = np.zeros((5, len(at)), "u8")
    words[0], words[4] = four["addresses"], four["ports"]
    behind = np.full(len(at), decode.BEHIND_IPV4)
    rest = four["total"].astype("q") - 40
    plain = (four["kind"] == decode.TYPE_IPV4) & (four["first"] == decode.PLAIN_IPV4)
    plain &= four["place"] & decode.FRAGMENT == 0
    sixes = np.flatnonzero(four["kind"] == decode.TYPE_IPV6)
    if len(sixes):
        six = _gather(padded, OVER_IPV6, at[sixes])
        for name in ("seq", "ack", "window", "offset", "flags", "protocol"):
            fields[name][sixes] = six[name]
        fields["tos"][sixes] = six["word"] >> 20 & 0xFF
        for place in range(4):
            words[place, sixes] = six[f"addresses_{place}"]
        words[4, sixes] = six["ports"].astype("u8") | 1 << 32
        behind[sixes] = decode.BEHIND_IPV6
        rest[sixes] = six["total"].astype("q") - 20
        plain[sixes] = six["word"] >> 28 == 6
    size = (fields["offset"] >> 2 & 60) - 20
    plain &= fields["protocol"] == decode.TCP
    plain &= (size >= 0) & (size <= rest) & (behind + rest <= length) & (behind + size <= kept)
    behind += at
    _check_options(data, _view(padded, "<u4"), plain, behind, size)
    time_ns = seconds * 1_000_000_000 + fraction * header.unit_ns
    numbers = np.arange(number + 1, number + 1 + len(at))
    return Frames(data, at, numbers, time_ns, plain, behind, rest, size, words, fields)


def _check_options(data: bytes, words: Array, plain: Array, behind: Array, size: Array) -> None:
    """Clear `plain` where options are wrong."""
    usual = (size == 12) & (words[np.where(plain, behind, 0)] == TIMESTAMP_ALONE)
    for frame in np.flatnonzero(plain & (size > 0) & ~usual).tolist():
        start = int(behind[frame])
        try:
            options.check(data[start : start + int(size[frame])])
        except CaptureError:
            plain[frame] = False


def _runs(plain: Array) -> Iterator[tuple[int, int]]:
    """Start and stop of each run of plain frames that is long enough."""
    odd = np.flatnonzero(~plain)
    starts, stops = np.append(0, odd + 1), np.append(odd, len(plain))
    long = stops - starts >= SHORTEST_RUN
    return zip(starts[long].tolist(), stops[long].tolist(), strict=True)


def _add(frames: Frames, found: Decoded) -> None:
    """Add plain frames to the columns."""
    fields, columns = frames.fields, found.arrays()
    flags = fields["flags"]
    new = {
        "frame": frames.number,
        "time_ns": frames.time_ns,
        "flow": _flows(frames, found),
        "flags": flags,
        "seq": fields["seq"],
        "ack": np.where(flags & ACK, fields["ack"], UNKNOWN),
        "payload": frames.rest - frames.size,
        "window": fields["window"],
        "tos": fields["tos"],
    }
    for name, values in new.items():
        _append(getattr(columns, name), values)
    sizes = frames.size
    offsets = np.cumsum(sizes) - sizes
    carried: Any = columns.options
    _append(carried.offsets, offsets + len(carried.data))
    _append(carried.sizes, sizes)
    # Options are whole words: a quarter of the work that bytes would be.
    count = sizes >> 2
    words = np.repeat(frames.behind - offsets, count) + 4 * np.arange(count.sum())
    carried.data += _gather(frames.data, np.dtype("u4"), words).tobytes()


def _append(column: array[int], values: Array) -> None:
    column.frombytes(values.astype(column.typecode).view("u1"))  # type: ignore[arg-type]


def _flows(frames: Frames, found: Decoded) -> Array:
    """The number of each frame's flow; new ones are numbered in the order of their frames."""
    slots = (frames.words * FACTORS[:, None]).sum(0) >> np.uint64(48)
    places = np.arange(len(slots))
    firsts = np.zeros(1 << 16, "q")
    firsts[slots[::-1]] = places[::-1]  # of the frames of one slot the first is written last
    which = firsts[slots]
    # A frame of another flow than its slot's first is looked up by itself.
    which = np.where((frames.words[:, which] != frames.words).any(0), places, which)
    own = np.flatnonzero(which == places)
    stops = frames.behind[own] - 16
    sizes = np.where(frames.words[4, own] >> np.uint64(32), 36, 12)
    numbers = np.zeros(len(slots), "q")
    numbers[own] = [
        found.flow(frames.data[stop - size : stop])
        for stop, size in zip(stops.tolist(), sizes.tolist(), strict=True)
    ]
    return numbers[which]
