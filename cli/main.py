"""`tcplab`: the command line. Each command imports what it needs, so that checking starts fast."""

import importlib.metadata
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import INTERRUPTED, NO_VERDICT, WRONG_USAGE, MachineUnfitError, UsageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Chapter 18 of TCP/IP Illustrated, Volume 1, alive: play its labs on emulated hosts, "
    "capture them, and check from the captures alone what happened.",
    epilog="Exit status: 0 all passed, 1 something failed, 2 wrong usage or unreadable input, "
    "3 no verdict (inconclusive, or the machine is unfit).",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]

Ticket = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The student's ticket (with --student alone: ticket.json here)."
    ),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tcplab {importlib.metadata.version('tcplab')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """The options of tcplab itself; the help text is the application's."""


@app.command("list")
def list_() -> None:
    """List the labs of the catalog."""
    from cli import show as showing

    showing.print_catalog()


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="LAB", help="A lab that tcplab list names.")
    ] = None,
    checks: Annotated[
        bool, typer.Option("--checks", help="Show the checks of a lab.yaml, or the named one.")
    ] = False,
    ticket: Ticket = None,
) -> None:
    """Show a lab's hand-out: aim, network, what to type, what to look for.

    Examples: tcplab show connection, tcplab show mss --ticket ticket.json,
    tcplab show --checks, tcplab show --checks backoff
    """
    if checks:
        from cli import show_checks

        show_checks.print_checks(name)
        return
    if name is None:
        raise UsageError("which lab? tcplab list names them; --checks shows the checks")
    from cli import show as showing

    showing.handout(name, ticket)


@app.command()
def run(
    labs: Annotated[list[str] | None, typer.Argument(metavar="LAB...", help="Labs to run.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Run every lab of the catalog.")] = False,
    pace: Annotated[
        str,
        typer.Option(
            metavar="book|quick",
            help="book keeps the pauses of the book's users; quick shortens them.",
        ),
    ] = "book",
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Labs at once (default: 12 a core).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run directories (default: runs/<time>).")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Run only what has no verdict in this folder yet."),
    ] = None,
    student: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Play with this student's values (see --ticket)."),
    ] = None,
    ticket: Ticket = None,
    json: Json = False,
) -> None:
    """Build a lab's network, play it, capture it, and check the captures.

    Examples: tcplab run connection, tcplab run --all --pace quick --out mine,
    tcplab run mss --student ahn
    """
    from cli import run as running

    wishes = running.Wishes(labs or [], all_, pace, jobs, out, resume, student, ticket, json)
    raise typer.Exit(running.run(wishes))


@app.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Run directories or captures.")
    ],
    lab: Annotated[
        str | None, typer.Option(metavar="LAB", help="The lab that a bare capture is of.")
    ] = None,
    json: Json = False,
) -> None:
    """Check run directories, pcap or pcapng files, or listings. Needs no root.

    Examples: tcplab check runs/*/connection, tcplab check mine.pcap --lab connection
    """
    from cli import check as checking

    raise typer.Exit(checking.check(paths, lab, json))


Capture = Annotated[
    Path, typer.Argument(metavar="PATH", help="A run directory, pcap, pcapng or listing.")
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="POINT", help="One vantage point of a run, such as 'bsdi eth0'."),
]


@app.command()
def connections(
    path: Capture,
    at: At = None,
    longest: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Show N connections (default: 100; --json: all)."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a capture holds: its connections, their ends, and how they ended.

    "again" counts segments sent again; a state with "?" holds if the last segments arrived.

    Examples: tcplab connections mine.pcap, tcplab connections runs/mine/mss --at "sun eth0"
    """
    from cli import connections as listing

    raise typer.Exit(listing.connections(path, at, longest, json))


@app.command()
def timeline(
    path: Capture,
    connection: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only this one, as tcplab connections counts."),
    ] = None,
    at: At = None,
    longest: Annotated[
        int, typer.Option(min=2, metavar="N", help="Leave out the middle of longer ones.")
    ] = 100,
    as_expectation: Annotated[
        bool, typer.Option("--as-expectation", help="Write the expected time line it fulfils.")
    ] = False,
    lab_yaml: Annotated[
        bool, typer.Option("--lab-yaml", help="The same, as an entry of a lab.yaml's `expect`.")
    ] = False,
) -> None:
    """Draw a capture's connections as time lines in text, unusual segments marked.

    Examples: tcplab timeline mine.pcap, tcplab timeline runs/mine/mss --connection 2,
    tcplab timeline recorded.pcap --as-expectation
    """
    from cli import timeline as drawing

    form = drawing.form(as_expectation, lab_yaml)
    raise typer.Exit(drawing.timeline(path, at, connection, longest, form))


@app.command()
def variant(
    course: Annotated[Path, typer.Option(metavar="FILE", help="The course's course.yaml.")],
    student: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this student's ticket.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Write DIR/<id>/ticket.json.")
    ] = None,
) -> None:
    """Make tickets: the values that each student's labs are played with.

    Examples: tcplab variant --course course.yaml -o tickets,
    tcplab variant --course course.yaml --student ahn
    """
    from cli import variant as deriving

    raise typer.Exit(deriving.variant(course, student, out))


@app.command()
def pack(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.zip", help="What to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.zip.")] = False,
) -> None:
    """Pack run directories into one zip to hand in: captures, answers, and your ticket.

    Example: tcplab pack runs/*/connection runs/*/mss -o mine.zip
    """
    from cli import pack as packing

    raise typer.Exit(packing.pack_runs(runs, out, force))


@app.command()
def doctor() -> None:
    """Say what this machine can and can't do, and the exact command that mends it."""
    from cli import doctor as examining

    raise typer.Exit(examining.doctor())


def main() -> None:
    """The console script: errors become one clear message and an exit status."""
    try:
        app()
    except UsageError as error:
        sys.exit(_say(error, WRONG_USAGE))
    except OSError as error:
        sys.exit(_say(error, WRONG_USAGE))
    except MachineUnfitError as error:
        sys.exit(_say(error, NO_VERDICT))
    except KeyboardInterrupt:
        sys.exit(_say("interrupted", INTERRUPTED))


def _say(problem: object, status: int) -> int:
    sys.stderr.write(f"tcplab: {problem}\n")
    return status


if __name__ == "__main__":
    main()
