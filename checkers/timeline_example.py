"""An expected time line as a listing that fulfils it: what a quiz shows without a capture.

What may be left out is left out, of alternatives the first is taken, and each variable gets a
number: a port, or an ISN of few digits, so that lines stay short.
"""

import hashlib
from collections.abc import Iterator, Mapping

from checkers.timeline import (
    MILLISECOND_NS,
    AnyOrder,
    Anything,
    Body,
    Either,
    Item,
    Line,
    Perhaps,
    Repeat,
    Step,
    lines,
)
from checkers.timeline_parse import parse
from checkers.timeline_write import line_text

PORTS = range(1024, 5000)
ISNS = range(10_000, 90_000)
SHORTEST_GAP_NS = 2 * MILLISECOND_NS  # where the time line has none


def example(timeline: str, seed: int) -> str:
    """The listing; another seed gives other numbers.

    Raises ValueError for a time line that doesn't say what a segment is (`*`), or in which a number
    that isn't a port or a sequence number is a variable. It may still not fulfil the time line:
    who needs to be sure checks it.
    """
    body = parse(timeline)
    known = _numbers(body, seed)
    time_ns = 0
    texts = []
    for number, step in enumerate(_chosen(body), 1):
        if isinstance(step, Anything):
            raise ValueError("a segment of any kind can't be shown")  # noqa: TRY004
        time_ns += _gap_ns(step) if number > 1 else 0
        seconds, micros = divmod(time_ns // 1000, 1_000_000)
        text = line_text(step, known).replace(" <>", "")
        texts.append(f"{number} {seconds}.{micros:06d} {text}\n")
    return "".join(texts)


def _chosen(body: Body) -> Iterator[Step]:
    """One of the ways through the time line."""
    for item in body:
        yield from _of(item)


def _of(item: Item) -> Iterator[Step]:
    if isinstance(item, Perhaps):
        return
    if isinstance(item, Either):
        yield from _chosen(item.branches[0])
    elif isinstance(item, AnyOrder):
        yield from _chosen(item.body)
    elif isinstance(item, Repeat):
        for _ in range(item.low):
            yield from _chosen(item.body)
    else:
        yield item


def _gap_ns(step: Step) -> int:
    if step.gap is None:
        return SHORTEST_GAP_NS
    return max(step.gap.low_ns, min(SHORTEST_GAP_NS, step.gap.high_ns))


def _numbers(body: Body, seed: int) -> Mapping[str, int]:
    """A number for each variable."""
    found: dict[str, int] = {}
    for line in lines(body):
        for party in (line.source, line.destination):
            if not isinstance(party.port, str) and party.port.variable:
                found[party.port.variable] = _one_of(PORTS, seed, party.port.variable)
        for name in _sequence_variables(line):
            found.setdefault(name, _one_of(ISNS, seed, name))
        window = line.window.variable if line.window else None
        if window:
            raise ValueError(f"${window} is no port and no sequence number")
    return found


def _sequence_variables(line: Line) -> Iterator[str]:
    numbers = [*(line.extent or ()), *([line.ack] if line.ack else [])]
    yield from (number.variable for number in numbers if number.variable)


def _one_of(numbers: range, seed: int, name: str) -> int:
    """The same of these numbers for the same seed and name, everywhere."""
    digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest()
    return numbers[int.from_bytes(digest, "big") % len(numbers)]
