"""Lines for the prompt of `tcplab start`: typed, with completion and history, or from a file."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.history import History

PROMPT = "tcplab> "

Complete = Callable[[str], list[str]]


def lines(complete: Complete, before: Callable[[], None]) -> Iterator[str]:
    """Each line that is typed, until the end of the input; `before`: called before each prompt."""
    if sys.stdin.isatty():
        yield from _typed(complete, before)
        return
    for line in sys.stdin:
        before()
        sys.stdout.write(f"{PROMPT}{line}")
        sys.stdout.flush()
        yield line


def _typed(complete: Complete, before: Callable[[], None]) -> Iterator[str]:
    # No question about the cursor's place: the answer could be typed into the next program.
    os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.shortcuts import CompleteStyle

    class Words(Completer):
        """The candidates for the word before the cursor."""

        def get_completions(self, document, _event):  # type: ignore[no-untyped-def]
            text = document.text_before_cursor
            word = text.split(" ")[-1]
            for candidate in complete(text):
                yield Completion(candidate, start_position=-len(word))

    session: PromptSession[str] = PromptSession(
        history=_history(),
        completer=Words(),
        complete_style=CompleteStyle.READLINE_LIKE,
        complete_while_typing=False,
    )
    while True:
        before()
        try:
            yield from session.prompt(PROMPT).splitlines()  # several, where they were pasted
        except KeyboardInterrupt:
            continue  # the line is given up, as in a shell
        except EOFError:
            return


def _history() -> "History":
    """What was typed before, also in other sessions; in memory where no file can be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    state = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    file = Path(state) / "tcplab/history"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))
