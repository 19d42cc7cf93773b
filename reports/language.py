"""What reports say, in the reader's language."""

from collections.abc import Callable

LANGUAGES = ("en",)

# From a sentence in English to the same in the reader's language.
Language = Callable[[str], str]

ENGLISH: Language = str


def language(code: str) -> Language:
    """The sentences of a language; raises ValueError that names the languages there are."""
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}: there are {', '.join(LANGUAGES)}")
    return ENGLISH
