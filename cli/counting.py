"""How far something long is, on standard error: a bar on a terminal, else a line each tenth."""

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.languages import said

SHORTEST_S = 0.1  # between two pictures of the bar


class Lines:
    """For files and pipes: a line each tenth."""

    def step(self, what: str, done: int, total: int) -> None:
        """So many of so many are done."""
        if done == total or done * 10 // total > (done - 1) * 10 // total:
            sys.stderr.write(f"{said(what)}: {done} of {total}\n")
            sys.stderr.flush()


class Bar:
    """For a terminal; drawn by whoever counts, so that no thread is there when processes fork."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._what, self._drawn_s = "", 0.0
        self._task = progress.add_task("")

    def step(self, what: str, done: int, total: int) -> None:
        """So many of so many are done."""
        if what != self._what:
            self._what = what
            self._progress.reset(self._task, total=total, description=said(what))
        self._progress.update(self._task, completed=done)
        now_s = time.monotonic()
        if done == total or now_s - self._drawn_s > SHORTEST_S:
            self._drawn_s = now_s
            self._progress.refresh()


@contextlib.contextmanager
def counting() -> Iterator[Lines | Bar]:
    """Show how far it is while the context lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    progress = Progress(
        *columns, TimeRemainingColumn(), console=console, auto_refresh=False, transient=True
    )
    with progress:
        yield Bar(progress)
