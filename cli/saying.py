"""What the command line says, in the language that it speaks."""

import sys

from cli.languages import said
from languages.wrapping import filled


def harmless(text: str) -> str:
    """The text with control characters spelled out: a handed-in file must not steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Print a text as it is, at once."""
    sys.stdout.write(harmless(text) + "\n")
    sys.stdout.flush()


def tell(text: str, first: str = "", following: str = "") -> None:
    """Print a sentence in lines of 80 columns; first, following: what they are indented with."""
    say(filled(said(text), first, following, whole=True))


def ask(question: str) -> str:
    """Ask a question; the line that is answered, '' at the end of the input."""
    sys.stdout.write(f"{said(question)} ")
    sys.stdout.flush()
    return sys.stdin.readline()


def note(text: str) -> None:
    """Say a sentence on standard error, with the program's name before it."""
    sys.stderr.write(f"tcplab: {said(text)}\n")
    sys.stderr.flush()
