"""Lab mss: a right run, the book's figure, and each way to go wrong."""

import pytest

from captures.run import Degraded
from checkers.verdict import Verdict
from tests.labs.lab_evidence import Played, about_one, figure, having, judged, said
from tests.labs.lab_findings import miss_text, missed


def connection(
    server: str, option: str, size: int, client_isn: int, server_isn: int, total: int = 2048
) -> str:
    """sun opens a connection, sends so many bytes in segments of this size, and closes it."""
    there, back = f"sun.{client_isn} > {server}.discard:", f"{server}.discard > sun.{client_isn}:"
    seq, end, ack = client_isn + 1, client_isn + 1 + total, server_isn + 1
    lines = [
        f"{there} S {client_isn}:{client_isn}(0) win 4096 <mss 1460>",
        f"{back} S {server_isn}:{server_isn}(0) ack {seq} win 4096 <{option}>",
        f"{there} . ack {ack} win 4096",
    ]
    for first in range(seq, end, size):
        last = min(first + size, end)
        lines.append(f"{there} . {first}:{last}({last - first}) ack {ack} win 4096")
        lines.append(f"{back} . ack {last} win 4096")
    lines += [
        f"{there} F {end}:{end}(0) ack {ack} win 4096",
        f"{back} . ack {end + 1} win 4096",
        f"{back} F {ack}:{ack}(0) ack {end + 1} win 4096",
        f"{there} . ack {ack + 1} win 4096",
    ]
    return "".join(f"{client_isn + place / 100} {line}\n" for place, line in enumerate(lines))


TO_SLIP = connection("slip", "mss 256", 256, 1000, 50000)
TO_SVR4 = connection("svr4", "nop,nop,nop,nop", 536, 4000, 70000)
RIGHT = Played("mss", {"sun eth0": TO_SLIP + TO_SVR4, "slip sl0": TO_SLIP})

SLIP = {"to-slip", "to-slip-at-slip"}
FIGURE = {"figure"}

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("S 1000:1000(0) win 4096 <mss 1460>", "S 1000:1000(0) win 4096 <mss 1024>", SLIP | FIGURE,
     "MSS 1024"),
    ("S 1000:1000(0) win 4096 <mss 1460>", "S 1000:1000(0) win 4096 <mss 1461>", SLIP | FIGURE,
     "MSS 1461"),
    ("<mss 256>", "<mss 257>", SLIP | FIGURE, "MSS 257"),
    ("<mss 256>", "<nop,nop,nop,nop>", SLIP | FIGURE, "no MSS option"),
    ("S 1000:1000(0) win 4096 <", "S 1000:1000(0) win 8192 <", FIGURE, "window"),
    (". 1001:1257(256)", ". 1001:1258(257)", SLIP, "257 bytes"),
    (". 2793:3049(256)", ". 2793:3048(255)", SLIP, "2047 bytes"),
    (". 1257:1513(256)", ". 1001:1257(256)", SLIP, "1792 bytes"),
    ("<nop,nop,nop,nop>", "<mss 1460>", {"to-svr4"}, "MSS 1460"),
    ("S 4000:4000(0) win 4096 <mss 1460>", "S 4000:4000(0) win 4096 <mss 536>", {"to-svr4"},
     "MSS 536"),
    (". 4001:4537(536)", ". 4001:4538(537)", {"to-svr4"}, "537 bytes"),
    (". 5609:6049(440)", ". 5609:6048(439)", {"to-svr4"}, "2047 bytes"),
    ("ack 1001 win 4096 <", "ack 1002 win 4096 <", {"handshake"} | FIGURE, "ack"),
    ("sun.1000 > slip.discard: . ack 50001", "sun.1000 > slip.discard: . ack 50002",
     {"handshake"} | FIGURE, "ack"),
    ("F 3049:3049(0)", "R 3049:3049(0)", {"close"}, "a reset from sun"),
    ("F 50001:50001(0)", ". 50001:50002(1)", {"close"}, "no FIN from slip"),
    ("ack 4001 win 4096 <", "ack 4002 win 4096 <", {"handshake-svr4"}, "ack"),
    ("F 6049:6049(0)", "R 6049:6049(0)", {"close-svr4"}, "a reset from sun"),
    ("F 70001:70001(0)", ". 70001:70002(1)", {"close-svr4"}, "no FIN from svr4"),
    ("svr4.discard", "svr4.7777", {"to-svr4", "handshake-svr4", "close-svr4"},
     "no SYN from sun to svr4.discard"),
    ("slip.discard", "slip.7777", {"handshake", "close"} | SLIP | FIGURE,
     "no SYN from sun to slip.discard"),
]  # fmt: skip


