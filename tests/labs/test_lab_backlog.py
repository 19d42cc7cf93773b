"""Lab backlog: a right run, the book's figure, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, figure, having, judged, said
from tests.labs.lab_findings import miss_text, missed

FIGURE_CHECKS = (
    "queued-1090",
    "queued-1091",
    "dropped-1092",
    "dropped-1093",
    "timers-1092",
    "timers-1093",
    "figure",
)
LISTING = """\
10 0.0 sun.1090 > bsdi.7777: S 1000:1000(0)
20 0.002310 bsdi.7777 > sun.1090: S 5000:5000(0) ack 1001
30 0.003098 sun.1090 > bsdi.7777: . ack 5001
40 4.291007 sun.1091 > bsdi.7777: S 2000:2000(0)
50 4.293349 bsdi.7777 > sun.1091: S 6000:6000(0) ack 2001
60 4.294167 sun.1091 > bsdi.7777: . ack 6001
70 7.131981 sun.1092 > bsdi.7777: S 3000:3000(0)
80 10.556787 sun.1093 > bsdi.7777: S 4000:4000(0)
90 12.695916 sun.1092 > bsdi.7777: S 3000:3000(0)
100 16.195772 sun.1093 > bsdi.7777: S 4000:4000(0)
110 24.695571 sun.1092 > bsdi.7777: S 3000:3000(0)
120 28.195454 sun.1093 > bsdi.7777: S 4000:4000(0)
130 28.197810 bsdi.7777 > sun.1093: S 8000:8000(0) ack 4001
140 28.198639 sun.1093 > bsdi.7777: . ack 8001
150 48.694931 sun.1092 > bsdi.7777: S 3000:3000(0)
160 48.697292 bsdi.7777 > sun.1092: S 7000:7000(0) ack 3001
170 48.698145 sun.1092 > bsdi.7777: . ack 7001
"""


def closed(number: int, port: int, client_seq: int, server_seq: int) -> str:
    """A client of the figure closes its connection."""
    j, k = client_seq, server_seq
    client, server = f"sun.{port}", "bsdi.7777"
    lines = (
        f"{client} > {server}: F {j}:{j}(0) ack {k}",
        f"{server} > {client}: . ack {j + 1}",
        f"{server} > {client}: F {k}:{k}(0) ack {j + 1}",
        f"{client} > {server}: . ack {k + 1}",
    )
    return "".join(f"{number + n} {50 + number / 100} {line}\n" for n, line in enumerate(lines))


def filled(number: int, seconds: float, server: str, holds: int) -> str:
    """So many clients that get into a server's queue, and one that doesn't."""
    client = {"bsdi": "svr4", "solaris": "aix"}[server.partition(".")[0]]
    text = ""
    for place in range(holds):
        end = f"{client}.{2000 + number + place}"
        text += (
            f"{number + 3 * place} {seconds} {end} > {server}: S 1000:1000(0)\n"
            f"{number + 3 * place + 1} {seconds} {server} > {end}: S 5000:5000(0) ack 1001\n"
            f"{number + 3 * place + 2} {seconds} {end} > {server}: . ack 5001\n"
        )
    last = f"{client}.2999 > {server}: S 9000:9000(0)\n"
    again_s = seconds + 0.9
    return text + f"{number + 3 * holds} {seconds} {last}{number + 3 * holds + 1} {again_s} {last}"


def table(host: str, queues: tuple[int, ...]) -> str:
    return "".join(
        filled(500 + 50 * backlog, 60.0 + backlog, f"{host}.{7770 + backlog}", holds)
        for backlog, holds in enumerate(queues)
    )


BSD = table("bsdi", (1, 2, 4, 5, 7, 8))
SOLARIS = table("solaris", (0, 1, 2, 3, 4, 5))
CLOSED = (
    closed(180, 1090, 1001, 5001)
    + closed(220, 1091, 2001, 6001)
    + closed(260, 1092, 3001, 7001)
    + closed(300, 1093, 4001, 8001)
)
TRANSCRIPT = """\
bsdi % sock -s -v -F -q1 -O30 7777
connection on 140.252.13.35.7777 from 140.252.13.33.1090
connection on 140.252.13.35.7777 from 140.252.13.33.1091
connection on 140.252.13.35.7777 from 140.252.13.33.1093
connection on 140.252.13.35.7777 from 140.252.13.33.1092
"""
RIGHT = Played(
    "backlog",
    {"bsdi eth0": LISTING + CLOSED + BSD, "solaris eth0": SOLARIS},
    {"bsdi": TRANSCRIPT},
    offered={
        "sun": (4096, 1460),
        "bsdi": (4096, 1024),
        "svr4": (4096, 1024),
        "solaris": (64240, 1460),
        "aix": (64240, 1460),
    },
)

# What is edited, what it becomes, an expectation that fails, and words of its findings.
WRONG = [
    (
        "80 10.556787",
        "75 7.134 bsdi.7777 > sun.1092: R 0:0(0) ack 3001 win 0\n80 10.556787",
        "figure",
        "a reset",
    ),
    (
        "70 7.131981",
        (
            "65 7.121 sun.1089 > bsdi.7777: S 6500:6500(0)\n"
            "66 7.122 bsdi.7777 > sun.1089: S 7500:7500(0) ack 6501\n"
            "67 7.123 sun.1089 > bsdi.7777: . ack 7501\n70 7.131981"
        ),
        "figure",
        "3 complete when the SYN of client 4 was dropped",
    ),
    (
        "50 4.293349",
        "45 4.293 sun.1091 > bsdi.7777: S 2000:2000(0)\n50 4.293349",
        "figure",
        "1 complete",
    ),
    ("50 4.293349 bsdi.7777 > sun.1091: S 6000:6000(0) ack 2001\n", "", "figure", "lacks packets"),
    ("90 12.695916", "90 11.50", "timers-1092", "5.5"),
    ("110 24.695571", "110 22.00", "timers-1092", "12"),
    ("150 48.694931", "150 44.00", "timers-1092", "24"),
    ("100 16.195772", "100 12.70", "timers-1093", "5.5"),
    (
        "150 48.694931 sun.1092 > bsdi.7777: S 3000:3000(0)",
        "150 48.694931 sun.1092 > bsdi.7777: S 3001:3001(0)",
        "dropped-1092",
        "seq",
    ),
    ("S 7000:7000(0) ack 3001", "S 7000:7000(0) ack 3002", "dropped-1092", "ack"),
    ("S 5000:5000(0) ack 1001\n30", "S 5000:5000(0) ack 1002\n30", "queued-1090", "ack"),
    (". ack 6001\n", ". ack 6002\n", "queued-1091", "ack"),
    ("F 3001:3001(0)", "R 3001:3001(0)", "close-1092", "a reset from sun"),
    ("F 8001:8001(0)", "R 8001:8001(0)", "close-1093", "a reset from bsdi"),
    (
        "33.1090\nconnection on 140.252.13.35.7777 from 140.252.13.33.1091",
        "33.1091\nconnection on 140.252.13.35.7777 from 140.252.13.33.1090",
        "accepted",
        "1091",
    ),
    (BSD, table("bsdi", (1, 2, 3, 5, 7, 8)), "bsdi-2", "3 complete"),
    (BSD, table("bsdi", (1, 2, 4, 5, 7, 9)), "bsdi-5", "9 complete"),
    (SOLARIS, table("solaris", (1, 1, 2, 3, 4, 5)), "solaris-0", "1 complete"),
    (SOLARIS, table("solaris", (0, 1, 2, 3, 4, 6)), "solaris-5", "6 complete"),
    ("solaris.7773", "solaris.7779", "solaris-3", "no SYN to solaris.7773"),
]


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_passes() -> None:
    result = judged("backlog", figure("18.11-incoming-queue"), *FIGURE_CHECKS)
    assert result.verdict is Verdict.PASS, said(result, Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "expectation", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, expectation: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert expectation in missed(result)
    assert words in miss_text(result)


@pytest.mark.parametrize("sent", [0, 1])
def test_a_queue_that_nobody_filled_is_inconclusive(sent: int) -> None:
    last = "svr4.2999 > bsdi.7775: S 9000:9000(0)\n"
    syns = [line for line in BSD.splitlines(keepends=True) if line.endswith(last)]
    result = RIGHT.edited("".join(syns), "".join(syns[:sent])).report()
    assert having(result, Verdict.INCONCLUSIVE) == {"bsdi-5"}
    assert not having(result, Verdict.FAIL)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_queues_in_a_capture_with_losses_are_inconclusive(unusable: dict[str, int]) -> None:
    result = judged("backlog", RIGHT.evidence(**unusable))  # type: ignore[arg-type]
    assert {"figure", "bsdi-0", "solaris-5"} <= having(result, Verdict.INCONCLUSIVE)
    assert not having(result, Verdict.FAIL)


def test_linux_timers_instead_of_suns_are_inconclusive() -> None:
    degraded = [Degraded("sun", "syn_timers", "SYNs 6, 12, 24 s apart", "Linux's", "old kernel")]
    linux = LISTING.replace("90 12.695916", "90 11.2").replace("100 16.195772", "100 12.6")
    evidence = RIGHT.edited(LISTING, linux).evidence(degraded=degraded)
    result = judged("backlog", evidence)
    assert having(result, Verdict.INCONCLUSIVE) == {"timers-1092", "timers-1093"}
    assert not having(result, Verdict.FAIL)


def test_another_connection_says_nothing() -> None:
    assert judged("backlog", figure("18.2-connection")).verdict is Verdict.INCONCLUSIVE
