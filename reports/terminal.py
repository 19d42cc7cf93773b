"""A report as text for a terminal: findings that teach, 80 columns. Colour is the caller's."""

from collections.abc import Iterator, Sequence

from captures.run import Degraded
from checkers.check import Report
from checkers.finding import Finding
from checkers.verdict import Verdict
from languages.sentences import ENGLISH, Language
from languages.wrapping import filled, wrapped
from reports.place import place

DEGRADED = "degraded:"
INDENT = " " * (len(Verdict.INCONCLUSIVE.name) + 2)


def findings(report: Report, language: Language = ENGLISH) -> str:
    """Each finding: verdict, name and what was expected; below it what was observed, and where.

    One that isn't a PASS also says where to read on, and the hint. Verdicts stay as they are.
    """
    return "\n".join(line for finding in report.findings for line in _finding(finding, language))


def _finding(finding: Finding, language: Language) -> Iterator[str]:
    expected, observed = language("expected"), language("observed")
    see, hint = language("see"), language("hint:")
    name = " ".join(part for part in (finding.check, language(finding.subject)) if part)
    head = f"{finding.verdict.name:<{len(INDENT)}}"
    yield from _wrapped(f"{name}: {expected} {language(finding.expected)}", head)
    where = place(finding, language)
    seen = f"{observed} {language(finding.observed)}"
    yield from _wrapped(f"{seen} ({where})" if where else seen)
    if finding.verdict is not Verdict.PASS:
        yield from _wrapped(finding.reference and f"{see} {finding.reference}")
        yield from _wrapped(finding.hint and f"{hint} {language(finding.hint)}")


def _wrapped(text: str, first: str = INDENT) -> list[str]:
    return wrapped(text, first, f"{INDENT}  ", whole=True)


def degraded(aspects: Sequence[Degraded], language: Language = ENGLISH) -> str:
    """What this machine or user could not give the hosts, one paragraph each."""
    return "\n".join(filled(_degraded(one, language), following="  ") for one in aspects)


def _degraded(one: Degraded, language: Language) -> str:
    instead = language("{got} instead of {wanted}").format(
        got=language(one.got), wanted=language(one.wanted)
    )
    return f"{language(DEGRADED)} {one.host}: {one.aspect}: {instead} ({language(one.why)})"


def taken_for(points: Sequence[str], language: Language = ENGLISH) -> str:
    """Where a bare capture was taken, judging by what fits, and how to tell it otherwise."""
    where = f" {language('or')} ".join(points)
    told = (
        f"nobody told where this was captured: it fits {where} best (--at 'HOST INTERFACE' tells)"
    )
    return filled(language(told), following="  ", whole=True) + "\n"


def summary(verdicts: Sequence[tuple[str, Verdict]]) -> str:
    """A line a lab, and the count of each verdict."""
    width = max((len(name) for name, _ in verdicts), default=0)
    lines = [f"{name:<{width}}  {verdict.name}" for name, verdict in verdicts]
    counts = [
        f"{sum(its is verdict for _, its in verdicts)} {verdict.name}"
        for verdict in Verdict
        if any(its is verdict for _, its in verdicts)
    ]
    return "\n".join([*lines, ", ".join(counts)])
