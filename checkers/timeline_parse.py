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
from typing import NamedTuple

from captures import arp
from checkers import timeline_words as words
from checkers.timeline import (
    AnyOrder,
    Anything,
    ArpLine,
    Body,
    Either,
    Expression,
    Extent,
    Gap,
    Item,
    Line,
    OptionPattern,
    Party,
    Perhaps,
    Repeat,
    Step,
    lines,
    opens,
)
from checkers.timeline_tokens import Tokens

DEEPEST = 20
MOST_REPEATS = 1000

_TIMES = r"([0-9]{1,4})\.\.([0-9]{1,4})"


def parse(text: str) -> Body:
    """Read a time line; raises TimelineError with the line and column of the first mistake."""
    cursor = _Cursor(text)
    body = _items(cursor, 0)
    if cursor.word or cursor.sign:
        raise cursor.unlike("a segment or a block")
    if not any(lines(body)):
        raise cursor.unlike("a segment of both ends' names")
    return body


class _Cursor(Tokens):
    """Where the parser is. connections: the ends of each so far; hosts: of all of these."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.connections: set[frozenset[Party]] = set()
        self.hosts: set[str] = set()


def _items(cursor: _Cursor, depth: int) -> Body:
    items: list[Item] = []
    cursor.skip_lines()
    while word := cursor.word:
        block = _BLOCKS.get(word)
        items.append(block(cursor, depth) if block else _step(cursor))
        cursor.skip_lines()
    return tuple(items)


def _body(cursor: _Cursor, depth: int) -> Body:
    """`{ item+ }`."""
    opening = cursor.position
    cursor.take_sign("{", "{")
    if depth == DEEPEST:
        raise cursor.wrong(f"more than {DEEPEST} blocks in one another", opening)
    body = _items(cursor, depth + 1)
    closing = cursor.position
    cursor.take_sign("a segment, a block or }", "}")
    if not body:
        raise cursor.unlike("a segment in this block", closing)
    return body


def _perhaps(cursor: _Cursor, depth: int) -> Perhaps:
    cursor.move()
    return Perhaps(_body(cursor, depth))


def _either(cursor: _Cursor, depth: int) -> Either:
    cursor.move()
    branches = [_body(cursor, depth)]
    cursor.take("or { ... }", "or")
    branches.append(_body(cursor, depth))
    while cursor.word == "or":
        cursor.move()
        branches.append(_body(cursor, depth))
    return Either(tuple(branches))


def _any_order(cursor: _Cursor, depth: int) -> AnyOrder:
    cursor.move()
    cursor.take("order", "order")
    return AnyOrder(_body(cursor, depth))


def _repeat(cursor: _Cursor, depth: int) -> Repeat:
    cursor.move()
    text = cursor.word
    found = re.fullmatch(_TIMES, text)
    if not found:
        raise cursor.unlike("how often, such as 1..5")
    low, high = int(found[1]), int(found[2])
    if not low <= high or not 1 <= high <= MOST_REPEATS:
        raise cursor.wrong(f"{text}: from few to many, {MOST_REPEATS} at most")
    cursor.move()
    return Repeat(low, high, _body(cursor, depth))


_BLOCKS: dict[str, Callable[[_Cursor, int], Item]] = {
    "optional": _perhaps,
    "either": _either,
    "any": _any_order,
    "repeat": _repeat,
}


def _step(cursor: _Cursor) -> Step:
    gap = cursor.read("a gap", words.gap) if cursor.word.startswith("+") else None
    if cursor.word == "*":
        return _anything(cursor, gap)
    if cursor.word == "arp":
        return _arp(cursor, gap)
    return _line(cursor, gap)


def _anything(cursor: _Cursor, gap: Gap | None) -> Anything:
    cursor.move()
    _line_end(cursor)
    return Anything(cursor.line, gap)


def _arp(cursor: _Cursor, gap: Gap | None) -> ArpLine:
    cursor.move()
    if cursor.word == "reply":
        cursor.move()
        sender = cursor.take("a host")
        cursor.take("is-at", "is-at")
        ether = cursor.read("an Ethernet address", words.ether)
        line = ArpLine(cursor.line, gap, arp.REPLY, sender, ether=ether)
    else:
        cursor.take("who-has or reply", "who-has")
        target = cursor.take("a host")
        cursor.take("tell", "tell")
        sender = cursor.take("a host")
        line = ArpLine(cursor.line, gap, arp.REQUEST, sender, target=target)
    _line_end(cursor)
    return line


def _line(cursor: _Cursor, gap: Gap | None) -> Line:
    begin = cursor.position
    source = cursor.take("an endpoint such as svr4.$c")
    cursor.take_sign("'>' between the endpoints", ">")
    destination = cursor.take("an endpoint such as bsdi.discard:")
    if not destination.endswith(":"):
        raise cursor.unlike("an endpoint and ':', such as bsdi.discard:", begin + 2)
    line = Line(
        cursor.line,
        gap,
        cursor.said(words.party, source, begin),
        cursor.said(words.party, destination[:-1], begin + 2),
        cursor.read("flags such as S, F, P or '.'", words.flags),
        *_fields(cursor),
    )
    _line_end(cursor)
    _check_connection(cursor, line, begin)
    return line


class _Fields(NamedTuple):
    """What may follow the flags, in the notation's order, which is Line's."""

    extent: Extent | None
    ack: Expression | None
    window: Expression | None
    options: tuple[OptionPattern, ...] | None
    tos: int | None


def _fields(cursor: _Cursor) -> _Fields:
    extent = None
    if cursor.word not in ("", "ack", "win"):
        extent = cursor.read("sequence numbers", words.extent)
    return _Fields(
        extent,
        _value(cursor, "ack"),
        _value(cursor, "win"),
        cursor.bracketed("<", words.options),
        cursor.bracketed("[", words.tos),
    )


def _value(cursor: _Cursor, name: str) -> Expression | None:
    """The number or variable behind this word; None where that doesn't stand here."""
    if cursor.word != name:
        return None
    cursor.move()
    return cursor.read("a number or a variable such as $J+1", words.expression)


def _line_end(cursor: _Cursor) -> None:
    if cursor.word or cursor.sign not in ("\n", "}", ""):
        raise cursor.unlike("ack, win, <options>, [tos] in this order, or the end of the line")


def _check_connection(cursor: _Cursor, line: Line, begin: int) -> None:
    """Raises TimelineError for an end that is in no connection of the time line: a slip of the pen.

    A further connection begins with its SYN. As long as there is one, its ends are told by their
    hosts, so that a port may stand as a variable here and as a number there.
    begin: the position of the line's first end.
    """
    if not cursor.connections or opens(line):
        cursor.connections.add(line.ends)
        cursor.hosts |= {line.source.host, line.destination.host}
        return
    for party, position in ((line.source, begin), (line.destination, begin + 2)):
        if party.host not in cursor.hosts:
            known = " and ".join(sorted(cursor.hosts))
            raise cursor.wrong(f"{party.host} in a time line of {known}", position)
    if len(cursor.connections) > 1 and line.ends not in cursor.connections:
        told = "no connection of these ends was opened by a SYN in a line before"
        raise cursor.wrong(told, begin)
