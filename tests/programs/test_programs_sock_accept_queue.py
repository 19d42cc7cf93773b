"""How many connections a sock server queues while it does not accept (section 18.11)."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.programs.programs_at_work import Start

pytest_plugins = ["tests.programs.programs_at_work"]
PROGRAMS = Path(__file__).resolve().parents[2] / "labs" / "programs"
HOST = "127.0.0.1"
ESTABLISHED, SYN_SENT = 1, 2
SURPLUS = 2  # clients beyond the queue's length

TABLE = {
    "bsd": [1, 2, 4, 5, 7, 8],
    "solaris": [0, 1, 2, 3, 4, 5],
    "linux": [1, 2, 3, 4, 5, 6],
}
ROWS = [
    (system, backlog, queued)
    for system, lengths in TABLE.items()
    for backlog, queued in enumerate(lengths)
    if queued  # none at all: below
]


def connecting(stack: ExitStack, port: int) -> socket.socket:
    """A client whose SYN is out."""
    client = stack.enter_context(socket.socket())
    client.setblocking(False)
    with suppress(BlockingIOError):
        client.connect((HOST, port))
    return client


def state(client: socket.socket) -> int:
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def retransmitted(client: socket.socket) -> bool:
    """Whether the client repeated its SYN: tcpi_retransmits, the third byte of TCP_INFO."""
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[2] > 0


@pytest.mark.parametrize(("system", "backlog", "queued"), ROWS)
def test_the_book_s_table(start: Start, system: str, backlog: int, queued: int) -> None:
    server = start("-O300s", f"-q{backlog}", "-s", HOST, 0, SOCK_ACCEPT_QUEUE=system)
    port = server.port()
    with ExitStack() as stack:
        clients = [connecting(stack, port) for _ in range(queued + SURPLUS)]
        inside, outside = clients[:queued], clients[queued:]
        server.wait_until(
            lambda: all(state(client) == ESTABLISHED for client in inside), "a queue that fills"
        )
        server.wait_until(
            lambda: all(retransmitted(client) for client in outside), "SYNs without an answer"
        )
        assert [state(client) for client in outside] == [SYN_SENT] * SURPLUS
        # Silence, not RST: nothing has failed.
        assert [client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for client in outside] == [
            0
        ] * SURPLUS


FIRST_CLIENT = "$sock -P300s 127.0.0.1 7777 & until grep -q 'connection on' said; do :; done"


@pytest.mark.emulation
@pytest.mark.parametrize(("pause", "first"), [("-O300s", ""), ("", FIRST_CLIENT)])
def test_solaris_with_a_backlog_of_0(tmp_path: Path, pause: str, first: str) -> None:
    """In a private namespace, since a filter on a TCP socket can take CAP_NET_ADMIN.

    A SYN goes unanswered while the server is not in accept(): it pauses after listen, or it has
    accepted the one connection that it takes. The clients pause too, so that they need no input.
    """
    script = f"""
        set -e
        export SOCK_ACCEPT_QUEUE=solaris
        ip link set lo up
        sock="{sys.executable} {PROGRAMS / "sock"}"
        $sock -v -q0 {pause} -P300s -s 127.0.0.1 7777 2>said &
        until grep -q ' 0A ' /proc/net/tcp; do :; done
        {first}
        $sock -P300s 127.0.0.1 7777 &
        until grep -qE ' 02 [^ ]+ [^ ]+ 0*[1-9]' /proc/net/tcp; do :; done  # SYN repeated
        {sys.executable} {PROGRAMS / "netstat.py"} -a -n
    """
    namespaces = ["--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"]
    ended = subprocess.run(
        ["unshare", *namespaces, "--mount-proc", "sh", "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    states = sorted(row.split()[-1] for row in ended.stdout.splitlines()[2:])
    assert states == ["ESTABLISHED"] * (2 if first else 0) + ["LISTEN", "SYN_SENT"]


def test_an_unknown_system_is_wrong_usage(start: Start) -> None:
    server = start("-s", HOST, 0, SOCK_ACCEPT_QUEUE="vms")
    assert server.exit_status() == 2
    assert server.errors.startswith("sock: SOCK_ACCEPT_QUEUE=vms: must be linux, bsd or solaris")


def test_forking_server_empties_the_queue(start: Start) -> None:
    """One after the other: five at once could overflow the queue, and this kernel's SYN cookies
    would leave a client established whose server has forgotten it.
    """
    server = start("-v", "-F", "-q1", "-s", HOST, 0, SOCK_ACCEPT_QUEUE="bsd")
    with ExitStack() as stack:
        for _ in range(5):  # all stay open: more than the queue holds
            client = connecting(stack, server.port())
            server.wait_for(f"from 127.0.0.1.{client.getsockname()[1]}\n")
