"""Pictures as SVG: a time line by itself, or several below one another. Text stays text."""

from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from grading.plain import plain
from reports.picture import Picture

HOME = Path(__file__).parent / "templates"
LONGEST = 4000


def _pixels(length: float) -> str:
    """A length with one decimal at most: finer ones can't be seen."""
    return f"{length:.1f}".removesuffix(".0")


# What captures and run.json say is escaped, and its control characters are spelled out.
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HOME),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    finalize=lambda value: plain(value, LONGEST) if type(value) is str else value,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["px"] = _pixels


def styles(*names: str) -> Markup:
    """Style sheets of ours, which need no escaping."""
    return Markup("\n".join((HOME / f"{name}.css").read_text() for name in names))  # noqa: S704


def timelines_svg(pictures: Sequence[Picture]) -> str:
    """One SVG with these time lines below one another."""
    return TEMPLATES.get_template("timelines.svg").render(
        pictures=pictures,
        width=max(one.width for one in pictures),
        height=sum(one.height for one in pictures),
        style=styles("colours", "drawing"),
    )
