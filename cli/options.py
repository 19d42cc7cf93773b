"""Options and arguments that several commands of `tcplab` have."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)

as_json = click.option("--json", "json", is_flag=True, help="Print one JSON document, only.")
may_replace = click.option(
    "--force", is_flag=True, help="Replace a finished run in DIR; its answers.yaml stays."
)
with_ticket = click.option(
    "--ticket",
    type=FILE,
    metavar="FILE",
    help="The student's ticket (with --student alone: ticket.json here).",
)
a_capture = click.argument("path", type=FILE, metavar="PATH")
at_point = click.option(
    "--at", metavar="POINT", help="One vantage point of a run, such as 'bsdi eth0'."
)
