"""A lab's right evidence with one capture mutated, every field of it known as in a pcap."""

from collections.abc import Sequence

from msgspec.structs import replace

from captures.capture import Capture
from captures.reader import parse
from captures.segment import MSS, RST, SYN, Endpoint, Option, Segment
from checkers.evidence import Evidence
from tests.captures import frames

# What the personalities offer where a listing doesn't print it.
WINDOWS = {"sun": 4096, "bsdi": 4096, "svr4": 4096, "slip": 4096, "vangogh": 8192}
OTHER_WINDOW = 8760
UNPRINTED_OPTIONS = (Option(MSS, (1024,)),)


def known(evidence: Evidence) -> Evidence:
    """The evidence with every field of every capture known."""
    for point in evidence.vantages:
        evidence = with_segments(evidence, point, completed(evidence, point))
    return evidence


def completed(evidence: Evidence, point: str) -> list[Segment]:
    """The segments at a vantage point with every field known, frames 2, 4, 6 ... in a row."""
    capture = evidence.vantages[point].capture
    addresses = {name: address for address, name in reversed([*evidence.names.hosts.items()])}
    following: dict[tuple[Endpoint, Endpoint], int] = {}
    numbers = _numbers(capture)
    seen = []
    for segment in capture:
        flow = segment.source, segment.destination
        seq = following.get(flow, 0) if segment.seq is None else segment.seq
        following[flow] = seq + segment.length
        name = evidence.names.host(segment.source.host)
        seen.append(_whole(segment, seq, WINDOWS.get(name, OTHER_WINDOW)))
    return [
        replace(
            segment,
            frame=numbers[segment.frame],
            source=_addressed(segment.source, addresses),
            destination=_addressed(segment.destination, addresses),
        )
        for segment in seen
    ]


def _whole(segment: Segment, seq: int, window: int) -> Segment:
    unprinted = UNPRINTED_OPTIONS if segment.has(SYN) else ()
    if segment.has(RST):
        window = 0
    return replace(
        segment,
        seq=seq,
        window=window if segment.window is None else segment.window,
        options=unprinted if segment.options is None else segment.options,
        tos=segment.tos or 0,
    )


def _addressed(end: Endpoint, addresses: dict[str, str]) -> Endpoint:
    return Endpoint(addresses.get(end.host, end.host), end.port)


def _numbers(capture: Capture) -> dict[int, int]:
    """Each frame's even number, in the order of all frames; odd ones are free."""
    lists = (capture, capture.arps, capture.fragments, capture.unreachables)
    known = sorted({each.frame for frames in lists for each in frames})
    return {frame: 2 * rank for rank, frame in enumerate(known, 1)}


def with_segments(evidence: Evidence, point: str, segments: Sequence[Segment]) -> Evidence:
    """The evidence with other segments at a vantage point; ARP, ICMP and fragments stay."""
    vantage = evidence.vantages[point]
    capture = vantage.capture
    numbers = _numbers(capture)
    instead = replace(
        capture,
        kind="pcap",
        columns=_renumbered(segments).columns,
        arps=[each._replace(frame=numbers[each.frame]) for each in capture.arps],
        fragments=[each._replace(frame=numbers[each.frame]) for each in capture.fragments],
        unreachables=[each._replace(frame=numbers[each.frame]) for each in capture.unreachables],
    )
    changed = {**evidence.vantages, point: replace(vantage, capture=instead)}
    return replace(evidence, vantages=changed)


def _renumbered(segments: Sequence[Segment]) -> Capture:
    """A capture of these segments, each at its number or the next one that is free."""
    slots: dict[int, Segment] = {}
    last = 0
    for segment in segments:
        last = max(segment.frame, last + 1)
        slots[last] = segment
    filler = frames.arp(1, "10.0.0.1", "10.0.0.2")
    every = range(1, last + 1)
    packets = [_frame(slots[number]) if number in slots else filler for number in every]
    times = [slots[number].time_ns if number in slots else 0 for number in every]
    return parse(frames.pcap(packets, times_ns=times, nanoseconds=True))


_packed: dict[str, bytes] = {}


def _frame(segment: Segment) -> bytes:
    key = repr(replace(segment, frame=0, time_ns=0))
    if key not in _packed:
        _packed[key] = frames.ethernet(frames.segment_packet(segment))
    return _packed[key]
