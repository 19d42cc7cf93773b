"""A quiz: a right capture in which one thing was made wrong, and which thing that is.

Made of plain data, without chance: the same capture, time line and seed give the same question.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from captures import columns, notation, options
from captures.capture import Capture
from captures.mutations import Mutation, mutations
from captures.names import Names
from captures.relative import InitialNumbers
from captures.segment import Endpoint, Segment
from checkers.check import check
from checkers.evidence import Evidence, Vantage
from checkers.expectation import Expectation
from checkers.finding import Finding
from checkers.verdict import Verdict

FIELDS = {
    "flags": "its flags",
    "seq": "its sequence number",
    "ack": "its acknowledgement number",
    "window": "its window",
    "mss": "the MSS that it announces",
    "options": "its options",
}
PLACES = {
    "lost": "nothing, but the segment before it is missing",
    "doubled": "it is there twice",
    "swapped": "it and its neighbour have changed places",
}
REASONS = FIELDS | PLACES
CHOICES = 4
# What could be said of the same change, and so is not offered beside it.
ALIKE = {"flags": {"ack"}, "ack": {"flags"}, "mss": {"options"}, "options": {"mss"}}


class Question(msgspec.Struct, frozen=True):
    """A capture with one thing wrong.

    capture, names: what is shown. frames: any of them is a right answer to 'which segment?'.
    choices: what may be wrong with it; the right one is `choices[right]`. finding: what the lab's
    check says of it. was: what was changed, in words.
    """

    capture: Capture
    names: Names
    frames: frozenset[int]
    choices: tuple[str, ...]
    right: int
    finding: Finding
    was: str


def question(
    segments: Sequence[Segment], names: Names, expectation: Expectation, seed: int
) -> Question | None:
    """A question on a right capture of the connections that a time line is about.

    None where nothing that is wrong with it would be seen by the check, or where it isn't right.
    """
    right = _capture(completed(segments))
    if _judged(right, names, expectation).verdict is not Verdict.PASS:
        return None
    before = list(shown(right, names))
    changed = sorted(mutations(list(right)), key=lambda one: _mixed(seed, one.what))
    for kind in sorted(REASONS, key=lambda name: _mixed(seed, name)):
        for mutation in (one for one in changed if one.kind == kind):
            found = _asked(right, mutation, names, expectation, seed)
            # A pure ACK doesn't print its sequence number, and what isn't seen can't be asked.
            if found and list(shown(found.capture, names)) != before:
                return found
    return None


def _said_again(segments: Sequence[Segment], place: int) -> bool:
    """Whether the sender's next segment acknowledges as much as this one, which does no more."""
    lost = segments[place]
    after = [each for each in segments[place + 1 :] if each.source == lost.source]
    covered = bool(after) and lost.ack is not None and after[0].ack == lost.ack
    return lost.length == 0 and covered


def _asked(
    right: Capture, mutation: Mutation, names: Names, expectation: Expectation, seed: int
) -> Question | None:
    """The question, if the check finds the very segment that was changed."""
    if mutation.kind == "lost" and _said_again(list(right), mutation.place):
        return None  # many systems send one segment where the book's sent two
    capture = _capture(mutation.segments)
    finding = _judged(capture, names, expectation)
    frames = _frames(mutation)
    if finding.verdict is not Verdict.FAIL or not frames & set(finding.frames):
        return None
    choices = _choices(mutation.kind, seed)
    reason = choices.index(REASONS[mutation.kind])
    return Question(capture, names, frames, choices, reason, finding, mutation.what)


def _frames(mutation: Mutation) -> frozenset[int]:
    """The frames, as numbered after the change, that one may call wrong."""
    first = mutation.place + 1
    both = mutation.kind in ("doubled", "swapped")
    return frozenset((first, first + 1) if both else (first,))


def _choices(kind: str, seed: int) -> tuple[str, ...]:
    """The right reason among others that aren't, in an order that tells nothing."""
    family = FIELDS if kind in FIELDS else {**PLACES, "window": FIELDS["window"]}
    others = [other for other in family if other != kind and other not in ALIKE.get(kind, ())]
    others.sort(key=lambda other: _mixed(seed, f"{kind} {other}"))
    chosen = [kind, *others[: CHOICES - 1]]
    chosen.sort(key=lambda other: _mixed(seed, f"order {other}"))
    return tuple(REASONS[each] for each in chosen)


def _judged(capture: Capture, names: Names, expectation: Expectation) -> Finding:
    evidence = Evidence({"": Vantage("", capture)}, names)
    findings = check(evidence, expectation).findings
    return max(findings, key=lambda one: one.verdict)


def _capture(segments: Sequence[Segment]) -> Capture:
    """A bare capture of these segments, numbered from 1."""
    ends: list[tuple[Endpoint, Endpoint]] = []
    rows = [_row(number, each, ends) for number, each in enumerate(segments, 1)]
    return Capture("listing", columns.few(rows, ends), len(rows))


def _row(number: int, segment: Segment, ends: list[tuple[Endpoint, Endpoint]]) -> columns.Row:
    flow = segment.source, segment.destination
    if flow not in ends:
        ends += [flow, flow[::-1]]
    known = [
        columns.UNKNOWN if each is None else each
        for each in (segment.seq, segment.ack, segment.payload, segment.window)
    ]
    raw = None if segment.options is None else options.encode(segment.options)
    tos = columns.UNKNOWN if segment.tos is None else segment.tos
    seq, ack, payload, window = known
    return (
        *(number, segment.time_ns, ends.index(flow), segment.flags),
        *(seq, ack, payload, window, raw, tos),
    )


def completed(segments: Iterable[Segment]) -> list[Segment]:
    """The segments with the sequence number of each: a listing leaves it out of pure ACKs."""
    following: dict[Endpoint, int | None] = {}
    found = []
    for each in segments:
        seq = following.get(each.source) if each.seq is None else each.seq
        found.append(replace(each, seq=seq))
        following[each.source] = found[-1].following
    return found


def _ends(segment: Segment, names: Names) -> str:
    return f"{names.endpoint(segment.source)} > {names.endpoint(segment.destination)}"


def shown(capture: Capture, names: Names) -> Iterator[str]:
    """A line a segment: number, seconds, ends, and the book's notation, relative to the ISNs."""
    numbers = InitialNumbers()
    start_ns = capture.columns.time_ns[0]
    for row, segment in enumerate(capture):
        flow = capture.columns.flow[row]
        bases = numbers.bases(flow, segment.flags)
        numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        seconds = (segment.time_ns - start_ns) / 1e9
        text = notation.text(segment, bases)
        yield f"{segment.frame:>2} {seconds:6.3f} {_ends(segment, names)}: {text}"


def _mixed(seed: int, text: str) -> bytes:
    """What shuffles: the same for the same seed, everywhere."""
    return hashlib.blake2b(f"{seed} {text}".encode(), digest_size=8).digest()
