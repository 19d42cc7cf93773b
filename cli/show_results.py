"""Results on standard output: a time line, the findings, a summary; colour where there is one."""

import os
import sys
from collections.abc import Iterator, Sequence

from checkers.evidence import Evidence
from checkers.verdict import Verdict
from cli.languages import spoken
from cli.saying import harmless
from languages.sentences import Language
from languages.wrapping import WIDTH
from reports import terminal
from reports.result import Result
from reports.timeline import timeline


def show(results: Sequence[Result], seen: Sequence[Evidence | None]) -> None:
    """Print each result with the time lines of its evidence, then a line a lab."""
    text = "\n".join(map(harmless, _parts(results, seen, spoken()))) + "\n"
    if sys.stdout.isatty() or os.environ.get("FORCE_COLOR"):
        from cli import colours  # rich takes longer to load than a capture to check

        colours.show(text, spoken())
    else:
        sys.stdout.write(text)


def _parts(
    results: Sequence[Result], seen: Sequence[Evidence | None], language: Language
) -> Iterator[str]:
    for result, evidence in zip(results, seen, strict=True):
        yield _rule(f"{result.lab}: {result.place}")
        if evidence:
            yield "\n\n".join(_time_lines(evidence, language)) + "\n"
        if result.taken_for:
            yield terminal.taken_for(result.taken_for, language)
        if result.degraded:
            yield terminal.degraded(result.degraded, language)
        yield _body(result, language)
    if len(results) > 1:
        yield "-" * WIDTH
        verdicts = [(result.lab or result.place, result.verdict) for result in results]
        yield terminal.summary(verdicts)


def _rule(title: str) -> str:
    """The title, filled up or cut to a line."""
    fits = len(title) < WIDTH
    return f"{title} ".ljust(WIDTH, "-") if fits else f"{title[: WIDTH - 1]}…"


def _body(result: Result, language: Language) -> str:
    if result.report is None:
        return f"{Verdict.ERROR.name}  {language(result.problem)}"
    return terminal.findings(result.report, language)


def _time_lines(evidence: Evidence, language: Language) -> list[str]:
    """The connections as the first vantage point saw them."""
    vantage = next(iter(evidence.vantages.values()), None)
    connections = vantage.capture.connections if vantage else []
    return [timeline(one, evidence.names, language=language) for one in connections]
