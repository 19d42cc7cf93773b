"""The table of connections, and time lines of what isn't ordinary: 80 columns, any size."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from captures import listing
from captures.connections import group
from captures.names import Names
from captures.reader import parse
from captures.segment import ACK, FIN, Endpoint, Segment
from captures.states import walk_connection
from checkers.evidence import Vantage
from languages.wrapping import WIDTH
from reports.connections import document, table
from reports.timeline import timeline
from tests.captures import frames
from tests.captures.test_captures_labels import OPEN, c, connection, s

NAMES = Names({frames.SVR4.host: "svr4", frames.BSDI.host: "bsdi"})
FIGURES = Path(__file__).parents[1] / "captures/figures"


def vantage(observed: Sequence[Segment], point: str = "") -> Vantage:
    placed = [*connection(observed).segments]
    return Vantage(point, parse(frames.pcap_of(placed)))


CLOSED = [*OPEN, c(1, 1, 10), c(1, 1, 10), s(1, 11), c(11, 1, flags=FIN | ACK), s(1, 12)]


@pytest.mark.parametrize("figure", sorted(path.name for path in FIGURES.iterdir()))
def test_every_figures_table_fits(figure: str) -> None:
    capture = listing.read((FIGURES / figure).read_text())
    lines = [*table(Vantage("", capture), Names(), 100)]
    assert max(map(len, lines)) <= WIDTH
    assert len([line for line in lines if line[:5].strip().isdigit()]) == len(capture.connections)


def test_what_the_table_says_of_a_connection() -> None:
    lines = [*table(vantage(CLOSED), NAMES, 100)]
    assert lines[0] == "8 segments in 1 connections"
    assert lines[2].split() == ["1", "svr4.1037", "1000", "100", "5", "10", "1", "FIN_WAIT_2?"]
    bsdi = ["bsdi.discard", "5000", "100", "3", "0", "0", "CLOSE_WAIT"]
    assert lines[3].split() == bsdi
    assert (
        " ".join(lines[4:]).split()
        == (
            "half-closed by svr4.1037 after 0.070000 s; options <mss 100> and <mss 100>; "
            "retransmission (1)"
        ).split()
    )


def test_the_vantage_point_makes_its_own_end_sure() -> None:
    names = NAMES
    at_client = [*table(vantage(CLOSED, "svr4 eth0"), names, 100)]
    assert at_client[0].startswith("svr4 eth0: ")
    assert at_client[2].endswith("FIN_WAIT_2")
    assert at_client[3].endswith("CLOSE_WAIT")
    in_between = [*table(vantage(CLOSED), names, 100)]
    assert in_between[2].endswith("FIN_WAIT_2?")


def test_what_the_capture_lacks_is_said() -> None:
    lines = [*table(vantage([*OPEN, s(1, 11)]), Names(), 100)]
    assert "10 number(s) acknowledged that the capture lacks" in " ".join(" ".join(lines).split())
    damaged = Vantage("", parse(frames.pcap_of([*OPEN])[:-1]), drops=3)
    said = [*table(damaged, Names(), 100)]
    assert said[1:3] == ["3 packet(s) are known to be missing", "the file is cut short"]


def test_a_long_name_has_a_line_of_its_own() -> None:
    names = Names({frames.SVR4.host: "a" * 60})
    lines = [*table(vantage(CLOSED), names, 100)]
    assert lines[2].split() == ["1", "a" * 60 + ".1037"]
    assert lines[3].split()[0] == "1000"
    assert max(map(len, lines)) <= WIDTH


def many(count: int) -> Vantage:
    syns = [
        frames.tcp(Endpoint("10.0.0.1", 1024 + number), frames.BSDI, flags=2, seq=number)
        for number in range(count)
    ]
    return Vantage("", parse(frames.pcap(syns, link_type=101)))


def test_how_many_connections_are_left_out_is_said() -> None:
    lines = [*table(many(5), Names(), 2)]
    assert lines[-1] == "3 connections more: --longest N shows N of them"
    assert "more" not in [*table(many(5), Names(), 5)][-1]
    assert document(many(5), Names(), 2)["left_out"] == 3
    assert document(many(5), Names(), None)["left_out"] == 0


def test_the_document_is_json() -> None:
    made = json.loads(json.dumps(document(vantage(CLOSED), Names(), None)))
    (one,) = made["connections"]
    assert one["client"]["isn"] == 1000
    assert one["labels"] == {"retransmission": 1}
    assert one["ended"].startswith("half-closed by")


def test_an_empty_capture_is_a_table_too() -> None:
    assert [*table(many(0), Names(), 5)] == ["0 segments in 0 connections"]


def test_the_time_line_marks_what_is_not_ordinary() -> None:
    lines = timeline(connection(CLOSED), Names()).splitlines()
    assert [line for line in lines if "(retransmission)" in line] == [lines[5]]
    assert lines[5].endswith("|    5")


def test_a_mark_that_does_not_fit_goes_below() -> None:
    probed = [*OPEN, c(1, 1, 10), s(1, 11, window=0), c(11, 1, 1), s(1, 11, window=0)]
    lines = timeline(connection(probed), Names()).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert any(
        "(answer to window probe; " in line or "answer to window probe" in line for line in lines
    )


def test_of_a_long_connection_the_first_and_the_last_are_drawn() -> None:
    data = [c(1 + 10 * place, 1, 10) for place in range(30)]
    long = connection([*OPEN, *data])
    lines = timeline(long, Names(), longest=6).splitlines()
    assert [line[-2:].strip() for line in lines[1:] if line.endswith(tuple("0123456789"))] == [
        *("1", "2", "3", "31", "32", "33"),
    ]
    assert lines[4].strip() == "27 segments more"
    assert "P" not in lines[4]
    assert "291:301(10) ack 1" in lines[-1]
    assert "more" not in timeline(long, Names(), longest=33)


def test_large_numbers_and_long_times_fit_too() -> None:
    late = replace(c(1, 1, 10), time_ns=86_400 * 10**9)
    columns = connection([*OPEN, late]).columns
    (one,) = group(columns._replace(frame=(*columns.frame[:3], 1_234_567)))
    lines = timeline(one, Names()).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[-1].startswith("86399.9900 |--")
    assert lines[-1].endswith("|1234567")


def test_states_and_long_pauses_have_lines_of_their_own() -> None:
    text = (FIGURES / "18.2-connection.txt").read_text()
    (connection,) = listing.read(text).connections
    steps = walk_connection(connection, set())
    lines = timeline(connection, Names(), 100, steps).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[2].split() == ["|", "CLOSED", "SYN_SENT", "LISTEN", "|"]
    (pause,) = [line for line in lines if ":" in line[:12]]
    assert pause.split() == [":", "4.15", "s", ":"]
    assert lines.index(pause) + 1 == next(n for n, line in enumerate(lines) if "F 1:1" in line)
    assert lines[-1].split() == ["|", "FIN_WAIT_2", "TIME_WAIT", "CLOSED?", "|"]
