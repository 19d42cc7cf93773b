"""The language that the command line speaks: that of --lang, else TCPLAB_LANG, else English.

The choice is kept in the environment, so that the prompt of `tcplab start`, a process inside a
sandbox, speaks as its command does. LANG and LC_MESSAGES choose nothing: what a script reads
mustn't depend on whose machine it is.
"""

import os
from functools import lru_cache

from cli.exits import UsageError
from languages.sentences import ENGLISH, Language, language

VARIABLE = "TCPLAB_LANG"


def choose(code: str | None) -> None:
    """Speak this language from now on; None: as before. Raises UsageError where there is none."""
    if code is not None:
        os.environ[VARIABLE] = code
    spoken()


def code() -> str:
    """The language's code, as HTML has it."""
    return os.environ.get(VARIABLE) or "en"


def spoken() -> Language:
    """The sentences of the language; raises UsageError for one that there isn't."""
    return _language(code())


@lru_cache
def _language(code: str) -> Language:
    try:
        return language(code)
    except ValueError as error:
        raise UsageError(f"--lang, {VARIABLE}: {error}") from error


def understood() -> Language:
    """The same, but English where the language can't be spoken, so that this can be told."""
    try:
        return spoken()
    except UsageError:
        return ENGLISH


def said(text: str) -> str:
    """The text in the language."""
    return understood()(text)
