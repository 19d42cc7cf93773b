"""Results in colour, by rich: only what is shown on a terminal loads this."""

from rich.console import Console
from rich.text import Text

from checkers.verdict import Verdict

COLOURS = {
    Verdict.PASS: "green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.FAIL: "red",
}
DEGRADED = r"(?m)^degraded: .*(\n  .*)*"


def show(text: str) -> None:
    """Print a text of results: verdicts in their colours, what is degraded in yellow."""
    coloured = Text(text)
    coloured.highlight_regex(DEGRADED, "yellow")
    for verdict, colour in COLOURS.items():
        coloured.highlight_words([verdict.name], style=f"bold {colour}")
    Console(highlight=False, soft_wrap=True).print(coloured, end="")
