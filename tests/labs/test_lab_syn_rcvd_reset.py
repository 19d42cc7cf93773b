"""Lab syn-rcvd-reset: a right run, and each way to go wrong."""

import pytest

from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import fails

# Sequence number 0 in segment 16, as a listing prints it once it has seen the ISN 3000.
LISTING = """\
1 0.0      bsdi.8888 > vangogh.7777: S 1000:1000(0) win 4096 <mss 512>
2 0.000041 vangogh.7777 > bsdi.8888: S 5000:5000(0) ack 1001 win 8192 <mss 512>
3 0.526116 bsdi.8888 > vangogh.7777: R 1001:1001(0) win 0
4 1.476544 bsdi.8889 > vangogh.7777: S 2000:2000(0) win 4096 <mss 512>
5 1.476585 vangogh.7777 > bsdi.8889: S 6000:6000(0) ack 2001 win 8192 <mss 512>
6 1.968887 bsdi.8889 > vangogh.7777: . ack 6001 win 4096
7 2.227259 bsdi.8889 > vangogh.7777: P 2001:2014(13) ack 6001 win 4096
8 2.227292 vangogh.7777 > bsdi.8889: . ack 2014 win 8192
9 2.715369 bsdi.8889 > vangogh.7777: F 2014:2014(0) ack 6001 win 4096
10 2.715400 vangogh.7777 > bsdi.8889: . ack 2015 win 8192
11 2.715707 vangogh.7777 > bsdi.8889: F 6001:6001(0) ack 2015 win 8192
12 3.316068 bsdi.8889 > vangogh.7777: . ack 6002 win 4096
13 3.950160 vangogh.7779 > bsdi.8890: S 7000:7000(0) win 8192 <mss 512>
14 3.984317 bsdi.8890 > vangogh.7779: S 3000:3000(0) win 4096 <mss 512>
15 3.984350 vangogh.7779 > bsdi.8890: S 7000:7000(0) ack 3001 win 8192 <mss 512>
16 4.476487 bsdi.8890 > vangogh.7779: R 4294964296:4294964296(0) ack 7001 win 0
17 4.676466 bsdi.8890 > vangogh.7779: R 3001:3001(0) win 0
"""
TRANSCRIPT = """\
vangogh % sock -v -s 7777
connection on 128.32.130.2.7777 from 140.252.13.35.8889
TCP_MAXSEG = 512
hello, world
connection closed by peer
vangogh % sock -v -b7779 bsdi.tuc.noao.edu 8890
connect() error: Connection reset by peer
"""
LISTENING = "128.32.130.2.7777 140.252.13.35.8888"
OPENING = "128.32.130.2.7779 140.252.13.35.8890"
STATES = f"""\
0.00 128.32.130.2.7777 0.0.0.0.0 LISTEN
0.05 {LISTENING} SYN_RCVD
0.55 {LISTENING} gone
3.60 128.32.130.2.7777 0.0.0.0.0 gone
4.00 {OPENING} SYN_SENT
4.05 {OPENING} SYN_RCVD
4.70 {OPENING} gone
"""
RIGHT = Played(
    "syn-rcvd-reset", {"vangogh wan0": LISTING}, {"vangogh": TRANSCRIPT}, {"vangogh": STATES}
)

