"""The command line without root: messages, exit statuses, and output for programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from captures.segment import ACK, FIN, SYN, Option
from cli.exits import UsageError
from cli.labs import load
from labs import catalog
from tests.captures import frames
from tests.cli.command import tcplab

FIGURE = Path(__file__).parents[1] / "captures/figures/18.2-connection.txt"


def segment(client: bool, flags: int, **fields: object) -> bytes:
    ends = (frames.SVR4, frames.BSDI) if client else (frames.BSDI, frames.SVR4)
    return frames.ethernet(frames.tcp(*ends, flags=flags, **fields))  # type: ignore[arg-type]


MSS = [Option(2, (1024,))]
RIGHT = [
    segment(True, SYN, seq=100, options=MSS),
    segment(False, SYN | ACK, seq=500, ack=101, options=MSS),
    segment(True, ACK, seq=101, ack=501),
    segment(True, FIN | ACK, seq=101, ack=501),
    segment(False, ACK, seq=501, ack=102),
    segment(False, FIN | ACK, seq=501, ack=102),
    segment(True, ACK, seq=102, ack=502),
]
WRONG = [segment(True, SYN, seq=100, options=[Option(2, (1460,))]), *RIGHT[1:]]


@pytest.fixture
def right(tmp_path: Path) -> Path:
    path = tmp_path / "right.pcap"
    path.write_bytes(frames.pcap(RIGHT))
    return path


def test_help_shows_examples() -> None:
    for command in ("run", "check"):
        done = tcplab(command, "--help")
        assert done.returncode == 0
        assert f"tcplab {command} " in done.stdout


def test_list_names_every_lab() -> None:
    done = tcplab("list")
    assert done.returncode == 0
    for name in catalog.names():
        assert name in done.stdout


def test_show_prints_the_handout() -> None:
    done = tcplab("show", "connection")
    assert done.returncode == 0
    assert "telnet bsdi discard" in done.stdout


@pytest.mark.parametrize("command", ["show", "run"])
def test_an_unknown_lab_is_wrong_usage_and_names_the_near_one(command: str) -> None:
    done = tcplab(command, "conection")
    assert done.returncode == 2
    assert "connection" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "--all"),
        (["run", "mss", "--all"], "--all"),
        (["run", "mss", "--pace", "slow"], "book or quick"),
        (["run", "mss", "--jobs", "0"], "--jobs"),
        (["check"], "PATH"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_says_what_to_give(arguments: list[str], message: str) -> None:
    done = tcplab(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_right_capture_passes(right: Path) -> None:
    done = tcplab("check", str(right), "--lab", "connection")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert "FAIL" not in done.stdout
    assert "svr4.1037" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_books_own_listing_passes() -> None:
    assert tcplab("check", str(FIGURE), "--lab", "connection").returncode == 0


def test_a_wrong_capture_fails_and_names_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "wrong.pcap"
    path.write_bytes(frames.pcap(WRONG))
    done = tcplab("check", str(path), "--lab", "connection")
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "1460" in done.stdout


def test_a_capture_without_tcp_gives_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "arp.pcap"
    path.write_bytes(frames.pcap([frames.ethernet(bytes(28), kind=0x0806)]))
    done = tcplab("check", str(path), "--lab", "connection")
    assert done.returncode in (2, 3)
    assert "PASS" not in done.stdout
    assert "Traceback" not in done.stderr


def test_a_truncated_capture_is_never_a_verdict_against_anyone(right: Path) -> None:
    whole = right.read_bytes()
    for length in range(len(whole)):
        right.write_bytes(whole[:length])
        if length in (0, 3, 23, 24, 30, len(whole) // 2, len(whole) - 1):
            done = tcplab("check", str(right), "--lab", "connection")
            assert done.returncode in (2, 3), (length, done.stdout)
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.txt", b"dear teacher\n"), ("capture.gz", b"\x1f\x8b\x08\0"), ("empty.pcap", b"")],
)
def test_what_is_no_capture_is_unreadable_input(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = tcplab("check", str(path), "--lab", "connection")
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_an_interrupted_run_are_unreadable_input(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.pcap", tmp_path):
        done = tcplab("check", str(path), "--lab", "connection")
        assert done.returncode == 2
        assert str(path) in done.stderr
        assert "Traceback" not in done.stderr


def test_a_bare_capture_needs_its_labs_name(right: Path) -> None:
    done = tcplab("check", str(right))
    assert done.returncode == 2
    assert "--lab" in done.stderr


def test_json_is_one_document_and_nothing_else(right: Path) -> None:
    done = tcplab("check", str(right), "--lab", "connection", "--json")
    document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    assert document["verdict"] == "PASS"
    (result,) = document["results"]
    assert {finding["check"] for finding in result["findings"]} == {
        expectation.name for expectation in load("connection").expect
    }
    assert done.stderr == ""


def test_checking_needs_neither_mininet_nor_pyroute2() -> None:
    """A grader's machine has neither: their absence must not be noticed."""
    blocked = (
        "import sys\n"
        "for name in ('mininet', 'pyroute2'): sys.modules[name] = None\n"
        f"sys.argv = ['tcplab', 'check', {str(FIGURE)!r}, '--lab', 'connection']\n"
        "from cli.main import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", blocked],
        cwd=FIGURE.parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: x\ntitle: y\n", "lab.yaml:2"),
        ("colour: blue\n", "colour"),
        ("title: [\n", "lab.yaml:2"),
    ],
)
def test_a_broken_lab_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/lab.yaml").write_text(text)
    original = catalog.load
    monkeypatch.setattr(catalog, "load", lambda name: original(name, tmp_path))
    with pytest.raises(UsageError, match=message):
        load("mine")
