"""The parts of one run held against each other: its captures, and its recorded states."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.run import Host, VantagePoint
from captures.segment import ACK, FIN, RST, Segment
from checkers import together
from checkers.evidence import from_run_directory
from checkers.recorded import Socket, Sockets, States
from checkers.together import Seen, doubt
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


def seen(host: str, observed: Sequence[Segment] = SEGMENTS, *, whole: bool = True) -> Seen:
    return Seen(host, "eth0", parse(frames.pcap_of(observed)), whole)


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
        "bsdi.discard to svr4.1037 that bsdi didn't send"
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
    assert "it has a segment from svr4.1037 to bsdi.discard that svr4 didn't send" in told


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
        (tmp_path / f"{host}.pcap").write_bytes(frames.pcap_of(observed))
    run = msgspec.structs.replace(RUN, vantage_points=points)
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(run))
    assert ("of different runs" in from_run_directory(tmp_path, over).doubt) is over
