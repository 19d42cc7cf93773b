"""Lab options: a right run, and each way to go wrong."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from captures import run as run_json
from captures.reader import parse
from captures.run import Degraded
from captures.segment import Endpoint, Segment
from checkers.evidence import Evidence, Vantage
from checkers.verdict import Verdict
from tests.captures import frames
from tests.labs.lab_evidence import about_one, capture_of, figure, having, judged, said, sample_run

# ruff: noqa: E501
NETB = """\
1  0.00 netb.40000 > gateway.discard: S 100:100(0) win 64240 <mss 1460,sackOK,timestamp 1 0,nop,wscale 10>
2  0.01 gateway.discard > netb.40000: S 200:200(0) ack 101 win 65160 <mss 1460,sackOK,timestamp 7 1,nop,wscale 9>
3  0.02 netb.40000 > gateway.discard: . ack 201 win 63 <nop,nop,timestamp 2 7>
4  0.03 netb.40000 > gateway.discard: P 101:201(100) ack 201 win 63 <nop,nop,timestamp 3 7>
5  0.04 gateway.discard > netb.40000: . ack 201 win 64 <nop,nop,timestamp 8 3>
6  1.00 netb.40002 > vangogh.discard: S 300:300(0) win 64240 <mss 1460,sackOK,timestamp 11 0,nop,wscale 10>
7  1.01 vangogh.discard > netb.40002: S 400:400(0) ack 301 win 8192 <mss 512,nop,wscale 0,nop,nop,timestamp 17 11>
8  1.02 netb.40002 > vangogh.discard: . ack 401 win 63 <nop,nop,timestamp 12 17>
9  1.03 netb.40002 > vangogh.discard: P 301:401(100) ack 401 win 63 <nop,nop,timestamp 13 17>
10 1.04 vangogh.discard > netb.40002: . ack 401 win 8192 <nop,nop,timestamp 18 13>
11 2.00 gemini.1030 > netb.discard: S 500:500(0) win 4096 <mss 1460,sackOK,eol>
12 2.01 netb.discard > gemini.1030: S 600:600(0) ack 501 win 64240 <mss 1460,nop,nop,sackOK>
13 2.02 gemini.1030 > netb.discard: . ack 601 win 4096
14 2.03 gemini.1030 > netb.discard: P 501:601(100) ack 601 win 4096
15 2.04 netb.discard > gemini.1030: . ack 601 win 64140
"""
VANGOGH = """\
1 0.00 vangogh.3000 > bsdi.discard: S 700:700(0) win 8192 <mss 512,nop,wscale 0,nop,nop,timestamp 146647 0>
2 0.11 bsdi.discard > vangogh.3000: S 800:800(0) ack 701 win 4096 <mss 512>
3 0.23 vangogh.3000 > bsdi.discard: . ack 801 win 8192
4 0.24 vangogh.3000 > bsdi.discard: P 701:801(100) ack 801 win 8192
5 0.47 bsdi.discard > vangogh.3000: . ack 801 win 4096
6 1.01 netb.40002 > vangogh.discard: S 300:300(0) win 64240 <mss 1460,sackOK,timestamp 11 0,nop,wscale 10>
7 1.01 vangogh.discard > netb.40002: S 400:400(0) ack 301 win 8192 <mss 512,nop,wscale 0,nop,nop,timestamp 17 11>
8 1.02 netb.40002 > vangogh.discard: . ack 401 win 63 <nop,nop,timestamp 12 17>
9 1.03 netb.40002 > vangogh.discard: P 301:401(100) ack 401 win 63 <nop,nop,timestamp 13 17>
10 1.04 vangogh.discard > netb.40002: . ack 401 win 8192 <nop,nop,timestamp 18 13>
"""

RIGHT = {"netb eth0": NETB, "vangogh wan0": VANGOGH}
LINUX, RFC1323, ENDED, BSDI = "linux-to-linux", "linux-to-rfc1323", "end-of-list", "rfc1323-to-bsdi"

# What is edited, what it becomes, the expectations that fail, and words of their findings.
WRONG = [
    ("<mss 1460,sackOK,timestamp 1 0,nop,wscale 10>", "<mss 1460,sackOK,timestamp 1 0>", {LINUX},
     "sackOK,timestamp>"),
    ("<mss 1460,sackOK,timestamp 7 1,nop,wscale 9>", "<mss 1460,nop,nop,timestamp 7 1,nop,wscale 9>",
     {LINUX}, "in both SYNs"),
    (" win 63 <nop,nop,timestamp 3 7>", " win 63", {LINUX}, "observed none"),
    ("win 64 <nop,nop,timestamp 8 3>", "win 64 <mss 1460,nop,nop,timestamp 8 3>", {LINUX}, "mss"),
    ("win 64 <nop,nop,timestamp 8 3>", "win 64 <nop,wscale 3,nop,nop,timestamp 8 3>", {LINUX},
     "wscale"),
    ("<mss 512,nop,wscale 0,nop,nop,timestamp 17 11>",
     "<mss 512,nop,wscale 0,sackOK,timestamp 17 11>", {RFC1323}, "sackOK"),
    ("<mss 512,nop,wscale 0,nop,nop,timestamp 17 11>", "<mss 512,nop,wscale 0>", {RFC1323},
     "wscale>"),
    ("ack 401 win 8192 <nop,nop,timestamp 18 13>", "ack 401 win 8192", {RFC1323}, "observed none"),
    ("<nop,nop,timestamp 18 13>", "<nop,nop,timestamp 18 13,nop,nop,sack 1 {1:2}>", {RFC1323},
     "sack"),
    ("<mss 1460,sackOK,eol>", "<mss 1460,nop,nop,sackOK>", {ENDED}, "nop,nop,sackOK"),
    ("<mss 1460,sackOK,eol>", "<mss 1460,eol>", {ENDED}, "doesn't offer"),
    ("<mss 1460,nop,nop,sackOK>", "<mss 1460>", {ENDED}, "in both SYNs"),
    ("ack 601 win 64140", "ack 601 win 64140 <nop,nop,timestamp 5 5>", {ENDED}, "timestamp"),
    ("ack 701 win 4096 <mss 512>", "ack 701 win 4096 <mss 512,nop,wscale 0>", {BSDI, "example"},
     "in both SYNs"),
    ("3 0.23 vangogh.3000 > bsdi.discard: . ack 801 win 8192",
     "3 0.23 vangogh.3000 > bsdi.discard: . ack 801 win 8192 <nop,nop,timestamp 146648 0>",
     {BSDI, "example"}, "timestamp"),
    ("<mss 512,nop,wscale 0,nop,nop,timestamp 146647 0>", "<mss 512>", {BSDI, "example"}, "options"),
]  # fmt: skip


def played(listings: Mapping[str, str], *, drops: int = 0,
           degraded: tuple[Degraded, ...] = ()) -> Evidence:  # fmt: skip
    """The listings as pcaps: a segment for which no option is printed has none."""
    run = sample_run("options", drops, degraded)
    vantages = {
        point: Vantage(point, parse(pcap(run, text)), drops) for point, text in listings.items()
    }
    return Evidence(vantages, run_json.names(run), run)


def pcap(run: run_json.Run, listing: str) -> bytes:
    addresses = {name: address for address, name in run_json.names(run).hosts.items()}

    def address(end: Endpoint) -> Endpoint:
        return Endpoint(addresses[end.host], end.port)

    following: dict[Endpoint, int] = {}

    def seq(one: Segment) -> int:
        """What the listing leaves out where there is no data."""
        known = following.get(one.source, 0) if one.seq is None else one.seq
        following[one.source] = known + one.length
        return known

    seen = [
        replace(
            one,
            seq=seq(one),
            source=address(one.source),
            destination=address(one.destination),
            options=one.options or (),
        )
        for one in capture_of(listing)
    ]
    return frames.pcap_of(seen)


def edited(old: str, new: str) -> dict[str, str]:
    assert any(old in text for text in RIGHT.values()), old
    return {point: text.replace(old, new) for point, text in RIGHT.items()}


def test_a_right_run_passes() -> None:
    result = judged("options", played(RIGHT))
    assert result.verdict is Verdict.PASS, said(result, Verdict.FAIL)


@pytest.mark.parametrize(("old", "new", "failing", "words"), WRONG)
def test_a_wrong_run_fails(old: str, new: str, failing: set[str], words: str) -> None:
    result = judged("options", played(edited(old, new)))
    assert about_one(having(result, Verdict.FAIL)) == failing, said(result, Verdict.FAIL)
    assert words in said(result, Verdict.FAIL)


def test_padding_that_is_not_zero_fails() -> None:
    data = pcap(sample_run("options"), NETB)
    assert data.count(b"\x04\x02\x00\x00") == 1
    run = sample_run("options")
    capture = parse(data.replace(b"\x04\x02\x00\x00", b"\x04\x02\x00\x07"))
    evidence = Evidence({"netb eth0": Vantage("netb eth0", capture)}, run_json.names(run), run)
    result = judged("options", evidence, ENDED)
    assert "04 02 00 07" in said(result, Verdict.FAIL)


def test_a_missing_syn_in_a_capture_with_drops_is_inconclusive() -> None:
    without = NETB.replace(NETB.splitlines(keepends=True)[11], "")
    result = judged("options", played({"netb eth0": without}, drops=1), ENDED)
    assert having(result, Verdict.INCONCLUSIVE) == {ENDED}
    assert not having(result, Verdict.FAIL)


def test_an_end_of_list_that_this_machine_cannot_give_is_inconclusive() -> None:
    degraded = Degraded("gemini", "options", "an end of the option list", "NOPs", "no nftables")
    listings = edited("<mss 1460,sackOK,eol>", "<mss 1460,nop,nop,sackOK>")
    result = judged("options", played(listings, degraded=(degraded,)), ENDED)
    assert result.verdict is Verdict.INCONCLUSIVE


def test_what_a_listing_does_not_print_is_unknown() -> None:
    evidence = Evidence({"": Vantage("", capture_of(VANGOGH))}, figure("18.4-mss").names)
    assert judged("options", evidence, BSDI).verdict is Verdict.INCONCLUSIVE
