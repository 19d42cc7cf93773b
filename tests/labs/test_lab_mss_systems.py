"""Lab mss-systems: a right run, the book's figure, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, about_one, figure, having, judged, said

# Client, port, the MSS that it announces, and the data in its largest segment.
Client = tuple[str, int, int, int]


WINDOWS = {"bsdi": 4096, "solaris": 8760, "vangogh": 8192}


def listing(
    server: str, server_mss: int, clients: list[Client], to_vangogh: Client | None = None
) -> str:
    """A listing of connections to one discard server, one after the other, its own last."""
    servers = [(server, server_mss, client) for client in clients]
    servers += [("vangogh", 512, to_vangogh)] if to_vangogh else []
    return "\n".join(line for each in servers for line in connection(*each))


def connection(server: str, server_mss: int, client: Client) -> list[str]:
    name, port, mss, data = client
    second = 10 * port  # the same at both ends
    there, back = f"{name}.{port} > {server}.discard:", f"{server}.discard > {name}.{port}:"
    isn = 1000 * port
    window = WINDOWS[server]
    return [
        f"{second}.0 {there} S {isn}:{isn}(0) win 4096 <mss {mss}>",
        f"{second}.1 {back} S 5000:5000(0) ack {isn + 1} win {window} <mss {server_mss}>",
        f"{second}.2 {there} . ack 5001 win 4096",
        f"{second}.3 {there} P {isn + 1}:{isn + 1 + data}({data}) ack 5001 win 4096",
        f"{second}.4 {back} . ack {isn + 1 + data} win {window}",
    ]


RIGHT = Played(
    "mss-systems",
    {
        "bsdi eth0": listing(
            "bsdi",
            1024,
            [("sun", 1, 1460, 1024), ("svr4", 2, 1024, 1024)],
            to_vangogh=("bsdi", 7, 512, 512),
        ),
        "solaris eth0": listing(
            "solaris",
            1460,
            [("aix", 3, 1460, 1460), ("gemini", 4, 1452, 1452)],
            to_vangogh=("solaris", 9, 536, 512),
        ),
        "vangogh wan0": listing(
            "vangogh",
            512,
            [
                ("sun", 5, 512, 512),
                ("svr4", 6, 536, 512),
                ("bsdi", 7, 512, 512),
                ("aix", 8, 512, 512),
                ("solaris", 9, 536, 512),
                ("gemini", 10, 536, 512),
            ],
        ),
    },
)

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("1000:1000(0) win 4096 <mss 1460>", "1000:1000(0) win 4096 <mss 1406>", "sun-on-ethernet",
     "MSS 1406"),  # the typing error of the slides
    ("ack 1001 win 4096 <mss 1024>", "ack 1001 win 4096 <mss 1460>", "sun-on-ethernet",
     "MSS 1460"),
    ("1001:2025(1024)", "1001:2461(1460)", "sun-on-ethernet", "1460 bytes"),
    ("2000:2000(0) win 4096 <mss 1024>", "2000:2000(0) win 4096 <mss 536>", "svr4-on-ethernet",
     "MSS 536"),
    ("2001:3025(1024)", "2001:3026(1025)", "svr4-on-ethernet", "1025 bytes"),
    ("3000:3000(0) win 4096 <mss 1460>", "3000:3000(0) win 4096 <mss 512>", "aix-on-ethernet",
     "MSS 512"),
    ("ack 4001 win 8760 <mss 1460>", "ack 4001 win 8760 <mss 1452>", "gemini-on-ethernet",
     "MSS 1452"),
    ("4000:4000(0) win 4096 <mss 1452>", "4000:4000(0) win 4096 <mss 1460>", "gemini-on-ethernet",
     "MSS 1460"),
    ("4001:5453(1452)", "4001:5461(1460)", "gemini-on-ethernet", "1460 bytes"),
    ("5000:5000(0) win 4096 <mss 512>", "5000:5000(0) win 4096 <mss 536>", "sun-to-vangogh",
     "MSS 536"),
    ("6000:6000(0) win 4096 <mss 536>", "6000:6000(0) win 4096 <mss 1024>", "svr4-to-vangogh",
     "MSS 1024"),
    ("6001:6513(512)", "6001:6537(536)", "svr4-to-vangogh", "536 bytes"),
    ("7000:7000(0) win 4096 <mss 512>", "7000:7000(0) win 4096 <mss 472>", "bsdi-to-vangogh",
     "MSS 472"),
    ("ack 8001 win 8192 <mss 512>", "ack 8001 win 8192 <mss 1460>", "aix-to-vangogh", "MSS 1460"),
    ("9000:9000(0) win 4096 <mss 536>", "9000:9000(0) win 4096 <mss 512>", "solaris-to-vangogh",
     "MSS 512"),
    ("10001:10513(512)", "10001:10537(536)", "gemini-to-vangogh", "536 bytes"),
    ("gemini.10", "slip.10", "gemini-to-vangogh", "no SYN from gemini"),
]  # fmt: skip


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: str, words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert about_one(having(result, Verdict.FAIL)) == {failing}, said(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


def test_a_syn_without_the_option_is_unknown_in_a_listing() -> None:
    played = RIGHT.edited("7000:7000(0) win 4096 <mss 512>", "7000:7000(0) win 4096")
    assert about_one(having(played.report(), Verdict.INCONCLUSIVE)) == {"bsdi-to-vangogh"}


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_no_connection_in_a_capture_with_losses_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.edited("aix.3 >", "slip.3 >").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("mss-systems", evidence, "aix-on-ethernet")
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_degraded_mss_is_inconclusive() -> None:
    degraded = Degraded("svr4", "mss", "MSS 1024", "MSS 1460", "an old kernel")
    played = RIGHT.edited("2000:2000(0) win 4096 <mss 1024>", "2000:2000(0) win 4096 <mss 1460>")
    result = judged("mss-systems", played.evidence(degraded=[degraded]), "svr4-on-ethernet")
    assert result.verdict is Verdict.INCONCLUSIVE, result.findings


def test_the_books_figure_is_of_another_lab() -> None:
    assert judged("mss-systems", figure("18.4-mss")).verdict is Verdict.INCONCLUSIVE
