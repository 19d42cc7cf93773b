"""What labs are doing, live on standard error: a line each on a terminal, else a line a step."""

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Plain:
    """Progress for files and pipes: one line a step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def step(self, lab: str, text: str) -> None:
        """Say what a lab does now."""
        with self._lock:
            sys.stderr.write(f"{lab}: {text}\n")
            sys.stderr.flush()

    def end(self, lab: str, text: str) -> None:
        """Say how a lab ended."""
        self.step(lab, text)


class Live:
    """Progress for a terminal: a spinner, the step and the time, a line a lab."""

    def __init__(self, progress: Progress, labs: Sequence[str]) -> None:
        self._progress = progress
        self._tasks = {lab: progress.add_task(lab, total=1, step="waiting") for lab in labs}

    def step(self, lab: str, text: str) -> None:
        """Say what a lab does now."""
        self._progress.update(self._tasks[lab], step=text)

    def end(self, lab: str, text: str) -> None:
        """Say how a lab ended; its clock stops."""
        self._progress.update(self._tasks[lab], step=text, completed=1)


@contextlib.contextmanager
def showing(labs: Sequence[str]) -> Iterator[Plain | Live]:
    """Show the progress of these labs while the context lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Plain()
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[step]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Live(progress, labs)
