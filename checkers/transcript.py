"""The check `transcript`: what the users of a host saw."""

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import structs

from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome, numbered
from checkers.recorded import TRANSCRIPTS
from checkers.verdict import Verdict

SHOWN_INSTEAD = 3  # lines


def transcript(
    evidence: Evidence,
    host: str,
    shows: Sequence[str],
    never: Sequence[str] = (),
    after: str | None = None,
) -> Outcome:
    """The host's terminals show these texts in this order, and none of those that never may stand.

    `*` in a text is anything within a line, and a blank any number of blanks. A number at the
    beginning or the end of a text is the whole number that stands there. after: a text; only what
    stands behind its last place is looked at.
    """
    text = evidence.transcripts.get(host)
    if text is None:
        return Outcome((_no_transcript(host, [*shows, *never]),))
    start = 0
    if after is not None:
        ends = [match.end() for match in pattern(after).finditer(text)]
        if not ends:
            return Outcome((_so_far(evidence, _missing(host, text, after, 0)),))
        start = ends[-1]
    findings = [] if not shows else [_so_far(evidence, _in_order(host, text, shows, start))]
    findings += [_never(host, text, unwanted, start) for unwanted in never]
    return Outcome(tuple(findings))


def _no_transcript(host: str, texts: Sequence[str]) -> Finding:
    expected = f"a transcript of {host} for {texts[0]!r}"
    hint = "A run directory has transcripts; a capture by itself has none."
    return Finding("transcript", Verdict.INCONCLUSIVE, expected, "none", hint=hint)


# A lab's transcripts show the same few texts for every student.
@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    """What finds a text in a transcript."""
    words = [re.escape(word).replace(r"\*", ".*?") for word in text.split()]
    before = "(?<![0-9])" if text.lstrip()[0].isdigit() else ""
    after = "(?![0-9])" if text.rstrip()[-1].isdigit() else ""
    return re.compile(before + r"[ \t]+".join(words) + after)


def _in_order(host: str, shown: str, texts: Sequence[str], start: int) -> Finding:
    position = start
    found: list[int] = []
    for text in texts:
        match = pattern(text).search(shown, position)
        if match is None:
            return _missing(host, shown, text, position)
        found.append(_line(shown, match.start()))
        position = match.end()
    expected = f"{', '.join(map(repr, texts))} on the terminals of {host}" + _behind(shown, start)
    return _finding(host, Verdict.PASS, expected, "just that, in this order", found)


def _so_far(evidence: Evidence, found: Finding) -> Finding:
    """What isn't shown while the run goes on may still be."""
    if evidence.over or found.verdict is Verdict.PASS:
        return found
    return structs.replace(found, verdict=Verdict.INCONCLUSIVE)


def _missing(host: str, shown: str, text: str, position: int) -> Finding:
    """A FAIL that says what stands where the text should."""
    expected = f"{text!r} on the terminals of {host}" + _behind(shown, position)
    rest = [each.strip() for each in shown[position:].splitlines() if each.strip()]
    stands = " / ".join(rest[:SHOWN_INSTEAD])
    observed = f"{stands!r} there" if rest else "nothing more"
    earlier = pattern(text).search(shown)
    if earlier:
        observed += f"; it stands in line {_line(shown, earlier.start())}, too early"
    return _finding(host, Verdict.FAIL, expected, observed, [_line(shown, position)])


def _never(host: str, shown: str, text: str, start: int) -> Finding:
    match = pattern(text).search(shown, start)
    expected = f"no {text!r} on the terminals of {host}" + _behind(shown, start)
    if match is None:
        lines = [_line(shown, position) for position in (start, len(shown))]
        return _finding(host, Verdict.PASS, expected, "none", lines)
    return _finding(host, Verdict.FAIL, expected, repr(match[0]), [_line(shown, match.start())])


def _behind(shown: str, position: int) -> str:
    """Behind which line something is expected; '' for the first."""
    line = _line(shown, position)
    return f" behind line {line}" if line > 1 else ""


def _line(text: str, position: int) -> int:
    """The number of the line at a position, from 1."""
    return text.count("\n", 0, position) + 1


def _finding(
    host: str, verdict: Verdict, expected: str, observed: str, lines: Sequence[int]
) -> Finding:
    record = f"{TRANSCRIPTS}/{host}.txt {numbered('line', lines)}"
    return Finding("transcript", verdict, expected, observed, record=record)
