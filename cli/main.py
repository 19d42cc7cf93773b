"""`tcplab`: the command line. Each command imports what it needs, so that checking starts fast.

A command returns its exit status (None is 0), or raises one of the errors that `main` knows.
"""

import gc
import sys
from pathlib import Path

import click

from cli.course_commands import autograder, grade, play, variant
from cli.exits import (
    INTERRUPTED,
    NO_VERDICT,
    WRONG_USAGE,
    MachineUnfitError,
    UsageError,
    plain_os_error,
)
from cli.languages import said
from cli.options import FILE, a_capture, as_json, at_point, may_replace, with_ticket
from cli.speaking import SpeakingGroup, show_error


@click.group(
    cls=SpeakingGroup,
    help="Chapter 18 of TCP/IP Illustrated, Volume 1, alive: play its labs on emulated hosts, "
    "capture them, and check from the captures alone what happened.",
    epilog="Exit status: 0 all passed, 1 something failed, 2 wrong usage or unreadable input, "
    "3 no verdict (inconclusive, or the machine is unfit).",
)
@click.version_option(package_name="tcplab", message="tcplab %(version)s", help="Print it.")
def app() -> None:
    """The options of tcplab itself; the help text is the application's."""


for command in (variant, play, grade, autograder):
    app.add_command(command)


@app.command("list")
def list_() -> None:
    """List the labs of the catalog."""
    from cli import show as showing

    showing.print_catalog()


