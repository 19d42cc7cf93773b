"""What of a lab differs from student to student: values, the rules they follow, their places.

A lab's variant.yaml has a rule for each value:

    port:      {book: 7777, range: [7100, 7999]}
    text:      {book: hello there, one_of: [hello there, good morning]}
    slip_mtu:  {book: 296, one_of: [296, 420, 552]}
    ether:     {book: "0:0:c0:6f:2d:40", low_bytes: 2}
    client:    {book: svr4, one_of: [svr4, bsdi], implies: {server: {svr4: bsdi, bsdi: svr4}}}

They stand in the texts of lab.yaml and of the hand-outs as `{{port}}`, `{{slip_mtu-40}}`, or
`{{text.length+2}}`; a text that is nothing but a number's place is a number. Without a student
every value is the book's. Few choices a value are enough, and let graders read a lab's time lines
once for many students.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from labs.catalog.yaml_file import YamlFile

Value = int | str
Values = Mapping[str, Value]

# Nothing that YAML, a shell, a terminal or the notation would read as more than words.
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.:_-]*")
PLACE = re.compile(r"\{\{([^{}]*)\}\}")
TERM = r"([+-]?)\s*([a-z_]+)(\.length)?\s*|([+-]?)\s*([0-9]+)\s*"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one value is chosen; `book` stands where there is no student.

    One of: `one_of`, the values to choose from; `range`, whole numbers from first to last;
    `low_bytes`, how many of the low bytes of the book's Ethernet address are anybody's.
    implies: values that follow from this one, each with a table of what it is for each choice.
    """

    book: Value
    one_of: list[Value] | None = None
    range: tuple[int, int] | None = None
    low_bytes: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None
    implies: dict[str, dict[Value, Value]] = {}

    def __post_init__(self) -> None:
        kinds = [self.one_of, self.range, self.low_bytes]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give one of one_of, range, low_bytes")
        if self.choices < 1:
            raise ValueError("nothing to choose from")
        if self.low_bytes is None and not self.allows(self.book):
            raise ValueError(f"the book's {self.book!r} is none of the choices")
        for name, table in self.implies.items():
            if set(table) != set(self.one_of or ()):
                raise ValueError(f"implies {name}: give what it is for each of one_of")
        implied = [value for table in self.implies.values() for value in table.values()]
        for value in (self.book, *(self.one_of or ()), *implied):
            if not PLAIN.fullmatch(str(value)):
                raise ValueError(f"{value!r}: letters, digits, blanks and , . : _ - only")

    @property
    def choices(self) -> int:
        """How many values there are to choose from."""
        if self.one_of is not None:
            return len(self.one_of)
        if self.range is not None:
            return self.range[1] - self.range[0] + 1
        return int(256 ** (self.low_bytes or 0))

    def choice(self, number: int) -> Value:
        """The value that a number stands for, whatever its size."""
        place = number % self.choices
        if self.one_of is not None:
            return self.one_of[place]
        if self.range is not None:
            return self.range[0] + place
        low = place.to_bytes(self.low_bytes or 0, "big")
        return ":".join([*self._high_octets(), *(f"{octet:x}" for octet in low)])

    def allows(self, value: Value) -> bool:
        """Whether the value is one that could have been chosen."""
        if self.one_of is not None:
            return value in self.one_of
        if self.range is not None:
            return isinstance(value, int) and self.range[0] <= value <= self.range[1]
        low = rf"(:[0-9a-f]{{1,2}}){{{self.low_bytes}}}"
        return bool(re.fullmatch(re.escape(":".join(self._high_octets())) + low, str(value)))

    def _high_octets(self) -> list[str]:
        return str(self.book).split(":")[: -(self.low_bytes or 0)]


def rules(folder: Path) -> dict[str, Rule]:
    """The rules of a lab's variant.yaml, by name; none where there is no such file.

    Raises YamlFileError with file and line.
    """
    path = folder / "variant.yaml"
    if not path.exists():
        return {}
    file = YamlFile(path, keep=True)
    found = {name: file.typed(Rule, name) for name in file.typed(dict[str, object])}
    names = list(found)
    for name, rule in found.items():
        for implied in rule.implies:
            if implied in names:
                file.refuse(f"a second value named {implied!r}", name, "implies")
            names.append(implied)
    return found


def anybodys(rules: Mapping[str, Rule]) -> frozenset[str]:
    """The values of which there are so many that every student may have another."""
    return frozenset(name for name, rule in rules.items() if rule.low_bytes)


def completed(rules: Mapping[str, Rule], given: Values) -> dict[str, Value]:
    """A value for every rule, the given one, else the book's; and all that these imply.

    Raises ValueError for a value that no rule allows: it would be no student's.
    """
    for name, value in given.items():
        if name not in rules:
            raise ValueError(f"this lab has no value {name!r}: {', '.join(rules) or 'it has none'}")
        if not rules[name].allows(value):
            raise ValueError(f"{name}: {value!r} is none of the choices")
    chosen = {name: given.get(name, rule.book) for name, rule in rules.items()}
    implied = {
        name: table[chosen[by]]
        for by, rule in rules.items()
        for name, table in rule.implies.items()
    }
    return chosen | implied


def value_of(text: str, values: Values) -> Value:
    """As `filled`; but a text that is nothing but one place is what stands there, number or not."""
    if "{{" not in text:
        return text
    result = filled(text, values)
    alone = PLACE.fullmatch(text)
    number = alone and not isinstance(values.get(alone[1].strip()), str)
    return int(result) if number else result


def filled(text: str, values: Values) -> str:
    """The text with every `{{...}}` as its value; raises ValueError for an unknown one."""
    return PLACE.sub(lambda place: _value_at(place[1], values), text)


def named(text: str) -> set[str]:
    """All that may be names of values in a text's places."""
    places = {place[1].strip() for place in PLACE.finditer(text)}
    return places.union(term[2] for place in places for term in re.finditer(TERM, place) if term[2])


def _value_at(expression: str, values: Values) -> str:
    name = expression.strip()
    if name in values:
        return str(values[name])
    terms = list(re.finditer(TERM, name))
    if not name or "".join(term[0] for term in terms) != name:
        raise ValueError(f"{{{{{expression}}}}}: expected a value's name, or a sum such as port+1")
    return str(sum(_number(term, values) for term in terms))


def _number(term: re.Match[str], values: Values) -> int:
    if term[5]:
        return int(term[4] + term[5])
    if term[2] not in values:
        raise ValueError(f"no value {term[2]!r}: this lab has {', '.join(values) or 'none'}")
    value = str(values[term[2]])
    if not (term[3] or value.isdigit()):
        raise ValueError(f"{term[2]} is no number: write {term[2]}.length for its length")
    size = len(value) if term[3] else int(value)
    return -size if term[1] == "-" else size
