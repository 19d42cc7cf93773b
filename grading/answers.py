"""What an answer is worth, held against the right answers of the student's own evidence."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from captures import seconds
from captures.names import Names
from captures.segment import SEQUENCE_SPACE
from checkers.answers_connection import FLAG_WORDS
from checkers.finding import Finding
from checkers.right import Answer, Right, Value
from checkers.verdict import Verdict
from grading.answers_file import MOST_WORDS, Given
from labs.catalog import Question
from labs.catalog.rubric import Partial

NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1, "min": 60 * 10**9}
UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds", "초"),
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "us": ("us", "µs", "μs", "usec", "microsecond", "microseconds"),
    "ns": ("ns", "nanosecond", "nanoseconds"),
    "min": ("min", "minute", "minutes", "분"),
    "bytes": ("b", "byte", "bytes", "octet", "octets", "바이트"),
    "segments": ("segment", "segments", "packet", "packets", "세그먼트", "개"),
    "connections": ("connection", "connections", "연결", "개"),
    "datagrams": ("datagram", "datagrams", "packet", "packets", "개"),
}
NUMBER = re.compile(
    r"\+?\s*([0-9]{1,3}(?:[ ,_][0-9]{3})+|[0-9]{1,20})(?:[.,]([0-9]{1,12}))?\s*(\D*)"
)
BETWEEN_DIGITS = re.compile("[ ,_]")
ONE_COMMA = re.compile("[0-9]+,[0-9]+")
BETWEEN_FLAGS = re.compile(r"[\s,+|/&\[\]]+")
SEQUENCE = re.compile(r"\+?\s*([0-9]{1,10}|[0-9]{1,3}(?:[ ,_][0-9]{3}){1,3})")
OPTION_WORDS = {"sackpermitted": "sackok", "ts": "timestamp", "ws": "wscale", "noop": "nop"}


class Mark(NamedTuple):
    """How much of the points an answer earns: 0 to 1. why: what is not quite right, or ''."""

    share: Fraction
    why: str = ""


class Judged(NamedTuple):
    """A question judged. verdict INCONCLUSIVE or ERROR: pending, whatever the answer was."""

    verdict: Verdict
    mark: Mark
    expected: str
    observed: str
    place: str

    @classmethod
    def unreadable(cls, why: str) -> "Judged":
        """A question whose answer may stand in a file that can't be read: for a person to look."""
        mark = Mark(Fraction(0), why)
        return cls(Verdict.INCONCLUSIVE, mark, "answers that can be read", why, "")


RIGHT = Mark(Fraction(1))
NO_ANSWER = "no answer"
WRONG = Mark(Fraction(0))


def judge(
    question: Question,
    partial: Partial,
    given: Given | None,
    answers: Sequence[Answer],
    names: Names,
) -> Judged:
    """Hold an answer against every right answer that the evidence has; the best counts.

    No answer is lost. Where the evidence can't tell, and the answer isn't right by what it does
    tell, nobody is wrong: the question is pending.
    """
    rights = [each for each in answers if isinstance(each, Right)]
    doubts = [each for each in answers if isinstance(each, Finding)]
    if given is None or given.empty or given.problem:
        expected, place = _told(question, rights, doubts)
        why = given.problem if given else ""
        return Judged(Verdict.FAIL, WRONG._replace(why=why), expected, NO_ANSWER, place)
    marks = []
    for each in rights:
        mark = _MARKS[question.answer](question, partial, given, each.value, names)
        if mark.share == 1:
            return Judged(Verdict.PASS, mark, words(question, each.value), given.text, each.place)
        marks.append(mark)
    best = max(marks, key=lambda mark: mark.share, default=WRONG)
    expected, place = _told(question, rights, doubts)
    open_ones = [each for each in doubts if each.verdict is not Verdict.FAIL]
    if open_ones:
        doubt = max(open_ones, key=lambda each: each.verdict)
        why = f"{doubt.expected}: {doubt.observed}"
        return Judged(doubt.verdict, Mark(Fraction(0), why), expected, given.text, doubt.place)
    return Judged(Verdict.FAIL, best, expected, given.text, place)


def words(question: Question, value: Value) -> str:
    """A right answer as a person would write it."""
    if question.answer == "time" and isinstance(value, int):
        return f"{seconds.text(value, 6)} s"
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value} {question.unit}".strip()


def _told(
    question: Question, rights: Sequence[Right], doubts: Sequence[Finding]
) -> tuple[str, str]:
    """What was expected, and where that is seen."""
    if rights:
        every = " or ".join(dict.fromkeys(words(question, each.value) for each in rights))
        return every, rights[0].place
    if doubts:
        return f"{doubts[0].expected}: {doubts[0].observed}", doubts[0].place
    return "", ""


def _percent(percent: int | None, why: str) -> Mark:
    return Mark(Fraction(percent or 0, 100), why)


def _number(question: Question, partial: Partial, given: Given, right: Value, _: Names) -> Mark:
    """A number within its tolerance, in the unit asked for; a number alone is taken to be in it."""
    found = NUMBER.fullmatch(given.text)
    if not (found and isinstance(right, int)):
        return WRONG._replace(why="not a number")
    unit, tolerance = found[3].strip().casefold(), Decimal(str(question.tolerance))
    near = any(abs(number - right) <= tolerance for number in _readings(found))
    if near and unit and unit not in UNITS.get(question.unit, ()):
        return _percent(partial.wrong_unit, f"the number is right, the unit isn't {question.unit}")
    return RIGHT if near else WRONG


