"""The parts of one run held against each other: its captures, and its recorded states."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.run import Host, Link, VantagePoint
from captures.segment import ACK, FIN, RST, Segment
from checkers import together
from checkers.evidence import from_run_directory
from checkers.recorded import Socket, Sockets, States
from checkers.seen import Seen
from checkers.together import doubt
from tests.captures import frames
from tests.checkers.checkers_samples import (
    ADDRESSES,
    NAMES,
    changed,
    endpoint,
    sample_run,
    segments,
    without,
)

RUN = sample_run()
SEGMENTS = segments()
SVR4, BSDI = "svr4.1037", "bsdi.9"
SECOND_NS = 10**9


def seen(
    host: str, observed: Sequence[Segment] = SEGMENTS, *, whole: bool = True, later_s: float = 0
) -> Seen:
    return Seen(host, "eth0", parse(pcap_at(host, observed, later_s)), whole)


def pcap_at(host: str, observed: Sequence[Segment], later_s: float = 0) -> bytes:
    """A capture at a host; each host has its own place in the microseconds of a crossing."""
    later_ns = round(later_s * 1e9) + 1000 * sorted(ADDRESSES).index(host)
    return frames.pcap_of([replace(one, time_ns=one.time_ns + later_ns) for one in observed])


def doubted(*points: Seen, states: States | None = None, at_rest: bool = True) -> str:
    return doubt(msgspec.structs.replace(RUN, at_rest=at_rest), points, states or {}, NAMES)


def in_state(state: str, local: str = BSDI, foreign: str = SVR4) -> States:
    socket = Socket(endpoint(local), endpoint(foreign), state)
    return {"bsdi": [Sockets(1, 0, ()), Sockets(2, 1, (socket,))]}


def shifted(end: str, by: int = 1000) -> list[Segment]:
    """The segments with all numbers of one end moved."""
    mine = endpoint(end)
    return [
        replace(one, seq=(one.seq or 0) + by)
        if one.source == mine
        else replace(one, ack=None if one.ack is None else one.ack + by)
        for one in SEGMENTS
    ]


def test_two_captures_of_one_run() -> None:
    assert doubted(seen("svr4"), seen("bsdi"), states=in_state("ESTABLISHED")) == ""


@pytest.mark.parametrize("end", [SVR4, BSDI])
@pytest.mark.parametrize("first", ["svr4", "slip"])
def test_an_isn_that_differs_anywhere(end: str, first: str) -> None:
    told = doubted(seen(first), seen("bsdi", shifted(end)))
    assert told.startswith(f"the capture at {first} eth0 and the capture at bsdi eth0 are of diff")
    whose = "svr4.1037 to bsdi.discard" if end == SVR4 else "bsdi.discard to svr4.1037"
    assert f"the ISN from {whose} is" in told


def test_one_of_several_isns_may_be_lost_on_its_way() -> None:
    syn, later = SEGMENTS[0], shifted(SVR4)[0]
    assert doubted(seen("sun", [syn, later]), seen("slip", [later])) == ""
    assert doubted(seen("sun", [syn]), seen("slip", [later])) != ""


def test_a_connection_that_only_the_receiver_saw() -> None:
    """As of another run, with another port."""
    ends = {endpoint(SVR4): endpoint("svr4.1038"), endpoint(BSDI): endpoint(BSDI)}
    port = [
        replace(one, source=ends[one.source], destination=ends[one.destination]) for one in SEGMENTS
    ]
    told = doubted(seen("svr4"), seen("bsdi", port))
    # bsdi answered what svr4 didn't send, and svr4 what bsdi didn't.
    assert told == (
        "the capture at svr4 eth0 is of another run than the rest: it has a segment from "
        "bsdi.discard to svr4.1037, which bsdi didn't send (frame 2)"
    )


CHANGES: dict[str, Callable[[], list[Segment]]] = {
    "flags": lambda: changed(SEGMENTS, 4, flags=ACK),
    "seq": lambda: changed(SEGMENTS, 4, seq=1),
    "ack": lambda: changed(SEGMENTS, 4, ack=1),
    "window": lambda: changed(SEGMENTS, 4, window=1),
    "once more": lambda: [*SEGMENTS[:4], *SEGMENTS[3:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_segment_that_its_sender_did_not_send_like_that(change: str) -> None:
    assert SEGMENTS[3].source == endpoint(SVR4)
    assert SEGMENTS[3].flags == FIN | ACK
    told = doubted(seen("svr4"), seen("bsdi", CHANGES[change]()))
    assert "it has a segment from svr4.1037 to bsdi.discard, which svr4 didn't send (" in told


def test_what_was_sent_may_be_lost_and_sent_again() -> None:
    assert doubted(seen("svr4", [*SEGMENTS[:4], *SEGMENTS[3:]]), seen("bsdi")) == ""
    assert doubted(seen("svr4"), seen("bsdi", without(SEGMENTS, 4))) == ""


def test_a_router_may_see_a_segment_twice() -> None:
    twice = [one for one in SEGMENTS for _ in range(2)]
    assert doubted(seen("svr4"), seen("sun", twice)) == ""


def test_a_first_fragment_has_less_data() -> None:
    data = changed(SEGMENTS, 3, payload=512)
    assert doubted(seen("svr4", data), seen("slip", changed(SEGMENTS, 3, payload=256))) == ""
    assert doubted(seen("svr4", data), seen("slip")) != ""


@pytest.mark.parametrize(("flags", "doubtful"), [(RST, False), (RST | ACK, True)])
def test_a_host_that_boots_resets_before_it_captures(flags: int, doubtful: bool) -> None:
    reset = [*SEGMENTS, replace(SEGMENTS[6], flags=flags, ack=None if flags == RST else 1)]
    assert bool(doubted(seen("svr4"), seen("bsdi", reset))) is doubtful


def test_a_sender_whose_capture_lacks_packets_or_an_interface() -> None:
    less = without(SEGMENTS, 1, 4)
    assert doubted(seen("svr4", less), seen("bsdi")) != ""
    assert doubted(seen("svr4", less, whole=False), seen("bsdi")) == ""
    two = Host("Linux", {"eth0": ADDRESSES["svr4"], "sl0": ADDRESSES["svr4"]})
    run = msgspec.structs.replace(RUN, hosts={**RUN.hosts, "svr4": two})
    assert doubt(run, [seen("svr4", less), seen("bsdi")], {}, NAMES) == ""


def test_captures_that_were_stopped_one_after_the_other() -> None:
    """Of a run that wasn't at rest; what both had still captured is compared all the same."""
    early = seen("svr4", SEGMENTS[:3])
    assert doubted(early, seen("bsdi")) != ""
    assert doubted(early, seen("bsdi"), at_rest=False) == ""
    assert doubted(early, seen("bsdi", changed(SEGMENTS, 1, window=7)), at_rest=False) != ""


