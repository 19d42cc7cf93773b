"""What a check found, as plain data that reads like a good tutor."""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import sub

import msgspec

from checkers.verdict import Verdict, worst

FEW = 32  # frames


class Finding(msgspec.Struct, frozen=True):
    """One statement of a check.

    check: the expectation's name; '' until `checkers.check` puts it there. subject: what of it this
    is about (`gap 3`, `segment 4`), or ''.
    frames: numbers of the frames that show it, in the capture of `vantage`.
    record: lines of the run's other files that show it (`transcripts/sun.txt line 3`), or ''.
    reference: RFC or section. hint: what to look at next, or ''.
    Raises ValueError for a PASS without frames or record: no evidence is never a pass.
    """

    check: str
    verdict: Verdict
    expected: str
    observed: str
    subject: str = ""
    frames: tuple[int, ...] = ()
    vantage: str = ""
    reference: str = ""
    hint: str = ""
    record: str = ""

    def __post_init__(self) -> None:
        if self.verdict is Verdict.PASS and not (self.frames or self.record):
            raise ValueError(f"{self.check}: a PASS names the frames that show it")

    @property
    def place(self) -> str:
        """Where it was seen: `frames 5 and 6 at bsdi eth0`, `states.jsonl lines 4 to 7`; or ''."""
        return place_text(self.frames, self.vantage, self.record)

    @property
    def sentence(self) -> str:
        """The finding in one line; the vantage point stands beside the frames where it has one.

        `backoff: gap 3 expected 4.000 s ±0.500, observed 2.010 s (frames 5 and 6); RFC 6298 5.5`
        """
        subject = f"{self.subject} " if self.subject else ""
        evidence = f" ({self.place})" if self.place else ""
        reference = f"; {self.reference}" if self.reference else ""
        return (
            f"{self.check}: {subject}expected {self.expected}, "
            f"observed {self.observed}{evidence}{reference}"
        )


class Pair(msgspec.Struct, frozen=True):
    """A line of the expected time line beside the segment that was held against it.

    line: its number in the time line's text; None for a segment after the last line.
    expected: the line with every variable that is known filled in. frame, observed, time_ns (since
    the connection's first segment): the segment; None and '' where the capture has none.
    differs: the fields that differ; () where the segment is as expected.
    """

    line: int | None
    expected: str
    frame: int | None
    observed: str
    time_ns: int | None = None
    differs: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, dict=True):
    """An expected time line beside the connection it was held against, as far as that went.

    length: how many pairs. write: makes them; their texts are many, and graders read none.
    """

    check: str
    vantage: str
    length: int
    write: Callable[[], tuple[Pair, ...]]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs, in the order of the time line."""
        return self.write()


class Outcome(msgspec.Struct, frozen=True):
    """All that one check has to say; `match` for a time line."""

    findings: tuple[Finding, ...]
    match: Match | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings' verdicts."""
        return worst(finding.verdict for finding in self.findings)


def counted(number: int, noun: str) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def place_text(frames: tuple[int, ...], vantage: str, record: str) -> str:
    """Where something stands: in frames of a capture, in lines of a record, in both; or ''."""
    return _both(_both(frames_text(frames), " at ", vantage), "; ", record)


def _both(one: str, between: str, other: str) -> str:
    return one + between + other if one and other else one or other


def frames_text(frames: tuple[int, ...]) -> str:
    """`frame 4`, `frames 5 and 6`, `frames 1 to 3 and 7`; '' for none."""
    return _few_frames(frames) if len(frames) <= FEW else numbered("frame", frames)


# What is right in a lab stands in the same frames with most of a class. Only of few frames, so that
# all that is kept is some 1 MB at most.
@lru_cache(maxsize=1024)
def _few_frames(frames: tuple[int, ...]) -> str:
    return numbered("frame", frames)


def numbered(word: str, numbers: Iterable[int]) -> str:
    """`line 4`, `lines 5 and 6`, `lines 1 to 3 and 7` for the word `line`; '' for no numbers."""
    ordered = sorted(set(numbers))
    if len(ordered) < 2:
        return f"{word} {ordered[0]}" if ordered else ""
    *before, last = _runs(ordered)
    listed = " and ".join([", ".join(before), last] if before else [last])
    return f"{word}s {listed}"


def _runs(numbers: list[int]) -> list[str]:
    """Consecutive numbers as `1 to 3`; two neighbours stay apart, as one would say them."""
    steps = enumerate(map(sub, numbers[1:], numbers), 1)
    whole = numbers[-1] - numbers[0] < len(numbers)
    breaks = [] if whole else [place for place, step in steps if step != 1]
    words: list[str] = []
    for start, stop in pairwise([0, *breaks, len(numbers)]):
        first, last = numbers[start], numbers[stop - 1]
        near = numbers[start:stop] if stop - start < 3 else [f"{first} to {last}"]
        words += map(str, near)
    return words