def _time(question: Question, partial: Partial, given: Given, right: Value, _: Names) -> Mark:
    """A time within its tolerance, in any unit of time; a number alone is in seconds."""
    found = NUMBER.fullmatch(given.text)
    if not (found and isinstance(right, int)):
        return WRONG._replace(why="not a time, such as 5.8 s")
    written = found[3].strip().casefold() or "s"
    tolerance_ns = Decimal(str(question.tolerance)) * NANOSECONDS["s"]
    unit = next((one for one in NANOSECONDS if written in UNITS[one]), None)
    fitting = [
        each
        for each, nanoseconds in NANOSECONDS.items()
        for number in _readings(found)
        if abs(number * nanoseconds - right) <= tolerance_ns
    ]
    if unit in fitting:
        return RIGHT
    return _percent(partial.wrong_unit, "the number is right, the unit isn't") if fitting else WRONG


def _readings(found: re.Match[str]) -> list[Decimal]:
    """The numbers that it may mean: `5,812` is 5812, or has a decimal comma."""
    whole = BETWEEN_DIGITS.sub("", found[1])
    if found[2]:
        return [Decimal(f"{whole}.{found[2]}")]
    either = [Decimal(found[1].replace(",", "."))] if ONE_COMMA.fullmatch(found[1]) else []
    return [Decimal(whole), *either]


def _sequence(_: Question, partial: Partial, given: Given, right: Value, __: Names) -> Mark:
    """A sequence number, modulo 2^32; off by one is the mistake that everybody makes once."""
    found = SEQUENCE.fullmatch(given.text)
    if not (found and isinstance(right, int)):
        return WRONG._replace(why="not a sequence number")
    number = int(BETWEEN_DIGITS.sub("", found[1]))
    if number >= SEQUENCE_SPACE:
        return WRONG._replace(why="a sequence number is below 2^32")
    distance = (number - right) % SEQUENCE_SPACE
    if distance in (1, SEQUENCE_SPACE - 1):
        return _percent(partial.off_by_one, "off by one")
    return RIGHT if distance == 0 else WRONG


def _host(_: Question, __: Partial, given: Given, right: Value, names: Names) -> Mark:
    """A host by its name, with or without its domain, or by its address."""
    text = given.text.casefold()
    known = {names.host(text), text, text.partition(".")[0]}
    return RIGHT if right in known else WRONG


def _flags(_: Question, __: Partial, given: Given, right: Value, ___: Names) -> Mark:
    """Flags by name or by tcpdump's letters; PSH is the sender's business and doesn't count."""
    found: set[str] = set()
    for word in BETWEEN_FLAGS.split(given.text.upper()):
        if word in FLAG_WORDS:
            found.add(word)
        elif all(letter in _LETTERS for letter in word):
            found |= {_LETTERS[letter] for letter in word}
        else:
            return WRONG._replace(why="flags are SYN, FIN, RST, PSH, ACK, URG")
    same = isinstance(right, tuple) and found - {"PSH"} == set(right) - {"PSH"}
    return RIGHT if same else WRONG


_LETTERS = {"S": "SYN", "F": "FIN", "R": "RST", "P": "PSH", ".": "ACK", "A": "ACK", "U": "URG"}


def _list(question: Question, partial: Partial, given: Given, right: Value, _: Names) -> Mark:
    """A list; in part right earns in proportion, and each word too many takes one away."""
    if not isinstance(right, tuple) or len(_words(given)) > MOST_WORDS:
        return WRONG
    ours, theirs = [_word(word) for word in right], _words(given)
    if not question.ordered:
        ours, theirs = sorted(ours), sorted(theirs)
    if ours == theirs:
        return RIGHT
    common = _in_common(ours, theirs)
    hits = max(0, common - (len(theirs) - common))
    why = f"{common} of {len(ours)} right" + (", in this order" if question.ordered else "")
    return Mark(Fraction(partial.in_part or 0, 100) * Fraction(hits, len(ours) or 1), why)


def _words(given: Given) -> list[str]:
    if isinstance(given.value, tuple):
        return [_word(word) for word in given.value]
    separator = r"\s*[,;]\s*" if re.search("[,;]", given.value) else r"\s+"
    return [_word(word) for word in re.split(separator, given.value.strip("<>[]() ")) if word]


def _word(text: str) -> str:
    """`wscale 0` as `wscale`, `SACK-permitted` as `sackok`."""
    first = re.sub("[-_]", "", (text.split() or [""])[0].casefold())
    return OPTION_WORDS.get(first, first)


def _in_common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence: right words in the right order."""
    row = [0] * (len(theirs) + 1)
    for mine in ours:
        before = row
        row = [0]
        for place, word in enumerate(theirs):
            row.append(before[place] + 1 if mine == word else max(row[place], before[place + 1]))
    return row[-1]


_MARKS: dict[str, Callable[[Question, Partial, Given, Value, Names], Mark]] = {
    "number": _number,
    "time": _time,
    "sequence": _sequence,
    "host": _host,
    "flags": _flags,
    "list": _list,
}
