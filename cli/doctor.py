"""`tcplab doctor`: what this machine can and can't do, and the command that mends it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from cli.exits import NO_VERDICT, PASSED
from cli.languages import said
from labs import tools
from languages.wrapping import width
from topologies import mends
from topologies.abilities import Abilities, kernel
from topologies.sandbox import SandboxError, obstacle, sandboxed, system_path

FIT, DEGRADED, UNFIT = "fine", "degraded", "unfit"
COLOURS = {FIT: "green", DEGRADED: "yellow", UNFIT: "red"}


class Diagnosis(NamedTuple):
    """One thing looked at: how it is, what that means, and the mend (or '')."""

    state: str
    what: str
    meaning: str
    mend: str = ""


def doctor() -> int:
    """Print each diagnosis; exit status 3 if labs can't run here, else 0."""
    os.environ["PATH"] = system_path()
    diagnoses = list(_diagnoses())
    console = Console(highlight=False, soft_wrap=True)
    for one in diagnoses:
        line = Text(_state(one.state), style=COLOURS[one.state])
        console.print(line + Text(f"{said(one.what)}: {said(one.meaning)}", style="default"))
        for mend in one.mend.splitlines():
            console.print(f"{'':<10}{mend}", markup=False)
    unfit = any(one.state == UNFIT for one in diagnoses)
    console.print(said("Labs can't run here." if unfit else "Labs can run here."))
    return NO_VERDICT if unfit else PASSED


def _state(state: str) -> str:
    """The state as a column."""
    told = said(state)
    return told + " " * (10 - width(told))


def _diagnoses() -> Iterator[Diagnosis]:
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    yield Diagnosis(FIT, "user", f"{user}; kernel {kernel()}")
    yield from _tools()
    problem = obstacle()
    if problem:
        what, _, mend = problem.partition("\n")
        yield Diagnosis(UNFIT, "sandbox", what, mend)
        return
    yield Diagnosis(FIT, "sandbox", "private namespaces work")
    yield from _abilities()


def _tools() -> Iterator[Diagnosis]:
    missing = tools.missing()
    if missing:
        yield Diagnosis(UNFIT, "programs", f"{', '.join(missing)} missing", tools.mend(missing))
    else:
        yield Diagnosis(FIT, "programs", ", ".join(f"{v}" for v in tools.versions().values()))


def _abilities() -> Iterator[Diagnosis]:
    try:
        can = _measured_in_sandbox()
    except (SandboxError, ValueError) as error:
        yield Diagnosis(UNFIT, "sandbox", f"a program in it fails: {error}")
        return
    yield _ability(
        can.nftables,
        "nftables",
        "SYN timers, window caps, telnet's TOS",
        "those stay Linux's own where sysctls can't say them",
        "" if can.nftables else mends.of_nftables(),
    )
    yield _ability(
        shutil.which("tmux") is not None,
        "tmux",
        "a pane for each host of a lab by hand",
        "one prompt for all of them",
        tools.mend(["tmux"]),
    )
    yield _ability(
        can.rto_max,
        "SYN timers",
        "Berkeley's 6 and 24 s",
        "near Berkeley's: the kernel is older than 6.15"
        if can.syn_linear_timeouts
        else "Linux's own schedule: the kernel is older than 6.5",
        "" if can.rto_max else mends.of_kernel(),
    )
    yield _ability(
        can.tun,
        "SLIP lines",
        "TUN devices",
        "/dev/net/tun can't be opened: veth pairs, paced to the same rate, stand in",
        "" if can.tun else mends.of_tun(),
    )
    missing = tools.missing(with_program=True)
    yield _ability(
        not missing,
        "programs of students",
        "run in a jail",
        "labs that run one can't",
        tools.mend(missing) if missing else "",
    )
    yield _ability(
        can.many_groups,
        "group ids",
        "telnet is told from other programs",
        "telnet's TOS can't be set, and tcpdump can't change its user",
        "" if can.many_groups else mends.of_namespaces("newgidmap"),
    )


def _ability(works: bool, what: str, fine: str, degraded: str, mend: str = "") -> Diagnosis:
    """What works needs no mend."""
    if works:
        return Diagnosis(FIT, what, fine)
    return Diagnosis(DEGRADED, what, degraded, mend)


def _measured_in_sandbox() -> Abilities:
    """What works inside a sandbox of this user's; raises ValueError if the answer is none."""
    command = [sys.executable, "-m", "topologies.abilities"]
    with sandboxed(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        out, _ = process.communicate()
    last = out.decode(errors="replace").strip().rpartition("\n")[2]
    return Abilities(**json.loads(last))
