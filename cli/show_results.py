"""Results on the terminal: a time line, the findings, a summary; colour where there is one."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from checkers.evidence import Evidence
from checkers.verdict import Verdict
from reports import terminal
from reports.result import Result
from reports.timeline import timeline

COLOURS = {
    Verdict.PASS: "green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.FAIL: "red",
}


def show(results: Sequence[Result], seen: Sequence[Evidence | None]) -> None:
    """Print each result with the time lines of its evidence, then a line a lab."""
    console = Console(highlight=False, soft_wrap=True)
    for result, evidence in zip(results, seen, strict=True):
        title = Text(harmless(f"{result.lab}: {result.place}"))
        console.rule(title, align="left", characters="-")
        if evidence:
            lines = map(harmless, _time_lines(evidence))
            console.print(*lines, sep="\n\n", markup=False, end="\n\n")
        if result.degraded:
            console.print(Text(harmless(terminal.degraded(result.degraded)), style="yellow"))
        console.print(_coloured(_body(result)))
    if len(results) > 1:
        console.rule(characters="-")
        verdicts = [(result.lab or result.place, result.verdict) for result in results]
        console.print(_coloured(terminal.summary(verdicts)))


def _body(result: Result) -> str:
    if result.report is None:
        return f"{Verdict.ERROR.name}  {result.problem}"
    return terminal.findings(result.report)


def _time_lines(evidence: Evidence) -> list[str]:
    """The connections as the first vantage point saw them."""
    vantage = next(iter(evidence.vantages.values()), None)
    connections = vantage.capture.connections if vantage else []
    return [timeline(connection, evidence.names) for connection in connections]


def harmless(text: str) -> str:
    """The text with control characters spelled out: a handed-in file must not steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _coloured(text: str) -> Text:
    coloured = Text(harmless(text))
    for verdict, colour in COLOURS.items():
        coloured.highlight_words([verdict.name], style=f"bold {colour}")
    return coloured
