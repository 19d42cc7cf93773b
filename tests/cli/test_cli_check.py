"""`tcplab check` without root: verdicts of captures and of run directories, and what it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.labs import load
from tests.captures import frames
from tests.checkers.checkers_samples import segments, write_run
from tests.cli.cli_samples import FIGURE, RIGHT, WRONG, run_directory
from tests.cli.command import tcplab
from tests.labs import test_lab_simultaneous_close


@pytest.fixture
def right(tmp_path: Path) -> Path:
    path = tmp_path / "right.pcap"
    path.write_bytes(frames.pcap(RIGHT))
    return path


def test_a_right_capture_passes(right: Path) -> None:
    done = tcplab("check", str(right), "--lab", "connection")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert "FAIL" not in done.stdout
    assert "svr4.1037" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_books_own_listing_passes() -> None:
    assert tcplab("check", str(FIGURE), "--lab", "connection").returncode == 0


@pytest.mark.parametrize("options", [["-n"], ["-nn", "-S", "-tttt", "-v"], ["-ttt", "-e"]])
def test_what_tcpdump_printed_is_checked(right: Path, options: list[str]) -> None:
    printed = right.with_suffix(".txt")
    command = ["tcpdump", *options, "-r", str(right)]
    printed.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    done = tcplab("check", str(printed), "--lab", "connection")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "svr4.1037" in done.stdout


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


@pytest.fixture
def at_vangogh(tmp_path: Path) -> Path:
    """FINs that cross, as vangogh's end of the line sees them: bsdi's is the second there."""
    path = tmp_path / "mine.txt"
    path.write_text(test_lab_simultaneous_close.RIGHT.listings["vangogh wan0"])
    return path


def test_a_bare_capture_is_taken_for_where_it_fits_best(at_vangogh: Path) -> None:
    done = tcplab("check", str(at_vangogh), "--lab", "simultaneous-close")
    assert done.returncode == 3, done.stdout
    told = " ".join(done.stdout.split())
    assert "nobody told where this was captured: it fits vangogh wan0 best" in told
    done = tcplab("check", str(at_vangogh), "--lab", "simultaneous-close", "--json")
    assert json.loads(done.stdout)["results"][0]["taken_for"] == ["vangogh wan0"]


def test_at_tells_where_a_bare_capture_was_taken(at_vangogh: Path) -> None:
    command = ("check", str(at_vangogh), "--lab", "simultaneous-close")
    done = tcplab(*command, "--at", "vangogh wan0", "--json")
    (result,) = json.loads(done.stdout)["results"]
    assert (result["verdict"], result["taken_for"]) == ("INCONCLUSIVE", [])
    assert {one["vantage"] for one in result["findings"] if one["verdict"] == "PASS"} == {
        "vangogh wan0"
    }
    done = tcplab(*command, "--at", "bsdi eth0")
    assert done.returncode == 1
    assert "nobody told" not in done.stdout


def test_a_place_that_the_lab_lacks_is_wrong_usage(at_vangogh: Path) -> None:
    command = ("check", str(at_vangogh), "--lab", "simultaneous-close")
    done = tcplab(*command, "--at", "slip sl0")
    assert done.returncode == 2
    assert "'bsdi eth0', 'vangogh wan0'" in done.stderr


def test_a_run_says_itself_where_its_captures_were_taken(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", segments())
    done = tcplab("check", str(run), "--at", "bsdi eth0")
    assert done.returncode == 2
    assert "leave out --at" in done.stderr


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


HEAVY = {
    "captures.listing", "checkers.answers", "distributed", "hypothesis", "jinja2", "mininet",
    "numpy", "pyroute2", "pytest", "rich", "topologies", "typer", "zstandard",
}  # fmt: skip


def test_a_small_check_loads_nothing_heavy(right: Path) -> None:
    """What a check must not wait for; on a terminal, rich paints the same text."""
    loaded = (
        f"import sys; sys.argv = ['tcplab', 'check', {str(right)!r}, '--lab', 'connection']\n"
        "import cli.main\n"
        "try: cli.main.main()\n"
        "finally: sys.stderr.write(' '.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        cwd=FIGURE.parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = set(done.stderr.split())
    assert "checkers.check" in names
    assert not names & HEAVY
    # A check that the lab doesn't ask for isn't loaded.
    assert not names & {"checkers.backoff", "checkers.fragments", "checkers.transcript"}


def test_colours_only_where_they_are_wanted(right: Path) -> None:
    plain = tcplab("check", str(right), "--lab", "connection")
    painted = tcplab("check", str(right), "--lab", "connection", FORCE_COLOR="1", TERM="xterm")
    assert "\x1b" not in plain.stdout
    assert "\x1b[1;32mPASS" in painted.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted.stdout) == plain.stdout


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


def test_a_run_directory_tells_its_lab(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7)
    assert tcplab("check", str(run)).returncode == 0
    wrong = tcplab("check", str(run), "--lab", "mss")
    assert wrong.returncode == 2
    assert "this is a run of connection, not of mss" in wrong.stderr


def test_a_run_is_checked_with_the_values_that_it_was_played_with(tmp_path: Path) -> None:
    """A student's server is echo's, and not discard's."""
    discard, echo = (9).to_bytes(2, "big"), (7).to_bytes(2, "big")
    packets = [packet[:34] + packet[34:38].replace(discard, echo) + packet[38:] for packet in RIGHT]
    played = {"variant": {"service": "echo"}, "services": {"discard": 9, "echo": 7}}
    mine = run_directory(tmp_path / "mine", packets, captured=7, **played)
    assert tcplab("check", str(mine)).returncode == 0
    as_in_the_book = run_directory(tmp_path / "book", RIGHT, captured=7, **played)
    assert tcplab("check", str(as_in_the_book)).returncode != 0
    unchosen = {"variant": {"service": "chargen"}}
    nobodys = tcplab("check", str(run_directory(tmp_path / "bad", RIGHT, captured=7, **unchosen)))
    assert nobodys.returncode == 2
    assert "'chargen' is none of the choices" in nobodys.stderr


