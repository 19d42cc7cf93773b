"""sock with -u: client, server, source and sink of UDP."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labs.programs.sock.transfer import pattern

if TYPE_CHECKING:
    from tests.programs.programs_at_work import Start

pytest_plugins = ["tests.programs.programs_at_work"]
HOST = "127.0.0.1"
DEADLINE_SECONDS = 30
SOCK = Path(__file__).resolve().parents[2] / "labs" / "programs" / "sock"


def peer_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HOST, 0))
    sock.settimeout(DEADLINE_SECONDS)
    return sock


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_client_and_server_talk(start: Start) -> None:
    server = start("-u", "-s", HOST, 0)
    port = server.port("udp")
    client = start("-u", "-v", HOST, port)
    client.type("hello\n")
    server.wait_for_output("hello\n")
    server.type("yourself\n")  # to the last one heard
    client.wait_for_output(f"from 127.0.0.1.{port}: yourself\n")
    client.end_input()
    assert client.exit_status() == 0
    assert re.fullmatch(rf"connected on 127\.0\.0\.1\.\d+ to 127\.0\.0\.1\.{port}\n", client.errors)
    server.interrupt()
    assert (server.exit_status(), server.errors) == (130, "")


def test_server_goes_on_after_the_end_of_its_input(start: Start) -> None:
    server = start("-u", "-s", HOST, 0)
    server.end_input()
    with peer_socket() as peer:
        for text in ("one\n", "two\n"):
            peer.sendto(text.encode(), (HOST, server.port("udp")))
            server.wait_for_output(text)


def test_server_prints_sender_and_destination(start: Start) -> None:
    server = start("-u", "-v", "-E", "-s", 0)
    with peer_socket() as peer:
        peer.sendto(b"hello\n", ("127.0.0.2", server.port("udp")))
        server.wait_for_output(f"from 127.0.0.1.{port_of(peer)}, to 127.0.0.2: hello\n")


def test_server_with_a_foreign_address_hears_nobody_else(start: Start) -> None:
    with peer_socket() as friend, peer_socket() as stranger:
        server = start("-u", "-s", f"-f127.0.0.1.{port_of(friend)}", HOST, 0)
        port = server.port("udp")
        server.wait_until(
            lambda: server.owned("udp")[0].foreign == friend.getsockname(), "a connected socket"
        )
        stranger.sendto(b"stranger\n", (HOST, port))
        friend.sendto(b"friend\n", (HOST, port))
        server.wait_for_output("friend\n")
        server.type("answer\n")
        assert friend.recv(100) == b"answer\n"
    assert server.output == "friend\n"


def test_connected_client_hears_of_a_closed_port_and_an_unconnected_one_does_not(
    start: Start,
) -> None:
    with peer_socket() as peer:
        closed = port_of(peer)
    connected = start("-u", HOST, closed)
    connected.type("hello\n")
    assert connected.exit_status() == 1
    assert connected.errors == "read error: Connection refused\n"
    unconnected = start("-u", "-o", "-v", HOST, closed)
    unconnected.type("hello\n")
    unconnected.end_input()
    assert (unconnected.exit_status(), unconnected.errors) == (0, "")


def test_unconnected_client_takes_answers_from_anybody(start: Start) -> None:
    with peer_socket() as peer, peer_socket() as other:
        client = start("-u", "-o", HOST, port_of(peer))
        client.type("hello\n")
        _, address = peer.recvfrom(100)
        other.sendto(b"from another\n", address)
        client.wait_for_output("from another\n")


def test_crlf_and_peek(start: Start) -> None:
    with peer_socket() as peer:
        client = start("-u", "-c", "-Z", HOST, port_of(peer))
        client.type("hello\n")
        data, address = peer.recvfrom(100)
        assert data == b"hello\r\n"
        peer.sendto(b"yourself\r\n", address)
        client.wait_for_output("yourself\n")


@pytest.mark.parametrize(
    ("options", "sizes"),
    [((), [1000, 1000]), (("-k",), [250] * 8), (("-V",), [1000, 1000]), (("-o",), [1000, 1000])],
)
def test_source_sends_datagrams(start: Start, options: tuple[str, ...], sizes: list[int]) -> None:
    with peer_socket() as peer:
        source = start("-u", "-i", "-v", "-n2", "-w1000", *options, HOST, port_of(peer))
        got = [peer.recv(2000) for _ in sizes]
        assert source.exit_status() == 0
    assert [len(data) for data in got] == sizes
    assert b"".join(got) == pattern(1000) * 2
    assert source.errors.endswith("wrote 1000 bytes\nwrote 1000 bytes\n")


def test_sink_counts_datagrams_cut_at_r_bytes(start: Start) -> None:
    sink = start("-u", "-i", "-v", "-r100", "-s", HOST, 0)
    port = sink.port("udp")
    with peer_socket() as peer:
        for size in (50, 500, 0):
            peer.sendto(b"x" * size, (HOST, port))
        sink.wait_for("received 50 bytes\nreceived 100 bytes\nreceived 0 bytes\n")
    sink.interrupt()
    assert sink.exit_status() == 130


def test_sink_with_destination_and_peek(start: Start) -> None:
    sink = start("-u", "-i", "-v", "-E", "-Z", "-s", 0)
    with peer_socket() as peer:
        peer.sendto(b"x" * 50, ("127.0.0.3", sink.port("udp")))
        line = f"received 50 bytes from 127.0.0.1.{port_of(peer)}, to 127.0.0.3"
        sink.wait_for(f"{line} (MSG_PEEK)\n{line}\n")


def test_sink_times_out(start: Start) -> None:
    sink = start("-u", "-i", "-x100", "-s", HOST, 0)
    assert sink.exit_status() == 1
    assert sink.errors == "read error: Resource temporarily unavailable\n"


@pytest.mark.emulation
def test_multicast_group_and_broadcast(tmp_path: Path) -> None:
    """In a private namespace, where 224/4 and a broadcast address lead to loopback."""
    script = f"""
        set -e
        ip link set lo up
        ip addr add 10.9.9.9/24 brd 10.9.9.255 dev lo
        ip route add 224.0.0.0/4 dev lo
        sock="{sys.executable} {SOCK}"
        $sock -u -i -v -E -j224.1.2.3 -s 7777 2>received & sink=$!
        until grep -q 030201E0 /proc/net/igmp && grep -q :1E61 /proc/net/udp; do :; done
        $sock -u -i -n1 -w5 -t1 224.1.2.3 7777
        $sock -u -i -n1 -w6 -B 10.9.9.255 7777
        $sock -u -i -n1 -w7 10.9.9.255 7777 2>refused || true
        until grep -q 'received 6 bytes' received; do :; done
        kill $sink
    """
    unshare = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script]
    subprocess.run(unshare, cwd=tmp_path, check=True, timeout=DEADLINE_SECONDS)
    received = (tmp_path / "received").read_text()
    assert re.search(r"^received 5 bytes from .*, to 224\.1\.2\.3$", received, re.MULTILINE)
    assert re.search(r"^received 6 bytes from .*, to 10\.9\.9\.255$", received, re.MULTILINE)
    without_b = (tmp_path / "refused").read_text()
    assert without_b == "connect() error: Permission denied\n"
