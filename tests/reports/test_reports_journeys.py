"""The ways of segments between hosts, from one vantage point and from several on one clock."""

from collections.abc import Sequence

import pytest

from captures.names import Names
from captures.reader import parse
from captures.run import Link
from captures.segment import ACK, FIN, Segment
from checkers.evidence import Vantage
from reports.journeys import Ladder, distances, ladders
from tests.captures import frames
from tests.captures.test_captures_labels import OPEN, SYN_C, SYN_S, c, s

NAMES = Names({frames.SVR4.host: "svr4", frames.BSDI.host: "bsdi"})
MS = 1_000_000
LINE = [
    Link("line", "delay", ["svr4 wan0", "sun sl0"]),
    Link("more", "slip", ["sun sl1", "bsdi sl0"]),
    Link("lan", "ethernet", ["svr4 eth0", "aix eth0"]),
]
TIMES_MS = (10, 20, 30, 40, 50)


def captured(point: str, segments: Sequence[Segment], times_ms: Sequence[int]) -> Vantage:
    placed = [
        Segment(
            place,
            time * MS,
            one.source,
            one.destination,
            one.flags,
            one.seq,
            one.ack,
            one.payload,
            one.window,
            one.options,
            one.tos,
        )
        for place, (one, time) in enumerate(zip(segments, times_ms, strict=True), 1)
    ]
    return Vantage(point, parse(frames.pcap_of(placed)))


def drawn(*vantages: Vantage, longest: int = 100) -> Ladder:
    (only,) = ladders(vantages, NAMES, longest, LINE)
    return only


def ways(ladder: Ladder) -> list[tuple[bool, list[tuple[int, int]], bool]]:
    return [
        (one.rightwards, [(seen.line, seen.time_ns // MS) for seen in one.seen], one.lost)
        for one in ladder.journeys
    ]


def test_one_vantage_point_knows_the_time_at_its_own_end() -> None:
    at_server = drawn(captured("bsdi eth0", OPEN, (10, 20, 30)))
    assert at_server.hosts == ("svr4", "bsdi")
    assert not at_server.clocked
    assert ways(at_server) == [
        (True, [(1, 10)], False),
        (False, [(1, 20)], False),
        (True, [(1, 30)], False),
    ]


def test_a_bare_capture_has_the_time_where_each_segment_begins() -> None:
    assert [seen for _, [seen], _ in ways(drawn(captured("", OPEN, (10, 20, 30))))] == [
        (0, 10),
        (1, 20),
        (0, 30),
    ]


def test_two_vantage_points_show_how_long_each_segment_took() -> None:
    client = captured("svr4 eth0", OPEN, (10, 40, 50))
    server = captured("bsdi eth0", OPEN, (20, 30, 60))
    assert ways(drawn(client, server)) == [
        (True, [(0, 10), (1, 20)], False),
        (False, [(1, 30), (0, 40)], False),
        (True, [(0, 50), (1, 60)], False),
    ]
    assert ways(drawn(server, client)) == ways(drawn(client, server))


def test_segments_that_cross_cross() -> None:
    fins = [c(1, 1, flags=FIN | ACK), s(1, 1, flags=FIN | ACK)]
    client = captured("svr4 eth0", [*OPEN, *fins], (10, 40, 50, 60, 75))
    server = captured("bsdi eth0", [*OPEN, *fins[::-1]], (20, 30, 65, 66, 70))
    assert ways(drawn(client, server))[3:] == [
        (True, [(0, 60), (1, 70)], False),
        (False, [(1, 66), (0, 75)], False),
    ]


def test_what_only_the_sender_saw_was_lost_and_its_copy_arrived() -> None:
    data = c(1, 1, 10)
    client = captured("svr4 eth0", [*OPEN, data, data], (10, 40, 50, 60, 260))
    server = captured("bsdi eth0", [*OPEN, data], (20, 30, 55, 270))
    assert ways(drawn(client, server))[3:] == [
        (True, [(0, 60)], True),
        (True, [(0, 260), (1, 270)], False),
    ]


def test_what_was_lost_after_its_copy_had_arrived() -> None:
    data = c(1, 1, 10)
    client = captured("svr4 eth0", [*OPEN, data, data], (10, 40, 50, 60, 260))
    server = captured("bsdi eth0", [*OPEN, data], (20, 30, 55, 70))
    assert [lost for *_, lost in ways(drawn(client, server))[3:]] == [False, True]


def test_a_pure_ack_is_not_the_data_that_follows_it() -> None:
    client = captured("svr4 eth0", [*OPEN, c(1, 1, 10)], (10, 40, 50, 51))
    server = captured("bsdi eth0", OPEN, (20, 30, 60))
    assert [lost for *_, lost in ways(drawn(client, server))] == [False, False, False, True]


def test_a_host_on_the_way_has_a_line_between() -> None:
    client = captured("svr4 eth0", OPEN, (10, 60, 70))
    middle = captured("sun eth0", OPEN, (20, 50, 80))
    server = captured("bsdi eth0", OPEN[:2], (30, 40))
    ladder = drawn(middle, server, client)
    assert ladder.hosts == ("svr4", "sun", "bsdi")
    assert ways(ladder)[0] == (True, [(0, 10), (1, 20), (2, 30)], False)
    assert ways(ladder)[1] == (False, [(2, 40), (1, 50), (0, 60)], False)
    assert ways(ladder)[2] == (True, [(0, 70), (1, 80)], True)


def test_a_host_off_the_way_that_a_switch_showed_frames_is_left_out() -> None:
    client = captured("svr4 eth0", OPEN, (10, 40, 50))
    off = captured("aix eth0", OPEN, (11, 39, 51))
    assert drawn(client, off).hosts == ("svr4", "bsdi")
    assert drawn(off, client).points == ("svr4 eth0",)
    assert drawn(off).points == ("aix eth0",)


def test_links_between_hosts_are_counted() -> None:
    assert distances(LINE, "svr4") == {"svr4": 0, "sun": 1, "aix": 1, "bsdi": 2}


def test_connections_that_only_a_later_point_saw_are_drawn_too() -> None:
    nothing = Vantage("svr4 eth0", parse(frames.pcap([])))
    seen = captured("bsdi eth0", OPEN, (10, 20, 30))
    assert [one.points for one in ladders([nothing, seen, seen], NAMES, 9)] == [("bsdi eth0",)]


@pytest.mark.parametrize("both", [False, True])
def test_of_a_long_connection_the_middle_is_left_out_and_counted(both: bool) -> None:
    segments = [SYN_C, SYN_S, *(c(1 + 10 * place, 1, 10) for place in range(6))]
    points = [captured("svr4 eth0", segments, range(1, 9))]
    points += [captured("bsdi eth0", segments, range(1, 9))] if both else []
    ladder = drawn(*points, longest=4)
    assert ladder.segments == 8
    assert [one.left_out for one in ladder.journeys] == [0, 0, 4, 0]


def test_states_are_those_that_each_ends_own_capture_shows() -> None:
    client = captured("svr4 eth0", OPEN, (10, 40, 50))
    server = captured("bsdi eth0", OPEN, (20, 30, 60))
    told = [(stay.line, stay.state, stay.time_ns // MS) for stay in drawn(client, server).stays]
    assert told == [
        (0, "CLOSED", 10),
        (0, "SYN_SENT", 10),
        (0, "ESTABLISHED", 40),
        (1, "LISTEN", 20),
        (1, "SYN_RCVD", 20),
        (1, "ESTABLISHED", 60),
    ]
