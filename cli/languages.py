"""The language that the command line was asked for."""

from cli.exits import UsageError
from languages.sentences import Language, language


def language_of(code: str) -> Language:
    """The sentences of a language; raises UsageError for one that there isn't."""
    try:
        return language(code)
    except ValueError as error:
        raise UsageError(str(error)) from error
