"""A time line's text to its lines and blocks.

    timeline := item+
    item     := line | block
    line     := [gap] endpoint > endpoint: flags
                [seq:end(bytes)] [ack n] [win n] [<options>] [[tos 0xn]]
              | [gap] *
              | [gap] arp who-has host tell host
              | [gap] arp reply host is-at ether
    block    := optional { item+ }
              | either { item+ } or { item+ } ...
              | any order { item+ }
              | repeat 1..5 { item+ }

A line ends with the text's line or its block; `*` is any one segment. Where numbers stand,
variables may: `$J`, `$J+1`.
"""

import re
from collections.abc import Callable

from msgspec.structs import replace

from captures import arp
from checkers import timeline_words as words
from checkers.timeline import (
    AnyOrder,
    Anything,
    ArpLine,
    Body,
    Either,
    Expression,
    Gap,
    Item,
    Line,
    Party,
    Perhaps,
    Repeat,
    Step,
    lines,
    opens,
)
from checkers.timeline_tokens import Token, tokens

DEEPEST = 20
MOST_REPEATS = 1000

_TIMES = r"([0-9]{1,4})\.\.([0-9]{1,4})"


def parse(text: str) -> Body:
    """Read a time line; raises TimelineError with the line and column of the first mistake."""
    cursor = _Cursor(tokens(text))
    body = _items(cursor, 0)
    if cursor.now.kind != "end":
        raise cursor.now.error("a segment or a block")
    if not any(lines(body)):
        raise cursor.now.error("a segment of both ends' names")
    return body


