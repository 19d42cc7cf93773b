"""A time line's text to tokens; each knows its line and column."""

import re
from typing import NamedTuple

from checkers.errors import TimelineError

_TOKEN = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<blank>[ \t\r]+|\#[^\n]*)
    | (?P<options><[^<>\n]*>)
    | (?P<tos>\[[^\[\]\n]*\])
    | (?P<mark>[{}>])
    | (?P<word>[^\s{}<>\[\]\#]+)
    | (?P<stray>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """kind: newline, options, tos, mark, word, stray or end; line and column count from 1."""

    kind: str
    text: str
    line: int
    column: int

    def error(self, expected: str) -> TimelineError:
        """The error that something else was expected here."""
        found = {"newline": "the end of the line", "end": "the end"}.get(self.kind, repr(self.text))
        return self.wrong(f"expected {expected}, found {found}")

    def wrong(self, message: str) -> TimelineError:
        """The error that what stands here can't be."""
        return TimelineError(self.line, self.column, message)


def tokens(text: str) -> list[Token]:
    """Split a time line into tokens, an `end` last; `#` starts a comment."""
    result: list[Token] = []
    line, start = 1, 0
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind != "blank":
            result.append(Token(kind, found.group(), line, found.start() - start + 1))
        if kind == "newline":
            line, start = line + 1, found.end()
    return [*result, Token("end", "", line, len(text) - start + 1)]
