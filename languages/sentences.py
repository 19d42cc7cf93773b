"""What people read, in their language, by gettext catalogs (`languages/locale`).

Findings are plain text, made by checks that know of no language. So a catalog has their sentences
as templates, `{0} retransmission(s)`, and a finding is translated by the template that it fits.
What no catalog has stays English.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from struct import unpack_from

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = ("en", "ko")

# From a sentence in English to the same in the reader's language.
Language = Callable[[str], str]

ENGLISH: Language = str

PLACE = re.compile(r"\{\d\}")
LETTER = re.compile(r"[A-Za-z]")
WORD = re.compile(r"[A-Za-zä]+")
STAND_IN = "ä"  # for a value: a letter that no template has
# A template with fewer letters than this would fit too much: its values are numbers only.
FEW_LETTERS = 4
REMEMBERED = 4096  # translations: a class's feedback says the same again and again
# A value is within one sentence, and between two semicolons.
ANYTHING, NUMBERS = r"((?:(?!; |[.?] [A-Z]).)+?)", r"((?:[^A-Za-z;]|\bto\b|\band\b)+?)"


@lru_cache
def language(code: str) -> Language:
    """The sentences of a language; raises ValueError that names the languages there are."""
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}: there are {', '.join(LANGUAGES)}")
    if code == "en":
        return ENGLISH
    return Sentences(messages((LOCALES / code / "LC_MESSAGES/tcplab.mo").read_bytes()))


def messages(mo: bytes) -> dict[str, str]:
    """The sentences of a compiled catalog and their translations (GNU gettext's manual, 10.3)."""
    _, _, count, originals, translations = unpack_from("<5I", mo)
    pairs = (
        (_string(mo, originals + 8 * place), _string(mo, translations + 8 * place))
        for place in range(count)
    )
    return {original: translated for original, translated in pairs if original}


def _string(mo: bytes, at: int) -> str:
    size, offset = unpack_from("<2I", mo, at)
    return mo[offset : offset + size].decode()


class _Template:
    """A sentence with places.

    literal: the longest piece that a text must have to fit. word: the longest of its words, ''
    where none stands by itself.
    """

    def __init__(self, original: str, translated: str) -> None:
        self.pieces = [_plain(piece) for piece in PLACE.split(original)]
        self.literal = max(self.pieces, key=len)
        words = WORD.findall(STAND_IN.join(self.pieces))
        self.word = max((one for one in words if STAND_IN not in one), key=len, default="")
        self.translated = translated

    @cached_property
    def pattern(self) -> "re.Pattern[str]":
        """Of the whole text. Few of them are asked for, and compiling all would take long."""
        few = len(LETTER.findall("".join(self.pieces))) < FEW_LETTERS
        value = NUMBERS if few else ANYTHING
        return re.compile(value.join(map(re.escape, self.pieces)), re.DOTALL)


class Sentences:
    """Translates sentences as a catalog has them; known: sentence or template to translation."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = {_plain(original): _plain(text) for original, text in known.items()}
        found = [_Template(*one) for one in known.items() if PLACE.search(one[0])]
        # What says most comes first: it is the least likely to fit by chance.
        self.templates = sorted(found, key=lambda one: sum(map(len, one.pieces)), reverse=True)
        self._of_word: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.templates):
            self._of_word[one.word].append(place)
        self._translated = lru_cache(maxsize=REMEMBERED)(self._translate)

    def __call__(self, text: str) -> str:
        """The text in this language: whole, else part by part; what isn't known stays."""
        return self._translated(text)

    def _translate(self, text: str) -> str:
        return self.known.get(text) or self._fitted(text) or self._parts(text)

    def _fitted(self, text: str) -> str:
        """By the template that the text fits; '' where there is none."""
        words = {"", *WORD.findall(text)}
        places = sorted(place for word in words for place in self._of_word.get(word, ()))
        for one in (self.templates[place] for place in places):
            fits = one.pattern.fullmatch(text) if one.literal in text else None
            if fits:
                return one.translated.format(*map(self, fits.groups()))
        return ""

    def _parts(self, text: str) -> str:
        """Sentences one after the other, else what stands between semicolons."""
        for end in (found.start() + 1 for found in re.finditer(r"[.?] ", text)):
            first = text[:end]
            if first in self.known or self._fitted(first):
                return f"{self(first)} {self(text[end + 1 :])}"
        parts = text.split("; ")
        return "; ".join(map(self, parts)) if len(parts) > 1 else text


def _plain(text: str) -> str:
    """A template's doubled braces as they stand in texts."""
    return text.replace("{{", "{").replace("}}", "}")
