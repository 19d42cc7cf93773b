"""`tcplab quiz`: captures in which one thing is wrong; which, and why?"""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from captures.names import Names
from captures.reader import parse
from captures.segment import Segment
from checkers.check import check
from checkers.evidence import Evidence
from checkers.timeline_example import example
from checkers.verdict import Verdict
from cli.check import read_evidence, run_at
from cli.exits import PASSED, UsageError
from cli.labs import book_names, expectations
from cli.languages import said
from cli.saying import ask, say, tell
from labs import catalog
from labs.catalog import Expectation
from languages.wrapping import filled
from reports.quiz import Question, question, shown

TIMELINE = "timeline"
LETTERS = "abcd"
MOST_SEEDS = 1_000_000


class Source(NamedTuple):
    """Where a right capture comes from: the lab's expectation, and its segments in a run, if any.

    Without a run the segments are made from the expectation, other ones for each seed.
    """

    lab: str
    expectation: Expectation
    names: Names
    segments: Sequence[Segment] = ()

    def question(self, seed: int) -> Question | None:
        """A question; None where this source has none."""
        segments = self.segments
        if not segments:
            try:
                text = example(str(self.expectation.parameters[TIMELINE]), seed)
            except ValueError:
                return None
            segments = list(parse(text.encode()))
        return question(segments, self.names, self.expectation, seed)


def quiz(what: str | None, seed: int | None, count: int) -> int:
    """Ask so many questions; the exit status. Raises UsageError where there is nothing to ask."""
    begin = secrets.randbelow(MOST_SEEDS) if seed is None else seed
    sources = list(_sources(what))
    asked = segments_right = reasons_right = 0
    for number, (source, one) in enumerate(_questions(sources, begin, count), 1):
        if number > 1:
            say("")
        tell(f"Question {number} of {count}: {source.lab}")
        answers = _ask(one)
        if answers is None:
            break
        asked += 1
        segments_right += answers[0]
        reasons_right += answers[1]
        _explain(one, *answers)
    say("")
    tell(f"{segments_right} of {asked} segments and {reasons_right} of {asked} reasons are right.")
    tell(f"The same questions again: tcplab quiz {f'{what} ' if what else ''}--seed {begin}")
    return PASSED


def _sources(what: str | None) -> Iterator[Source]:
    if what is not None and Path(what).exists():
        yield from _of_run(Path(what))
        return
    for lab in [what] if what else catalog.of_kind(catalog.SESSION):
        for one in expectations(lab):
            if one.check == TIMELINE:
                yield Source(lab, one, book_names())


def _of_run(path: Path) -> Iterator[Source]:
    path = run_at(path)
    evidence = read_evidence(path)
    if evidence.run is None:
        raise UsageError(f"{path}: no run directory: name one, or a lab")
    lab = evidence.run.lab
    for one in expectations(lab, evidence.run.variant):
        if one.check == TIMELINE:
            yield Source(lab, one, evidence.names, _right_segments(evidence, one))


def _right_segments(evidence: Evidence, expectation: Expectation) -> Sequence[Segment]:
    """The segments in which the run fulfils the expectation; () where it doesn't."""
    vantage = evidence.at(expectation.at)
    outcome = check(evidence, expectation)
    if vantage is None or outcome.verdict is not Verdict.PASS:
        return ()
    frames = set(outcome.findings[0].frames)
    return [each for each in vantage.capture if each.frame in frames]


def _questions(
    sources: Sequence[Source], seed: int, count: int
) -> Iterator[tuple[Source, Question]]:
    """Questions on one source after another, as the seed chooses, where there is one."""
    asked = 0
    for turn in range(count + 20 * len(sources)):
        if asked == count:
            return
        source = sources[(seed + turn * 7) % len(sources)]
        found = source.question(seed + turn)
        if found:
            asked += 1
            yield source, found
    if not asked:
        raise UsageError("nothing to ask here: no time line of this lab can be a question")


def _ask(one: Question) -> tuple[bool, bool] | None:
    """Whether the segment and the reason were named; None where the user leaves."""
    for line in shown(one.capture, one.names):
        say(filled(line, following=" " * 10))
    numbers = [str(each.frame) for each in one.capture]
    segment = _answer("One thing is wrong. Which segment?", numbers)
    if segment is None:
        return None
    letters = LETTERS[: len(one.choices)]
    for letter, choice in zip(letters, one.choices, strict=True):
        say(f"  {letter}) {said(choice)}")
    reason = _answer("What is wrong with it?", letters)
    if reason is None:
        return None
    return int(segment) in one.frames, letters.index(reason) == one.right


def _answer(question: str, allowed: Sequence[str]) -> str | None:
    """One of the allowed answers; None for q and the end of the input."""
    while True:
        line = ask(question)
        answer = line.strip().lower().rstrip(")")
        if not line or answer == "q":
            return None
        if answer in allowed:
            return answer
        tell(f"one of {', '.join(allowed)}, or q to leave", first="  ")


def _explain(one: Question, segment: bool, reason: bool) -> None:
    """Say what was right, and what the check says of it."""
    words = {(True, True): "Right.", (True, False): "The right segment, but not the reason."}
    words |= {(False, True): "The right reason, but another segment."}
    frames = " or ".join(map(str, sorted(one.frames)))
    first = words.get((segment, reason), "Not this time.")
    told = said(f"Segment {frames}: {one.choices[one.right]}.")
    say(filled(f"{said(first)} {told}", following="  "))
    finding = one.finding
    paragraphs = [
        f"{said('expected')} {said(finding.expected)}",
        f"{said('observed')} {said(finding.observed)}",
        f"{said('see')} {finding.reference}" if finding.reference else "",
        said(finding.hint),
    ]
    for text in filter(None, paragraphs):
        say(filled(text, "  ", "    "))
