"""Programs that are the same, those that are the same but for names, and those that aren't."""

from pathlib import Path

import pytest

from grading.likeness import LONGEST_PARSED, likeness, size

STUDENTS = Path(__file__).parents[1] / "students"
ECHO = (STUDENTS / "echo.py").read_text()

# The same as echo.py, as somebody hands it in who copied it.
COPIED = '''
import socket   # sockets
import sys
import threading


def handle_client(sock):
    """Handles one client, all by myself."""
    with sock:
        try:
            while (chunk := sock.recv(
                    4096)):
                sock.sendall(chunk)
        except ConnectionError as problem:
            print(f'a client is gone: {problem}')


def run():
    "My main function."
    with socket.create_server(('', int(sys.argv[1])), backlog=8) as server:

        while True:
            sock, _ = server.accept()
            threading.Thread(target=handle_client, args=(sock,), daemon=True,).start()
run()
'''


def form(text: str) -> str:
    return likeness(text.encode()).form


def test_a_copyists_edits_change_the_bytes_and_not_the_form() -> None:
    annotated = ECHO.replace("connection: socket.socket", "connection").replace(" -> None", "")
    mine, theirs = likeness(annotated.encode()), likeness(COPIED.encode())
    assert mine.same != theirs.same
    assert mine.form == theirs.form
    assert size(mine.form) == 15
    assert size(mine.same) == len(annotated)


def test_windows_line_ends_and_a_byte_order_mark_change_no_form() -> None:
    windows = b"\xef\xbb\xbf" + ECHO.replace("\n", "\r\n").encode()
    assert likeness(windows).form == form(ECHO)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4096", "1024"),
        ("sendall", "send"),  # not a name that the program gives
        ("backlog=8", "backlog=9"),
        ("while True", "while 1"),
        ("a client is gone", "somebody is gone"),
        ("daemon=True", "daemon=False"),
        ("ConnectionError", "OSError"),
        ("import threading", "import threading, os"),
        ("            connection, _ =", "            _, connection ="),
    ],
)
def test_another_program_has_another_form(old: str, new: str) -> None:
    assert old in ECHO
    assert form(ECHO.replace(old, new)) != form(ECHO)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("self.a = 1\nself.b = self.a", "self.x = 1\nself.y = self.x"),
        ("def f(a, *, b):\n  global c\n  c = b", "def g(p, *, q):\n  global r\n  r = q"),
        ("def f(a): pass\nf(a=1)", "def g(b): pass\ng(b=1)"),
        ("import socket as s\ns.socket()", "import socket as t\nt.socket()"),
        ("class A(B):\n  'text'\n  x = 1", "class C(B):\n  x = 1"),
        ("try: pass\nexcept A as e: e", "try: pass\nexcept A as f: f"),
    ],
)
def test_names_that_a_program_gives_are_none_of_its_form(one: str, other: str) -> None:
    assert form(one) == form(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1\nb = a", "a = 1\nb = b"),
        ("a.recv(1)", "a.send(1)"),
        ("import socket", "import struct"),
        ("class A(B): pass", "class A(C): pass"),
    ],
)
def test_what_names_refer_to_is_part_of_its_form(one: str, other: str) -> None:
    assert form(one) != form(other)


def test_all_right_and_wrong_servers_have_forms_of_their_own() -> None:
    programs = list(STUDENTS.glob("*.py"))
    assert len({form(path.read_text()) for path in programs}) == len(programs)


DEEP = LONGEST_PARSED // 3
HOSTILE = {
    "parentheses": b"(" * DEEP,
    "closed ones": b"(" * DEEP + b")" * DEEP,
    "signs": b"-" * DEEP + b"1",
    "sums": b"a" + b"+a" * DEEP,
    "attributes": b"a" + b".a" * DEEP,
    "calls": b"f(" * DEEP,
    "brackets": b"[" * DEEP + b"]" * DEEP,
    "dictionaries": b"{1:" * (DEEP // 2),
    "lambdas": b"lambda:" * 9000 + b"1",
    "blocks": b"\n".join(b" " * n + b"if 1:" for n in range(500)),
    "elifs": b"if 1: pass\n" + b"elif 1: pass\n" * 4000,
    "a number": b"9" * DEEP,
    "NUL bytes": b"print(1)\0\n",
    "no UTF-8": b"# \xff\xfe\nx = '\xe9'\n",
    "another encoding": b"# -*- coding: hex -*-\n7072696e74\n",
    "a form feed": b"\x0c" * DEEP,
    "a ZIP": b"PK\x03\x04" + bytes(1000),
    "statements": b"x=1\n" * (LONGEST_PARSED // 4),
    "names": b"\n".join(b"x%d=1" % n for n in range(7000)),
    "nothing": b"",
    "too much": b"#" * LONGEST_PARSED + b"\n",
}


def test_what_is_too_long_to_be_parsed_has_no_form() -> None:
    assert form("x = 1\n" + "#" * (LONGEST_PARSED - 6))
    assert not form("x = 1\n" + "#" * (LONGEST_PARSED - 5))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_is_compared_by_its_bytes_at_least(name: str) -> None:
    text = HOSTILE[name]
    one = likeness(text)
    assert one == likeness(text)
    assert size(one.same) == len(text)
    assert one.same != likeness(text + b"\n").same
