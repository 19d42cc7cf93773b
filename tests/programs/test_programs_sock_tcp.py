"""sock as client and server of TCP, as the chapter's user typed it."""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.programs.programs_at_work import Start

pytest_plugins = ["tests.programs.programs_at_work"]
HOST = "127.0.0.1"
DEADLINE_SECONDS = 30


def listener() -> socket.socket:
    sock = socket.create_server((HOST, 0))
    sock.settimeout(DEADLINE_SECONDS)
    return sock


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def accept(sock: socket.socket) -> socket.socket:
    connection, _ = sock.accept()
    connection.settimeout(DEADLINE_SECONDS)
    return connection


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), DEADLINE_SECONDS)


def connect_and_read(sock: socket.socket, port: int) -> bytes:
    """Connect and read; a RST ends the one or the other."""
    sock.connect((HOST, port))
    return sock.recv(1)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the peer's FIN."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_exactly(connection: socket.socket, size: int) -> bytes:
    with connection.makefile("rb") as file:
        return file.read(size)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return port_of(sock)


def test_a_line_each_way_and_the_messages_of_both_ends(start: Start) -> None:
    server = start("-v", "-s", HOST, 0)
    port = server.port()
    client = start("-v", HOST, port)
    client.type("hello, world\n")
    server.wait_for_output("hello, world\n")
    server.type("and hi there\n")
    client.wait_for_output("and hi there\n")
    client.end_input()
    assert (client.exit_status(), server.exit_status()) == (0, 0)
    match = re.fullmatch(
        rf"connected on 127\.0\.0\.1\.(\d+) to 127\.0\.0\.1\.{port}\nTCP_MAXSEG = \d+\n",
        client.errors,
    )
    assert match
    assert re.fullmatch(
        rf"connection on 127\.0\.0\.1\.{port} from 127\.0\.0\.1\.{match[1]}\n"
        r"TCP_MAXSEG = \d+\nconnection closed by peer\n",
        server.errors,
    )


def test_without_v_it_is_silent(start: Start) -> None:
    server = start("-s", HOST, 0)
    client = start(HOST, server.port())
    client.end_input()
    assert (client.exit_status(), server.exit_status()) == (0, 0)
    assert (client.errors, server.errors) == ("", "")


def test_each_line_is_one_write_of_at_most_r_bytes(start: Start) -> None:
    with listener() as peer:
        client = start("-r", 8, "-N", HOST, port_of(peer))
        with accept(peer) as connection:
            client.type("line 1\n")
            assert connection.recv(1024) == b"line 1\n"
            client.type("a longer line\n")
            assert read_exactly(connection, 14) == b"a longer line\n"


def test_end_of_input_without_h_closes_at_once(start: Start) -> None:
    with listener() as peer:
        client = start(HOST, port_of(peer))
        with accept(peer) as connection:
            client.end_input()
            assert client.exit_status() == 0  # the peer has not closed yet
            assert connection.recv(1) == b""


def test_half_close_reads_on_until_the_peer_s_fin(start: Start) -> None:
    with listener() as peer:
        client = start("-h", "-v", HOST, port_of(peer))
        with accept(peer) as sorter:
            client.type("pear\nfig\napple\n")
            client.end_input()
            lines = read_all(sorter).splitlines(keepends=True)
            sorter.sendall(b"".join(sorted(lines)))
        assert client.exit_status() == 0
    assert client.output == "apple\nfig\npear\n"
    assert client.errors.endswith("connection closed by peer\n")


def test_much_data_both_ways_does_not_block_both_ends(start: Start, tmp_path: Path) -> None:
    data = b"0123456789abcdef" * (1 << 16)
    small = ("-R4096", "-S4096")  # buffers that the data overflows many times
    (tmp_path / "data").write_bytes(data)

    def echo(peer: socket.socket) -> None:
        with accept(peer) as connection:
            while block := connection.recv(65536):
                connection.sendall(block)

    with listener() as peer, (tmp_path / "data").open("rb") as stdin:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            peer.setsockopt(socket.SOL_SOCKET, option, 4096)
        thread = threading.Thread(target=echo, args=(peer,))
        thread.start()
        client = start("-h", "-r65536", *small, HOST, port_of(peer), stdin=stdin.fileno())
        assert client.exit_status() == 0
        thread.join()
    assert client.output.encode() == data


