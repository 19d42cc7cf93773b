"""What reports look like: 80 columns, one document."""

import json
import unicodedata
from pathlib import Path

import msgspec
import pytest

from captures import listing, reader
from captures.names import Names
from captures.run import Degraded
from captures.segment import ACK, SYN, Option
from checkers.check import Report
from checkers.finding import Finding
from checkers.verdict import Verdict
from labs import catalog
from languages.sentences import language
from languages.wrapping import WIDTH
from reports import terminal
from reports.document import document
from reports.result import Result
from reports.timeline import LONGEST, timeline
from tests.captures import frames

FIGURES = Path(__file__).parents[1] / "captures/figures"

PASSED = Finding("handshake", Verdict.PASS, "SYN, SYN+ACK, ACK", "all three", frames=(1, 2, 3))
FAILED = Finding(
    "mss",
    Verdict.FAIL,
    "MSS 1024 in the SYN of svr4",
    "MSS 1460",
    frames=(1,),
    vantage="bsdi eth0",
    reference="RFC 9293 3.7.1",
    hint="A system announces what it wants to receive.",
)


@pytest.mark.parametrize("figure", sorted(path.name for path in FIGURES.iterdir()))
def test_every_figure_fits_in_80_columns(figure: str) -> None:
    capture = listing.read((FIGURES / figure).read_text())
    for connection in capture.connections:
        lines = timeline(connection, Names()).splitlines()
        assert max(map(len, lines)) <= WIDTH
        frames_shown = [line for line in lines[1:] if line.rstrip()[-1].isdigit()]
        assert len(frames_shown) == len(connection)


def test_the_first_figure_as_a_time_line() -> None:
    capture = listing.read((FIGURES / "18.2-connection.txt").read_text())
    head, syn, *_, last = timeline(capture.connections[0], Names()).splitlines()
    assert head.split() == ["svr4.1037", "bsdi.discard"]
    assert syn.startswith("  0.000000 |-- S 1415531521:1415531521(0) win 4096 <mss 1024> -")
    assert syn.endswith("->|    1")
    assert last.startswith("  4.180662 |-- . ack 2 win 4096 -")


def test_options_that_do_not_fit_go_below_the_arrow() -> None:
    many = [Option(2, (1460,)), Option(4), Option(8, (2**32 - 1, 0)), Option(1), Option(3, (7,))]
    syn = frames.tcp(flags=SYN, seq=2**32 - 1, options=many)
    answer = frames.tcp(
        frames.BSDI, frames.SVR4, flags=SYN | ACK, seq=2**32 - 1, ack=2**32 - 1, options=many
    )
    data = frames.pcap([frames.ethernet(syn), frames.ethernet(answer)])
    lines = timeline(reader.parse(data).connections[0], Names()).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "<mss 1460" in lines[2]


def test_of_a_long_connection_the_middle_is_left_out_and_said() -> None:
    text = (FIGURES / "18.8-simultaneous-open.txt").read_text()
    connection = listing.read(text).connections[0]
    lines = timeline(connection, Names(), longest=4).splitlines()
    assert len(connection) > 4
    assert any(f"{len(connection) - 4} segments more" in line for line in lines)
    assert len(connection) < LONGEST


def test_a_finding_that_passed_is_short_and_one_that_failed_teaches() -> None:
    text = terminal.findings(Report("connection", (PASSED, FAILED)))
    assert "RFC 9293 3.7.1" in text
    assert "hint: A system announces" in text
    assert text.splitlines()[0] == "PASS          handshake: expected SYN, SYN+ACK, ACK"
    assert "MSS 1460 (frame 1 at bsdi eth0)" in text


def test_degraded_aspects_and_the_summary_are_said() -> None:
    one = Degraded("bsdi", "syn_timers", "6, 24 s", "Linux's own", "kernel before 6.5")
    assert "bsdi: syn_timers: Linux's own instead of 6, 24 s" in terminal.degraded([one])
    summary = terminal.summary([("mss", Verdict.PASS), ("connection", Verdict.FAIL)])
    assert summary.splitlines()[-1] == "1 PASS, 1 FAIL"


def test_the_document_has_the_worst_verdict_and_every_finding() -> None:
    passed = Result("handshake", "runs/a", Report("connection", (PASSED,)))
    failed = Result("mss", "runs/b", Report("mss", (PASSED, FAILED)))
    made = json.loads(json.dumps(document([passed, failed])))
    assert made["verdict"] == "FAIL"
    assert [result["verdict"] for result in made["results"]] == ["PASS", "FAIL"]
    assert made["results"][1]["findings"][1]["sentence"] == FAILED.sentence


def test_no_result_is_no_pass() -> None:
    assert document([])["verdict"] == "INCONCLUSIVE"
    broken = document([Result("mss", "runs/b", problem="tcpdump is missing")])
    assert broken["verdict"] == "ERROR"
    assert "tcpdump is missing" in json.dumps(broken)


def test_findings_in_korean_fit_in_80_columns_too() -> None:
    korean = language("ko")
    long = " ".join(catalog.load("half-open").expect[0].hint for _ in range(2))
    failed = msgspec.structs.replace(FAILED, hint=long)
    lines = terminal.findings(Report("mss", (PASSED, failed)), korean).splitlines()
    assert lines[0].startswith("PASS          handshake: 기대 ")
    assert any("힌트: 재부팅한 호스트는" in line for line in lines)
    columns = [sum(1 + (unicodedata.east_asian_width(c) == "W") for c in line) for line in lines]
    assert 70 < max(columns) <= 80
