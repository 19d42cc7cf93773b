"""The expected time line's text: what it means, how it is written back, how it is refused."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from captures.segment import FIN, PSH, SYN
from checkers.errors import TimelineError
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
)
from checkers.timeline_parse import parse
from checkers.timeline_write import line_text, write

LINE = "a.1 > b.2: ."


def only(text: str) -> Line:
    (line,) = parse(text)
    assert isinstance(line, Line)
    return line


def unnumbered(body: Body) -> Body:
    """The same lines, wherever they stand in the text."""
    return tuple(map(_unnumbered, body))


def _unnumbered(item: Item) -> Item:
    match item:
        case Line() | Anything() | ArpLine():
            return replace(item, number=0)
        case Either(branches):
            return Either(tuple(map(unnumbered, branches)))
        case Perhaps() | AnyOrder() | Repeat():
            return replace(item, body=unnumbered(item.body))


def test_a_syn() -> None:
    line = only("svr4.$c > bsdi.discard: S $J:$J(0) win 4096 <mss 1024> [tos 0x10]")
    assert line.source == Party("svr4", Expression("c", 0))
    assert line.destination == Party("bsdi", "discard")
    assert line.flags == SYN
    assert line.extent == Extent(Expression("J", 0), Expression("J", 0), Expression(None, 0))
    assert line.ack is None
    assert line.window == Expression(None, 4096)
    assert line.options == (OptionPattern("mss", 2, (Expression(None, 1024),)),)
    assert line.tos == 0x10


def test_what_is_not_mentioned() -> None:
    line = only("svr4.1037 > bsdi.9: . ack $K-1")
    assert (line.flags, line.ack) == (0, Expression("K", -1))
    assert (line.gap, line.extent, line.window, line.options, line.tos) == (None,) * 5


def test_hosts_with_dots() -> None:
    line = only("vangogh.cs.berkeley.edu.7777 > 140.252.13.35.8888: FP 5:6(1) ack 2")
    assert line.source == Party("vangogh.cs.berkeley.edu", Expression(None, 7777))
    assert line.destination == Party("140.252.13.35", Expression(None, 8888))
    assert line.flags == FIN | PSH


def test_no_options_at_all() -> None:
    assert only(f"{LINE} <>").options == ()


def test_options_with_variables() -> None:
    line = only(f"{LINE} <mss 512,nop,wscale 0,nop,nop,timestamp $t+1 0>")
    assert line.options is not None
    assert [option.kind for option in line.options] == [2, 1, 3, 1, 1, 8]
    assert line.options[-1].values == (Expression("t", 1), Expression(None, 0))


@pytest.mark.parametrize(
    ("text", "low_ns", "high_ns"),
    [
        ("+0~50ms", 0, 50_000_000),
        ("+5.5s~6s", 5_500_000_000, 6_000_000_000),
        ("+1us~2ms", 1_000, 2_000_000),
        ("+6s±500ms", 5_500_000_000, 6_500_000_000),
        ("+6±0.5s", 5_500_000_000, 6_500_000_000),
        ("+8s", 7_000_000_000, 9_000_000_000),  # 12.5 %
        ("+10ms", 6_000_000, 14_000_000),  # at least 4 ms
        ("+0.000000001s±0ns", 1, 1),
    ],
)
def test_gaps(text: str, low_ns: int, high_ns: int) -> None:
    assert parse(f"{LINE}\n{text} {LINE}")[1] == Line(
        2,
        Gap(low_ns, high_ns, text),
        Party("a", Expression(None, 1)),
        Party("b", Expression(None, 2)),
        0,
    )


def test_blocks() -> None:
    line = replace(only(LINE), number=0)
    assert unnumbered(parse(f"optional {{ {LINE} }}")) == (Perhaps((line,)),)
    assert unnumbered(parse(f"either {{\n{LINE}\n}} or {{ {LINE} }} or {{ {LINE}\n{LINE} }}")) == (
        Either(((line,), (line,), (line, line))),
    )
    assert unnumbered(parse(f"any order {{\n{LINE}\noptional {{ {LINE} }}\n}}")) == (
        AnyOrder((line, Perhaps((line,)))),
    )
    assert unnumbered(parse(f"repeat 1..5 {{ {LINE} }}")) == (Repeat(1, 5, (line,)),)


def test_any_segment() -> None:
    assert parse(f"{LINE}\n+0~1s *\n*") == (
        only(LINE),
        Anything(2, Gap(0, 1_000_000_000, "+0~1s")),
        Anything(3, None),
    )


def test_comments_and_blank_lines() -> None:
    (line,) = parse(f"\n# the SYN\n\n{LINE}   # here\r\n")
    assert line == replace(only(LINE), number=4)


def test_known_variables_are_filled_in() -> None:
    line = only("a.$c > b.2: S $J:$J(0) ack $K+1 win $w")
    known = {"c": 1024, "K": 0xFFFFFFFF}
    assert line_text(line, known) == "a.1024 > b.2: S $J:$J(0) ack 0 win $w"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "expected a segment"),
        ("*", 1, 2, "expected a segment of both ends' names"),
        ("svr4 > bsdi.9: S", 1, 1, "expected an endpoint such as svr4.$c"),
        ("a.1 b.2: S", 1, 5, "expected '>' between the endpoints, found 'b.2:'"),
        ("a.1 > b.2 S", 1, 7, "expected an endpoint and ':'"),
        ("a.1 > b.2: X", 1, 12, "no flag 'X'"),
        (f"{LINE}\na.1 > b.2: S $J:$J+2(1)", 2, 14, "2 bytes from first to last, not 1"),
        ("a.1 > b.2: S 5", 1, 14, "expected sequence numbers such as $J:$J(0)"),
        ("a.1 > b.2: . ack", 1, 17, "found the end"),
        ("a.1 > b.2: . ack J", 1, 18, "a number or a variable"),
        ("a.1 > b.2: . ack 4294967296", 1, 18, "doesn't fit in 32 bits"),
        ("a.1 > b.2: . win 1 ack 2", 1, 20, "in this order"),
        (f"{LINE} <mms 1024>", 1, 14, "option 'mms 1024': no option 'mms'"),
        (f"{LINE} [tos 16]", 1, 14, "expected [tos 0x10]"),
        (f"{LINE}\n+5 {LINE}", 2, 1, "no unit"),
        (f"{LINE}\n+6s~5s {LINE}", 2, 1, "the range ends before it begins"),
        (f"{LINE}\n+0.1ns {LINE}", 2, 1, "finer than a nanosecond"),
        (f"{LINE}\n+soon {LINE}", 2, 1, "expected a gap"),
        ("optional {\n}", 2, 1, "expected a segment in this block"),
        (f"optional {{\n{LINE}", 2, 13, "expected a segment, a block or }, found the end"),
        (f"either {{ {LINE} }}", 1, 24, "expected or { ... }"),
        (f"repeat 5..1 {{ {LINE} }}", 1, 8, "from few to many"),
        (f"repeat 0..0 {{ {LINE} }}", 1, 8, "from few to many"),
        (f"{LINE} }}", 1, 14, "expected a segment or a block, found '}'"),
        (f"{LINE}\na.1 > c.2: .", 2, 7, "c in a time line of a and b"),
        (f"{LINE}\n  c.1 > b.2: S 1:1(0) ack 2", 2, 3, "c in a time line of a and b"),
        (f"{LINE}\nc.1 > b.2: S 1:1(0)\nd.1 > b.2: .", 3, 1, "d in a time line of a and b and c"),
        (f"{LINE}\nc.1 > b.2: S 1:1(0)\n c.2 > b.2: .", 3, 2, "no connection of these ends"),
        ("optional { " * 21 + LINE, 1, 230, "more than 20 blocks in one another"),
        ("a.1 \x00 b.2: .", 1, 5, "expected '>' between the endpoints"),
    ],
)
def test_mistakes_are_named_with_line_and_column(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(TimelineError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


def test_time_lines_share_the_words_that_they_have_in_common() -> None:
    one = only("a.1 > b.2: S $J:$J+3(3) ack $K+1 <mss 1024>")
    other = only("+1s a.1 > b.2: S $J:$J+3(3) ack $K+2 <mss 1024>")
    assert one.source is other.source
    assert (one.extent is other.extent, one.options is other.options) == (True, True)
    assert one.ack != other.ack


def test_a_mistake_is_told_where_it_stands_each_time() -> None:
    for text, line, column in (("a.1 > b: S", 1, 7), (f"{LINE}\na.11 > b: S", 2, 8)):
        with pytest.raises(TimelineError, match="an endpoint such as") as caught:
            parse(text)
        assert (caught.value.line, caught.value.column) == (line, column)


def test_blanks_without_end_are_read_in_no_time() -> None:
    assert len(parse(f"{LINE}{' #' * 50_000}\n{' ' * 100_000}{LINE}{' ' * 100_000}")) == 2


WORDS = st.sampled_from(
    "a.1 c.$d: arp who-has tell reply is-at 0:0:c0:6f:2d:40 <timestamp $t 0> +6s±1ms "
    "a.$c b.discard: > S F . $J:$J(0) $J+1:$J+14(13) ack $K+1 win 4096 <mss 1024> <> [tos 0x10] "
    "+0~50ms +6s { } optional either or any order repeat 1..5 * # \n \n \n".split(" ")
)


@given(st.text() | st.lists(WORDS).map(" ".join))
def test_any_text_is_a_time_line_or_a_mistake(text: str) -> None:
    with suppress(TimelineError):
        body = parse(text)
        assert unnumbered(parse(write(body))) == unnumbered(body)


def expressions() -> st.SearchStrategy[Expression]:
    variables = st.builds(
        Expression, st.sampled_from(["J", "K", "n_1"]), st.integers(-9999999999, 9999999999)
    )
    return variables | st.builds(Expression, st.none(), st.integers(0, 2**32 - 1))


def option_patterns() -> st.SearchStrategy[OptionPattern]:
    mss = st.builds(OptionPattern, st.just("mss"), st.just(2), st.tuples(small_expressions()))
    return mss | st.just(OptionPattern("nop", 1, ())) | st.just(OptionPattern("sackOK", 4, ()))


def small_expressions() -> st.SearchStrategy[Expression]:
    numbers = st.builds(Expression, st.none(), st.integers(0, 65535))
    return numbers | st.just(Expression("m", 0))


CONNECTIONS = [
    (Party("svr4", Expression("c", 0)), Party("bsdi", "discard")),
    (Party("svr4", Expression("d", 0)), Party("bsdi", "discard")),
    (Party("sun", Expression(None, 1090)), Party("bsdi", Expression(None, 7777))),
]


def written_lines(connections: int) -> st.SearchStrategy[Line]:
    """Lines of the first so many connections, in either direction."""
    ends = st.sampled_from(CONNECTIONS[:connections])
    return ends.flatmap(lambda pair: st.permutations(pair)).flatmap(_lines_between)


def _lines_between(ends: list[Party]) -> st.SearchStrategy[Line]:
    extents = st.builds(
        Extent, st.just(Expression("J", 1)), st.just(Expression("E", 0)), expressions()
    )
    gaps = st.just(Gap(0, 50_000_000, "+0~50ms")) | st.just(Gap(7, 9, "+8ns±1ns"))
    return st.builds(
        Line,
        number=st.just(1),
        gap=st.none() | gaps,
        source=st.just(ends[0]),
        destination=st.just(ends[1]),
        flags=st.sampled_from([0, SYN, FIN, FIN | PSH]),
        extent=st.none() | extents,
        ack=st.none() | expressions(),
        window=st.none() | expressions(),
        options=st.none() | st.lists(option_patterns(), max_size=3).map(tuple),
        tos=st.none() | st.integers(0, 255),
    )


def bodies(connections: int) -> st.SearchStrategy[Body]:
    """A SYN of each connection, and then anything."""
    syns = parse("".join(f"{line_text(_syn(*ends))}\n" for ends in CONNECTIONS[:connections]))
    items = st.recursive(
        written_lines(connections) | st.just(Anything(1, None)),
        lambda inner: (
            st.builds(Perhaps, st.tuples(inner))
            | st.builds(AnyOrder, st.tuples(inner, inner))
            | st.builds(Either, st.tuples(st.tuples(inner), st.tuples(inner, inner)))
            | st.builds(Repeat, st.integers(0, 2), st.integers(2, 9), st.tuples(inner))
        ),
        max_leaves=5,
    )
    return items.map(lambda item: (*syns, item))


def _syn(source: Party, destination: Party) -> Line:
    return Line(1, None, source, destination, SYN, Extent(*[Expression(None, 0)] * 3))


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.integers(1, 3).flatmap(bodies))
def test_a_time_line_survives_writing_and_reading(body: Body) -> None:
    assert unnumbered(parse(write(body))) == unnumbered(body)
    assert write(parse(write(body))) == write(body)
