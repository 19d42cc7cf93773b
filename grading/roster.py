"""Finds whom and what a name means: students and labs in the names of files and folders.

Accents, case, the order of first and last name and what stands between words make no difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from grading.course import Student, folded

BETWEEN_WORDS = re.compile(r"[\W_]+")

Words = tuple[str, ...]


def words(text: str) -> Words:
    """A name's words without case and accents: `Ahn_Jihoon-2` is `ahn`, `jihoon`, `2`."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(word for word in BETWEEN_WORDS.split(plain) if word)


class Phrases:
    """Phrases that mean something, found wherever they stand in a text."""

    def __init__(self, phrases: Iterable[tuple[Words, str]]) -> None:
        self._meanings: dict[Words, set[str]] = {}
        for phrase, meaning in phrases:
            if phrase:
                self._meanings.setdefault(phrase, set()).add(meaning)
        self._longest = max(map(len, self._meanings), default=0)

    def meant(self, text: str) -> tuple[str, ...]:
        """What the text means, sorted: a phrase inside a longer one doesn't count."""
        found = self._spans(words(text))
        outer = [span for span in found if not any(_inside(span, other) for other in found)]
        return tuple(sorted(set().union(*(found[span] for span in outer))))

    def _spans(self, text: Words) -> dict[tuple[int, int], set[str]]:
        """Where phrases stand, by first word and the one after the last."""
        return {
            (start, end): self._meanings[text[start:end]]
            for start in range(len(text))
            for end in range(start + 1, min(start + self._longest, len(text)) + 1)
            if text[start:end] in self._meanings
        }


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def labs(names: Iterable[str]) -> Phrases:
    """Labs by their names."""
    return Phrases((words(name), name) for name in names)


class Roster:
    """The students of a course by all that they are called."""

    def __init__(self, students: Mapping[str, Student]) -> None:
        self._exact: dict[str, str] = {}
        self._glued: dict[str, set[str]] = {}
        for one in students.values():
            self._exact |= {folded(key): one.id for key in (one.mail, one.id) if key}
            for order in _orders(words(one.name)):
                self._glued.setdefault("".join(order), set()).add(one.id)
        self._phrases = Phrases(
            (phrase, one.id)
            for one in students.values()
            for phrase in (words(one.id), words(one.mail), *_orders(words(one.name)))
        )

    def known(self, text: str) -> str | None:
        """The student of this id or mail address, exactly; None for nobody."""
        return self._exact.get(folded(text))

    def named(self, text: str) -> tuple[str, ...]:
        """The students whose id, mail address or full name stands in a file's or folder's name."""
        return self._phrases.meant(text)

    def lastfirst(self, text: str) -> tuple[str, ...]:
        """The students whose name, written as Canvas does (`ahnjihoon`), is this."""
        return tuple(sorted(self._glued.get("".join(words(text)), ())))


def _orders(name: Words) -> list[Words]:
    """A name's words as they stand, and with each of them first: `Ahn Jihoon`, `Jihoon Ahn`."""
    return [name[start:] + name[:start] for start in range(len(name))]
