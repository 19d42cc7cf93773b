"""netstat in the book's format, from text of /proc/net and from live sockets."""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.programs.netstat import (
    Names,
    parse_hosts,
    parse_services,
    parse_sockets,
    read_names,
    table,
)

NETSTAT = Path(__file__).resolve().parents[2] / "labs" / "programs" / "netstat.py"
HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ...\n"
BSD_STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RCVD",
    4: "FIN_WAIT_1",
    5: "FIN_WAIT_2",
    6: "TIME_WAIT",
    7: "CLOSED",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN_RCVD",
}


def stored(address: str, port: int) -> str:
    """An address as /proc/net/tcp prints it: in this machine's byte order."""
    return f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}:{port:04X}"


def line(
    local: tuple[str, int], foreign: tuple[str, int], state: int, inode: int, queues: str = "0:0"
) -> str:
    return (
        f"   0: {stored(*local)} {stored(*foreign)} {state:02X} {queues} "
        f"00:00000000 00000000     0        0 {inode} 1 0000000008e940df 100 0 0 10 0\n"
    )


ANY = ("0.0.0.0", 0)
TCP = (
    HEADING
    + line(("0.0.0.0", 23), ANY, 10, 100, "00000000:00000003")
    + line(("140.252.13.33", 23), ("140.252.13.65", 1029), 1, 101)
    + line(("140.252.13.33", 23), ("140.252.13.65", 1030), 1, 102, "0000000A:0000001F")
    + line(("140.252.13.33", 6666), ("140.252.13.35", 1081), 6, 0)
)
UDP = (
    HEADING
    + line(("0.0.0.0", 520), ANY, 7, 200)
    + line(("140.252.13.33", 1040), ("140.252.13.35", 7), 1, 201)
)
BOOK = Names(
    {"140.252.13.33": "sun", "140.252.13.35": "bsdi", "140.252.13.65": "slip"},
    {(23, "tcp"): "telnet", (7, "udp"): "echo"},
)


def listing(names: Names, *, all_sockets: bool) -> list[str]:
    endpoints = parse_sockets(UDP, "udp", "udp") + parse_sockets(TCP, "tcp", "tcp")
    return table(endpoints, names, all_sockets=all_sockets).splitlines()


def test_all_in_numbers() -> None:
    assert listing(Names(), all_sockets=True) == [
        "Active Internet connections (including servers)",
        "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)",
        "tcp       31     10  140.252.13.33.23       140.252.13.65.1030     ESTABLISHED",
        "tcp        0      0  140.252.13.33.23       140.252.13.65.1029     ESTABLISHED",
        "tcp        0      0  140.252.13.33.6666     140.252.13.35.1081     TIME_WAIT",
        "tcp        0      0  *.23                   *.*                    LISTEN",
        "udp        0      0  140.252.13.33.1040     140.252.13.35.7",
        "udp        0      0  *.520                  *.*",
    ]


def test_connected_with_names() -> None:
    assert listing(BOOK, all_sockets=False) == [
        "Active Internet connections",
        "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)",
        "tcp       31     10  sun.telnet             slip.1030              ESTABLISHED",
        "tcp        0      0  sun.telnet             slip.1029              ESTABLISHED",
        "tcp        0      0  sun.6666               bsdi.1081              TIME_WAIT",
        "udp        0      0  sun.1040               bsdi.echo",
    ]


def test_long_names_are_cut_as_bsd_cut_them() -> None:
    names = Names({"140.252.13.65": "vangogh.cs.berkeley.edu"}, {})
    assert "vangogh.cs.berke.1030  ESTABLISHED" in listing(names, all_sockets=False)[2]


@pytest.mark.parametrize(("state", "name"), BSD_STATES.items())
def test_states_have_bsd_s_names(state: int, name: str) -> None:
    text = HEADING + line(("1.2.3.4", 5), ("6.7.8.9", 10), state, 1)
    [endpoint] = parse_sockets(text, "tcp", "here")
    assert endpoint.state == name
    assert (endpoint.local, endpoint.foreign) == (("1.2.3.4", 5), ("6.7.8.9", 10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("   0: 0100007F:0017 00000000:0000 0A", "tcp, line 3: 4 columns, expected 10 or more"),
        (line(ANY, ANY, 13, 1), "tcp, line 3: unknown state 0D"),
        (line(ANY, ANY, 1, 1).replace(":0000 ", ":00 ", 1), "tcp, line 3: not an IPv4 address"),
        (line(ANY, ANY, 1, 1).replace("0:0 ", "x:0 ", 1), "tcp, line 3: invalid literal"),
    ],
)
def test_damaged_lines_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        parse_sockets(HEADING + line(ANY, ANY, 1, 1) + text, "tcp", "tcp")


@given(st.text(alphabet="0123456789ABCDEF: \n", max_size=200))
def test_any_text_is_parsed_or_refused_with_its_line(text: str) -> None:
    try:
        parse_sockets(HEADING + text, "tcp", "tcp")
    except ValueError as error:
        assert str(error).startswith("tcp, line ")  # noqa: PT017


def test_hosts_and_services(tmp_path: Path) -> None:
    hosts = (
        "# the book\n140.252.13.35 bsdi bsdi.tuc.noao.edu # Ethernet\n\n140.252.13.35 other\nx\n"
    )
    assert parse_hosts(hosts) == {"140.252.13.35": "bsdi"}
    services = "discard 9/tcp sink null\ndiscard 9/udp\nbad line\n#echo 7/tcp\nlone\n"
    assert parse_services(services) == {(9, "tcp"): "discard", (9, "udp"): "discard"}
    assert read_names(tmp_path / "none", tmp_path / "none") == Names()


def netstat(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(NETSTAT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_live_sockets() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as connection,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        connection.send(b"12345")
        port, peer, datagrams = (sock.getsockname()[1] for sock in (server, client, udp))
        everything = netstat("-a", "-n", "-f", "inet").stdout
        connected = netstat("-n").stdout
        client.close()
        closed = netstat("-an").stdout
    established = f"tcp        5      0  {f'127.0.0.1.{peer}':<22} {f'127.0.0.1.{port}':<22} ESTAB"
    listening = f"tcp        0      0  {f'127.0.0.1.{port}':<22} *.*                    LISTEN\n"
    bound = f"udp        0      0  {f'127.0.0.1.{datagrams}':<22} *.*\n"
    assert established in everything
    assert established in connected
    assert listening in everything
    assert listening not in connected
    assert bound in everything
    assert bound not in connected
    assert established not in closed


def test_help_and_wrong_usage() -> None:
    assert netstat("--help").stdout.startswith("usage: netstat [-a] [-n] [-f inet]\n")
    for arguments, message in (
        (("-f", "unix"), "netstat: -f unix: the only address family here is inet\n"),
        (("-x",), "netstat: option -x not recognized\n"),
        (("5",), "netstat: takes no arguments, got 5\n"),
    ):
        refused = netstat(*arguments)
        assert refused.returncode == 2
        assert refused.stderr.startswith(message)
