"""Signs that a capture was edited: then nothing of it is a verdict."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from captures.reader import parse
from captures.segment import Endpoint, Segment
from checkers.check import check
from checkers.evidence import from_capture, from_run_directory
from checkers.plausible import doubt
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    CONNECTION,
    NAMES,
    Wish,
    changed,
    segments,
    write_run,
)
from tests.checkers.test_checkers_cut_datagrams import FIRST, OPENING, WHOLE

SEGMENTS = segments()
SECOND_NS = 10**9
HANDSHAKE = Wish("handshake", {"client": "svr4", "server": "bsdi.discard"})
RAW_IP = 101


def doubted(observed: Sequence[Segment]) -> str:
    return doubt(parse(frames.pcap_of(observed)))


def late(number: int, seconds: int) -> list[Segment]:
    """The segments, of which those from this number on come so many seconds later."""
    before, after = SEGMENTS[: number - 1], SEGMENTS[number - 1 :]
    return [*before, *(replace(one, time_ns=one.time_ns + seconds * SECOND_NS) for one in after)]


@pytest.mark.parametrize("captured", [CONNECTION.encode(), frames.pcap_of(SEGMENTS)])
def test_nothing_is_said_of_a_right_capture(captured: bytes) -> None:
    assert doubt(parse(captured)) == ""


@pytest.mark.parametrize("end", ["source", "destination"])
def test_port_0(end: str) -> None:
    host = getattr(SEGMENTS[2], end).host
    told = doubted(changed(SEGMENTS, 3, **{end: Endpoint(host, 0)}))
    assert told == "frame 3 has port 0, which nobody can use"


def test_a_datagram_that_nobody_would_cut() -> None:
    """The flag 'more fragments' on a pure ACK."""
    alone = bytearray(OPENING[2])
    alone[6] |= 0x20
    cut = parse(frames.pcap([*OPENING[:2], bytes(alone)], link_type=RAW_IP))
    assert doubt(cut) == (
        "frame 3 is a fragment of 40 bytes, and more follow, though every link takes 68 bytes whole"
    )
    assert doubt(parse(frames.pcap(WHOLE, link_type=RAW_IP))) == ""
    assert len(FIRST) > 68


@pytest.mark.parametrize(("number", "answered"), [(2, 1), (3, 2), (5, 4), (7, 6)])
def test_an_answer_that_comes_when_nobody_waits_any_more(number: int, answered: int) -> None:
    assert doubted(late(number, 239)) == ""
    assert doubted(late(number, 600)) == (
        f"frame {number} acknowledges frame {answered} after 600 s, in which it would have been "
        "sent again: was the machine asleep?"
    )


def test_what_waits_for_nobody_may_come_at_any_time() -> None:
    assert doubted(late(4, 86_400)) == ""  # the user goes for a day before he closes


def test_what_is_sent_again_and_what_answers_something_else() -> None:
    again = [*SEGMENTS[:6], replace(SEGMENTS[5], time_ns=SEGMENTS[5].time_ns + 500 * SECOND_NS)]
    assert doubted([*again, late(7, 501)[-1]]) == ""
    assert doubted(changed(late(7, 600), 7, ack=1)) == ""


def test_no_verdict_on_such_a_capture(tmp_path: Path) -> None:
    (tmp_path / "bare.pcap").write_bytes(frames.pcap_of(late(3, 600)))
    bare = from_capture(tmp_path / "bare.pcap", NAMES)
    run = from_run_directory(write_run(tmp_path / "run", late(3, 600)))
    assert run.doubt.startswith(
        "the capture at bsdi eth0: frame 3 acknowledges frame 2 after 600 s"
    )
    for evidence in (bare, run):
        verdicts = {one.verdict for one in check(evidence, HANDSHAKE).findings}
        assert verdicts == {Verdict.INCONCLUSIVE}
