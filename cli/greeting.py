"""What the prompt of `tcplab start` says first and last."""

from collections.abc import Sequence
from pathlib import Path

from cli.languages import said
from labs.by_hand import ByHand
from labs.catalog.session import Typed, aim, typed
from languages.wrapping import WIDTH, filled


def greeting(session: ByHand, short: bool = False) -> str:
    """The aim, the hosts, and the next three things to type; it fits on a screen of 80 by 24.

    short: without aim and hosts, for a pane.
    """
    lab = session.lab
    handout = session.handout
    points = ", ".join(" ".join(point) for point in lab.vantage_points)
    title = said(f"{lab.name}: {lab.title} (section {lab.section})")
    first = [said("Type first:"), *(f"  {line}" for line in first_three(typed(handout, lab.hosts)))]
    if short:
        return "\n".join([title, *first, said("help lists the commands, exit leaves.")])
    return "\n".join(
        [
            title,
            "",
            filled(aim(handout), "  ", "  ", WIDTH - 2),
            "",
            *_hosts(session),
            filled(said(f"captured at: {points}"), "  ", columns=WIDTH - 2),
            "",
            *first,
            "",
            said("help lists the commands. exit (or Ctrl-D) leaves, and keeps what was captured."),
        ]
    )


def first_three(commands: Sequence[Typed]) -> list[str]:
    """The hand-out's first commands as they're typed at the prompt, and what to look with."""
    first = [one.at_prompt for one in commands[:2]]
    return [*first, *["timeline", "check"][-(3 - len(first)) :]]


def _hosts(session: ByHand) -> list[str]:
    """A line a host: its name, addresses, system; the routers in between on one line."""
    facts = session.network.internet.hosts
    lines = []
    for name in session.lab.hosts:
        own = dict.fromkeys(its.address.partition("/")[0] for its in facts[name].interfaces)
        addresses = ", ".join(own)
        down = f", {said('down')}" if session.is_down(name) else ""
        lines.append(f"  {name:<8} {addresses:<30} {facts[name].system}{down}")
    between = [name for name in facts if name not in session.lab.hosts]
    routers = said(f"routers in between: {', '.join(between)}")
    return lines + ([f"  {routers}"] if between else [])


def farewell(shown: Path) -> str:
    """Where the run directory is, and what can be done with it. shown: its path as given."""
    answers = said("its questions: answer them in answers.yaml there")
    return (
        f"{said(f'Kept in {shown}. Next:')}\n"
        f"  tcplab check {shown}\n"
        f"  tcplab show {shown.name}    # {answers}\n"
        f"  tcplab pack {shown} -o {shown.name}.zip    # {said('to hand in')}\n"
    )
