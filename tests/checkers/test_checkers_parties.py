"""The ends that an expectation names: the book's services are everybody's, others a run's own."""

import pytest

from captures.names import BOOK_HOSTS, Names
from checkers.errors import ExpectationError
from checkers.parties import Wanted, wanted

BOOK = Names(BOOK_HOSTS)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("bsdi.discard", Wanted("bsdi", 9)),
        ("svr4.1037", Wanted("svr4", 1037)),
        ("svr4", Wanted("svr4", None)),
        ("140.252.1.29", Wanted("140.252.1.29", None)),
        ("140.252.1.29.8888", Wanted("140.252.1.29", 8888)),
        ("vangogh.cs.berkeley.edu", Wanted("vangogh.cs.berkeley.edu", None)),
    ],
)
def test_an_end_is_a_host_and_perhaps_a_port(text: str, end: Wanted) -> None:
    assert wanted(text, BOOK) == end


def test_what_one_run_calls_a_service_is_no_other_run_s() -> None:
    for port in (5000, 6000):
        assert wanted("bsdi.ours", Names(BOOK_HOSTS, {port: "ours"})) == Wanted("bsdi", port)
    with pytest.raises(ExpectationError, match="unknown service 'ours'"):
        wanted("bsdi.ours", BOOK)
    assert wanted("bsdi.ours", Names()) == Wanted("bsdi.ours", None)
    assert wanted("bsdi.discard", Names(BOOK_HOSTS, {5000: "discard"})) == Wanted("bsdi", 9)
