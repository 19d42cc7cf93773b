"""A student's answers.yaml: strictly a list of `name: answer`, read kindly.

Every answer is text, or a list of texts: nothing is resolved, so `no` stays `no` and 010 stays
010. Anchors, aliases and tags are refused, and so is a file that is large or no UTF-8.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

import yaml

NAME = "answers.yaml"
LARGEST_BYTES = 64 * 1024
MOST_ANSWERS = 200
MOST_WORDS = 200  # in one list
NOTHING = ("", "~", "null")

# What nearly every line is, and YAML can only read as this: a name with an answer, bare or in
# quotes; or a comment, or nothing.
SIMPLE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9_-]{0,99}):"
    r'(?: +(?:"([ !#-\[\]-~]*)" *|([A-Za-z0-9][A-Za-z0-9 .,+/()_-]*))?)?'
    r"|#[ -~]*|"
)

# libyaml is ten times as fast; the events are the same.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


# A stream and its documents have no content of their own.
_CONTENT = (yaml.NodeEvent, yaml.CollectionEndEvent)


class AnswersError(ValueError):
    """An answers.yaml that can't be read; the message begins with file and line."""


class Given(NamedTuple):
    """One answer: a text, or a list of them; problem: why it is none, or ''."""

    line: int
    value: str | tuple[str, ...]
    problem: str = ""

    @property
    def text(self) -> str:
        """The answer on one line."""
        return self.value if isinstance(self.value, str) else ", ".join(self.value)

    @property
    def empty(self) -> bool:
        """Whether the line has a name and no answer."""
        return not self.problem and self.value in NOTHING


def parse(data: bytes) -> dict[str, Given]:
    """The answers by name, in small letters; raises AnswersError, with the line where known."""
    if len(data) > LARGEST_BYTES:
        raise AnswersError(f"{NAME}: more than {LARGEST_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswersError(f"{NAME}: not UTF-8 text: save it as UTF-8") from error
    try:
        simple = _simple_pairs(text)
        return _answers(_read(text) if simple is None else simple)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(mark.line + 1 if mark else 1, "not readable: write `name: answer`, one a line")
    except yaml.YAMLError as error:
        raise AnswersError(f"{NAME}: not readable: it holds control characters") from error


def _refuse(line: int, message: str) -> NoReturn:
    raise AnswersError(f"{NAME}:{line}: {message}")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _harmless(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    """The events but those of stream and document; refuses anchors, aliases, tags."""
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _refuse(_line(event), "no anchors or aliases (& and *) here: put the text in quotes")
        if getattr(event, "tag", None):
            _refuse(_line(event), "no tags (!) here: put the text in quotes")
        if isinstance(event, _CONTENT):
            yield event


def _simple_pairs(text: str) -> list[tuple[str, Given]] | None:
    """The answers of a file of simple lines; None for another, which takes YAML ten times as long.

    Of Python's kinds of line ends only \\n separates lines here, and no other is in a simple one.
    """
    pairs = []
    for number, line in enumerate(text.split("\n"), 1):
        found = SIMPLE.fullmatch(line)
        if found is None:
            return None
        name, quoted, bare = found.groups("")
        if name:
            pairs.append((name.lower(), Given(number, (quoted or bare).strip())))
    return pairs


def _read(text: str) -> Iterator[tuple[str, Given]]:
    """The answers of any file, as YAML has them."""
    events = _harmless(yaml.parse(text, Loader=_Loader))
    first = next(events, None)
    if isinstance(first, yaml.MappingStartEvent):
        yield from _pairs(events)
    elif first is not None and getattr(first, "value", None) not in NOTHING:
        _refuse(_line(first), "write `name: answer`, one a line")
    for event in events:  # reads the file to its end, where what can't be read is refused
        _refuse(_line(event), "a second document: one list of answers, please")


def _answers(pairs: Iterable[tuple[str, Given]]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for name, given in pairs:
        before = found.get(name)
        if before:
            told = f"answered twice, in lines {before.line} and {given.line}"
            given = given._replace(problem=told)
        found[name] = given
        if len(found) > MOST_ANSWERS:
            _refuse(given.line, f"more than {MOST_ANSWERS} answers")
    return found


def _pairs(events: Iterator[yaml.Event]) -> Iterator[tuple[str, Given]]:
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        name = event.value if isinstance(event, yaml.ScalarEvent) else ""
        if not name:
            _refuse(_line(event), "the name of a question must be a word")
        yield name.lower(), _given(next(events), events)


def _given(event: yaml.Event, events: Iterator[yaml.Event]) -> Given:
    if isinstance(event, yaml.ScalarEvent):
        return Given(_line(event), event.value.strip())
    words: list[str] = []
    depth, flat = 1, isinstance(event, yaml.SequenceStartEvent)
    while depth:
        inner = next(events)
        depth += isinstance(inner, yaml.CollectionStartEvent)
        depth -= isinstance(inner, yaml.CollectionEndEvent)
        flat = flat and not isinstance(inner, yaml.CollectionStartEvent)
        if isinstance(inner, yaml.ScalarEvent) and len(words) <= MOST_WORDS:
            words.append(inner.value.strip())
    if not flat or len(words) > MOST_WORDS:
        return Given(_line(event), "", "an answer is one text, or one list of texts")
    return Given(_line(event), tuple(words))
