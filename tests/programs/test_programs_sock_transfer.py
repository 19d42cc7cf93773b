"""sock as source and sink."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING

import pytest

from labs.programs.sock.newlines import from_network, to_network
from labs.programs.sock.options import parse
from labs.programs.sock.transfer import chunks, pattern

if TYPE_CHECKING:
    from tests.programs.programs_at_work import Program, Start

pytest_plugins = ["tests.programs.programs_at_work"]
HOST = "127.0.0.1"
DEADLINE_SECONDS = 30


def received(program: Program) -> list[int]:
    """The sizes of its reads."""
    return [int(size) for size in re.findall(r"received (\d+) bytes\n", program.errors)]


def listener() -> socket.socket:
    return socket.create_server((HOST, 0))


def accept(sock: socket.socket) -> socket.socket:
    sock.settimeout(DEADLINE_SECONDS)
    connection, _ = sock.accept()
    connection.settimeout(DEADLINE_SECONDS)
    return connection


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_source_writes_n_buffers_of_w_bytes_and_sink_reads_them_all(start: Start) -> None:
    sink = start("-v", "-i", "-s", HOST, 0)
    source = start("-v", "-i", "-n5", "-w", 300, HOST, sink.port())
    assert (source.exit_status(), sink.exit_status()) == (0, 0)
    assert source.errors.count("wrote 300 bytes\n") == 5
    assert sum(received(sink)) == 1500
    assert sink.errors.endswith("connection closed by peer\n")
    assert sink.output == ""


def test_defaults_are_1024_writes_of_1024_bytes(start: Start) -> None:
    sink = start("-v", "-i", "-s", HOST, 0)
    source = start("-v", "-i", HOST, sink.port())
    assert (source.exit_status(), sink.exit_status()) == (0, 0)
    assert source.errors.count("wrote 1024 bytes\n") == 1024
    assert sum(received(sink)) == 1024 * 1024
    assert max(received(sink)) == 1024


def test_sink_reads_at_most_r_bytes(start: Start) -> None:
    sink = start("-v", "-i", "-r", 100, "-s", HOST, 0)
    source = start("-i", "-n1", "-w1000", HOST, sink.port())
    assert (source.exit_status(), sink.exit_status()) == (0, 0)
    assert received(sink) == [100] * 10


def test_sink_peeks_before_each_read(start: Start) -> None:
    sink = start("-v", "-Z", "-i", "-s", HOST, 0)
    source = start("-i", "-n1", "-w10", HOST, sink.port())
    assert (source.exit_status(), sink.exit_status()) == (0, 0)
    assert "received 10 bytes (MSG_PEEK)\nreceived 10 bytes\n" in sink.errors


def test_urgent_byte_goes_before_write_n(start: Start) -> None:
    with listener() as peer:
        source = start("-v", "-i", "-n3", "-w10", "-U2", HOST, port_of(peer))
        with accept(peer) as connection:
            assert source.exit_status() == 0
            assert connection.recv(10) == pattern(10)  # reads stop before the urgent byte
            assert connection.recv(1, socket.MSG_OOB) == b"U"
            assert connection.recv(100) == pattern(10) * 2
    assert source.errors.endswith(
        "wrote 10 bytes\nwrote 1 bytes of urgent data\nwrote 10 bytes\nwrote 10 bytes\n"
    )


@pytest.mark.parametrize("options", [("-P600ms",), ("-p", 200), ("-Q600ms",)])
def test_pauses_of_a_source(start: Start, options: tuple[str | int, ...]) -> None:
    began = time.monotonic_ns()
    with listener() as peer:
        source = start("-i", "-n3", *options, HOST, port_of(peer))
        with accept(peer):
            assert source.exit_status() == 0
    assert time.monotonic_ns() - began >= 600_000_000


def test_pause_of_a_sink_before_each_read(start: Start) -> None:
    sink = start("-v", "-i", "-p300s", "-s", HOST, 0)
    with socket.create_connection((HOST, sink.port())) as client:
        client.sendall(b"x" * 100)
        sink.wait_for("connection on")

        def queued() -> bool:
            queues = [entry.receive_queue for entry in sink.owned("tcp") if entry.connected]
            return queues == [100]

        sink.wait_until(queued, "100 bytes that the sink has not read")
        sink.interrupt()
        assert sink.exit_status() == 130
    assert received(sink) == []


def test_receive_timeout(start: Start) -> None:
    sink = start("-i", "-x", 100, "-s", HOST, 0)
    with socket.create_connection((HOST, sink.port())):
        assert sink.exit_status() == 1
    assert sink.errors == "read error: Resource temporarily unavailable\n"


def test_send_timeout(start: Start) -> None:
    with listener() as peer:  # it never reads
        source = start("-i", "-y", 100, "-n", 100_000, HOST, port_of(peer))
        with accept(peer):
            assert source.exit_status() == 1
    assert source.errors == "write error: Resource temporarily unavailable\n"


@pytest.mark.parametrize(("option", "status"), [((), 1), (("-W",), 0)])
def test_write_errors(start: Start, option: tuple[str, ...], status: int) -> None:
    with listener() as peer:
        # 32 MiB fit into no queue: it still writes when the peer closes with data unread.
        source = start("-v", "-i", "-n512", "-w65536", *option, HOST, port_of(peer))
        with accept(peer):
            source.wait_for("wrote 65536 bytes\n")
        assert source.exit_status() == status
    errors = source.errors.count("write error: ")
    assert errors == 1 if status else errors > 1
    assert errors + source.errors.count("wrote 65536 bytes\n") == 512 or status == 1


def test_chunks_are_four() -> None:
    options = parse(["-k", "sun", "7"])
    assert chunks(b"0123456789", options) == [b"012", b"345", b"678", b"9"]
    assert chunks(b"01", options) == [b"0", b"1"]
    assert chunks(b"", options) == [b""]
    assert chunks(b"0123456789", parse(["sun", "7"])) == [b"0123456789"]


def test_pattern_is_printable() -> None:
    assert len(pattern(1000)) == 1000
    assert pattern(1000).decode("ascii").isprintable()


def test_newlines() -> None:
    assert to_network(b"a\nb\n") == b"a\r\nb\r\n"
    assert from_network(b"a\r\nb\rc\r") == (b"a\nb\rc", b"\r")
    assert from_network(b"a\r\n") == (b"a\n", b"")
