"""The checks `refused`, `abort` and `half_open`: right, each other's captures, near misses."""

import pytest

from checkers import resets
from checkers.errors import ExpectationError
from checkers.finding import Finding
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import FIGURES, POINT, run_of

REFUSED = "1 0.0 bsdi.1024 > svr4.20000: S 5:5(0)\n2 0.1 svr4.20000 > bsdi.1024: R 0:0(0) ack 6\n"
OPEN = """\
1 0.0 bsdi.1024 > svr4.8888: S 100:100(0)
2 0.1 svr4.8888 > bsdi.1024: S 500:500(0) ack 101
3 0.2 bsdi.1024 > svr4.8888: . ack 501
4 0.3 bsdi.1024 > svr4.8888: P 101:114(13) ack 501
"""
ACKED = OPEN + "5 0.4 svr4.8888 > bsdi.1024: . ack 114\n"
ABORTED = ACKED + "6 0.5 bsdi.1024 > svr4.8888: R 114:114(0) ack 501\n"
FORGOTTEN = OPEN + "5 0.4 svr4.8888 > bsdi.1024: R 501:501(0)\n"


def refused(listing: str) -> Finding:
    (finding,) = resets.refused(run_of(listing), POINT, "bsdi", "svr4").findings
    return finding


def aborted(listing: str, by: str = "bsdi") -> Finding:
    (finding,) = resets.abort(run_of(listing), POINT, "bsdi", "svr4", by).findings
    return finding


def forgotten(listing: str, forgot: str = "svr4") -> Finding:
    (finding,) = resets.half_open(run_of(listing), POINT, "bsdi", "svr4", forgot).findings
    return finding


def text(name: str) -> str:
    return (FIGURES / f"{name}.txt").read_text()


def test_the_books_figures() -> None:
    assert refused(text("18.7-refused")).verdict is Verdict.PASS
    assert aborted(text("18.7-abort")).verdict is Verdict.PASS
    assert forgotten(text("18.7-half-open")).verdict is Verdict.PASS


def test_right_captures_name_their_frames() -> None:
    assert (refused(REFUSED).verdict, refused(REFUSED).frames) == (Verdict.PASS, (1, 2))
    assert (aborted(ABORTED).verdict, aborted(ABORTED).frames) == (Verdict.PASS, (4, 6))
    assert (forgotten(FORGOTTEN).verdict, forgotten(FORGOTTEN).frames) == (Verdict.PASS, (4, 5))


@pytest.mark.parametrize(
    ("old", "new", "observed"),
    [
        ("R 0:0(0) ack 6", "R 1:1(0) ack 6", "seq 1"),
        ("R 0:0(0) ack 6", "R 0:0(0) ack 5", "ack 5"),
        ("R 0:0(0) ack 6", "R 0:0(0) ack 7", "ack 7"),
        ("R 0:0(0) ack 6", "R 0:0(0)", "ack None"),
        ("R 0:0(0) ack 6", "S 9:9(0) ack 6", "an answer without RST, in frame 2"),
        ("2 0.1 svr4.20000 > bsdi.1024: R 0:0(0) ack 6\n", "", "no answer"),
    ],
)
def test_not_refused(old: str, new: str, observed: str) -> None:
    finding = refused(REFUSED.replace(old, new))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, observed)


def test_a_refusal_whose_syn_is_not_captured() -> None:
    assert refused(REFUSED.splitlines()[1]).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("old", "new", "observed"),
    [
        ("R 114:114(0) ack 501", "R 113:113(0) ack 501", "seq 113"),
        ("R 114:114(0) ack 501", "R 115:115(0) ack 501", "seq 115"),
        ("R 114:114(0) ack 501", "R 114:114(0)", "a reset without an ACK"),
        ("R 114:114(0) ack 501", "F 114:114(0) ack 501", "no reset"),
        (
            "R 114:114(0) ack 501",
            "F 114:114(0) ack 501\n7 0.6 bsdi.1024 > svr4.8888: R 115:115(0) ack 501",
            "a FIN from bsdi before it",
        ),
        (
            "R 114:114(0) ack 501",
            "R 114:114(0) ack 501\n7 0.6 svr4.8888 > bsdi.1024: . ack 114",
            "a segment after the reset",
        ),
    ],
)
def test_not_aborted(old: str, new: str, observed: str) -> None:
    finding = aborted(ABORTED.replace(old, new))
    assert (finding.verdict, finding.observed) == (Verdict.FAIL, observed)


def test_a_refusal_is_no_abort_and_no_half_open_connection() -> None:
    assert aborted(REFUSED, "svr4").observed == "a reset before the connection was established"
    assert forgotten(REFUSED).observed == "a reset before the connection was established"


def test_an_abort_by_the_other_end() -> None:
    assert aborted(ABORTED, "svr4").observed == "a reset from bsdi"
    with pytest.raises(ExpectationError, match="by: sun is neither"):
        aborted(ABORTED, "sun")


@pytest.mark.parametrize(
    ("old", "new", "observed"),
    [
        ("R 501:501(0)", "R 502:502(0)", "seq 502"),
        ("R 501:501(0)", "R 501:501(0) ack 114", "a reset with an ACK"),
        ("R 501:501(0)", "F 501:501(0) ack 114", "no reset"),
        ("5 0.4", "5 0.35 svr4.8888 > bsdi.1024: F 501:501(0) ack 114\n6 0.4", "a FIN from svr4"),
        ("5 0.4", "5 0.35 svr4.8888 > bsdi.1024: . ack 114\n6 0.4", "a reset that answers nothing"),
    ],
)
def test_not_forgotten(old: str, new: str, observed: str) -> None:
    finding = forgotten(FORGOTTEN.replace(old, new))
    assert finding.verdict is Verdict.FAIL
    assert finding.observed.startswith(observed)


def test_an_abort_is_no_half_open_connection() -> None:
    assert forgotten(ABORTED).observed == "a reset from bsdi"
    assert forgotten(ABORTED, "bsdi").observed == "a reset with an ACK"
    with pytest.raises(ExpectationError, match="forgot: sun is neither"):
        forgotten(ABORTED, "sun")


@pytest.mark.parametrize("check", [aborted, forgotten])
def test_no_reset_in_a_capture_that_begins_later_is_inconclusive(check: object) -> None:
    later = ACKED.splitlines(keepends=True)[2:]
    assert check("".join(later)).verdict is Verdict.INCONCLUSIVE  # type: ignore[operator]


def test_a_wrong_number_in_a_capture_that_begins_later_is_inconclusive() -> None:
    later = "".join(ABORTED.replace("R 114:114", "R 115:115").splitlines(keepends=True)[2:])
    assert aborted(later).verdict is Verdict.INCONCLUSIVE
