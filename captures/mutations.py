"""Captures with one thing changed: a wrong flag, number, window or option, a lost segment.

Each changes what the segments mean, so a check that knows what to expect must notice. Left alone:
PSH, on which no state depends (RFC 9293, 3.9.1), the padding of options, timestamps' values.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from captures.notation import flags_text
from captures.segment import (
    ACK,
    END_OF_LIST,
    FIN,
    MSS,
    NOP,
    RST,
    SYN,
    Option,
    Segment,
    plus,
)

WINDOWS = 1 << 16
PADDING = (END_OF_LIST, NOP)
FLAG_NAMES = {SYN: "SYN", FIN: "FIN", RST: "RST", ACK: "ACK"}


class Mutation(NamedTuple):
    """What was changed, and the segments then.

    kind: flags, seq, ack, window, mss, options, lost, doubled, swapped or gap. place: the changed
    segment's, from 0. what: for people, such as `frame 3: the window 4096 becomes 0`.
    """

    kind: str
    place: int
    what: str
    segments: tuple[Segment, ...]


def mutations(
    segments: Sequence[Segment], places: Iterable[int] | None = None
) -> Iterator[Mutation]:
    """Every capture that differs from this one in one field of one segment, or in one segment.

    places: of the segments to change, from 0; None: all.
    A field that the capture doesn't tell (None) stays unknown. Gaps are changed by `delayed`, since
    only an expectation knows how long they may be.
    """
    for place in range(len(segments)) if places is None else places:
        segment = segments[place]
        for kind, what, changed in _changes(segment):
            told = f"frame {segment.frame}: {what}"
            yield Mutation(kind, place, told, _with(segments, place, changed))
        yield _lost(segments, place)
        yield _doubled(segments, place)
        if place + 1 < len(segments) and not _alike(*segments[place : place + 2]):
            yield _swapped(segments, place)


def delayed(segments: Sequence[Segment], place: int, gap_ns: int) -> Mutation:
    """This segment comes `gap_ns` after the one before, and all behind it as much later as it."""
    late_ns = gap_ns - (segments[place].time_ns - segments[place - 1].time_ns)
    later = (replace(each, time_ns=each.time_ns + late_ns) for each in segments[place:])
    what = f"frame {segments[place].frame}: comes {gap_ns} ns after the segment before"
    return Mutation("gap", place, what, (*segments[:place], *later))


def _with(segments: Sequence[Segment], place: int, changed: Segment) -> tuple[Segment, ...]:
    return (*segments[:place], changed, *segments[place + 1 :])


def _changes(segment: Segment) -> Iterator[tuple[str, str, Segment]]:
    """The segment with one field changed: kind, in words, the segment then."""
    yield from _flags(segment)
    if segment.seq is not None:
        seq = plus(segment.seq, 1)
        yield "seq", f"seq {segment.seq} becomes {seq}", replace(segment, seq=seq)
    if segment.ack is not None:
        ack = plus(segment.ack, 1)
        yield "ack", f"ack {segment.ack} becomes {ack}", replace(segment, ack=ack)
    if segment.window is not None:
        yield from _windows(segment, segment.window)
    if segment.options is not None:
        yield from _options(segment, segment.options)


def _flags(segment: Segment) -> Iterator[tuple[str, str, Segment]]:
    for flag, name in FLAG_NAMES.items():
        flags = segment.flags ^ flag
        ack = segment.ack
        if flag == ACK:
            ack = None if segment.has(ACK) else 0
        sign = "without" if segment.has(flag) else "with"
        told = f"{flags_text(segment.flags)} {sign} {name}"
        yield "flags", told, replace(segment, flags=flags, ack=ack)


def _windows(segment: Segment, window: int) -> Iterator[tuple[str, str, Segment]]:
    for other in {0, (2 * window + 1) % WINDOWS} - {window}:
        yield "window", f"window {window} becomes {other}", replace(segment, window=other)


def _options(segment: Segment, options: tuple[Option, ...]) -> Iterator[tuple[str, str, Segment]]:
    for place, option in enumerate(options):
        if option.kind in PADDING:
            continue
        left = (*options[:place], *options[place + 1 :])
        yield "options", f"without option {option.kind}", replace(segment, options=left)
        if option.kind == MSS:
            mss = (MSS, (option.value[0] + 1,))
            changed = (*options[:place], Option(*mss), *options[place + 1 :])
            yield (
                "mss",
                f"MSS {option.value[0]} becomes {mss[1][0]}",
                replace(segment, options=changed),
            )
    if not segment.option(MSS):
        more = (Option(MSS, (1459,)), *options)
        yield "options", "with an MSS of 1459", replace(segment, options=more)


def _lost(segments: Sequence[Segment], place: int) -> Mutation:
    what = f"frame {segments[place].frame}: lost"
    return Mutation("lost", place, what, (*segments[:place], *segments[place + 1 :]))


def _doubled(segments: Sequence[Segment], place: int) -> Mutation:
    what = f"frame {segments[place].frame}: comes twice"
    return Mutation("doubled", place, what, (*segments[: place + 1], *segments[place:]))


def _swapped(segments: Sequence[Segment], place: int) -> Mutation:
    """Two neighbours in the other order; each place keeps its time."""
    first, second = segments[place : place + 2]
    pair = replace(second, time_ns=first.time_ns), replace(first, time_ns=second.time_ns)
    what = f"frames {first.frame} and {second.frame}: the other way round"
    return Mutation("swapped", place, what, (*segments[:place], *pair, *segments[place + 2 :]))


def _alike(first: Segment, second: Segment) -> bool:
    """Whether the segments differ in nothing but when they came."""
    return replace(first, frame=0, time_ns=0) == replace(second, frame=0, time_ns=0)