# On a slow machine the client goes so late that vangogh sends its SYN+ACK again.
ONE_RESET = "0.526116 bsdi.8888 > vangogh.7777: R 1001:1001(0) win 0\n"
TWO_RESETS = (
    "1.009002 vangogh.7777 > bsdi.8888: S 5000:5000(0) ack 1001 win 8192 <mss 512>\n"
    "1.009424 bsdi.8888 > vangogh.7777: R 1001:1001(0) win 0\n"
    "1.424472 bsdi.8888 > vangogh.7777: R 1001:1001(0) win 0\n"
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    ("R 1001:1001(0) win 0", "R 1001:1001(0) ack 5001 win 0", "listening-end", "flags"),
    ("R 1001:1001(0)", "R 0:0(0)", "listening-end", "seq"),
    ("R 1001:1001(0) win 0", ". 1001:1001(0) ack 5001 win 4096", "listening-end", "flags"),
    ("R 1001:1001(0) win 0", "F 1001:1001(0) ack 5001 win 0", "listening-end-states", "shown"),
    (
        "bsdi.8889: S 6000:6000(0) ack 2001 win 8192 <mss 512>",
        "bsdi.8889: R 0:0(0) ack 2001 win 0",
        "next-client",
        "flags",
    ),
    ("P 2001:2014(13)", "R 2001:2001(0)", "next-client", "flags"),
    ("(0) ack 7001 win 0", "(0) ack 7000 win 0", "opening-end", "ack"),
    ("R 3001:3001(0)", "R 3000:3000(0)", "opening-end", "seq"),
    (
        "S 7000:7000(0) ack 3001 win 8192 <mss 512>",
        "R 7001:7001(0) ack 3001 win 0",
        "opening-end",
        "flags",
    ),
    ("<mss 512>", "<mss 1024>", "listening-end", "options"),
    (f"{LISTENING} SYN_RCVD", f"{LISTENING} ESTABLISHED", "listening-end-states", "ESTABLISHED"),
    (f"4.05 {OPENING} SYN_RCVD\n", "", "opening-end-states", "SYN_RCVD to be seen"),
    (f"4.70 {OPENING} gone", f"4.70 {OPENING} ESTABLISHED", "opening-end-states", "ESTABLISHED"),
    ("140.252.13.35.8889", "140.252.13.35.8888", "server", "from 140.252.13.35.8888"),
    (
        "connect() error: Connection reset by peer",
        "connected on 128.32.130.2.7779",
        "opener",
        "connected on",
    ),
    ("vangogh.7779", "vangogh.7780", "opening-end", "no SYN from vangogh.7779"),
]

# The segments that are left out, an expectation that fails, and words of its findings.
LACKING = [
    ("3 ", "listening-end", "the end of the connection"),
    ("3 ", "listening-end-states", "SYN_RCVD shown"),
    ("6 ", "next-client", "flags"),
    ("16 ", "opening-end", "flags"),
    ("17 ", "opening-end", "the end of the connection"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_a_client_that_goes_late_has_two_answers_to_reset() -> None:
    late = _with_two_resets(TWO_RESETS)
    assert late.report().verdict is Verdict.PASS, said(late.report(), Verdict.FAIL)


@pytest.mark.parametrize("missing", [0, 2])
def test_each_answer_has_its_reset(missing: int) -> None:
    lines = TWO_RESETS.splitlines(keepends=True)
    del lines[missing]
    assert fails(_with_two_resets("".join(lines)).report(), "listening-end", "segment")


def test_a_second_answer_before_its_time_fails() -> None:
    early = _with_two_resets(TWO_RESETS.replace("1.009002", "0.750000"))
    assert fails(early.report(), "listening-end", "segment 3")


def _with_two_resets(resets: str) -> Played:
    """The right run, with these lines in place of the listening end's reset, numbered anew."""
    unnumbered = "".join(line.split(maxsplit=1)[1] + "\n" for line in LISTING.splitlines())
    lines = unnumbered.replace(ONE_RESET, resets).splitlines()
    listing = "".join(f"{number} {line}\n" for number, line in enumerate(lines, 1))
    return RIGHT.edited(LISTING, listing)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize(("line", "failing", "words"), LACKING)
def test_a_missing_segment_fails(line: str, failing: str, words: str) -> None:
    result = RIGHT.without(line).report()
    assert fails(result, failing, words), said(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_a_missing_reset_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = RIGHT.without("17 ").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("syn-rcvd-reset", evidence, "opening-end")
    assert having(result, Verdict.INCONCLUSIVE) == {"opening-end"}


def test_another_connection_says_nothing() -> None:
    result = judged("syn-rcvd-reset", figure("18.2-connection"))
    assert result.verdict is Verdict.INCONCLUSIVE
