"""A key on a terminal: taken at once, and also where it was pressed too early."""

import os
import pty
import termios
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli.key import pressed

DEADLINE_S = 20


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Its keyboard, and what a program reads."""
    keyboard, its = pty.openpty()
    yield keyboard, its
    os.close(keyboard)
    os.close(its)


@pytest.mark.parametrize(
    ("typed", "key"), [(b" ", " "), (b"q", "q"), ("다".encode(), "다"), (b"\x1b[A", "\x1b[A")]
)
def test_a_key_that_was_pressed_early_counts(
    terminal: tuple[int, int], typed: bytes, key: str
) -> None:
    keyboard, its = terminal
    before = termios.tcgetattr(its)
    os.write(keyboard, typed)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(pressed, its)
        try:
            assert found.result(DEADLINE_S) == key
        finally:
            os.write(keyboard, b"x")  # or the pool would wait for ever
    assert termios.tcgetattr(its) == before


def test_a_key_needs_no_return_key_and_the_end_of_input_is_none(terminal: tuple[int, int]) -> None:
    keyboard, its = terminal
    for typed, key in ((b"n", "n"), (b"\x04", "")):
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(pressed, its)
            while termios.tcgetattr(its)[3] & termios.ICANON:
                assert not found.done()
            os.write(keyboard, typed)
            assert found.result(DEADLINE_S) == key