@pytest.mark.parametrize(
    ("state", "doubtful"),
    [("ESTABLISHED", True), ("SYN_RCVD", True), ("CLOSE_WAIT", True), ("SYN_SENT", False)],
)
def test_a_socket_that_no_capture_shows(state: str, doubtful: bool) -> None:
    told = doubted(seen("bsdi"), states=in_state(state, foreign="svr4.1038"))
    wanted = (
        "states.jsonl is of another run: by line 2 a socket from bsdi.discard to svr4.1038 was in "
        f"{state}, which no capture shows"
    )
    assert told == (wanted if doubtful else "")
    assert doubted(seen("bsdi"), states=in_state(state)) == ""


def test_a_socket_of_which_a_capture_cannot_tell() -> None:
    states = in_state("ESTABLISHED", foreign="svr4.1038")
    assert doubted(seen("svr4"), states=states) == ""
    assert doubted(seen("bsdi", whole=False), states=states) == ""
    assert doubted(seen("bsdi"), states=in_state("ESTABLISHED", foreign="bsdi.1038")) == ""


def arriving(number: int, by_s: float) -> list[Segment]:
    """The segments, one of them that much later, or earlier."""
    return changed(SEGMENTS, number, time_ns=SEGMENTS[number - 1].time_ns + round(by_s * SECOND_NS))


@pytest.mark.parametrize(("by_s", "doubtful"), [(-0.009, False), (-0.011, True), (-4.0, True)])
def test_a_segment_that_came_before_it_was_sent(by_s: float, doubtful: bool) -> None:
    told = doubted(seen("svr4"), seen("bsdi", arriving(4, by_s)))
    # Places in the microseconds: bsdi's comes before svr4's.
    wanted = f"it has a segment from svr4.1037 to bsdi.discard, {-by_s * 1000:.0f} ms before svr4"
    assert (wanted in told) if doubtful else told == ""


