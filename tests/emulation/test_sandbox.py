"""The sandbox: nothing gets out, nothing stays behind, nobody meets."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.emulation.inside import in_sandbox, run_as, users
from topologies.sandbox import SCRATCH

pytestmark = [pytest.mark.emulation, pytest.mark.parametrize("user", users())]


def look_around() -> dict[str, object]:
    return {
        "processes": len([path for path in Path("/proc").iterdir() if path.name.isdigit()]),
        "scratch": sorted(path.name for path in SCRATCH.iterdir()),
        "hosts": Path("/etc/hosts").read_text(),
        "uid": os.getuid(),
    }


def test_it_is_private_and_has_the_books_names(user: str) -> None:
    seen = in_sandbox(user, look_around)
    assert seen["uid"] == 0
    assert seen["processes"] <= 3  # the sandbox's first process, and the measuring one
    assert {"hosts", "services"} <= set(seen["scratch"])
    assert "140.252.13.35 bsdi" in seen["hosts"]
    assert "140.252.13.35 bsdi" not in Path("/etc/hosts").read_text()


def connect_from_every_host(address: str, port: int) -> list[str]:
    from topologies.inside_cover import BOOK
    from topologies.network import running

    program = (
        "import socket, sys\n"
        "s = socket.socket(); s.settimeout(1)\n"
        "print(s.connect_ex((sys.argv[1], int(sys.argv[2]))))\n"
        "u = socket.socket(type=socket.SOCK_DGRAM)\n"
        "try: u.sendto(b'out', (sys.argv[1], int(sys.argv[2])))\n"
        "except OSError: pass\n"
    )
    with running(BOOK) as network:
        tries = [
            network[name].start(sys.executable, "-c", program, address, str(port), stdin=None)
            for name in BOOK.hosts
        ]
        return [each.communicate()[0].decode().strip() for each in tries]


def test_no_packet_can_leave(user: str) -> None:
    """Every host tries to reach a server of the machine outside, at each of its addresses."""
    with (
        socket.create_server(("0.0.0.0", 0)) as server,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        port = server.getsockname()[1]
        udp.bind(("0.0.0.0", port))
        server.settimeout(0)
        udp.settimeout(0)
        for address in own_addresses():
            answers = in_sandbox(user, connect_from_every_host, address, port)
            assert len(answers) == 10
            assert "0" not in answers
        with pytest.raises(BlockingIOError):
            server.accept()
        with pytest.raises(BlockingIOError):
            udp.recvfrom(100)


def own_addresses() -> list[str]:
    out = subprocess.run(["ip", "-4", "-o", "addr"], capture_output=True, text=True, check=True)
    found = [line.split()[3].split("/")[0] for line in out.stdout.splitlines()]
    return [address for address in found if not address.startswith("127.")] or ["192.0.2.1"]


def links_to_the_outside() -> list[str]:
    """Interfaces, in the sandbox or on a host, whose other end is in an unknown namespace."""
    from topologies.inside_cover import BOOK
    from topologies.network import running

    with running(BOOK) as network:
        namespaces = {Path(f"/proc/{network[name].pid}/ns/net").readlink() for name in BOOK.hosts}
        out = subprocess.run(
            ["ip", "-o", "link"], capture_output=True, text=True, check=True
        ).stdout
        unknown = [
            line for line in out.splitlines() if "@if" in line and "link-netnsid" not in line
        ]
        return unknown if len(namespaces) == 10 else ["hosts share a namespace"]


def test_every_interface_ends_inside(user: str) -> None:
    assert in_sandbox(user, links_to_the_outside) == []


def test_the_commands_exit_status_is_the_sandboxs(user: str) -> None:
    assert run_as(user, "-m", "topologies.sandbox", "sh", "-c", "exit 7").returncode == 7


def build_same_names() -> list[str]:
    from topologies.inside_cover import BOOK
    from topologies.internet import part
    from topologies.network import running

    with running(part(BOOK, ["svr4", "bsdi"])) as network:
        return sorted(node.name for node in network.mininet.hosts + network.mininet.switches)


def test_three_at_once_have_the_same_names_and_do_not_meet(user: str) -> None:
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(in_sandbox(user, build_same_names)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["bsdi", "s1", "svr4"]] * 3
