"""A student's program before it runs: its file, its jail's filter, and what of it is shown."""

import errno
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs import guard, seccomp
from labs.catalog import Limits
from labs.catalog.program_file import LONGEST_BYTES, program_text
from labs.errors import MachineError
from labs.guard import Usage
from labs.program import shown

ALLOW = 0x7FFF0000


def verdict(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """What the filter answers to a call, by running its instructions as the kernel does."""
    code = list(instructions(b"".join(seccomp._instructions(seccomp.MACHINES[machine]))))
    data = {0: number, 4: audit or seccomp.MACHINES[machine].audit, 16: argument}
    word, at = 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        if operation == seccomp.LOAD:
            word = data[value]
        elif operation == seccomp.RETURN:
            return value
        else:
            holds = {
                seccomp.EQUAL: word == value,
                seccomp.AT_LEAST: word >= value,
                seccomp.ANY_BIT: bool(word & value),
            }[operation]
            at += if_true if holds else if_false


def instructions(filter_bytes: bytes) -> Iterator[tuple[int, int, int, int]]:
    yield from struct.iter_unpack("=HBBI", filter_bytes)


def refused(error: int) -> int:
    return 0x00050000 | error


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter_refuses_what_is_listed_and_nothing_else(machine: str) -> None:
    its = seccomp.MACHINES[machine]
    for number in range(500):
        if number in its.refused:
            assert verdict(machine, number) == refused(errno.EPERM), number
        elif number not in (its.clone, its.socket, seccomp.CLONE3):
            assert verdict(machine, number) == ALLOW, number
    assert verdict(machine, seccomp.CLONE3) == refused(errno.ENOSYS)
    assert verdict(machine, seccomp.X32 + 1) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_processes_but_no_namespaces_can_be_made(machine: str) -> None:
    clone = seccomp.MACHINES[machine].clone
    assert verdict(machine, clone, 0x01200011) == ALLOW  # as fork() does
    assert verdict(machine, clone, 0x003D0F00) == ALLOW  # as pthread_create() does
    for bit in range(32):
        if seccomp.NEW_NAMESPACES >> bit & 1:
            assert verdict(machine, clone, 1 << bit | 17) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_sockets_of_some_families_can_be_made(machine: str) -> None:
    socket = seccomp.MACHINES[machine].socket
    allowed = {family for family in range(64) if verdict(machine, socket, family) == ALLOW}
    assert allowed == {1, 2, 10, 16}
    assert verdict(machine, socket, 40) == refused(errno.EAFNOSUPPORT)


def test_calls_of_another_architecture_end_the_program() -> None:
    assert verdict("x86_64", 1, audit=0x40000003) == 0x80000000  # int 0x80 of a 32-bit program


def test_a_processor_without_a_filter_runs_no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "vax")
    with pytest.raises(MachineError, match="vax"):
        seccomp.program_filter()


def test_a_programs_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "echo.py"
    path.write_bytes(b"\xff\r\n" * 10)
    assert program_text(path) == b"\xff\r\n" * 10
    path.write_bytes(bytes(LONGEST_BYTES))
    assert len(program_text(path)) == LONGEST_BYTES


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "long.py").write_bytes(bytes(LONGEST_BYTES + 1))
    for name, message in (
        ("pipe.py", "not a regular file"),
        ("long.py", "longer than 256 KB"),
        ("none.py", "No such file"),
        (".", "not a regular file|directory"),
    ):
        with pytest.raises(OSError, match=message):
            program_text(tmp_path / name)


def test_output_steers_no_terminal() -> None:
    assert shown(b"plain \t text\n") == "plain \t text\n"
    assert shown("한글 é".encode()) == "한글 é"
    assert shown(b"\x1b[2J\r\x07\x9b") == "\\x1b[2J\\r\\x07\N{REPLACEMENT CHARACTER}"
    assert shown("\u202e\u200b\x85".encode()) == "\\u202e\\u200b\\x85"


NOTHING = Usage(1, 0.0, 0)
LIMITS = Limits(wall_s=9, cpu_s=5, memory_mb=64, files_mb=4, output_kb=16, processes=8)


@pytest.mark.parametrize(
    ("used", "wall_s", "files_bytes", "words"),
    [
        (NOTHING, 8.9, 4 << 20, ""),
        (Usage(9, 0, 0), 1, 0, "processes: 9 of at most 8"),
        (Usage(8, 5.0, 64 << 20), 1, 0, ""),
        (Usage(1, 5.1, 0), 1, 0, "processor time: 5.1 s of at most 5"),
        (Usage(1, 0, 66 << 20), 1, 0, "memory: 66 MB of at most 64"),
        (NOTHING, 1, 5 << 20, "files: 5 MB of at most 4"),
        (Usage(1, 0, 0, 8 << 20), 1, 0, ""),
        (Usage(1, 0, 0, 9 << 20), 1, 0, "network: 9 MB of at most 8"),
        (NOTHING, 9.1, 0, "time: still running after 9 s"),
    ],
)
def test_a_passed_limit_is_told_with_how_far_it_came(
    used: Usage, wall_s: float, files_bytes: int, words: str
) -> None:
    assert guard.passed(LIMITS, used, wall_s, lambda: files_bytes) == words
