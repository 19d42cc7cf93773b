"""Lines and blocks back to the text of a time line."""

from collections.abc import Mapping

from captures import arp
from captures.notation import OPTION_WORDS, flags_text
from captures.segment import SEQUENCE_SPACE
from checkers.timeline import (
    AnyOrder,
    Anything,
    ArpLine,
    Body,
    Either,
    Expression,
    Item,
    Line,
    OptionPattern,
    Party,
    Perhaps,
    Repeat,
    Step,
)

Bindings = Mapping[str, int]


def write(body: Body) -> str:
    """The time line as text; `parse` reads the same time line from it."""
    return "".join(f"{line}\n" for line in _body_lines(body, ""))


def line_text(line: Step, known: Bindings | None = None) -> str:
    """One line without its gap; variables in `known` stand as their values."""
    if isinstance(line, Anything):
        return "*"
    if isinstance(line, ArpLine):
        return arp_text(line.operation, line.sender, line.target, line.ether)
    known = known or {}
    parts = [party_text(line.source, known), ">", f"{party_text(line.destination, known)}:"]
    parts.append(flags_text(line.flags))
    if line.extent is not None:
        first, last, size = (expression_text(each, known) for each in line.extent)
        parts.append(f"{first}:{last}({size})")
    if line.ack is not None:
        parts.append(f"ack {expression_text(line.ack, known)}")
    if line.window is not None:
        parts.append(f"win {expression_text(line.window, known)}")
    if line.options is not None:
        parts.append(f"<{','.join(_option(option, known) for option in line.options)}>")
    if line.tos is not None:
        parts.append(f"[tos {line.tos:#x}]")
    return " ".join(parts)


def arp_text(operation: int, sender: str, target: str | None, ether: str | None) -> str:
    """`arp who-has bsdi tell svr4`, `arp reply bsdi is-at 0:0:c0:6f:2d:40`."""
    if operation == arp.REQUEST:
        return f"arp who-has {target or '?'} tell {sender}"
    octets = [octet.lstrip("0") or "0" for octet in (ether or "?").split(":")]
    return f"arp reply {sender} is-at {':'.join(octets)}"


def expression_text(expression: Expression, known: Bindings) -> str:
    """`$J+1`, or its value modulo 2^32 where it is known."""
    variable, number = expression
    if variable is None:
        return str(number)
    if variable in known:
        return str((known[variable] + number) % SEQUENCE_SPACE)
    return f"${variable}{number:+d}" if number else f"${variable}"


def party_text(party: Party, known: Bindings | None = None) -> str:
    """`svr4.$c`, `bsdi.discard`; a variable that is known stands as its value."""
    known = known or {}
    port = party.port if isinstance(party.port, str) else expression_text(party.port, known)
    return f"{party.host}.{port}"


def _option(option: OptionPattern, known: Bindings) -> str:
    if option.kind not in OPTION_WORDS:
        return option.name
    return " ".join([option.name, *(expression_text(value, known) for value in option.values)])


def _body_lines(body: Body, indent: str) -> list[str]:
    return [line for item in body for line in _item_lines(item, indent)]


def _item_lines(item: Item, indent: str) -> list[str]:
    match item:
        case Line() | Anything() | ArpLine():
            return [indent + (f"{item.gap.text} " if item.gap else "") + line_text(item)]
        case Perhaps(body):
            return _block("optional", body, indent)
        case AnyOrder(body):
            return _block("any order", body, indent)
        case Repeat(low, high, body):
            return _block(f"repeat {low}..{high}", body, indent)
        case Either(branches):
            return _either(branches, indent)


def _either(branches: tuple[Body, ...], indent: str) -> list[str]:
    written = _block("either", branches[0], indent)
    for branch in branches[1:]:
        opening, *rest = _block("or", branch, indent)
        written[-1] += f" {opening.lstrip()}"
        written += rest
    return written


def _block(word: str, body: Body, indent: str) -> list[str]:
    return [f"{indent}{word} {{", *_body_lines(body, f"{indent}    "), f"{indent}}}"]