def test_a_capture_cut_off_between_frames_convicts_nobody(tmp_path: Path) -> None:
    """run.json has tcpdump's own count: what the file lacks of it is missing, not wrong."""
    for kept in range(7):
        run = run_directory(tmp_path / str(kept), RIGHT[:kept], captured=7)
        done = tcplab("check", str(run))
        assert done.returncode == 3, (kept, done.stdout)
        assert "FAIL" not in done.stdout


def test_what_really_never_came_is_a_fail(tmp_path: Path) -> None:
    done = tcplab("check", str(run_directory(tmp_path / "connection", RIGHT[:3], captured=3)))
    assert done.returncode == 1
    assert "FAIL" in done.stdout


def test_one_bad_path_keeps_no_other_from_its_verdict(tmp_path: Path) -> None:
    good = run_directory(tmp_path / "connection", RIGHT, captured=7)
    done = tcplab("check", str(good), str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "PASS" in done.stdout
    assert "nowhere: No such file" in done.stderr
    document = json.loads(tcplab("check", str(tmp_path / "nowhere"), str(good), "--json").stdout)
    assert [result["verdict"] for result in document["results"]] == ["ERROR", "PASS"]


def test_a_folder_of_runs_says_which_was_interrupted(tmp_path: Path) -> None:
    run_directory(tmp_path / "connection", RIGHT, captured=7)
    (run_directory(tmp_path / "mss", RIGHT, captured=7) / "run.json").unlink()
    done = tcplab("check", str(tmp_path))
    assert done.returncode == 2
    assert "PASS" in done.stdout
    assert f"{tmp_path}/mss: this run was interrupted" in done.stderr


def test_a_folder_without_runs_is_told_from_an_interrupted_run(tmp_path: Path) -> None:
    done = tcplab("check", str(tmp_path))
    assert done.returncode == 2
    assert "neither a run directory nor a folder of run directories" in done.stderr


def test_a_run_of_a_newer_suite_is_refused(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "connection", RIGHT, captured=7, schema_version=99)
    done = tcplab("check", str(run))
    assert done.returncode == 2
    assert "schema_version 99" in done.stderr


def test_run_json_cannot_give_one_hosts_address_to_another(tmp_path: Path) -> None:
    hosts = {
        "svr4": {"system": "SVR4", "interfaces": {"eth0": "140.252.13.33/27"}},
        "bsdi": {"system": "BSD/386 1.0", "interfaces": {"eth0": "140.252.13.35/27"}},
    }
    done = tcplab("check", str(run_directory(tmp_path / "a", RIGHT, captured=7, hosts=hosts)))
    assert done.returncode == 2
    assert "140.252.13.33/27 is svr4; it is sun" in done.stderr


def test_run_json_cannot_give_a_host_of_the_book_another_address(tmp_path: Path) -> None:
    hosts = {
        "svr4": {"system": "SVR4", "interfaces": {"eth0": "10.0.0.1/27"}},
        "mine": {"system": "Linux", "interfaces": {"eth0": "10.0.0.2/27"}},
    }
    done = tcplab("check", str(run_directory(tmp_path / "a", RIGHT, captured=7, hosts=hosts)))
    assert done.returncode == 2
    assert "10.0.0.1/27 is svr4; the book has no such address" in done.stderr


def test_another_version_of_the_catalog_is_said(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "a", RIGHT, captured=7, catalog_version="0")
    done = tcplab("check", str(run))
    assert done.returncode == 0
    assert "a run of the catalog's version 0, checked by version 1" in done.stderr
    same = run_directory(tmp_path / "b", RIGHT, captured=7)
    assert "catalog" not in tcplab("check", str(same)).stderr


def test_files_of_two_runs_get_no_verdict(tmp_path: Path) -> None:
    times = {"started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:05Z"}
    done = tcplab("check", str(run_directory(tmp_path / "a", RIGHT, captured=7, **times)))
    assert done.returncode == 3
    assert "of another run" in " ".join(done.stdout.split())
    assert "PASS" not in done.stdout


def test_a_handed_in_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;title\x07\x1b[2J"
    degraded = [{"host": "svr4", "aspect": "tos", "wanted": evil, "got": "x", "why": evil}]
    run = run_directory(tmp_path / "a", RIGHT, captured=7, degraded=degraded)
    done = tcplab("check", str(run))
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "\\x1b" in done.stdout
