"""`tcplab list` and `tcplab show`: the catalog."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from cli.labs import load
from cli.languages import code, said
from cli.student import ticket_of, values_of
from labs import catalog


def catalog_table() -> Table:
    """Name, kind, section, duration at the book's pace and title of every lab."""
    table = Table(box=None, pad_edge=False)
    for heading in ("lab", "kind", "section", "takes", "title"):
        table.add_column(said(heading), no_wrap=heading != "title")
    for name in catalog.names():
        lab = load(name)
        takes_s = lab.duration_s.book
        takes = said(f"{takes_s:>3} s") if takes_s else ""
        table.add_row(name, said(lab.kind), lab.section, takes, said(lab.title))
    return table


def print_catalog() -> None:
    """Print the catalog."""
    Console().print(catalog_table())


def handout(name: str, ticket: Path | None) -> None:
    """Print a lab's hand-out, with the values of a student's ticket or the book's.

    Raises UsageError for an unknown lab, and for a ticket that is none or not for this lab.
    """
    values = values_of(ticket_of(None, ticket), name)
    load(name, values)
    text = catalog.handout(name, values, code())
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        sys.stdout.write(text)
