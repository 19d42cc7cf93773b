"""Results in colour, by rich: only what is shown on a terminal loads this."""

import re

from rich.console import Console
from rich.text import Text

from checkers.verdict import Verdict
from languages.sentences import Language
from reports.terminal import DEGRADED

COLOURS = {
    Verdict.PASS: "green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.FAIL: "red",
}


def show(text: str, language: Language) -> None:
    """Print a text of results: verdicts in their colours, what is degraded in yellow."""
    coloured = Text(text)
    degraded = re.escape(language(DEGRADED))
    coloured.highlight_regex(rf"(?m)^{degraded} .*(\n  .*)*", "yellow")
    for verdict, colour in COLOURS.items():
        coloured.highlight_words([verdict.name], style=f"bold {colour}")
    Console(highlight=False, soft_wrap=True).print(coloured, end="")