def test_crlf_both_ways(start: Start) -> None:
    with listener() as peer:
        client = start("-c", HOST, port_of(peer))
        with accept(peer) as connection:
            client.type("one\n")
            assert read_exactly(connection, 5) == b"one\r\n"
            connection.sendall(b"two\r")
            client.wait_for_output("two")
            connection.sendall(b"\nthree\rfour\r")
        assert client.exit_status() == 0
    assert client.output == "two\nthree\rfour\r"


@pytest.mark.parametrize(("option", "address"), [("-b", HOST), ("-l127.0.0.2.", "127.0.0.2")])
def test_local_port_and_address(start: Start, option: str, address: str) -> None:
    port = free_port()
    with listener() as peer:
        start(f"{option}{port}", HOST, port_of(peer))
        connection, source = peer.accept()
        connection.close()
    assert source == (address, port)


def test_connection_refused(start: Start) -> None:
    client = start(HOST, free_port())
    assert client.exit_status() == 1
    assert client.errors == "connect() error: Connection refused\n"


def test_abort_sends_rst_and_the_peer_s_sock_says_so(start: Start) -> None:
    server = start("-s", HOST, 0)
    client = start("-v", "-L0", HOST, server.port())
    client.type("hello, world\n")
    server.wait_for_output("hello, world\n")
    client.end_input()
    assert client.exit_status() == 0
    assert client.errors.endswith("linger on, time = 0\n")
    assert server.exit_status() == 1
    assert server.errors == "read error: Connection reset by peer\n"


def test_port_in_time_wait_needs_reuse_address(start: Start) -> None:
    first = start("-A", "-v", "-s", HOST, 0)
    port = first.port()
    client = start(HOST, port)
    first.wait_for("connection on")
    first.interrupt()
    assert first.exit_status() == 130
    assert client.exit_status() == 0
    second = start("-s", HOST, port)
    assert second.exit_status() == 1
    assert second.errors == "can't bind local address: Address already in use\n"
    third = start("-A", "-s", HOST, port)
    assert third.port() == port


def test_client_s_local_port_in_time_wait(start: Start) -> None:
    with listener() as peer:
        client = start("-v", HOST, port_of(peer))
        connection, (_, port) = peer.accept()
        client.end_input()
        assert client.exit_status() == 0
        connection.close()
        again = start(f"-b{port}", HOST, port_of(peer))
        assert again.exit_status() == 1
    assert again.errors == "can't bind local address: Address already in use\n"


def test_reuse_port_lets_two_servers_share_it(start: Start) -> None:
    first = start("-T", "-s", HOST, 0)
    second = start("-T", "-s", HOST, first.port())
    assert second.port() == first.port()
    third = start("-s", HOST, first.port())
    assert third.exit_status() == 1


def test_interrupt_is_quiet_and_closes(start: Start) -> None:
    with listener() as peer:
        client = start(HOST, port_of(peer))
        with accept(peer) as connection:
            client.interrupt()
            assert connection.recv(1) == b""
        assert client.exit_status() == 130
    assert client.errors == ""


def test_server_takes_one_connection_and_keeps_listening_until_it_ends(start: Start) -> None:
    server = start("-v", "-s", HOST, 0)
    port = server.port()
    with connect(port) as first, connect(port) as second:
        server.wait_for(f"from 127.0.0.1.{port_of(first)}\n")
        first.shutdown(socket.SHUT_WR)
        assert server.exit_status() == 0
        with pytest.raises(ConnectionResetError):  # it was queued, never accepted
            second.recv(1)
    assert server.errors.count("connection on") == 1


def test_forking_server_takes_many(start: Start) -> None:
    server = start("-v", "-F", "-s", HOST, 0)
    port = server.port()
    with connect(port) as first, connect(port) as second:
        for client in (first, second):
            server.wait_for(f"connection on 127.0.0.1.{port} from 127.0.0.1.{port_of(client)}\n")
        first.sendall(b"from the first\n")
        server.wait_for_output("from the first\n")
        second.sendall(b"from the second\n")
        server.wait_for_output("from the second\n")
        first.shutdown(socket.SHUT_WR)
        assert first.recv(1) == b""
        server.wait_for("connection closed by peer")
        with connect(port) as third:
            server.wait_for(f"from 127.0.0.1.{port_of(third)}\n")
    server.interrupt()
    assert server.exit_status() == 130


