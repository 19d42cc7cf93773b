"""`tcplab start`: a lab by hand, from a file of lines and on a terminal."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grading import variants
from tests.cli.command import tcplab
from tests.emulation.inside import PROJECT, python_as, users
from tests.emulation.screen import screen
from tests.grading.test_variants import COURSE

pytestmark = pytest.mark.emulation

CONNECTION = """\
check
svr4 telnet bsdi discard &
shows 1 Escape character is
check
hint
states
netstat svr4
type 1 ^]
shows 1 telnet>
type 1 quit
wait 1
check
timeline
nonsense
unplug
"""

HALF_OPEN = """\
bsdi telnet svr4 discard &
shows 1 Escape character is
netstat svr4
type 1 hi there
shows 1 hi there
bsdi sh -c 'until netstat -n | grep -q "0      0 .*9 "; do sleep 0.1; done'
unplug svr4
crash svr4
svr4 date
reboot svr4
check
netstat
type 1 another line
wait 1
check
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user can write to as well."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def started(user: str, lab: str, lines: str, out: Path) -> "subprocess.CompletedProcess[str]":
    with python_as(user) as (python, environment):
        return subprocess.run(
            [*python, "-m", "cli.main", "start", lab, "--out", str(out)],
            input=lines,
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
            env=os.environ | environment,
        )


def after(output: str, line: str, number: int = 1) -> str:
    """What was shown after the nth time that this line was typed, up to the next prompt."""
    return output.split(f"tcplab> {line}\n")[number].partition("tcplab> ")[0]


