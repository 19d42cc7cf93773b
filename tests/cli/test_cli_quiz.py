"""`tcplab quiz` and `tcplab demo` from the command line, without a network."""

import subprocess
import sys

import pytest

from tests.cli.command import PROJECT, tcplab


def answering(answers: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=PROJECT,
        input=answers,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_right_answer_counts_and_is_explained() -> None:
    done = answering("2\nc\n", "quiz", "connection", "--seed", "4", "--count", "1")
    told = done.stdout
    assert done.returncode == 0, done.stderr
    choices = {line.strip()[0]: line.strip()[3:] for line in told.splitlines() if line[3:4] == ")"}
    words = " ".join(told.split())
    explained = words[words.index("Segment ") :].partition(" expected ")[0]
    frame = explained.split("Segment ")[1].split(":")[0].split()[0]
    reason = explained.split(": ", 1)[1].rstrip(".")
    letter = next(letter for letter, text in choices.items() if text == reason)
    again = answering(f"{frame}\n{letter}\n", "quiz", "connection", "--seed", "4", "--count", "1")
    assert "Right. Segment" in again.stdout
    assert "1 of 1 segments and 1 of 1 reasons are right." in again.stdout
    assert "tcplab quiz connection --seed 4" in again.stdout
    assert "expected '" in again.stdout


def test_wrong_usage_is_asked_again_and_q_leaves() -> None:
    done = answering("99\nx\nq\n", "quiz", "connection", "--seed", "1")
    assert done.returncode == 0
    assert done.stdout.count("or q to leave") == 2
    assert "0 of 0 segments" in done.stdout


def test_without_a_lab_any_lab_is_asked() -> None:
    answers = "1\na\n" * 4
    done = answering(answers, "quiz", "--seed", "5", "--count", "4")
    asked = {line.split(": ")[1] for line in done.stdout.splitlines() if "Question " in line}
    assert len(asked) >= 2
    # Where input isn't typed, what follows an answer stands on the question's line.
    long = [line for line in done.stdout.splitlines() if len(line) > 80 and "rong" not in line]
    assert not long


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("quiz", "nonsense"), "unknown lab 'nonsense'"),
        (("quiz", "half-open"), "nothing to ask here"),
        (("quiz", "tests/captures/figures/18.2-connection.txt"), "no run directory"),
        (("demo", "nonsense"), "unknown lab 'nonsense'"),
        (("demo", "echo-server"), "runs a program of yours"),
        (("demo", "docs"), "neither a run directory nor"),
        (("start", "nonsense"), "unknown lab 'nonsense'"),
        (("start", "connection", "--student", "kim"), "no such ticket"),
        (("start", "connection", "--tmux"), "--tmux needs "),
    ],
)
def test_what_cannot_be_asked_or_told_is_said(arguments: tuple[str, ...], told: str) -> None:
    done = tcplab(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
