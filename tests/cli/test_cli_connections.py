"""`tcplab connections` and `tcplab timeline` on captures, listings and run directories."""

import json
from pathlib import Path

from captures.segment import SYN, Endpoint
from tests.captures import frames
from tests.cli.cli_samples import FIGURE, RIGHT, run_directory
from tests.cli.command import tcplab


def test_a_capture_and_a_listing_are_shown(tmp_path: Path) -> None:
    (tmp_path / "right.pcap").write_bytes(frames.pcap(RIGHT))
    for path in (FIGURE, tmp_path / "right.pcap"):
        for command, said in (("connections", "closed by both"), ("timeline", "F 1:1(0)")):
            done = tcplab(command, str(path))
            assert done.returncode == 0, done.stderr
            assert "svr4.1037" in done.stdout
            assert said in done.stdout
            assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_run_has_several_vantage_points(tmp_path: Path) -> None:
    run = str(run_directory(tmp_path / "connection", RIGHT, captured=7))
    for command in ("connections", "timeline"):
        both = tcplab(command, run).stdout
        assert "svr4 eth0" in both
        assert "bsdi eth0" in both
        one = tcplab(command, run, "--at", "bsdi eth0").stdout
        assert "bsdi eth0" in one
        assert "svr4 eth0" not in one
        unknown = tcplab(command, run, "--at", "sun eth0")
        assert unknown.returncode == 2
        assert "this run has 'svr4 eth0', 'bsdi eth0'" in unknown.stderr


def test_a_capture_has_no_vantage_points() -> None:
    done = tcplab("timeline", str(FIGURE), "--at", "bsdi eth0")
    assert done.returncode == 2
    assert "leave out --at" in done.stderr


def test_the_document_has_every_connection(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    syns = [
        frames.tcp(Endpoint("10.0.0.1", 1024 + number), frames.BSDI, flags=SYN)
        for number in range(120)
    ]
    path.write_bytes(frames.pcap(syns, link_type=101))
    made = json.loads(tcplab("connections", str(path), "--json").stdout)
    (point,) = made["vantage_points"]
    assert (made["schema_version"], len(point["connections"]), point["left_out"]) == (1, 120, 0)
    assert "20 connections more: --longest N" in tcplab("connections", str(path)).stdout
    assert "more" not in tcplab("connections", str(path), "--longest", "120").stdout
    assert "100 connections more: --connection N" in tcplab("timeline", str(path)).stdout
    one = tcplab("timeline", str(path), "--connection", "120").stdout
    assert one.startswith("connection 120\n")
    none = tcplab("timeline", str(path), "--connection", "121")
    assert none.returncode == 2
    assert "there are 120" in none.stderr


def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "broken.pcap").write_bytes(b"\xd4\xc3\xb2\xa1")
    for path, said in (("broken.pcap", "pcap header of 4 bytes"), ("nowhere", "No such file")):
        for command in ("connections", "timeline"):
            done = tcplab(command, str(tmp_path / path))
            assert done.returncode == 2
            assert said in done.stderr
            assert "Traceback" not in done.stderr


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2Jx"
    hosts = {evil: {"system": "x", "interfaces": {"eth0": "140.252.13.34/27"}}}
    run = run_directory(tmp_path / "a", RIGHT, captured=7, hosts=hosts)
    for command in ("connections", "timeline"):
        done = tcplab(command, str(run))
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert "\\x1b[2Jx.1037" in done.stdout


def test_a_capture_without_tcp_says_so(tmp_path: Path) -> None:
    path = tmp_path / "arp.pcap"
    path.write_bytes(frames.pcap([frames.ethernet(bytes(28), kind=0x0806)]))
    assert "no TCP connection in this capture" in tcplab("timeline", str(path)).stdout
    assert "0 segments in 0 connections" in tcplab("connections", str(path)).stdout


def test_time_lines_as_a_picture(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7)
    for path, said in ((FIGURE, "at one place"), (run, "on one clock")):
        picture = tmp_path / "mine.svg"
        done = tcplab("timeline", str(path), "--svg", str(picture))
        assert done.returncode == 0, done.stderr
        assert picture.read_text().count('class="segment plain"') == 7
        assert said in picture.read_text()
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(frames.pcap([]))
    nothing = tcplab("timeline", str(empty), "--svg", str(tmp_path / "none.svg"))
    assert nothing.returncode == 2
    assert "no TCP connection" in nothing.stderr


def test_time_lines_as_a_page(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7)
    page = tmp_path / "mine.html"
    assert tcplab("timeline", str(run), "--html", str(page)).returncode == 0
    assert "on one clock" in page.read_text()
    assert tcplab("timeline", str(run), "--html", str(page), "--at", "bsdi eth0").returncode == 0
    assert "Seen at bsdi eth0 alone" in page.read_text()