@pytest.mark.parametrize("moved", ["svr4", "bsdi"])
def test_a_capture_of_another_time(moved: str) -> None:
    """What goes one way comes too early, whichever of the captures is moved."""
    svr4, bsdi = (seen(host, later_s=3.5 * (host == moved)) for host in ("svr4", "bsdi"))
    assert " ms before " in doubted(svr4, bsdi)
    assert " ms before " in doubted(bsdi, svr4)


def again(*at_s: float) -> list[Segment]:
    """A SYN without answer, at these seconds."""
    return [replace(SEGMENTS[0], time_ns=round(time_s * SECOND_NS)) for time_s in at_s]


@pytest.mark.parametrize(
    ("came", "words"),
    [
        ((0, 6, 30), ""),
        ((6, 30), ""),  # the first was lost
        ((0, 30), ""),
        ((30,), ""),
        ((0, 1, 2), "5000 ms before svr4 sent it"),
        ((0, 6, 25), "5000 ms before svr4 sent it"),
        ((0, 6, 30, 31), "which svr4 didn't send"),
    ],
)
def test_the_nth_that_came_is_not_before_the_nth_that_was_sent(
    came: Sequence[float], words: str
) -> None:
    told = doubted(seen("svr4", again(0, 6, 30)), seen("bsdi", again(*came)))
    assert (words in told) if words else told == ""


def test_on_its_way_a_segment_takes_its_time() -> None:
    """Lines have queues, delays, and are held; a router may see one twice, and lose others."""
    assert doubted(seen("svr4", again(0)), seen("bsdi", again(9))) == ""
    assert doubted(seen("svr4", again(0, 6)), seen("sun", again(0, 1, 6, 7))) == ""
    assert "before svr4 sent it" in doubted(seen("svr4", again(3, 6)), seen("sun", again(0, 6)))


def test_a_host_may_send_by_either_of_its_interfaces() -> None:
    """The second one's capture has what was sent first, and took three seconds."""
    two = Host("Linux", {"eth0": ADDRESSES["svr4"], "sl0": "140.252.1.29"})
    run = msgspec.structs.replace(RUN, hosts={**RUN.hosts, "svr4": two})
    points = [seen("svr4", again(6)), seen("svr4", again(0))._replace(interface="sl0")]
    assert doubt(run, [*points, seen("bsdi", again(3))], {}, NAMES) == ""
    told = doubt(run, [*points, seen("bsdi", again(3, 4))], {}, NAMES)
    assert "2000 ms before svr4 sent it" in told


ONE_ETHERNET = Link("ethernet-13", "ethernet", ["bsdi eth0", "sun eth0", "svr4 eth0"])


@pytest.mark.parametrize("kind", ["ethernet", "slip"])
@pytest.mark.parametrize(
    ("came", "words"),
    [
        ((0.9, 6), ""),
        ((6.9,), ""),
        ((1.1, 6), "1099 ms after svr4 sent it on the same Ethernet"),
        ((0, 29), "22999 ms after svr4 sent it on the same Ethernet"),
    ],
)
def test_an_ethernet_has_no_queue(came: Sequence[float], words: str, kind: str) -> None:
    run = msgspec.structs.replace(RUN, links=[msgspec.structs.replace(ONE_ETHERNET, kind=kind)])
    points = [seen("svr4", again(0, 6)), seen("bsdi", again(*came))]
    told = doubt(run, points, {}, NAMES)
    assert (words in told) if words and kind == "ethernet" else told == ""


@pytest.mark.parametrize(("whole", "doubtful"), [(True, True), (False, False)])
def test_a_host_of_two_lines_is_seen_on_its_ethernet(whole: bool, doubtful: bool) -> None:
    """svr4 isn't seen wholly, but all that it sends to bsdi straight."""
    two = Host("Linux", {"eth0": f"{ADDRESSES['svr4']}/27", "sl0": "140.252.1.29"})
    hosts = {**RUN.hosts, "svr4": two}
    run = msgspec.structs.replace(RUN, hosts=hosts, links=[ONE_ETHERNET])
    points = [seen("svr4", again(0, 6), whole=whole), seen("bsdi", again(0, 1))]
    assert bool(doubt(run, points, {}, NAMES)) is doubtful
    routed = [seen("svr4", again(0, 6), whole=whole), seen("sun", again(0, 1))]
    assert doubt(run, routed, {}, NAMES) == ""


