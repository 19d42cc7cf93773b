"""What the prompt of `tcplab start` says and offers, for every lab, without a network."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.completion import candidates
from cli.greeting import farewell, first_three, greeting
from cli.prompt_commands import Commands
from labs import catalog
from labs.by_hand import ByHand
from labs.catalog.session import Typed, aim, typed
from labs.plain import plain
from languages.wrapping import width
from topologies.inside_cover import BOOK
from topologies.internet import part

LABS = catalog.names()


def session(name: str, language: str = "en") -> ByHand:
    lab = catalog.load(name)
    network = SimpleNamespace(internet=part(BOOK, lab.hosts), down=set())
    fake: Any = SimpleNamespace(
        lab=lab,
        network=network,
        handout=catalog.handout(name, language=language),
        hosts=list(lab.hosts),
        is_down=lambda host: False,
    )
    return cast("ByHand", fake)


@pytest.mark.parametrize("name", LABS)
def test_the_greeting_fits_on_a_screen(name: str) -> None:
    lines = greeting(session(name)).splitlines()
    assert len(lines) < 24
    assert all(len(line) <= 80 for line in lines)
    assert len(greeting(session(name), short=True).splitlines()) <= 6
    assert lines[lines.index("Type first:") + 1].split()[0] in catalog.load(name).hosts


@pytest.mark.parametrize("name", LABS)
def test_both_hand_outs_say_the_same_commands_and_an_aim(name: str) -> None:
    hosts = catalog.load(name).hosts
    english, korean = catalog.handout(name), catalog.handout(name, language="ko")
    assert typed(english, hosts) == typed(korean, hosts)
    assert typed(english, hosts)
    assert aim(english)
    assert aim(korean)


def test_what_to_type_first() -> None:
    server, client = Typed("bsdi", "sock -v -s 7777"), Typed("sun", "sock bsdi 7777")
    assert first_three([client]) == ["sun sock bsdi 7777", "timeline", "check"]
    expected = ["bsdi sock -v -s 7777 &", "sun sock bsdi 7777", "check"]
    assert first_three([server, client, client]) == expected


def test_remarks_and_second_columns_are_no_part_of_a_command() -> None:
    text = "svr4 % sock -s 8881          bsdi % sock svr4 8881   # too late\n100 % of it\n"
    assert typed(text, ["svr4", "bsdi"]) == [
        Typed("svr4", "sock -s 8881"),
        Typed("bsdi", "sock svr4 8881"),
    ]


def test_the_help_fits_on_lines_and_names_its_arguments() -> None:
    commands = Commands(session("connection"), None).names()
    for name, method in commands.items():
        first = (method.__doc__ or "").partition(":")[0].split()
        assert name in first, name
        assert len(method.__doc__ or "") <= 80, name


def test_the_farewell_says_how_to_pack() -> None:
    assert "tcplab pack mine/mss -o mss.zip" in farewell(Path("mine/mss"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s", ["sun", "svr4", "states"]),
        ("svr4 te", ["telnet"]),
        ("svr4 telnet b", ["bsdi"]),
        ("svr4 telnet bsdi d", ["discard", "daytime", "datafile"]),
        ("crash s", ["sun", "svr4"]),
        ("unplug e", ["ethernet-13"]),
        ("crash e", []),
        ("hint h", ["handshake"]),
        ("nonsense x", []),
    ],
)
def test_completion(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "svr4").mkdir()
    (tmp_path / "svr4/datafile").touch()
    found = candidates(
        text,
        hosts=["bsdi", "sun", "svr4"],
        commands=["check", "states"],
        links=["ethernet-13"],
        names={"hint": ["handshake", "mss"]},
        files=tmp_path,
    )
    assert found == expected


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("svr4 % date\r\nThu\r\n", "svr4 % date\nThu\n"),
        ("svr4 % dat\b\b\bls\x1b[K\n", "svr4 % ls\n"),
        ("\x1b[1mbold\x1b[0m\n", "bold\n"),
        ("\x1b]0;title\x07svr4 % \n", "svr4 % \n"),
        ("abc\rx\n", "xbc\n"),
        ("^]\ntelnet> quit\n", "^]\ntelnet> quit\n"),
    ],
)
def test_a_transcript_is_what_stays_on_the_screen(raw: str, seen: str) -> None:
    assert plain(raw) == seen


@pytest.mark.parametrize("name", LABS)
def test_the_greeting_fits_on_a_screen_in_korean(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCPLAB_LANG", "ko")
    lines = greeting(session(name, "ko")).splitlines()
    assert len(lines) < 24
    assert all(width(line) <= 80 for line in lines)
    assert "먼저 입력할 것:" in lines
    assert lines[-1].startswith("help는 명령 목록.")


def test_the_farewell_says_in_korean_what_to_do_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCPLAB_LANG", "ko")
    told = farewell(Path("mine/mss"))
    assert "mine/mss에 남겼다. 다음:" in told
    assert "tcplab pack mine/mss -o mss.zip    # 제출용" in told


def test_help_and_what_is_wrong_at_the_prompt_are_in_korean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TCPLAB_LANG", "ko")
    Commands(session("connection", "ko"), None).run("help")
    *_, last = capsys.readouterr().out.splitlines()
    assert last == "wireshark HOST: 그곳을 지나가는 것을 Wireshark로 실시간으로."
