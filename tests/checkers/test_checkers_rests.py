"""How long a socket pair rested, and `reopened` where a capture shows no times."""

import pytest
from msgspec.structs import replace

from captures.reader import parse
from checkers.check import check
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import Wish, bare, from_listing

TIMELINE = """\
sun.1162 > bsdi.echo: S $J:$J(0)
bsdi.echo > sun.1162: R 0:0(0) ack $J+1
"""


def listing(*begins_s: float, port: int = 1162) -> str:
    return "".join(
        f"{2 * n + 1} {begin_s:.6f} sun.{port} > bsdi.echo: S {1000 * n}:{1000 * n}(0)\n"
        f"{2 * n + 2} {begin_s + 0.5:.6f} bsdi.echo > sun.{port}: R 0:0(0) ack {1000 * n + 1}\n"
        for n, begin_s in enumerate(begins_s)
    )


def judged(text: str, rests: float, connection: int = 2) -> Outcome:
    wish = Wish("timeline", {"timeline": TIMELINE, "connection": connection, "rests": rests})
    return check(from_listing(text), wish)


@pytest.mark.parametrize(("begins_s", "verdict"), [(60.5, Verdict.PASS), (60.49, Verdict.FAIL)])
def test_the_rest_counts_from_the_last_segment(begins_s: float, verdict: Verdict) -> None:
    outcome = judged(listing(0.0, begins_s), 60)
    assert outcome.verdict is verdict
    assert outcome.findings[0].verdict is Verdict.PASS
    assert outcome.findings[1].frames == (2, 3)


def test_it_counts_from_the_connection_before_not_from_the_first() -> None:
    assert judged(listing(0.0, 70.0, 100.0), 60, connection=3).verdict is Verdict.FAIL


def test_without_a_connection_before_it_fails() -> None:
    outcome = judged(listing(0.0), 60, connection=1)
    assert outcome.verdict is Verdict.FAIL
    assert "before" in outcome.findings[1].observed


def test_another_socket_pair_is_no_connection_before() -> None:
    text = listing(0.0, port=1163) + listing(100.0).replace("1 100", "3 100").replace("2 1", "4 1")
    assert judged(text, 60, connection=1).verdict is Verdict.FAIL


def test_without_times_there_is_no_verdict_on_a_rest() -> None:
    capture = replace(parse(listing(0.0, 1.0).encode()), timed=False)
    parameters = {"timeline": TIMELINE, "connection": 2, "rests": 60}
    outcome = check(bare(capture), Wish("timeline", parameters))
    assert outcome.verdict is Verdict.INCONCLUSIVE


REOPENED = """\
1 0.0 bsdi.1081 > sun.7777: S 1000:1000(0)
2 0.1 sun.7777 > bsdi.1081: S 5000:5000(0) ack 1001
3 0.2 bsdi.1081 > sun.7777: . ack 5001
4 0.3 sun.7777 > bsdi.1081: F 5001:5001(0) ack 1001
5 0.4 bsdi.1081 > sun.7777: F 1001:1001(0) ack 5002
6 0.5 sun.7777 > bsdi.1081: . ack 1002
7 1.0 bsdi.1081 > sun.7777: S 9000:9000(0)
8 1.1 sun.7777 > bsdi.1081: S 99000:99000(0) ack 9001
"""


@pytest.mark.parametrize(("timed", "verdict"), [(True, "PASS"), (False, "INCONCLUSIVE")])
def test_reopened_needs_times(timed: bool, verdict: str) -> None:
    capture = replace(parse(REOPENED.encode()), timed=timed)
    wish = Wish("reopened", {"client": "bsdi.1081", "server": "sun.7777"})
    assert check(bare(capture), wish).verdict is Verdict[verdict]
