"""Annotated captures: the same frames, the hosts' names, and findings on the frames they name."""

import subprocess
from pathlib import Path

import pytest

from captures import pcap, pcapng, reader
from captures.errors import CaptureError
from captures.recording import Recording
from checkers.finding import Finding
from checkers.verdict import Verdict
from reports.annotated import LONGEST, annotated, comments, overview
from tests.captures import frames
from tests.captures.test_captures_labels import OPEN
from tests.cli.cli_samples import FIGURE, RIGHT, run_directory
from tests.cli.command import tcplab

HOSTS = {"140.252.13.34": "svr4", "140.252.13.35": "bsdi", "2001:db8::1": "six", "gone": "none"}
AT = "bsdi eth0"
FAIL = Finding(
    "mss", Verdict.FAIL, "MSS 1024", "MSS 1460 — ü", frames=(1,), vantage=AT, hint="Look there."
)
PASS = Finding("handshake", Verdict.PASS, "SYN", "SYN", frames=(1, 2, 3), vantage=AT)
LONG = Finding("sequence", Verdict.PASS, "all", "all", frames=tuple(range(1, 21)), vantage=AT)
ELSEWHERE = Finding("close", Verdict.FAIL, "a FIN", "none", frames=(2,), vantage="svr4 eth0")
EVERY = [PASS, FAIL, LONG, ELSEWHERE]


def written(recording: Recording, findings: list[Finding] = EVERY) -> bytes:
    said = comments(findings, AT)
    return b"".join(annotated(recording, said, HOSTS, overview(findings), AT))


def tshark(path: Path, *arguments: str) -> list[str]:
    command = ["tshark", "-N", "n", "-r", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_worst_comes_first_and_a_long_finding_stands_at_its_ends() -> None:
    said = comments(EVERY, AT)
    assert [text.split()[:2] for text in said[1]] == [
        ["FAIL", "mss:"],
        ["PASS", "handshake:"],
        ["PASS", "sequence:"],
    ]
    assert said[1][0].endswith("\nLook there.")
    assert sorted(said) == [1, 2, 3, 20]
    assert overview(EVERY).splitlines()[0].startswith("FAIL mss")


def test_our_own_reader_reads_the_same_frames_and_the_names() -> None:
    data = frames.pcap_of([*OPEN])
    again = pcapng.read(written(pcap.read(data)))
    assert again.frames == pcap.read(data).frames
    assert again.names["140.252.13.34"] == "svr4"
    assert again.names["2001:db8::1"] == "six"
    assert "none" not in again.names.values()


def test_frames_of_several_link_types_keep_theirs() -> None:
    ethernet, raw = frames.ethernet(RIGHT[0][14:]), RIGHT[1][14:]
    parts = [frames.section(), frames.interface(), frames.interface(link_type=101)]
    parts += [frames.packet(ethernet), frames.packet(raw, number=1), frames.packet(ethernet)]
    given = b"".join(parts)
    again = pcapng.read(written(pcapng.read(given)))
    assert again.frames == pcapng.read(given).frames


def test_a_comment_is_cut_to_what_people_read() -> None:
    long = Finding("mss", Verdict.FAIL, "ü" * 40_000, "", frames=(1,), vantage=AT)
    data = written(pcap.read(frames.pcap_of([*OPEN])), [long])
    assert len(data) < 3 * LONGEST
    assert len(pcapng.read(data).frames) == 3


def test_tshark_shows_names_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "mine.pcapng"
    path.write_bytes(written(pcap.read(frames.pcap_of([*OPEN]))))
    fields = ["-T", "fields", "-e", "frame.number", "-e", "ip.src_host", "-e", "frame.comment"]
    lines = [line.split("\t") for line in tshark(path, *fields)]
    assert [line[:2] for line in lines] == [["1", "svr4"], ["2", "bsdi"], ["3", "svr4"]]
    assert "FAIL mss: expected MSS 1024, observed MSS 1460 — ü" in lines[0][2]
    assert "handshake" in lines[1][2]
    assert tshark(
        path, "-Y", 'frame.comment contains "FAIL"', "-T", "fields", "-e", "frame.number"
    ) == ["1"]


def test_a_damaged_capture_and_a_listing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="only a pcap"):
        reader.recording(FIGURE)
    path = tmp_path / "mine.pcapng"
    done = tcplab("check", str(FIGURE), "--lab", "connection", "--annotate", str(path))
    assert done.returncode == 2
    assert "18.2-connection.txt: only a pcap" in done.stderr
    assert not path.exists()


def test_a_checked_run_has_a_file_for_each_vantage_point(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7)
    out = tmp_path / "mine.pcapng"
    done = tcplab("check", str(run), "--annotate", str(out))
    assert done.returncode == 0, done.stderr
    at_client = tmp_path / "mine-svr4-eth0.pcapng"
    assert str(at_client) in done.stderr
    assert (tmp_path / "mine-bsdi-eth0.pcapng").exists()
    said = "\n".join(tshark(at_client, "-T", "fields", "-e", "frame.comment"))
    assert "PASS timeline" in said
    assert "PASS handshake" not in said  # it was looked for at bsdi
    assert tcplab("check", str(at_client), "--lab", "connection").returncode == 0


def test_one_capture_is_annotated_at_a_time(tmp_path: Path) -> None:
    done = tcplab("check", str(FIGURE), str(FIGURE), "--annotate", str(tmp_path / "mine.pcapng"))
    assert done.returncode == 2
    assert "takes one run or capture, and here are 2" in done.stderr


def test_comments_are_in_the_language_that_is_spoken(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7)
    out = tmp_path / "out.pcapng"
    done = tcplab("check", str(run), "--annotate", str(out), "--lang", "ko")
    assert done.returncode == 0, done.stderr
    assert "주석" in done.stderr
    said = tshark(
        tmp_path / "out-bsdi-eth0.pcapng",
        "-T",
        "fields",
        "-e",
        "frame.comment",
        "-Y",
        "frame.comment",
    )
    assert any("handshake: 기대 SYN, SYN+ACK, ACK, 관측 ISN" in line for line in said)
    assert not any(" expected " in line for line in said)
