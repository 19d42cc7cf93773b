"""What came to one vantage point of a run, held against what another saw its sender send.

Where all that a host sends passes vantage points, each arrival has a sending of its own there, no
later. What was sent may be lost, so the n-th of several alike that came may be a later one that was
sent, but never an earlier one. How long a segment was on a line says nothing (queues, delays, and
lines that are held take seconds); an Ethernet has neither.
"""

from collections.abc import Container, Sequence
from typing import NamedTuple, TypeAlias

from captures.ends import Pair
from captures.names import Names
from captures.run import Run
from captures.segment import RST
from checkers.seen import (
    EARLY_NS,
    MILLISECOND_NS,
    Seen,
    Watched,
    all_captured_until_ns,
    flow_text,
)

# From one point of an Ethernet to another took 4 ms at most in 10,000 crossings of busy machines.
ETHERNET_NS = 1_000_000_000
FOREVER_NS = 1 << 63

# Of a segment: the number of its ends, flags, numbers, and window, and whether there are data. How
# many may differ on the way: of a datagram's fragments the first one alone is a segment.
_Key: TypeAlias = tuple[int, int, int, int, int, bool]
_Sent: TypeAlias = dict[_Key, list[int]]


class _Flow(NamedTuple):
    """One direction of a socket pair, as one vantage point sees it; number: of the pair.

    sent: by the host of the vantage point. ends: at that host; a router may see a segment twice.
    most_ns: how long it may have been on its way, at most.
    """

    number: int
    pair: Pair
    sent: bool
    ends: bool
    most_ns: int


_Arrival: TypeAlias = tuple[_Flow, _Key, int]  # and its time


def contradiction(run: Run, seen: Sequence[Seen], watched: Watched, names: Names) -> str:
    """A segment that came somewhere, and its sender's vantage points tell otherwise, in words."""
    straight = _straight(run, seen) if len(seen) > 1 else {}
    if len(seen) < 2 or not (watched or straight):
        return ""
    until_ns = FOREVER_NS if run.at_rest else all_captured_until_ns(seen)
    numbers: dict[Pair, int] = {}
    sent: _Sent = {}
    came = []
    for one in seen:
        flows = _flows(one, watched, straight.get((one.host, one.interface), ()), numbers, names)
        came.append(_sorted_out(one, flows, sent, until_ns))
    if len(seen) > len({one.host for one in seen}):  # a host has sent by several interfaces
        for times in sent.values():
            times.sort()
    told = (_odd(one, arrivals, sent, names) for one, arrivals in zip(seen, came, strict=True))
    return next(filter(None, told), "")


def _straight(run: Run, seen: Sequence[Seen]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Of vantage points (host, interface) the addresses from which, and at which, segments come
    straight from another one on the same Ethernet, whatever else their hosts are connected to."""
    whole = {(one.host, one.interface): one.whole for one in seen}
    found = {}
    for link in run.links:
        if link.kind == "ethernet":
            ends = [(host, name) for host, _, name in (end.partition(" ") for end in link.ends)]
            its = {end: _address(run, *end) for end in ends if end in whole}
            for end, own in its.items():
                others = [its[other] for other in its if other != end and whole[other]]
                found[end] = {(other, own) for other in others}
    return found


def _address(run: Run, host: str, interface: str) -> str:
    known = run.hosts.get(host)
    return known.interfaces.get(interface, "").partition("/")[0] if known else ""


def _flows(
    one: Seen,
    watched: Watched,
    straight: Container[tuple[str, str]],
    numbers: dict[Pair, int],
    names: Names,
) -> list[_Flow | None]:
    """What each flow of a capture is to its vantage point; None for one that says nothing."""
    found: list[_Flow | None] = []
    host = names.hosts.get  # names.host is a call more, and this is asked of every flow of a class
    for pair in one.capture.columns.ends:
        (source, _), (destination, _) = pair
        sender, ethernet = host(source, source), (source, destination) in straight
        sent = sender == one.host
        if sent or ethernet or sender in watched:
            number = numbers.setdefault(pair, len(numbers))
            ends = host(destination) == one.host
            most_ns = ETHERNET_NS if ethernet else FOREVER_NS
            found.append(_Flow(number, pair, sent, ends, most_ns))
        else:
            found.append(None)
    return found


def _sorted_out(
    one: Seen, flows: Sequence[_Flow | None], sent: _Sent, until_ns: int
) -> list[_Arrival]:
    """Note what was sent here, and tell what came; without the resets of one that knows nothing.

    These a host may send while it boots, before its capture goes on.
    """
    columns, arrivals = one.capture.columns, []
    for time_ns, flow, flags, seq, ack, payload, window in zip(
        columns.time_ns,
        columns.flow,
        columns.flags,
        columns.seq,
        columns.ack,
        columns.payload,
        columns.window,
        strict=True,
    ):
        its = flows[flow]
        if its is None or flags == RST:
            continue
        key = its.number, flags, seq, ack, window, payload > 0
        if its.sent:
            sent.setdefault(key, []).append(time_ns)
        elif time_ns <= until_ns:
            arrivals.append((its, key, time_ns))
    return arrivals


def _odd(one: Seen, arrivals: Sequence[_Arrival], sent: _Sent, names: Names) -> str:
    """An arrival without a sending of its own, before it, or on an Ethernet long after all."""
    counts: dict[_Key, int] = {}
    for its, key, time_ns in arrivals:
        # On its way a router may send it back to where it came from, and see it twice.
        before = counts.get(key, 0) if its.ends else 0
        counts[key] = before + 1
        times = sent.get(key, ())
        if before < len(times) and -EARLY_NS <= time_ns - times[before] <= its.most_ns:
            continue
        told = _told(its, before, times, time_ns, names.host(its.pair[0].host))
        if told:
            segment = next(
                s
                for s in one.capture
                if s.time_ns == time_ns and (s.source, s.destination) == its.pair
            )
            return (
                f"{one.place} is of another run than the rest: it has a segment from "
                f"{flow_text(its.pair, names)}, {told} (frame {segment.frame})"
            )
    return ""


def _told(its: _Flow, before: int, times: Sequence[int], time_ns: int, sender: str) -> str:
    """How an arrival contradicts what was sent, in words; '' where it doesn't."""
    if before >= len(times):
        return f"which {sender} didn't send"
    if times[before] - time_ns > EARLY_NS:
        return f"{(times[before] - time_ns) // MILLISECOND_NS} ms before {sender} sent it"
    ago_ns = min(time_ns - sent_ns for sent_ns in times if sent_ns - time_ns <= EARLY_NS)
    if ago_ns > its.most_ns:
        return f"{ago_ns // MILLISECOND_NS} ms after {sender} sent it on the same Ethernet"
    return ""