@pytest.mark.parametrize("user", users())
def test_a_lab_by_hand_from_a_file_of_lines(user: str, shared: Path) -> None:
    done = started(user, "connection", CONNECTION, shared / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = done.stdout
    assert "Type first:\n  svr4 telnet bsdi discard\n  timeline\n  check\n" in shown
    assert after(shown, "check").startswith("INCONCLUSIVE  timeline, handshake, mss, close\n")
    assert "Next, as the hand-out has it: svr4 telnet bsdi discard" in after(shown, "check")
    assert after(shown, "check", 2).startswith(
        "PASS          handshake, mss\nINCONCLUSIVE  timeline, close\n"
    )
    assert after(shown, "hint").startswith("timeline: Three segments open a connection")
    assert "to bsdi.discard: ESTABLISHED" in after(shown, "states")
    assert "140.252.13.35.9        ESTABLISHED" in after(shown, "netstat svr4")
    assert after(shown, "check", 3).startswith("PASS          timeline, handshake, mss, close\n")
    assert after(shown, "timeline").count("connection 1\n") == 2
    assert "tcplab: nonsense: no host and no command here" in done.stderr
    assert "tcplab: usage: unplug HOST or LINK" in done.stderr
    lab = shared / "out/connection"
    schema = json.loads((PROJECT / "docs/run.schema.json").read_text())
    run = json.loads((lab / "run.json").read_text())
    jsonschema.validate(run, schema)
    assert run["pace"] == "by hand"
    assert tcplab("check", str(lab)).returncode == 0
    packed = tcplab("pack", str(lab), "-o", str(shared / "mine.zip"))
    assert packed.returncode == 0, packed.stderr


def left(lab: str, lines: str, out: Path) -> tuple[str, dict[str, Any]]:
    """A telnet to discard is open when somebody leaves, after more lines: stderr and run.json."""
    open_it = "svr4 telnet bsdi discard &\nshows 1 Escape character is\n"
    done = started("root", lab, f"{open_it}{lines}exit\n", out)
    assert done.returncode == 0, done.stderr
    return done.stderr, json.loads((out / lab / "run.json").read_text())


def test_what_still_runs_ends_before_the_captures_do(tmp_path: Path) -> None:
    _, run = left("connection", "", tmp_path)
    assert run["at_rest"] is True
    assert [(one["captured"], one["received"]) for one in run["vantage_points"]] == [(7, 7)] * 2
    assert tcplab("check", str(tmp_path / "connection")).returncode == 0


def test_a_connection_that_cannot_end_is_told(tmp_path: Path) -> None:
    told, run = left("connection", "unplug bsdi\n", tmp_path)
    assert "waiting until every connection has ended, 10 s at most" in told
    assert "some didn't: the captures lack how they end" in told
    assert run["at_rest"] is False
    shown = tcplab("check", str(tmp_path / "connection"), "--json").stdout
    findings = json.loads(shown)["results"][0]["findings"]
    verdicts = {one["verdict"] for one in findings if one["check"] == "close"}
    assert verdicts == {"INCONCLUSIVE"}


def test_a_host_crashes_and_comes_back(tmp_path: Path) -> None:
    done = started("root", "half-open", HALF_OPEN, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "svr4 is down: `reboot svr4` starts it" in done.stderr
    wanted = "PASS          figure, client, half-open-at-bsdi, half-open-at-svr4, offers\n"
    assert "half-open-at-svr4" not in after(done.stdout, "check").partition("INCONCLUSIVE")[0]
    assert after(done.stdout, "check", 2).startswith(wanted), done.stdout
    assert tcplab("check", str(tmp_path / "half-open")).returncode == 0
    shown = (tmp_path / "half-open/transcripts/svr4.txt").read_text()
    before, _, behind = shown.partition("(svr4 boots)\n")
    assert "ESTABLISHED" in before
    assert behind.startswith("svr4 % netstat -a -n -f inet\n")


def test_a_vantage_point_that_crashed_keeps_both_its_captures(tmp_path: Path) -> None:
    lines = "svr4 ping -c1 bsdi\ncrash bsdi\nreboot bsdi\nsvr4 telnet bsdi discard &\n"
    lines += "shows 1 Escape character is\ncheck\n"
    done = started("root", "connection", lines, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS          handshake, mss\n" in done.stdout
    run = json.loads((tmp_path / "connection/run.json").read_text())
    (bsdi,) = (point for point in run["vantage_points"] if point["host"] == "bsdi")
    assert bsdi["captured"] == bsdi["received"]
    capture = tmp_path / "connection" / bsdi["file"]
    text = subprocess.run(
        ["tcpdump", "-n", "-r", str(capture)], capture_output=True, text=True, check=True
    ).stdout
    assert text.count("ICMP echo request") == 1  # before the crash
    assert text.count("Flags [S]") == 1  # after it
    assert len(text.splitlines()) == bsdi["captured"]


def test_what_is_unplugged_gets_nothing(tmp_path: Path) -> None:
    ping = "svr4 ping -c1 -W1 bsdi"
    lines = (
        f"unplug ethernet-13\n{ping}\nplug ethernet-13\n{ping}\nunplug bsdi\n{ping}\nplug bsdi\n"
    )
    done = started("root", "connection", lines + ping + "\n", tmp_path)
    received = [
        after(done.stdout, ping, number).split("transmitted, ")[1][0] for number in (1, 2, 3, 4)
    ]
    assert received == ["0", "1", "0", "1"], done.stdout


def start_command(lab: str, out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", "start", lab, "--out", str(out), *options]


@pytest.mark.parametrize("user", users())
def test_a_session_on_a_terminal(user: str, shared: Path) -> None:
    with python_as(user) as (python, environment):
        command = [*python, *start_command("connection", shared / "out")[1:]]
        with screen(command, PROJECT, environment | {"XDG_STATE_HOME": str(shared)}) as terminal:
            terminal.shows("tcplab>")
            assert all(len(line) <= 80 for line in terminal.lines)
            terminal.keys("s", "v", "Tab")
            terminal.shows("tcplab> svr4")
            terminal.keys("Space", "t", "e", "Tab")
            terminal.shows("tcplab> svr4 telnet")
            terminal.types(" bsdi discard")
            terminal.shows("Escape character is")
            terminal.keys("C-z")
            terminal.shows("[1] in the background: svr4 telnet bsdi discard")
            terminal.types("fg")
            terminal.shows("(svr4 telnet bsdi discard)\n")
            terminal.keys("C-]")
            terminal.shows("telnet>")
            terminal.types("quit")
            terminal.shows("Connection closed.\ntcplab>")
            terminal.types("svr4 ping bsdi")
            terminal.shows("icmp_seq=1")
            terminal.keys("C-c")
            terminal.shows("ping statistics")
            terminal.types("svr4")
            terminal.shows("\nsvr4 %")
            terminal.types("echo I am at $((1+1))")
            terminal.shows("I am at 2\nsvr4 %")
            terminal.types("exit")
            terminal.shows("exit\ntcplab>")
            terminal.keys("Up", "Up")
            terminal.shows("tcplab> svr4 ping bsdi", 2)
            terminal.keys("C-c")
            terminal.types("check")
            terminal.shows("PASS          timeline, handshake, mss, close")
            terminal.shows("`tcplab pack`.\ntcplab>")  # before that, Ctrl-D ends no prompt
            terminal.keys("C-d")
            terminal.shows("STATUS 0")
    transcript = (shared / "out/connection/transcripts/svr4.txt").read_text()
    assert "\nsvr4 % echo I am at $((1+1))\nI am at 2\n" in transcript
    assert tcplab("check", str(shared / "out/connection")).returncode == 0


def test_panes_of_tmux(tmp_path: Path) -> None:
    command = start_command("half-open", tmp_path, "--tmux")
    with screen(command, PROJECT, {"XDG_STATE_HOME": str(tmp_path / "state")}) as terminal:
        terminal.shows("tcplab>")
        titles = [line for line in terminal.lines if line.startswith("── ")]
        assert [title.replace("─", "").split() for title in titles] == [
            ["captured", "at", "bsdi", "eth0"],
            ["bsdi", "┬", "svr4"],
            ["tcplab", "┴"],
        ]
        terminal.shows("svr4 %")
        terminal.keys("C-b", "Up")
        terminal.types("date")  # arrow keys one after another wouldn't all be tmux's
        terminal.keys("C-b", "Right")
        terminal.types("echo no $((5-4))993 yet")
        terminal.shows("no 1993 yet")
        terminal.keys("C-b", "Left")
        terminal.types("telnet svr4 discard")
        terminal.shows("Escape character is")
        terminal.types("hi there")
        terminal.shows("ack 11, win 4096")  # tcpdump's pane
        terminal.keys("C-b", "Down")
        terminal.types("crash svr4")
        terminal.shows("svr4 is down")
        terminal.types("reboot svr4")
        terminal.shows("svr4 is up")
        terminal.types("netstat")
        terminal.shows("LISTEN")
        terminal.keys("C-b", "Up")
        terminal.types("another line")
        terminal.shows("Connection closed by")
        terminal.keys("C-b", "Down")
        terminal.types("check")
        terminal.shows("PASS          figure, client, half-open-at-bsdi, half-open-at-svr4, offers")
        terminal.types("exit")
        terminal.shows("STATUS 0")
        assert "tcplab pack" in terminal.text
    assert tcplab("check", str(tmp_path / "half-open")).returncode == 0
    shown = (tmp_path / "half-open/transcripts/svr4.txt").read_text()
    before, _, behind = shown.partition("(svr4 boots)\n")
    assert "no 1993 yet" in before
    assert "no 1993 yet" not in behind
    assert "% netstat -a -n -f inet\n" in behind


def test_what_runs_in_a_pane_ends_before_the_captures_do(tmp_path: Path) -> None:
    command = start_command("connection", tmp_path, "--tmux")
    with screen(command, PROJECT, {"XDG_STATE_HOME": str(tmp_path / "state")}) as terminal:
        terminal.shows("svr4 %")
        terminal.keys("C-b", "Up")
        terminal.types("telnet bsdi discard")
        terminal.shows("Escape character is")
        terminal.keys("C-b", "Down")
        terminal.types("exit")
        terminal.shows("STATUS 0")
    run = json.loads((tmp_path / "connection/run.json").read_text())
    assert run["at_rest"] is True
    assert [point["captured"] for point in run["vantage_points"]] == [7, 7]


def test_a_demo_tells_the_run_and_asks_for_predictions(tmp_path: Path) -> None:
    told = tcplab("demo", "connection", "--no-wait", "--out", str(tmp_path))
    assert told.returncode == 0, told.stderr
    long = [line for line in told.stdout.splitlines() if len(line) > 80]
    assert [line for line in long if str(tmp_path) not in line] == []
    story = [line for line in told.stdout.splitlines() if " of 6: " in line]
    assert [line.split(": ", 1)[1] for line in story] == [
        "bsdi: inetd serves discard",
        "svr4 % telnet bsdi discard",
        "the user waits",
        "svr4 types ^]",
        "svr4 types quit",
        "waiting until every connection has ended",
    ]
    assert "PASS          timeline, handshake, mss, close" in told.stdout
    run = str(tmp_path / "connection")
    with screen([sys.executable, "-m", "cli.main", "demo", run, "--predict"], PROJECT) as terminal:
        terminal.shows("What comes next?")
        terminal.types("svr4 S")
        terminal.shows("Right. It asks for a connection")
        terminal.types("svr4 . ack 1")
        terminal.shows("Not quite: bsdi sends it; its flags are SYN and ACK")
        terminal.types("q")
        terminal.shows("STATUS 0")


def test_a_demo_waits_for_a_key_before_what_passes(tmp_path: Path) -> None:
    assert tcplab("run", "connection", "--pace=quick", f"--out={tmp_path}").returncode == 0
    command = [sys.executable, "-m", "cli.main", "demo", str(tmp_path / "connection")]
    with screen(command, PROJECT) as terminal:
        terminal.shows("2 of 6: svr4 % telnet bsdi discard")
        assert "> bsdi.discard: S" not in terminal.text
        terminal.keys("Space")
        terminal.shows("> bsdi.discard: S")
        terminal.shows("3 of 6")
        assert "F 1:1(0)" not in terminal.text
        terminal.keys("q")
        terminal.shows("STATUS 0")
        assert "F 1:1(0)" not in terminal.text


def test_a_students_own_values_by_hand(tmp_path: Path) -> None:
    """In lab connection, ahn's client is bsdi, and the hand-out's commands are ahn's."""
    ticket = tmp_path / "ticket.json"
    ticket.write_bytes(variants.write(variants.ticket(COURSE, "ahn")))
    values = variants.ticket(COURSE, "ahn").labs["connection"]
    assert values["client"] == "bsdi"
    telnet = f"bsdi telnet svr4 {values['service']}"
    lines = f"{telnet} &\nshows 1 Escape character is\ntype 1 ^]\nshows 1 telnet>\ntype 1 quit\n"
    command = start_command("connection", tmp_path / "out", "--ticket", str(ticket))
    done = subprocess.run(
        command,
        input=f"{lines}wait 1\ncheck\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr
    assert f"Type first:\n  {telnet}\n" in done.stdout
    assert "PASS          timeline, handshake, mss, close" in done.stdout
    run = json.loads((tmp_path / "out/connection/run.json").read_text())
    assert (run["student"], run["variant"]) == ("ahn", dict(values))
    assert (tmp_path / "out/connection/ticket.json").read_bytes() == ticket.read_bytes()
