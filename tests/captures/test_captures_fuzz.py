"""The short run of the fuzzer (`make fuzz` is the long one), and captures dense with each kind."""

import random
import tracemalloc
from collections.abc import Callable
from itertools import islice

import pytest

from captures import decode, pcap, vectors
from captures.decode import Decoded
from captures.errors import CaptureError
from captures.reader import parse
from captures.recording import Recording, ended
from captures.segment import Endpoint
from tests.captures import frames, fuzz, packets, seeds


def test_seeds_are_captures() -> None:
    assert all(map(fuzz.use, seeds.captures()))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_captures_are_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    read = [fuzz.use(data) for data in islice(fuzz.inputs(rng), 400)]
    assert any(read)
    assert not all(read)


DENSE = 20_000


def many_flows() -> list[bytes]:
    return [
        frames.tcp(
            Endpoint("10.0.0.1", 1024 + number % 60000), Endpoint(f"10.0.1.{number // 60000}", 9)
        )
        for number in range(DENSE)
    ]


ARP = frames.arp(1, "10.0.0.1", "10.0.0.2")
# name: link type, and the shortest frames of a kind; of flows each has one segment, as in a scan.
KINDS = {
    "segments": (101, [seeds.OPENING] * DENSE),
    "flows": (101, many_flows()),
    "arps": (113, [packets.cooked(ARP)] * DENSE),
    "fragments": (101, [frames.ipv4(b"", fragment=9)] * DENSE),
    "unreachables": (101, [frames.ipv4(seeds.UNREACHABLE, protocol=1)] * DENSE),
}


# What a few thousand ends and addresses take, which are kept as text.
CACHES_BYTES = 2 << 20


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_a_small_multiple_of_the_file(kind: str) -> None:
    link_type, dense = KINDS[kind]
    data = frames.pcap(dense, link_type=link_type)
    tracemalloc.start()
    capture = parse(data)
    read_bytes = tracemalloc.get_traced_memory()[1]
    labels = sum(len(one.labelled.labels) for one in capture.connections if one.client)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (capture.frames, labels) == (DENSE, len(capture))
    assert len(capture) + len(capture.arps) + len(capture.fragments + capture.unreachables) == DENSE
    assert read_bytes < fuzz.RATIO * len(data) + fuzz.CONSTANT_BYTES // 100
    assert peak_bytes < fuzz.RATIO * len(data) + CACHES_BYTES


def result(read: Callable[[bytes], tuple[Recording, Decoded]], data: bytes) -> object:
    """All that was decoded, or the error's text."""
    try:
        recording, found = read(data)
    except CaptureError as error:
        return str(error)
    columns = [[column[at] for at in range(len(column))] for column in found.columns()]
    counts = recording.count, recording.cut_short, found.others, found.clipped
    return columns, counts, found.arps, found.fragments, found.unreachables


def slowly(data: bytes) -> tuple[Recording, Decoded]:
    recording = pcap.read(data)
    found = decode.Decoded()
    for batch in recording.batches:
        for record in batch:
            decode.slowly(record, found)
    return recording, found


def plainly(data: bytes) -> tuple[Recording, Decoded]:
    recording = pcap.read(data)
    return recording, decode.decode(recording)


def test_all_three_ways_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "SHORTEST_RUN", 1)
    rng = random.Random(7)  # noqa: S311
    whole = frames.pcap([*map(packets.ethernet, seeds.PACKETS), seeds.ARP])
    texts = 0
    for _ in range(600):
        data = whole[:24] + fuzz.damage(rng, whole[24:], seeds.captures()[:1])
        expected = result(slowly, data)
        texts += isinstance(expected, str)
        assert result(plainly, data) == expected
        assert result(lambda data: vectors.read(data, ended), data) == expected
    assert 0 < texts < 600
