"""Lines of so many columns: a letter of Korean takes two of them."""

import textwrap
from unicodedata import east_asian_width

WIDTH = 80
# Stands behind a wide letter while columns are counted.
FILL = "\0"


def padded(text: str) -> str:
    """The text as long as it is wide; `unpadded` takes that back."""
    if text.isascii():
        return text
    return "".join(f"{each}{FILL}" if east_asian_width(each) in "WF" else each for each in text)


def unpadded(text: str) -> str:
    """The text without what `padded` put in."""
    return text.replace(FILL, "")


def width(text: str) -> int:
    """How many columns the text takes."""
    return len(padded(text))


def wrapped(
    text: str, first: str = "", following: str = "", columns: int = WIDTH, whole: bool = False
) -> list[str]:
    """The text in lines; first, following: what they are indented with.

    whole: words stay whole, even one that is longer than a line.
    """
    lines = textwrap.wrap(
        padded(text),
        columns,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=not whole,
        break_on_hyphens=not whole,
    )
    return [unpadded(line) for line in lines]


def filled(
    text: str, first: str = "", following: str = "", columns: int = WIDTH, whole: bool = False
) -> str:
    """The same as one text."""
    return "\n".join(wrapped(text, first, following, columns, whole))