def sending(to_slip: str, to_svr4: str = TO_SVR4) -> Played:
    return Played("mss", {"sun eth0": to_slip + to_svr4, "slip sl0": to_slip})


def lacking(*words: str) -> Played:
    """The right run without the lines that have one of these words."""

    def kept(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not any(word in line for word in words))

    return Played("mss", {point: kept(text) for point, text in RIGHT.listings.items()})


def test_a_right_run_passes() -> None:
    assert RIGHT.report().verdict is Verdict.PASS, said(RIGHT.report(), Verdict.FAIL)


def test_the_books_figure_shows_the_announcements() -> None:
    result = judged("mss", figure("18.4-mss"), "to-slip")
    passed = said(result, Verdict.PASS)
    assert "observed MSS 1460" in passed
    assert "observed MSS 256" in passed
    assert not having(judged("mss", figure("18.4-mss"), "to-svr4"), Verdict.PASS)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = RIGHT.edited(old, new).report()
    assert about_one(missed(result)) == failing, miss_text(result)
    assert words in miss_text(result)


@pytest.mark.parametrize("size", [64, 128, 255])
def test_no_full_segment_fails(size: int) -> None:
    result = sending(connection("slip", "mss 256", size, 1000, 50000)).report()
    assert about_one(having(result, Verdict.FAIL)) == SLIP, said(result, Verdict.FAIL)
    assert f"2048 bytes, {size} in the largest segment" in said(result, Verdict.FAIL)


def test_one_byte_only_fails() -> None:
    one = TO_SVR4.splitlines(keepends=True)
    short = "".join(one[:3]) + one[3].replace("4001:4537(536)", "4001:4002(1)")
    result = sending(TO_SLIP, short).report()
    assert about_one(having(result, Verdict.FAIL)) == {"to-svr4", "close-svr4"}
    assert "1 byte, 1 in the largest segment" in said(result, Verdict.FAIL)


@pytest.mark.parametrize(
    ("words", "failing"),
    [
        (["F 6049:6049(0)"], {"close-svr4"}),
        (["F 70001:70001(0)", "ack 70002"], {"close-svr4"}),
        (["sun.4000 > svr4.discard: . ack 70002"], {"close-svr4"}),
        (["S 70000:70000(0)"], {"to-svr4", "handshake-svr4"}),
        (["F 3049:3049(0)"], {"close"}),
        (["S 50000:50000(0)"], {"handshake"} | SLIP | FIGURE),
        (["sun.1000 > slip.discard: . 1"], SLIP),
    ],
)
def test_missing_segments_fail(words: list[str], failing: set[str]) -> None:
    result = lacking(*words).report()
    assert about_one(missed(result)) == failing, miss_text(result)


def test_no_data_at_all_is_no_pass() -> None:
    result = lacking("sun.1000 > slip.discard: . 1", "sun.1000 > slip.discard: . 2").report()
    assert about_one(missed(result)) == SLIP, miss_text(result)
    assert "0 bytes, 0 in the largest segment" in miss_text(result)


@pytest.mark.parametrize("unusable", [{"drops": 1}, {"cut": True}])
def test_too_little_data_in_a_capture_with_losses_is_inconclusive(
    unusable: dict[str, int],
) -> None:
    evidence = lacking(". 2793:3049(256)").evidence(**unusable)  # type: ignore[arg-type]
    result = judged("mss", evidence)
    assert about_one(having(result, Verdict.INCONCLUSIVE)) == SLIP
    assert not about_one(having(result, Verdict.FAIL))


def test_an_option_that_this_machine_cannot_suppress_is_inconclusive() -> None:
    degraded = Degraded("svr4", "mss", "no MSS option", "MSS 1460", "no nftables")
    played = sending(TO_SLIP, connection("svr4", "mss 1460", 1460, 4000, 70000))
    result = judged("mss", played.evidence(degraded=[degraded]))
    assert about_one(having(result, Verdict.INCONCLUSIVE)) == {"to-svr4"}, result.findings
    assert not about_one(having(result, Verdict.FAIL))


def test_an_option_that_the_listing_does_not_print_is_unknown() -> None:
    result = RIGHT.edited(" <nop,nop,nop,nop>", "").report()
    assert about_one(having(result, Verdict.INCONCLUSIVE)) == {"to-svr4"}