@app.command()
@click.argument("name", required=False, metavar="[LAB]")
@click.option("--checks", is_flag=True, help="Show the checks there are, one, or a lab's by name.")
@with_ticket
def show(name: str | None, checks: bool, ticket: Path | None) -> None:
    """Show a lab's hand-out: aim, network, what to type, what to look for.

    LAB is a lab that tcplab list names. --checks LAB lists what it is graded by.

    Examples: tcplab show connection, tcplab show mss --ticket ticket.json,
    tcplab show --checks, tcplab show --checks backoff, tcplab show --checks connection
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
@click.argument("labs", nargs=-1, metavar="[LAB]...")
@click.option("--all", "all_", is_flag=True, help="Run every lab but those that run a program.")
@click.option(
    "--pace",
    default="book",
    metavar="book|quick",
    help="book (if not given) keeps the pauses of the book's users; quick shortens them.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Labs at once (default: 12 a core)."
)
@click.option("--out", type=FILE, metavar="DIR", help="Run directories (default: runs/<time>).")
@click.option(
    "--resume", type=FILE, metavar="DIR", help="Run only what has no verdict in this folder yet."
)
@click.option("--student", metavar="ID", help="Play with this student's values (see --ticket).")
@with_ticket
@click.option(
    "--program", type=FILE, metavar="FILE", help="Your program, for a lab that runs one (see list)."
)
@may_replace
@as_json
def run(
    labs: tuple[str, ...],
    all_: bool,
    pace: str,
    jobs: int | None,
    out: Path | None,
    resume: Path | None,
    student: str | None,
    ticket: Path | None,
    program: Path | None,
    force: bool,
    json: bool,
) -> int:
    """Build a lab's network, play it, capture it, and check the captures.

    Examples: tcplab run connection, tcplab run --all --pace quick --out mine,
    tcplab run mss --student ahn, tcplab run echo-server --program echo.py
    """
    from cli import run as running

    wishes = running.Wishes(
        list(labs), all_, pace, jobs, out, resume, student, ticket, program, json, force
    )
    return running.run(wishes)


@app.command()
@click.argument("lab", metavar="LAB")
@click.option(
    "--out", type=FILE, metavar="DIR", help="Run directory DIR/LAB (default: runs/<time>)."
)
@click.option("--student", metavar="ID", help="Play with this student's values (see --ticket).")
@with_ticket
@click.option("--tmux", is_flag=True, help="A pane for each host, and one with what is captured.")
@may_replace
def start(
    lab: str,
    out: Path | None,
    student: str | None,
    ticket: Path | None,
    tmux: bool,
    force: bool,
) -> int:
    """Play a lab by hand: its network, captures on, and a prompt.

    At the prompt, `svr4 telnet bsdi discard` types a command at svr4; help lists what else can be
    typed. Leaving keeps the run directory. Standard input may also be a file of lines.

    Examples: tcplab start connection, tcplab start half-open --tmux
    """
    from cli import start as starting

    return starting.start(lab, student, ticket, out, tmux, force)


@app.command()
@click.argument("what", metavar="LAB or RUN")
@click.option(
    "--out", type=FILE, metavar="DIR", help="Run directory DIR/LAB (default: runs/<time>)."
)
@at_point
@click.option("--predict", is_flag=True, help="Ask for each segment before it's shown.")
@click.option("--no-wait", is_flag=True, help="Don't wait for a key between the steps.")
@may_replace
def demo(
    what: str, out: Path | None, at: str | None, predict: bool, no_wait: bool, force: bool
) -> int:
    """Play a lab, and tell step by step what is done and what passes.

    A LAB is played first, with quick users; of a RUN the story is told at once.

    Examples: tcplab demo connection, tcplab demo runs/mine/half-open --predict
    """
    from cli import demo as telling

    return telling.demo(telling.Wishes(what, out, at, predict, not no_wait, force))


@app.command()
@click.argument("what", required=False, metavar="[LAB or RUN]")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="The same questions again.")
@click.option(
    "--count", type=click.IntRange(1, 100), default=5, metavar="N", help="Questions (default: 5)."
)
def quiz(what: str | None, seed: int | None, count: int) -> int:
    """Show captures in which one thing is wrong, and ask which, and why.

    The captures are made from what a LAB expects (any, if none is named), or of a RUN of yours.

    Examples: tcplab quiz, tcplab quiz connection, tcplab quiz runs/mine/connection --seed 7
    """
    from cli import quiz as asking

    return asking.quiz(what, seed, count)


@app.command()
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option("--lab", metavar="LAB", help="The lab that a bare capture is of.")
@click.option("--at", metavar="POINT", help="Where a bare capture was taken, such as 'slip sl0'.")
@click.option(
    "--annotate",
    type=FILE,
    metavar="OUT.pcapng",
    help="Write the capture for Wireshark: hosts' names, findings as comments.",
)
@as_json
def check(
    paths: tuple[Path, ...],
    lab: str | None,
    at: str | None,
    annotate: Path | None,
    json: bool,
) -> int:
    """Check run directories, pcap or pcapng files, listings, or what tcpdump printed.

    Needs no root. A bare capture without --at is taken to be from where it fits best.

    Examples: tcplab check runs/*/connection, tcplab check mine.pcap --lab connection,
    tcplab check mine.pcap --lab path-mtu --at "slip sl0"
    """
    from cli import check as checking

    return checking.check(paths, lab, at, json, annotate)


@app.command()
@a_capture
@at_point
@click.option(
    "--longest",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show N connections (default: 100; --json: all).",
)
@as_json
def connections(path: Path, at: str | None, longest: int | None, json: bool) -> int:
    """Show what a capture holds: its connections, their ends, and how they ended.

    PATH is a run directory, pcap, pcapng or listing. "again" counts segments sent again; a state
    with "?" holds if the last segments arrived.

    Examples: tcplab connections mine.pcap, tcplab connections runs/mine/mss --at "sun eth0"
    """
    from cli import connections as listing

    return listing.connections(path, at, longest, json)


@app.command()
@a_capture
@click.option(
    "--connection",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only this one, as tcplab connections counts.",
)
@at_point
@click.option(
    "--longest",
    type=click.IntRange(min=2),
    default=100,
    metavar="N",
    help="Leave out the middle of longer ones (default: 100).",
)
@click.option("--as-expectation", is_flag=True, help="Write the expected time line it fulfils.")
@click.option("--lab-yaml", is_flag=True, help="The same, as an entry of a lab.yaml's `expect`.")
@click.option("--no-short-gaps", is_flag=True, help="Leave out of that what takes less than 0.2 s.")
@click.option("--svg", type=FILE, metavar="FILE", help="Draw them into a picture.")
@click.option("--html", type=FILE, metavar="FILE", help="Draw them into a page, with all else.")
def timeline(
    path: Path,
    connection: int | None,
    at: str | None,
    longest: int,
    as_expectation: bool,
    lab_yaml: bool,
    no_short_gaps: bool,
    svg: Path | None,
    html: Path | None,
) -> int:
    """Draw a capture's connections as time lines in text, unusual segments marked.

    PATH is a run directory, pcap, pcapng or listing. In a picture, a run's vantage points are
    drawn together, on one clock.

    Examples: tcplab timeline mine.pcap, tcplab timeline runs/mine/mss --connection 2,
    tcplab timeline recorded.pcap --as-expectation, tcplab timeline runs/mine/states --svg s.svg
    """
    from cli import timeline as drawing

    form = drawing.form(as_expectation, lab_yaml)
    if no_short_gaps and form is drawing.As.ARROWS:
        raise UsageError("--no-short-gaps goes with --as-expectation or --lab-yaml")
    if svg or html:
        if form is not drawing.As.ARROWS:
            raise UsageError("--svg and --html draw what was; leave out what is to be expected")
        from cli import pictures

        return pictures.draw(pictures.Wishes(path, at, connection, longest), svg, html)
    return drawing.timeline(path, at, connection, longest, form, not no_short_gaps)


@app.command()
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
@click.option("-o", "--out", type=FILE, required=True, metavar="FILE.html", help="What to write.")
@click.option("--lab", metavar="LAB", help="The lab that a bare capture is of.")
def report(paths: tuple[Path, ...], out: Path, lab: str | None) -> int:
    """Write a page of what runs or captures hold: findings, time lines, network, states.

    PATH is a run directory, a folder of them, a pcap, pcapng or listing. The page needs no other
    file and no network.

    Examples: tcplab report runs/mine -o mine.html,
    tcplab report mine.pcap --lab connection -o mine.html --lang ko
    """
    from cli import report as reporting

    return reporting.report(paths, lab, out)


@app.command()
@click.argument("runs", nargs=-1, required=True, type=FILE, metavar="RUN...")
@click.option("-o", "--out", type=FILE, required=True, metavar="FILE.zip", help="What to write.")
@click.option("--force", is_flag=True, help="Replace FILE.zip.")
def pack(runs: tuple[Path, ...], out: Path, force: bool) -> int:
    """Pack run directories into one zip to hand in: captures, answers, and your ticket.

    Example: tcplab pack runs/*/connection runs/*/mss -o mine.zip
    """
    from cli import pack as packing

    return packing.pack_runs(runs, out, force)


@app.command()
def doctor() -> int:
    """Say what this machine can and can't do, and the exact command that mends it."""
    from cli import doctor as examining

    return examining.doctor()


def main() -> None:
    """The console script: errors become one clear message and an exit status."""
    # Loading modules makes no garbage, but many objects: to look among them, now and again at
    # the end, takes a fifth of a check.
    gc.set_threshold(50_000)
    try:
        sys.exit(app.main(prog_name="tcplab", standalone_mode=False))
    except click.ClickException as error:
        show_error(error)
        sys.exit(WRONG_USAGE)
    except UsageError as error:
        sys.exit(_say(error, WRONG_USAGE))
    except OSError as error:
        sys.exit(_say(plain_os_error(error), WRONG_USAGE))
    except MachineUnfitError as error:
        sys.exit(_say(error, NO_VERDICT))
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_say("interrupted", INTERRUPTED))
    finally:
        gc.freeze()


def _say(problem: object, status: int) -> int:
    sys.stderr.write(f"tcplab: {said(str(problem))}\n")
    return status


if __name__ == "__main__":
    main()
