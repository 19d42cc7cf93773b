"""The check `sequence` has a short way for what is next in order: it says what the rules say."""

from collections.abc import Sequence
from unittest import mock

from hypothesis import event, given, settings
from hypothesis.strategies import DrawFn, booleans, composite, integers, lists, sampled_from
from msgspec.structs import replace

from captures.segment import ACK, FIN, RST, SYN, Option, Segment
from checkers import sequence as rules
from checkers.finding import Finding
from tests.checkers.checkers_samples import FIGURES, POINT, ran, segments

EXCHANGES = [segments(path.read_text()) for path in sorted(FIGURES.glob("18*.txt"))]
FLAGS = (0, SYN, FIN, RST, ACK, SYN | ACK, FIN | ACK, RST | ACK, SYN | FIN)
NEAR = (-(1 << 31), -1461, -2, -1, 1, 2, 1460, (1 << 31) - 1)


@composite
def spoilt(draw: DrawFn) -> Sequence[Segment]:
    """An exchange of the book with a few segments changed, gone, doubled or in another order."""
    made = list(draw(sampled_from(EXCHANGES)))
    for place in draw(lists(integers(0, len(made) - 1), max_size=4)):
        at = min(place, len(made) - 1)
        one = made[at]
        match draw(sampled_from(("flags", "seq", "ack", "payload", "options", "order"))):
            case "flags":
                flags = draw(sampled_from(FLAGS))
                made[at] = replace(one, flags=flags, ack=(one.ack or 0) if flags & ACK else None)
            case "seq":
                made[at] = replace(one, seq=((one.seq or 0) + draw(sampled_from(NEAR))) % (1 << 32))
            case "ack" if one.ack is not None:
                made[at] = replace(one, ack=(one.ack + draw(sampled_from(NEAR))) % (1 << 32))
            case "payload":
                made[at] = replace(one, payload=draw(sampled_from((0, 1, 1000))))
            case "options":
                made[at] = replace(one, options=draw(sampled_from(((), (Option(2, (512,)),)))))
            case _:
                made.insert(draw(integers(0, len(made))), one)
                if draw(booleans()):
                    made.remove(one)
    times = [1_000_000_000 + number * 100_000_000 for number in range(len(made))]
    return [
        replace(one, frame=number, time_ns=time_ns)
        for number, (one, time_ns) in enumerate(zip(made, times, strict=True), 1)
    ]


def found(observed: Sequence[Segment], resets: bool) -> tuple[Finding, ...]:
    return rules.sequence(ran(observed), POINT, resets).findings


@settings(max_examples=400)
@given(spoilt(), booleans())
def test_the_short_way_says_what_the_rules_say(observed: Sequence[Segment], resets: bool) -> None:
    with mock.patch.object(rules, "_next", return_value=False):
        expected = found(observed, resets)
    event(expected[0].verdict.name)
    assert found(observed, resets) == expected