class _Cursor:
    """Where the parser is in the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.connections: dict[frozenset[Party], None] = {}  # a set that keeps its order

    @property
    def now(self) -> Token:
        return self.tokens[self.position]

    def take(self, expected: str, kind: str, text: str | None = None) -> Token:
        """The token here, if it is of this kind (and text); moves on."""
        token = self.now
        if token.kind != kind or text not in (None, token.text):
            raise token.error(expected)
        self.position += 1
        return token

    def at(self, kind: str, text: str | None = None) -> bool:
        return self.now.kind == kind and text in (None, self.now.text)

    def skip_newlines(self) -> None:
        while self.at("newline"):
            self.position += 1


def _items(cursor: _Cursor, depth: int) -> Body:
    items: list[Item] = []
    cursor.skip_newlines()
    while cursor.at("word"):
        block = _BLOCKS.get(cursor.now.text)
        items.append(block(cursor, depth) if block else _line(cursor))
        cursor.skip_newlines()
    return tuple(items)


def _body(cursor: _Cursor, depth: int) -> Body:
    """`{ item+ }`."""
    opening = cursor.take("{", "mark", "{")
    if depth == DEEPEST:
        raise opening.wrong(f"more than {DEEPEST} blocks in one another")
    body = _items(cursor, depth + 1)
    closing = cursor.take("a segment, a block or }", "mark", "}")
    if not body:
        raise closing.error("a segment in this block")
    return body


def _perhaps(cursor: _Cursor, depth: int) -> Perhaps:
    cursor.take("optional", "word")
    return Perhaps(_body(cursor, depth))


def _either(cursor: _Cursor, depth: int) -> Either:
    cursor.take("either", "word")
    branches = [_body(cursor, depth)]
    cursor.take("or { ... }", "word", "or")
    branches.append(_body(cursor, depth))
    while cursor.at("word", "or"):
        cursor.take("or", "word")
        branches.append(_body(cursor, depth))
    return Either(tuple(branches))


def _any_order(cursor: _Cursor, depth: int) -> AnyOrder:
    cursor.take("any", "word")
    cursor.take("order", "word", "order")
    return AnyOrder(_body(cursor, depth))


def _repeat(cursor: _Cursor, depth: int) -> Repeat:
    cursor.take("repeat", "word")
    token = cursor.now
    found = re.fullmatch(_TIMES, token.text)
    if not found:
        raise token.error("how often, such as 1..5")
    cursor.take("1..5", "word")
    low, high = int(found[1]), int(found[2])
    if not low <= high or not 1 <= high <= MOST_REPEATS:
        raise token.wrong(f"{token.text}: from few to many, {MOST_REPEATS} at most")
    return Repeat(low, high, _body(cursor, depth))


_BLOCKS: dict[str, Callable[[_Cursor, int], Item]] = {
    "optional": _perhaps,
    "either": _either,
    "any": _any_order,
    "repeat": _repeat,
}


def _line(cursor: _Cursor) -> Step:
    number = cursor.now.line
    gap = None
    if cursor.now.text.startswith("+"):
        gap = words.gap(cursor.take("a gap", "word"))
    if cursor.at("word", "*"):
        cursor.take("*", "word")
        _line_end(cursor)
        return Anything(number, gap)
    if cursor.at("word", "arp"):
        return _arp(cursor, number, gap)
    source = cursor.take("an endpoint such as svr4.$c", "word")
    cursor.take("'>' between the endpoints", "mark", ">")
    destination = cursor.take("an endpoint such as bsdi.discard:", "word")
    if not destination.text.endswith(":"):
        raise destination.error("an endpoint and ':', such as bsdi.discard:")
    line = Line(
        number,
        gap,
        words.party(source, source.text),
        words.party(destination, destination.text[:-1]),
        words.flags(cursor.take("flags such as S, F, P or '.'", "word")),
    )
    line = _fields(cursor, line)
    _line_end(cursor)
    _check_connection(cursor, line, source, destination)
    return line


def _arp(cursor: _Cursor, number: int, gap: Gap | None) -> ArpLine:
    cursor.take("arp", "word", "arp")
    if cursor.at("word", "reply"):
        cursor.take("reply", "word")
        sender = cursor.take("a host", "word").text
        cursor.take("is-at", "word", "is-at")
        ether = words.ether(cursor.take("an Ethernet address", "word"))
        line = ArpLine(number, gap, arp.REPLY, sender, ether=ether)
    else:
        cursor.take("who-has or reply", "word", "who-has")
        target = cursor.take("a host", "word").text
        cursor.take("tell", "word", "tell")
        sender = cursor.take("a host", "word").text
        line = ArpLine(number, gap, arp.REQUEST, sender, target=target)
    _line_end(cursor)
    return line


def _fields(cursor: _Cursor, line: Line) -> Line:
    """What may follow the flags, in the notation's order."""
    if cursor.at("word") and cursor.now.text not in ("ack", "win"):
        line = replace(line, extent=words.extent(cursor.now))
        cursor.take("sequence numbers", "word")
    if cursor.at("word", "ack"):
        line = replace(line, ack=_value(cursor))
    if cursor.at("word", "win"):
        line = replace(line, window=_value(cursor))
    if cursor.at("options"):
        line = replace(line, options=words.options(cursor.take("options", "options")))
    if cursor.at("tos"):
        line = replace(line, tos=words.tos(cursor.take("[tos 0x10]", "tos")))
    return line


def _value(cursor: _Cursor) -> Expression:
    cursor.take("ack or win", "word")
    token = cursor.take("a number or a variable such as $J+1", "word")
    return words.expression(token, token.text)


def _line_end(cursor: _Cursor) -> None:
    if not (cursor.at("newline") or cursor.at("end") or cursor.at("mark", "}")):
        raise cursor.now.error("ack, win, <options>, [tos] in this order, or the end of the line")


def _check_connection(cursor: _Cursor, line: Line, source: Token, destination: Token) -> None:
    """Raises TimelineError for an end that is in no connection of the time line: a slip of the pen.

    A further connection begins with its SYN. As long as there is one, its ends are told by their
    hosts, so that a port may stand as a variable here and as a number there.
    """
    if not cursor.connections or opens(line):
        cursor.connections.setdefault(line.ends)
        return
    known = list(cursor.connections)
    hosts = {party.host for ends in known for party in ends}
    for party, token in ((line.source, source), (line.destination, destination)):
        if party.host not in hosts:
            raise token.wrong(f"{party.host} in a time line of {' and '.join(sorted(hosts))}")
    if len(known) > 1 and line.ends not in known:
        raise source.wrong("no connection of these ends was opened by a SYN in a line before")
