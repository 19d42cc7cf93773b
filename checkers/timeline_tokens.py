"""A time line's text to tokens; where one stands is told when it is wrong."""

import re
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

from checkers.errors import TimelineError

# Blanks and comments, then a word or a sign; the end is a token of neither.
_TOKEN = re.compile(
    r"""
      (?: [ \t\r] | \#[^\n]* )*
      (?: ([^\s{}<>\[\]\#]+) | (\n | <[^<>\n]*> | \[[^\[\]\n]*\] | . | \Z) )
    """,
    re.VERBOSE | re.DOTALL,
)

T = TypeVar("T")


class UnlikeError(ValueError):
    """A word that isn't what is expected there; the message names that alone."""


class Tokens:
    """The tokens of a time line, and how far they are read.

    word: the word that comes next; '' where that is a sign, or the end. sign: the sign, such as
    `{`, `<mss 1024>` or a new line; '' for a word and the end. position: of that token, from 0.
    line: its line, from 1, as long as ends of lines are passed by `skip_lines`.
    Most tokens are right and read once; so they are plain texts, and only for a mistake it is
    counted where they stand. Methods raise TimelineError for one.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = _TOKEN.findall(text)
        self.word, self.sign = self._tokens[0]
        self.position = 0
        self.line = 1

    def move(self) -> None:
        """Move on to the next token; not beyond the end."""
        self.position += 1
        self.word, self.sign = self._tokens[self.position]

    def take(self, expected: str, word: str = "") -> str:
        """Move on from this word, or from any."""
        found = self.word
        if not found or word not in ("", found):
            raise self.unlike(expected)
        self.move()
        return found

    def take_sign(self, expected: str, sign: str) -> None:
        """Move on from this sign."""
        if self.sign != sign:
            raise self.unlike(expected)
        self.move()

    def skip_lines(self) -> None:
        """Move on from the ends of lines."""
        while self.sign == "\n":
            self.line += 1
            self.move()

    def read(self, expected: str, read: Callable[[str], T]) -> T:
        """What the word here says; moves on. read: as in `said`."""
        return self.said(read, self.take(expected), self.position - 1)

    def bracketed(self, bracket: str, read: Callable[[str], T]) -> T | None:
        """What stands here in brackets of this kind, and moves on; None where nothing does."""
        sign = self.sign
        if len(sign) < 2 or sign[0] != bracket:
            return None
        self.move()
        return self.said(read, sign, self.position - 1)

    def said(self, read: Callable[[str], T], text: str, position: int) -> T:
        """What `read` makes of the token at a position; it raises ValueError for what it can't."""
        try:
            return read(text)
        except UnlikeError as error:
            raise self.unlike(str(error), position) from error
        except ValueError as error:
            raise self.wrong(str(error), position) from error

    def unlike(self, expected: str, position: int | None = None) -> TimelineError:
        """The error that something else was expected at a position, or here."""
        word, sign = self._tokens[self.position if position is None else position]
        found = {"\n": "the end of the line", "": "the end"}.get(word or sign, repr(word or sign))
        return self.wrong(f"expected {expected}, found {found}", position)

    def wrong(self, message: str, position: int | None = None) -> TimelineError:
        """The error that what stands at a position, or here, can't be."""
        place = self.position if position is None else position
        found = next(islice(_TOKEN.finditer(self._text), place, None))
        start = found.start(found.lastindex or 0)
        line = self._text.count("\n", 0, start) + 1
        return TimelineError(line, start - self._text.rfind("\n", 0, start), message)
