"""Where a program's FIN or data may overtake the kernel's acknowledgment, and where not."""

import pytest

from captures.reader import parse
from checkers.check import check
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import Wish, bare, ran, segments

OPENED = """\
svr4.$c > bsdi.discard: S $J:$J(0)
bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > bsdi.discard: . ack $K+1
svr4.$c > bsdi.discard: F $J+1:$J+1(0) ack $K+1
"""
CLOSED = """\
bsdi.discard > svr4.$c: . ack $J+2
bsdi.discard > svr4.$c: F $K+1:$K+1(0) ack $J+2
svr4.$c > bsdi.discard: . ack $K+2
"""
SYNS = [
    "svr4.1 > bsdi.discard: S 100:100(0) win 4096",
    "bsdi.discard > svr4.1: S 500:500(0) ack 101 win 4096",
    "svr4.1 > bsdi.discard: . ack 501 win 4096",
    "svr4.1 > bsdi.discard: F 101:101(0) ack 501 win 4096",
]
FIN, LAST = (
    "bsdi.discard > svr4.1: F 501:501(0) ack 102 win 4096",
    "svr4.1 > bsdi.discard: . ack 502 win 4096",
)
ACK = "bsdi.discard > svr4.1: . ack 102 win 4096"
BEFORE = "bsdi.discard > svr4.1: . 501:501(0) ack 102 win 4096"  # made before the FIN
AFTER = "bsdi.discard > svr4.1: . 502:502(0) ack 102 win 4096"
NEITHER = "bsdi.discard > svr4.1: . 503:503(0) ack 102 win 4096"


def verdict(timeline: str, lines: list[str]) -> Verdict:
    listing = "".join(f"{n} {n / 10} {line}\n" for n, line in enumerate(lines, 1))
    return check(bare(parse(listing.encode())), Wish("timeline", {"timeline": timeline})).verdict


@pytest.mark.parametrize("late", [ACK, BEFORE, AFTER])
@pytest.mark.parametrize("answered", [False, True])
def test_a_fin_may_overtake_the_acknowledgment(late: str, answered: bool) -> None:
    behind = [FIN, LAST, late] if answered else [FIN, late, LAST]
    assert verdict(OPENED + CLOSED, [*SYNS, *behind]) is Verdict.PASS


@pytest.mark.parametrize(
    ("late", "last", "expected"),
    [
        (4096, 4096, Verdict.PASS),
        (4083, 4095, Verdict.PASS),
        (0, 4096, Verdict.FAIL),
        (4097, 4096, Verdict.FAIL),
        (4096, 65535, Verdict.FAIL),
    ],
)
def test_the_windows_around_it_may_be_smaller_and_no_larger(
    late: int, last: int, expected: Verdict
) -> None:
    written = "".join(f"{line} win 4096\n" for line in CLOSED.splitlines())
    acks = [one.replace("4096", str(own)) for one, own in ((ACK, late), (LAST, last))]
    assert verdict(OPENED + written, [*SYNS, FIN, *acks]) is expected


def test_so_it_may_where_the_acknowledgment_is_optional() -> None:
    lines = CLOSED.splitlines()
    timeline = "\n".join([OPENED, f"optional {{ {lines[0]} }}", *lines[1:]])
    for behind in ([ACK, FIN, LAST], [FIN, LAST], [FIN, ACK, LAST], [FIN, LAST, ACK]):
        assert verdict(timeline, [*SYNS, *behind]) is Verdict.PASS


@pytest.mark.parametrize(
    "behind",
    [
        [FIN, LAST],
        [FIN, ACK],
        [FIN, NEITHER, LAST],
        [FIN, ACK, ACK, LAST],
        [ACK, FIN, ACK, LAST],
        [FIN, "bsdi.discard > svr4.1: . ack 101 win 4096", LAST],
        [FIN.replace("ack 102", "ack 101"), ACK, LAST],
        [FIN, LAST.replace(". ack", "F 101:101(0) ack"), ACK],
        [LAST, FIN, ACK],
    ],
)
def test_another_order_fails(behind: list[str]) -> None:
    # A bare capture that ends with a FIN may have been stopped too early.
    assert verdict(OPENED + CLOSED, [*SYNS, *behind]) in (Verdict.FAIL, Verdict.INCONCLUSIVE)


def test_what_is_not_sent_at_once_overtakes_nothing() -> None:
    later = (OPENED + CLOSED).replace(
        "bsdi.discard > svr4.$c: F", "+100ms bsdi.discard > svr4.$c: F"
    )
    assert verdict(later, [*SYNS, ACK, FIN, LAST]) is Verdict.PASS
    assert verdict(later, [*SYNS, FIN, ACK, LAST]) is Verdict.FAIL


def test_the_third_segment_of_a_handshake_is_not_overtaken() -> None:
    swapped = [*SYNS[:2], SYNS[3], SYNS[2], ACK, FIN, LAST]
    assert verdict(OPENED + CLOSED, swapped) is Verdict.FAIL


DATA = """\
svr4.$c > bsdi.echo: S $J:$J(0)
bsdi.echo > svr4.$c: S $K:$K(0) ack $J+1
svr4.$c > bsdi.echo: . ack $K+1
svr4.$c > bsdi.echo: P $J+1:$J+6(5) ack $K+1
bsdi.echo > svr4.$c: . ack $J+6
bsdi.echo > svr4.$c: P $K+1:$K+6(5) ack $J+6
"""


def test_data_may_overtake_the_acknowledgment_and_numbers_still_follow() -> None:
    listing = [
        "svr4.1 > bsdi.echo: S 100:100(0) win 4096",
        "bsdi.echo > svr4.1: S 500:500(0) ack 101 win 4096",
        "svr4.1 > bsdi.echo: . ack 501 win 4096",
        "svr4.1 > bsdi.echo: P 101:106(5) ack 501 win 4096",
        "bsdi.echo > svr4.1: P 501:506(5) ack 106 win 4096",
        "bsdi.echo > svr4.1: . 501:501(0) ack 106 win 4096",
    ]
    assert verdict(DATA, listing) is Verdict.PASS
    text = "".join(f"{n} {n / 10} {line}\n" for n, line in enumerate(listing, 1))
    whole = f"{text}7 0.9 svr4.1 > bsdi.echo: . 106:106(0) ack 506 win 4096\n"
    assert check(ran(segments(whole)), Wish("sequence")).verdict is Verdict.PASS
    other = whole.replace("501:501(0) ack 106", "502:502(0) ack 106")
    assert check(ran(segments(other)), Wish("sequence")).verdict is Verdict.FAIL
