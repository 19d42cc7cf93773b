"""`tcplab demo`: the story of a run, step by step, at the reader's speed.

A lab is played first and told afterwards: who thinks for a minute before the next step would else
change what is to be seen, since the hosts' timers don't wait.
"""

import contextlib
import sys
from pathlib import Path
from typing import NamedTuple

from captures import notation
from captures.arp import Arp
from captures.relative import InitialNumbers
from captures.segment import Endpoint, Segment
from checkers.check import report
from checkers.evidence import Evidence, Vantage
from checkers.story import STORY, Change, Scene, scenes, steps
from checkers.timeline_write import arp_text
from cli import check, progress
from cli.exits import INTERRUPTED, PASSED, MachineUnfitError, UsageError
from cli.key import pressed
from cli.labs import load
from cli.languages import code, said, spoken
from cli.players import Players, in_folder
from cli.run import check_place, check_tools, now
from cli.saying import ask, say, tell
from labs import catalog
from labs.assignment import Assignment
from labs.catalog.session import aim
from labs.pace import QUICK
from languages.wrapping import filled
from reports import predict
from reports.so_far import so_far

INDENT = " " * 12
ASKED = "What comes next?"
LIKE = (
    "Predict each segment: who sends it, its flags, ack: svr4 SYN, bsdi S ack, svr4 . ack 1; "
    "q leaves."
)


class LeaveError(Exception):
    """The reader leaves."""


class Wishes(NamedTuple):
    """What the command line asks of `tcplab demo`."""

    what: str
    out: Path | None
    at: str | None
    predict: bool
    wait: bool
    force: bool


def demo(wishes: Wishes) -> int:
    """Tell the story; the exit status. Raises UsageError, MachineUnfitError."""
    path = Path(wishes.what)
    if not path.is_dir():
        folder = wishes.out or Path("runs") / now()
        if not _played(wishes.what, folder, wishes.force):
            return INTERRUPTED
        path = folder / wishes.what
    path = check.run_at(path)
    evidence = check.read_evidence(path)
    story = steps(path / STORY)
    if evidence.run is None or not story:
        raise UsageError(
            f"{path}: no run with a story to tell: name a lab, or a run of this version"
        )
    vantage = _vantage(evidence, wishes.at)
    teller = Teller(evidence, vantage, wishes)
    with contextlib.suppress(LeaveError):
        teller.tell(scenes(story, evidence, vantage))
    say("")
    tell(f"The run is in {path}.")
    return PASSED


def _played(lab: str, folder: Path, force: bool) -> bool:
    """Play the lab; False where Ctrl-C stopped it. Raises what `demo` does."""
    if load(lab).kind == catalog.PROGRAM:
        raise UsageError(f"{lab} runs a program of yours: `tcplab run {lab}`, then demo the run")
    check_place(folder / lab, replace=force)
    check_tools(with_program=False)
    with progress.showing([lab]) as shown:
        players = Players(shown)
        whole = players.play(in_folder(folder, [Assignment(lab, QUICK)]), 1)
    if whole and players.problem(lab):
        raise MachineUnfitError(players.problem(lab))
    return whole


def _vantage(evidence: Evidence, at: str | None) -> Vantage:
    if at is not None and at not in evidence.vantages:
        raise UsageError(f"no vantage point {at}: {', '.join(evidence.vantages)}")
    return evidence.vantages[at] if at else next(iter(evidence.vantages.values()))


class Teller:
    """Tells a story, and counts what the reader predicts rightly."""

    def __init__(self, evidence: Evidence, vantage: Vantage, wishes: Wishes) -> None:
        self._evidence, self._vantage, self._wishes = evidence, vantage, wishes
        columns = vantage.capture.columns
        self._flows = dict(zip(columns.frame, columns.flow, strict=True))
        self._numbers = InitialNumbers()
        self._right = self._asked = 0

    def tell(self, told: list[Scene]) -> None:
        """Tell each scene, and what the lab's checks say at the end; raises LeaveError."""
        run = self._evidence.run
        assert run is not None  # noqa: S101  (demo has looked)
        lab = load(run.lab, run.variant)
        tell(f"{lab.name}: {lab.title} (section {lab.section})")
        say("")
        tell(aim(catalog.handout(lab.name, run.variant, code())))
        going_on = LIKE if self._wishes.predict else "Any key goes on, q leaves."
        say("")
        seen = said(f"What passes is seen at {self._vantage.point}.")
        say(filled(f"{seen} {said(going_on)}", whole=True))
        for number, scene in enumerate(told, 1):
            say("")
            say(filled(f"{said(f'{number} of {len(told)}')}: {said(scene.text)}", whole=True))
            if scene.events:
                self._wait()
            self._show(scene)
        if self._asked:
            say("")
            tell(f"{self._right} of {self._asked} predictions were right.")
        say(f"\n{so_far(report(lab.name, self._evidence, lab.expect), spoken())}")

    def _wait(self) -> None:
        if not self._wishes.wait or self._wishes.predict or not sys.stdin.isatty():
            return
        if pressed(sys.stdin.fileno()) in ("q", ""):
            raise LeaveError

    def _show(self, scene: Scene) -> None:
        for event in scene.events:
            if isinstance(event, Segment):
                self._segment(event)
            elif isinstance(event, Change):
                say(f"{INDENT}{event.host}: {_state(event)}")
            else:
                say(f"{self._time(event.time_ns)}  {self._arp(event)}")

    def _time(self, time_ns: int) -> str:
        """Seconds since the first segment."""
        return f"{(time_ns - self._vantage.capture.columns.time_ns[0]) / 1e9:10.6f}"

    def _arp(self, one: Arp) -> str:
        host = self._evidence.names.host
        target = one.target and host(one.target)
        return arp_text(one.operation, host(one.sender), target, one.sender_ether)

    def _segment(self, segment: Segment) -> None:
        names = self._evidence.names
        flow = self._flows[segment.frame]
        bases = self._numbers.bases(flow, segment.flags)
        if self._wishes.predict:
            self._ask(segment, bases)
        self._numbers.note(flow, segment.flags, segment.seq, segment.payload, segment.ack)
        ends = f"{names.endpoint(segment.source)} > {names.endpoint(segment.destination)}"
        text = f"{self._time(segment.time_ns)}  {ends}: {notation.text(segment, bases)}"
        say(filled(text, following=f"{INDENT}  ", whole=True))

    def _ask(self, segment: Segment, bases: tuple[int | None, int | None]) -> None:
        """Ask for the segment; say what was right, what wasn't, and why. Raises LeaveError."""
        names = self._evidence.names
        line = ask(ASKED)
        if not line or line.strip() == "q":
            raise LeaveError
        hosts = tuple(dict.fromkeys(names.host(end.host) for end in _ends(self._vantage)))
        judged = predict.judge(predict.read(line, hosts), segment, names, bases)
        self._asked += 1
        self._right += judged.whole
        wrong = f"{said('Not quite:')} {'; '.join(map(said, judged.wrong))}."
        told = said("Right.") if judged.whole else wrong
        say(filled(f"{told} {said(judged.why)}", following="  ", whole=True))


def _state(change: Change) -> str:
    """The state that a socket is in now."""
    told = said("{socket} is in {state}")
    return told.format(socket=change.socket, state=change.state)


def _ends(vantage: Vantage) -> list[Endpoint]:
    return [end for pair in vantage.capture.columns.ends for end in pair]
