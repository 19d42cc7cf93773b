"""What reports say, in the reader's language."""

from collections.abc import Callable

# From a sentence in English to the same in the reader's language.
Language = Callable[[str], str]

ENGLISH: Language = str
