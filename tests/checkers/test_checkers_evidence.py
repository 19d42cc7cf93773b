"""Evidence from run directories and bare captures; what is refused, and in which words."""

from pathlib import Path

import msgspec
import pytest

from captures.errors import CaptureError
from captures.run import VantagePoint
from checkers.check import check
from checkers.evidence import Evidence, from_capture, from_run_directory
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    CONNECTION,
    NAMES,
    POINT,
    Wish,
    degraded,
    sample_run,
    segments,
    write_run,
)


def test_a_run_directory(tmp_path: Path) -> None:
    run = sample_run(drops=2, degraded=[degraded("bsdi", "mss")])
    evidence = from_run_directory(write_run(tmp_path / "run", segments(), run))
    vantage = evidence.at(POINT)
    assert vantage is not None
    assert (vantage.point, len(vantage.capture), vantage.drops) == (POINT, 7, 2)
    assert not vantage.complete
    assert evidence.at("sun eth0") is None
    assert evidence.names.host("140.252.13.34") == "svr4"
    assert evidence.mtu("140.252.13.34") == 1500
    assert evidence.mtu("10.0.0.1") is None


def test_drops_that_the_capture_itself_tells_count_too(tmp_path: Path) -> None:
    write_run(tmp_path / "run", segments(), sample_run(drops=2))
    packet = frames.packet(frames.ethernet(frames.segment_packet(segments()[0])))
    lost = frames.statistics(frames.option(5, (3).to_bytes(8, "little")))
    data = frames.section() + frames.interface() + packet + lost
    (tmp_path / "run" / "pcap" / "bsdi-eth0.pcap").write_bytes(data)
    vantage = from_run_directory(tmp_path / "run").at(POINT)
    assert vantage is not None
    assert vantage.drops == 5 + 6  # six of the seven that tcpdump counted are not in the file


@pytest.mark.parametrize(
    ("received", "dropped", "drops"), [(7, 0, 0), (9, 0, 2), (9, 2, 2), (9, 3, 3), (7, 2, 2)]
)
def test_what_was_received_and_not_written_counts_as_dropped(
    tmp_path: Path, received: int, dropped: int, drops: int
) -> None:
    """The kernel's count of what was received has what it dropped in it."""
    point = VantagePoint("bsdi", "eth0", "pcap/bsdi-eth0.pcap", 7, received, dropped)
    run = msgspec.structs.replace(sample_run(), vantage_points=[point])
    vantage = from_run_directory(write_run(tmp_path / "run", segments(), run)).at(POINT)
    assert vantage is not None
    assert vantage.drops == drops


@pytest.mark.parametrize("at_rest", [True, False])
def test_who_leaves_a_connection_open_may_lack_its_end(tmp_path: Path, at_rest: bool) -> None:
    point = VantagePoint("bsdi", "eth0", "pcap/bsdi-eth0.pcap", 5, 5, 0)
    run = msgspec.structs.replace(sample_run(), vantage_points=[point], at_rest=at_rest)
    evidence = from_run_directory(write_run(tmp_path / "run", segments()[:5], run))
    close = Wish("close", {"client": "svr4", "server": "bsdi.discard"})
    assert check(evidence, close).verdict is (Verdict.FAIL if at_rest else Verdict.INCONCLUSIVE)


def test_degraded_aspects() -> None:
    evidence = Evidence({}, NAMES, sample_run(degraded=[degraded("bsdi", "mss")]))
    assert evidence.degraded("mss") is not None
    assert evidence.degraded("window", "mss", host="bsdi") is not None
    assert evidence.degraded("mss", host="sun") is None
    assert evidence.degraded("window") is None
    assert evidence.why_degraded("mss", host="bsdi") == (
        "mss of bsdi is degraded on this machine: wanted the book's, got Linux's (an old kernel)"
    )


@pytest.mark.parametrize("content", [CONNECTION.encode(), frames.pcap_of(segments())])
def test_a_bare_capture_serves_for_every_vantage_point(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "capture").write_bytes(content)
    evidence = from_capture(tmp_path / "capture", NAMES)
    for point in (POINT, "sun eth0"):
        vantage = evidence.at(point)
        assert vantage is not None
        assert (len(vantage.capture), vantage.complete, vantage.point) == (7, True, "")
    assert evidence.degraded("mss") is None
    assert evidence.mtu("140.252.13.34") is None


def test_an_interrupted_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"this run was interrupted: no run\.json"):
        from_run_directory(tmp_path)


def test_a_broken_run_json(tmp_path: Path) -> None:
    write_run(tmp_path / "run", segments())
    (tmp_path / "run" / "run.json").write_text("{}")
    with pytest.raises(ValueError, match=r"run\.json: not a run\.json"):
        from_run_directory(tmp_path / "run")


def test_a_missing_capture(tmp_path: Path) -> None:
    write_run(tmp_path / "run", segments())
    (tmp_path / "run" / "pcap" / "bsdi-eth0.pcap").unlink()
    with pytest.raises(CaptureError, match=r"bsdi-eth0\.pcap: run\.json names this capture, but"):
        from_run_directory(tmp_path / "run")


def test_a_malformed_capture(tmp_path: Path) -> None:
    write_run(tmp_path / "run", segments())
    (tmp_path / "run" / "pcap" / "bsdi-eth0.pcap").write_bytes(b"")
    with pytest.raises(CaptureError, match=r"bsdi-eth0\.pcap: empty file"):
        from_run_directory(tmp_path / "run")


@pytest.mark.parametrize("file", ["../other.pcap", "/etc/hostname", "pcap/../../other.pcap"])
def test_a_run_json_cannot_lead_out_of_its_directory(tmp_path: Path, file: str) -> None:
    (tmp_path / "other.pcap").write_bytes(frames.pcap_of(segments()))
    point = VantagePoint("bsdi", "eth0", file, 7, 7, 0)
    run = msgspec.structs.replace(sample_run(), vantage_points=[point])
    write_run(tmp_path / "run", segments(), run)
    with pytest.raises(ValueError, match="lies outside the run directory"):
        from_run_directory(tmp_path / "run")


@pytest.mark.parametrize("step", ["pcap", "pcap/bsdi-eth0.pcap"])
@pytest.mark.parametrize("other", ["other", "run/other"])
def test_nor_by_a_link(tmp_path: Path, step: str, other: str) -> None:
    write_run(tmp_path / "run", segments())
    moved = tmp_path / "run" / step
    moved.rename(tmp_path / other)
    moved.symlink_to(tmp_path / other)
    with pytest.raises(ValueError, match="lies outside the run directory, or is a link"):
        from_run_directory(tmp_path / "run")


def test_the_way_to_a_run_directory_may_have_links(tmp_path: Path) -> None:
    write_run(tmp_path / "run", segments())
    (tmp_path / "linked").symlink_to(tmp_path / "run")
    assert len(from_run_directory(tmp_path / "linked").vantages) == 1
