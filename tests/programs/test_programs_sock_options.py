"""sock's command line."""

import re
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.programs.sock.accept_queue import personality
from labs.programs.sock.addresses import dotted, resolve, split
from labs.programs.sock.messages import NetworkError, UsageError
from labs.programs.sock.options import LETTERS, Options, parse
from labs.programs.sock.usage import help_text

VALUES = [
    ("-b8888", "local_port", 8888),
    ("-f 140.252.1.29.4444 -s", "foreign", ("140.252.1.29", "4444")),
    ("-f sun.1030 -s", "foreign", ("sun", "1030")),
    ("-g 1.2.3.4 -g 5.6.7.8", "loose_route", ("1.2.3.4", "5.6.7.8")),
    ("-G1.2.3.4", "strict_route", ("1.2.3.4",)),
    ("-j 224.1.2.3 -u", "group", "224.1.2.3"),
    ("-l 140.252.13.35.1081", "local", ("140.252.13.35", "1081")),
    ("-n 8", "writes", 8),
    ("-p 250", "pause_each_ns", 250_000_000),
    ("-q1", "backlog", 1),
    ("-r 300", "read_bytes", 300),
    ("-t 2", "multicast_ttl", 2),
    ("-w 2000", "write_bytes", 2000),
    ("-x 1500", "receive_timeout_ns", 1_500_000_000),
    ("-y20", "send_timeout_ns", 20_000_000),
    ("-H 0x10", "tos", 16),
    ("-J 64", "ttl", 64),
    ("-L0", "linger_seconds", 0),
    ("-O30", "pause_listening_ns", 30_000_000_000),
    ("-O 30s", "pause_listening_ns", 30_000_000_000),
    ("-P500ms", "pause_first_ns", 500_000_000),
    ("-Q2", "pause_closing_ns", 2_000_000_000),
    ("-R 4096", "receive_buffer", 4096),
    ("-S 8192", "send_buffer", 8192),
    ("-U 3", "urgent_write", 3),
    ("-X 512", "mss", 512),
]
FLAGS = {"B": "-Bu", "E": "-Eu", "o": "-ou"}


@pytest.mark.parametrize(("line", "field", "value"), VALUES)
def test_value(line: str, field: str, value: object) -> None:
    assert getattr(parse([*line.split(), "sun", "7777"]), field) == value


@pytest.mark.parametrize("letter", [letter for letter in LETTERS if not LETTERS[letter].read])
def test_flag(letter: str) -> None:
    field = LETTERS[letter].field
    assert getattr(parse([FLAGS.get(letter, f"-{letter}"), "sun", "7777"]), field) is True
    assert getattr(parse(["sun", "7777"]), field) is False


def test_every_letter_with_a_value_is_in_the_table_above() -> None:
    tested = {line[1] for line, _, _ in VALUES}
    assert tested == {letter for letter in LETTERS if LETTERS[letter].read}


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("-svq1 7777", {"server": True, "verbose": True, "backlog": 1}),
        ("-s -v -q1 -O30 7777", {"backlog": 1, "pause_listening_ns": 30_000_000_000}),
        ("-s 140.252.1.29 8888", {"host": "140.252.1.29", "port": "8888"}),
        ("-s 7777", {"host": None, "port": "7777"}),
        ("bsdi echo", {"host": "bsdi", "port": "echo", "server": False}),
        ("-V bsdi echo", {"writev": True, "chunks": True}),
        ("bsdi echo", {"writes": 1024, "read_bytes": 1024, "write_bytes": 1024, "backlog": 5}),
    ],
)
def test_forms_and_defaults(line: str, fields: dict[str, Any]) -> None:
    options = parse(line.split())
    assert {name: getattr(options, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-h -u sun 7", "can't specify -h and -u"),
        ("-D -u sun 7", "can't specify -D and -u"),
        ("-L0 -u sun 7", "can't specify -L and -u"),
        ("-uN sun 7", "can't specify -N and -u"),
        ("-g 1.2.3.4 -G 1.2.3.4 sun 7", "can't specify -g and -G"),
        ("-b 5 -l 1.2.3.4.5 sun 7", "can't specify -b and -l"),
        ("-B sun 7", "can't specify -B without -u"),
        ("-E sun 7", "can't specify -E without -u"),
        ("-j 224.1.2.3 sun 7", "can't specify -j without -u"),
        ("-o sun 7", "can't specify -o without -u"),
        ("-f 1.2.3.4.5 sun 7", "can't specify -f without -s"),
        ("-z sun 7", "option -z not recognized"),
        ("-q", "option -q requires argument"),
        ("-q x sun 7", "-q x: not a number"),
        ("-b 65536 sun 7", "-b 65536: must be from 0 to 65535"),
        ("-J 0 sun 7", "-J 0: must be from 1 to 255"),
        ("-O 3h -s 7", "-O 3h: not a time like 30s or 500ms"),
        ("-f 7777 -s 7", "-f 7777: not an address and port like 140.252.13.35.7777"),
        ("sun", "expected host port, got sun"),
        ("", "expected host port, got nothing"),
        ("-s", "expected [address] port, got nothing"),
        ("-s a b c", "expected [address] port, got a b c"),
    ],
)
def test_wrong_usage(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        parse(line.split())


@given(st.lists(st.text(alphabet="bfghLOqsuvx-0159.ms ", max_size=6), max_size=5))
def test_any_command_line_is_understood_or_refused(arguments: list[str]) -> None:
    try:
        assert isinstance(parse(arguments), Options)
    except UsageError as error:
        assert str(error)  # noqa: PT017


def test_help_names_every_option() -> None:
    assert parse(["--help"]).help
    for letter, option in LETTERS.items():
        assert re.search(rf"^  -{letter} .*{re.escape(option.help)}$", help_text(), re.MULTILINE)


def test_addresses() -> None:
    assert dotted(("140.252.13.35", 7777)) == "140.252.13.35.7777"
    assert split("vangogh.cs.berkeley.edu.7777") == ("vangogh.cs.berkeley.edu", "7777")


def test_names_of_hosts_and_services() -> None:
    assert resolve("localhost", "discard", socket.SOCK_STREAM) == ("127.0.0.1", 9)
    assert resolve(None, "7777", socket.SOCK_STREAM) == ("0.0.0.0", 7777)
    with pytest.raises(NetworkError, match=r"^can't find 127\.0\.0\.1 port nonsense: "):
        resolve("127.0.0.1", "nonsense", socket.SOCK_STREAM)
    with pytest.raises(UsageError, match=r"^port 70000: must be from 0 to 65535$"):
        resolve("127.0.0.1", "70000", socket.SOCK_STREAM)


def test_accept_queue_of_an_unknown_system() -> None:
    assert personality({}) == "linux"
    assert personality({"SOCK_ACCEPT_QUEUE": "bsd"}) == "bsd"
    with pytest.raises(UsageError, match="SOCK_ACCEPT_QUEUE=vms: must be linux, bsd or solaris"):
        personality({"SOCK_ACCEPT_QUEUE": "vms"})
