"""The command line in Korean: asked for by --lang or TCPLAB_LANG, and by nothing else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from languages.wrapping import width
from tests.cli.command import PROJECT, tcplab

FIGURE = str(Path(__file__).parents[1] / "captures/figures/18.2-connection.txt")
# Runs the command line, and tells what files it opens.
OPENED = """import sys
sys.addaudithook(lambda event, of: event == "open" and print(of[0], file=sys.stderr))
from cli.main import main
main()"""
HANGUL = re.compile("[가-힣]")
THREE_WORDS = re.compile(r"(?<!\S)[A-Za-z]+ [a-z]+ [a-z]+(?!\S)")
COMMANDS = (
    *("autograder", "check", "connections", "demo", "doctor", "grade", "list", "pack", "quiz"),
    *("report", "run", "show", "start", "timeline", "variant"),
)


def test_lang_and_the_environment_ask_for_korean_and_the_locale_does_not() -> None:
    asked = tcplab("check", FIGURE, "--lab", "connection", "--lang", "ko")
    assert "관측 모두, 순서대로 (프레임 1~7)" in asked.stdout
    same = tcplab("check", FIGURE, "--lab", "connection", TCPLAB_LANG="ko")
    assert same.stdout == asked.stdout
    english = tcplab(
        *("check", FIGURE, "--lab", "connection"), LANG="ko_KR.UTF-8", LC_ALL="ko_KR.UTF-8"
    )
    assert not HANGUL.search(english.stdout)
    back = tcplab("check", FIGURE, "--lab", "connection", "--lang", "en", TCPLAB_LANG="ko")
    assert back.stdout == english.stdout


def test_what_programs_read_is_the_same_in_every_language() -> None:
    for command in (
        ("check", FIGURE, "--lab", "connection", "--json"),
        ("check", FIGURE, "--lab", "half-close", "--json"),
        ("connections", FIGURE, "--json"),
        ("timeline", FIGURE, "--as-expectation"),
    ):
        english, korean = tcplab(*command), tcplab(*command, TCPLAB_LANG="ko")
        assert (english.returncode, english.stdout) == (korean.returncode, korean.stdout)
    assert json.loads(tcplab("check", FIGURE, "--lab", "mss", "--json", TCPLAB_LANG="ko").stdout)


@pytest.mark.parametrize(("code", "read"), [("", False), ("en", False), ("ko", True)])
def test_english_reads_no_catalog(code: str, read: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENED, "check", FIGURE, "--lab", "connection"],
        cwd=PROJECT,
        env=os.environ | {"TCPLAB_LANG": code},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("tcplab.mo" in done.stderr) == read


def test_a_language_that_there_is_not_is_wrong_usage_and_said_in_english() -> None:
    for wrong in (tcplab("list", "--lang", "fr"), tcplab("list", TCPLAB_LANG="fr")):
        assert wrong.returncode == 2
        assert "--lang, TCPLAB_LANG: no language 'fr': there are en, ko" in wrong.stderr
        assert wrong.stdout == ""
    unknown = tcplab("--nonsense", TCPLAB_LANG="fr")
    assert unknown.returncode == 2
    assert "Error: No such option" in unknown.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_in_korean_and_fits_in_80_columns(command: str) -> None:
    told = tcplab(*command.split(), "--help", TCPLAB_LANG="ko").stdout
    assert told.startswith("사용법: tcplab")
    lines = re.sub(r"\n  예:.*?\n\n", "\n", told, flags=re.DOTALL).splitlines()
    assert all(width(line) <= 80 for line in lines)
    assert [line for line in lines if THREE_WORDS.search(line)] == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("run", "conection"), "모르는 실습 'conection': connection을(를) 말하는가?"),
        (("run",), "실행할 실습을 지정하거나 --all을 쓰라"),
        (("chekc",), "명령 'chekc'이(가) 없다."),
        (("check",), "인자 'PATH...'이(가) 빠졌다."),
        (("check", FIGURE), "어느 실습의 것인가? --lab으로 알려라"),
        (("check", "nowhere.pcap"), "nowhere.pcap: 그런 파일이나 폴더가 없다"),
        (("connections", FIGURE, "--at", "bsdi eth0"), "캡처만으로는 관측점이 없다"),
        (("show",), "어느 실습인가?"),
        (("run", "--jobs", "0", "mss"), "'--jobs'의 값이 틀렸다"),
        (("run", "mss", "--student", "ahn"), "그런 티켓이 없다"),
    ],
)
def test_wrong_usage_is_said_in_korean(command: tuple[str, ...], told: str) -> None:
    done = tcplab(*command, TCPLAB_LANG="ko")
    assert done.returncode == 2
    assert told in done.stderr


def test_the_catalog_and_the_hand_outs_are_in_korean() -> None:
    listed = tcplab("list", "--lang", "ko").stdout
    assert re.search(r"connection +세션 +18\.2 +6초 +연결 확립과 종료", listed)
    shown = tcplab("show", "connection", "--lang", "ko").stdout
    assert shown.startswith("# 연결 확립과 종료 (18.2절)")


def test_tables_and_time_lines_align_by_columns() -> None:
    lines = tcplab("connections", FIGURE, "--lang", "ko").stdout.splitlines()
    heading, client = lines[1], lines[2]
    assert width(heading[: heading.index("상태")]) == client.index("TIME_WAIT")
    again = "tests/captures/figures/18.3-timeout.txt"
    drawn = tcplab("timeline", again, "--lang", "ko").stdout.splitlines()
    repeated = next(line for line in drawn if "재전송" in line)
    assert {width(line) for line in drawn if "|" in line and line[-1].isdigit()} == {80}
    assert width(repeated) <= 80


def test_a_quiz_speaks_korean() -> None:
    told = tcplab("quiz", "connection", "--seed", "3", "--count", "1", "--lang", "ko", typed="7\na")
    assert "한 가지가 틀렸다. 어느 세그먼트인가?" in told.stdout
    assert "  c) 윈도우" in told.stdout
    assert "세그먼트 7: 플래그." in told.stdout
    english = re.sub(
        r"tcplab [a-z ]+|[A-Z][A-Za-z/]+ [A-Z]\w+|'[^']*'|svr4.*|bsdi.*", "", told.stdout
    )
    assert not re.search("[a-z]{3} [a-z]{2}", english), english
