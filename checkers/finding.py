"""What a check found, as plain data that reads like a good tutor."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise

import msgspec
from msgspec import structs

from checkers.verdict import Verdict, worst


class Finding(msgspec.Struct, frozen=True):
    """One statement of a check.

    check: the expectation's name. subject: what of it this is about (`gap 3`, `segment 4`), or ''.
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
        captured = " at ".join(part for part in (frames_text(self.frames), self.vantage) if part)
        return "; ".join(part for part in (captured, self.record) if part)

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


class Match(msgspec.Struct, frozen=True):
    """An expected time line beside the connection it was held against, as far as that went."""

    check: str
    vantage: str
    pairs: tuple[Pair, ...]


class Outcome(msgspec.Struct, frozen=True):
    """All that one check has to say.

    beside: makes the match of a time line, which takes as long as the check and isn't always
    asked for. matched: how many lines and segments stand beside each other in it.
    """

    findings: tuple[Finding, ...]
    beside: Callable[[], Match] | None = None
    matched: int = 0

    @property
    def match(self) -> Match | None:
        """The expected time line beside the connection; None for a check of another kind."""
        return self.beside() if self.beside else None

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings' verdicts."""
        return worst(finding.verdict for finding in self.findings)

    def named(self, check: str) -> "Outcome":
        """The same, said by the check of this name."""
        findings = tuple(structs.replace(finding, check=check) for finding in self.findings)
        beside = self.beside
        named = partial(_named, beside, check) if beside else None
        return Outcome(findings, named, self.matched)


def _named(beside: Callable[[], Match], check: str) -> Match:
    return structs.replace(beside(), check=check)


def counted(number: int, noun: str) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def frames_text(frames: tuple[int, ...]) -> str:
    """`frame 4`, `frames 5 and 6`, `frames 1 to 3 and 7`; '' for none."""
    return numbered("frame", frames)


def numbered(word: str, numbers: Iterable[int]) -> str:
    """`line 4`, `lines 5 and 6`, `lines 1 to 3 and 7` for the word `line`; '' for no numbers."""
    ordered = sorted(set(numbers))
    if not ordered:
        return ""
    runs = _runs(ordered)
    words = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    listed = " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
    return f"{word} {listed}" if len(ordered) == 1 else f"{word}s {listed}"


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Consecutive numbers as (first, last); two neighbours stay apart, as one would say them."""
    starts = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)]
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]]
    runs = []
    for first, last in zip(starts, ends, strict=True):
        runs += [(first, last)] if last - first != 1 else [(first, first), (last, last)]
    return runs
