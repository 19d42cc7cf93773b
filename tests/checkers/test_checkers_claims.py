"""What a run directory says of itself: files that aren't tcpdump's, and files of two runs."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from captures.errors import CaptureError
from captures.reader import parse
from captures.run import Run
from captures.segment import ACK, RST
from checkers.check import check
from checkers.claims import doubt
from checkers.evidence import from_run_directory
from checkers.recorded import Sockets, States
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    CONNECTION,
    Wish,
    changed,
    sample_run,
    segments,
    write_run,
)

CLOSE = Wish("close", {"client": "svr4", "server": "bsdi.discard"})
SECOND_NS = 10**9


def spanning(started: str, ended: str) -> Run:
    return msgspec.structs.replace(sample_run(), started=started, ended=ended)


def doubted(first_s: float, last_s: float, run: Run, states: States | None = None) -> str:
    """The doubt about a capture of these times, in s since 1970."""
    observed = changed(segments(), 1, time_ns=round(first_s * SECOND_NS))
    rest = [replace(each, time_ns=round(last_s * SECOND_NS)) for each in observed[1:]]
    return doubt(run, [parse(frames.pcap_of([observed[0], *rest]))], states or {})


RUN = spanning("1970-01-01T00:01:00+00:00", "1970-01-01T00:02:00+00:00")


@pytest.mark.parametrize(("first_s", "last_s"), [(60, 120), (55, 125), (90, 90)])
def test_a_capture_of_the_run(first_s: float, last_s: float) -> None:
    assert doubted(first_s, last_s, RUN) == ""


@pytest.mark.parametrize(
    ("first_s", "last_s", "words"),
    [
        (54.9, 120, "begins before the run started, by 5 s"),
        (60, 125.1, "ends after the run ended, by 5 s"),
        (1060, 1120, "ends after the run ended, by 1000 s"),
    ],
)
def test_a_capture_of_another_run(first_s: float, last_s: float, words: str) -> None:
    told = doubted(first_s, last_s, RUN)
    assert told == f"pcap/bsdi-eth0.pcap is of another run: by run.json it {words}"


def test_states_of_another_run() -> None:
    late = {"bsdi": [Sockets(1, 126 * SECOND_NS, ())]}
    assert doubted(60, 120, RUN, late).startswith("states.jsonl is of another run")
    early = {"bsdi": [Sockets(1, 61 * SECOND_NS, ()), Sockets(2, 54 * SECOND_NS, ())]}
    assert doubted(60, 120, RUN, early).startswith("states.jsonl is of another run")


@pytest.mark.parametrize("started", ["", "yesterday", "1970-01-01T00:01:00"])
def test_a_run_that_tells_no_time(started: str) -> None:
    told = doubted(60, 120, spanning(started, RUN.ended))
    assert told == "run.json doesn't tell when the run started and ended"


@pytest.mark.parametrize(("flags", "before"), [(ACK, "PASS"), (ACK | RST, "FAIL")])
def test_neither_pass_nor_fail_is_said_of_files_of_two_runs(
    tmp_path: Path, flags: int, before: str
) -> None:
    observed = changed(segments(), 7, flags=flags)
    right = from_run_directory(write_run(tmp_path / "a", observed))
    other = from_run_directory(write_run(tmp_path / "b", observed, RUN))
    assert check(right, CLOSE).verdict is Verdict[before]
    outcome = check(other, CLOSE)
    assert {finding.verdict for finding in outcome.findings} == {Verdict.INCONCLUSIVE}
    assert all("of another run" in finding.observed for finding in outcome.findings)


def test_a_listing_is_no_file_of_tcpdump(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", segments())
    (run / "pcap" / "bsdi-eth0.pcap").write_text(CONNECTION)
    with pytest.raises(CaptureError, match=r"bsdi-eth0\.pcap: a listing, where tcpdump's own"):
        from_run_directory(run)


def test_one_file_is_not_of_two_vantage_points(tmp_path: Path) -> None:
    (point,) = sample_run().vantage_points
    other = msgspec.structs.replace(point, host="svr4")
    twice = msgspec.structs.replace(sample_run(), vantage_points=[point, other])
    with pytest.raises(CaptureError, match="can't be of two vantage points"):
        from_run_directory(write_run(tmp_path / "run", segments(), twice))


@pytest.mark.parametrize("over", [True, False])
def test_more_frames_than_tcpdump_captured(tmp_path: Path, over: bool) -> None:
    """While the run goes on, the file may be ahead of the count."""
    observed = segments()
    right = from_run_directory(write_run(tmp_path / "right", observed), over)
    assert right.doubt == ""
    more = from_run_directory(write_run(tmp_path / "more", [*observed, observed[0]]), over)
    told = "pcap/bsdi-eth0.pcap has 8 frames, and by run.json tcpdump captured 7 there"
    assert more.doubt == (told if over else "")


def test_a_capture_without_times_is_none_of_tcpdump() -> None:
    untimed = parse(frames.pcap_of(segments()))
    untimed.timed = False
    told = doubt(sample_run(), [untimed], {})
    assert told == "pcap/bsdi-eth0.pcap tells no times, as each of tcpdump's own does"
