"""What labs are doing, live on standard error: a line each on a terminal, else a line a step."""

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from cli.languages import said
from languages.wrapping import width

WAITING = "waiting for its turn"


class Plain:
    """Progress for files and pipes: one line a step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def step(self, lab: str, text: str, longest_s: float | None = None) -> None:
        """Say what a lab does now, and for how many seconds at most."""
        with self._lock:
            sys.stderr.write(f"{lab}: {limited(text, longest_s)}\n")
            sys.stderr.flush()

    def end(self, lab: str, text: str) -> None:
        """Say how a lab ended."""
        self.step(lab, text)


def limited(text: str, longest_s: float | None) -> str:
    """What is done now, and for how many seconds at most, in the language that is spoken."""
    return said(f"{text}, {longest_s:g} s at most" if longest_s else text)


class Live:
    """Progress for a terminal: a line a lab, with its step, the time left for it, and the clock."""

    def __init__(self, progress: Progress, labs: Sequence[str]) -> None:
        self._progress = progress
        self._tasks = {
            lab: progress.add_task(lab, total=1, start=False, step=said(WAITING), until_s=None)
            for lab in labs
        }

    def step(self, lab: str, text: str, longest_s: float | None = None) -> None:
        """Say what a lab does now, and for how many seconds at most."""
        until_s = self._progress.get_time() + longest_s if longest_s else None
        self._progress.start_task(self._tasks[lab])
        self._progress.update(self._tasks[lab], step=said(text), until_s=until_s)

    def end(self, lab: str, text: str) -> None:
        """Say how a lab ended; its clock stops."""
        self._progress.update(self._tasks[lab], step=said(text), until_s=None, completed=1)


class Countdown(ProgressColumn):
    """The seconds that a step has left, counted down; nothing where it has no limit."""

    def render(self, task: Task) -> Text:
        """`43 s left`: at most."""
        until_s = task.fields["until_s"]
        left_s = until_s - task.get_time() if until_s else 0
        return Text(said(f"{left_s:.0f} s left") if left_s > 0 else "", style="dim")


class Clock(ProgressColumn):
    """The seconds since a lab began."""

    def render(self, task: Task) -> Text:
        """`12 s`; nothing before it begins."""
        elapsed_s = task.finished_time if task.finished else task.elapsed
        return Text("" if elapsed_s is None else f"{elapsed_s:.0f} s")


@contextlib.contextmanager
def showing(labs: Sequence[str]) -> Iterator[Plain | Live]:
    """Show the progress of these labs while the context lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Plain()
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        Clock(table_column=Column(min_width=5, justify="right")),
        TextColumn("{task.fields[step]}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
        Countdown(table_column=Column(min_width=width(said("999 s left")), justify="right")),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        yield Live(progress, labs)