def test_foreign_address_refuses_others_with_rst(start: Start) -> None:
    port = free_port()
    server = start("-v", "-s", f"-f{HOST}.{port}", HOST, 0)
    with socket.socket() as stranger:
        stranger.bind((HOST, 0))
        stranger.settimeout(DEADLINE_SECONDS)
        with pytest.raises(ConnectionResetError):
            connect_and_read(stranger, server.port())
        server.wait_for(
            f"refused connection from 127.0.0.1.{port_of(stranger)}: "
            f"-f allows only 127.0.0.1.{port}\n"
        )
    friend = start(f"-b{port}", HOST, server.port())
    friend.type("it is me\n")
    server.wait_for_output("it is me\n")
    assert f"from 127.0.0.1.{port}\n" in server.errors


def test_server_restricted_to_one_local_address(start: Start) -> None:
    server = start("-s", "127.0.0.2", 0)
    port = server.port()
    assert start("127.0.0.1", port).exit_status() == 1
    client = start("127.0.0.2", port)
    client.type("here\n")
    server.wait_for_output("here\n")


def test_pause_after_listen_accepts_nothing(start: Start) -> None:
    server = start("-v", "-O300s", "-s", HOST, 0)
    with connect(server.port()) as client:
        assert client.getpeername()[1] == server.port()
        server.interrupt()
        assert server.exit_status() == 130
    assert server.errors == ""


@pytest.mark.parametrize("option", ["-O", "-P"])
def test_pause_before_the_first_read(start: Start, option: str) -> None:
    began = time.monotonic_ns()
    server = start(f"{option}400ms", "-s", HOST, 0)
    with connect(server.port()) as client:
        client.sendall(b"hello\n")
        server.wait_for_output("hello\n")
        assert time.monotonic_ns() - began >= 400_000_000


def test_pause_before_close(start: Start) -> None:
    server = start("-v", "-Q300s", "-s", HOST, 0)
    with connect(server.port()) as client:
        client.shutdown(socket.SHUT_WR)
        server.wait_for("connection closed by peer\npausing before close\n")
        [state] = [entry.state for entry in server.owned("tcp") if entry.connected]
        assert state == "CLOSE_WAIT"  # it has not sent its FIN


def test_chunks_and_writev_change_no_byte(start: Start) -> None:
    for option in ("-k", "-V"):
        with listener() as peer:
            client = start(option, HOST, port_of(peer))
            with accept(peer) as connection:
                client.type("hello, world\n")
                client.end_input()
                assert read_all(connection) == b"hello, world\n"


def test_peek_looks_and_loses_nothing(start: Start) -> None:
    server = start("-v", "-Z", "-s", HOST, 0)
    client = start(HOST, server.port())
    client.type("hello\n")
    server.wait_for_output("hello\n")
    assert "received 6 bytes (MSG_PEEK)\n" in server.errors


def test_signal_driven_io(start: Start) -> None:
    server = start("-v", "-I", "-s", HOST, 0)
    client = start(HOST, server.port())
    server.wait_for("SIGIO set\n")
    client.type("hello\n")
    server.wait_for("SIGIO\n")
    server.wait_for_output("hello\n")


def test_cbreak_sends_each_character_and_restores_the_terminal(start: Start) -> None:
    master, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    with listener() as peer:
        client = start("-C", HOST, port_of(peer), stdin=terminal)
        with accept(peer) as connection:
            os.write(master, b"x")
            assert connection.recv(1) == b"x"  # without a newline
            assert not termios.tcgetattr(terminal)[3] & termios.ICANON
        assert client.exit_status() == 0
    assert termios.tcgetattr(terminal) == before
    os.close(master)
    os.close(terminal)


def test_cbreak_without_a_terminal(start: Start) -> None:
    client = start("-C", HOST, 9)
    assert client.exit_status() == 1
    assert client.errors.startswith("can't set cbreak mode on standard input: ")


def test_wrong_usage_and_help(start: Start) -> None:
    wrong = start("-h", "-u", HOST, 7)
    assert wrong.exit_status() == 2
    assert wrong.errors == "sock: can't specify -h and -u\ntry: sock --help\n"
    usage = start("--help")
    assert usage.exit_status() == 0
    assert usage.output.startswith("usage: sock [options] host port")


def test_it_also_runs_as_a_module() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "labs.programs.sock", HOST, str(free_port())]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "connect() error: Connection refused\n")