def test_one_capture_twice() -> None:
    other = seen("bsdi")._replace(host="svr4")
    told = doubted(seen("bsdi"), other)
    assert told == (
        "the capture at bsdi eth0 and the capture at svr4 eth0 have the same times throughout: "
        "one is a copy of the other"
    )
    one = seen("bsdi", SEGMENTS[:1])
    assert doubted(one, one._replace(host="svr4")) == ""


def entered(
    at_s: float, state: str = "ESTABLISHED", *, late_s: float = 0, before_late_s: float = 0
) -> States:
    """bsdi's socket in this state by its second record, at that time."""
    socket = Socket(endpoint(BSDI), endpoint(SVR4), state)
    nothing = Sockets(1, 0, (), round(before_late_s * SECOND_NS))
    its = Sockets(2, round(at_s * SECOND_NS), (socket,), round(late_s * SECOND_NS))
    return {"bsdi": [nothing, its]}


@pytest.mark.parametrize("state", ["SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "LAST_ACK"])
def test_a_socket_before_its_first_segment(state: str) -> None:
    later = seen("bsdi", later_s=3)
    told = doubted(later, states=entered(2.5, state))
    assert told == (
        "states.jsonl is of another run: by line 2 a socket from bsdi.discard to svr4.1037 was in "
        f"{state}, 500 ms before its first segment was captured"
    )
    assert doubted(later, states=entered(2.991, state)) == ""
    assert doubted(later, states=entered(2.5, "SYN_SENT")) == ""


@pytest.mark.parametrize(
    ("states", "doubtful"),
    [
        (entered(0.9), False),
        (entered(1.1), True),
        (entered(4.1), True),
        (entered(4.16), False),  # the FINs came
        (entered(5.1), False),
        (entered(5.3), True),
        (entered(9.1, late_s=4), False),  # the recorder was late, then or the time before
        (entered(9.1, before_late_s=4), False),
        (entered(9.1, "FIN_WAIT_1"), False),  # its FIN may wait behind data
        (entered(9.1, "LAST_ACK"), False),
        (entered(9.1, "TIME_WAIT"), True),
        (entered(9.1, "CLOSE_WAIT"), True),
    ],
)
def test_a_state_that_is_recorded_long_after_any_segment(states: States, doubtful: bool) -> None:
    told = doubted(seen("bsdi"), states=states)
    assert bool(told) is doubtful
    assert not doubtful or ", which no segment in the " in told
    assert doubted(seen("bsdi", whole=False), states=states) == ""


def test_a_socket_that_stays_is_recorded_again() -> None:
    (nothing, its) = entered(0.5)["bsdi"]
    stays = its._replace(line=3, time_ns=60 * SECOND_NS)
    assert doubted(seen("bsdi"), states={"bsdi": [nothing, its, stays]}) == ""
    # And what the first look finds may have been there before.
    assert doubted(seen("bsdi"), states={"bsdi": [stays]}) == ""


def test_states_are_recorded_longer_than_captures() -> None:
    """Of a run that wasn't at rest."""
    begun, states = seen("bsdi", SEGMENTS[:3]), entered(3.0, "CLOSE_WAIT")
    assert doubted(begun, states=states) != ""
    assert doubted(begun, states=states, at_rest=False) == ""
    assert doubted(seen("bsdi"), states=states, at_rest=False) != ""


def test_too_many_segments_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    different = seen("svr4"), seen("bsdi", shifted(SVR4))
    monkeypatch.setattr(together, "MOST_SEGMENTS", 14)
    assert doubted(*different) != ""
    monkeypatch.setattr(together, "MOST_SEGMENTS", 13)
    assert doubted(*different) == ""


@pytest.mark.parametrize("over", [True, False])
def test_a_run_directory_of_two_runs(tmp_path: Path, over: bool) -> None:
    """While the run goes on, what one capture has may not be in the other yet."""
    captured = {"svr4": SEGMENTS, "bsdi": shifted(SVR4)}
    points = [VantagePoint(host, "eth0", f"{host}.pcap", 7, 7, 0) for host in captured]
    for host, observed in captured.items():
        (tmp_path / f"{host}.pcap").write_bytes(pcap_at(host, observed))
    run = msgspec.structs.replace(RUN, vantage_points=points)
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(run))
    assert ("of different runs" in from_run_directory(tmp_path, over).doubt) is over
