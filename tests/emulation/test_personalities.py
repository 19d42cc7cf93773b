"""Each system's TCP on the wire: what tcpdump sees when the book's hosts call each other."""

from typing import Any, NamedTuple

import msgspec
import pytest

from captures import reader
from captures.segment import (
    ACK,
    FIN,
    MSS,
    NOP,
    SACK_PERMITTED,
    SYN,
    TIMESTAMP,
    WINDOW_SCALE,
    Segment,
)
from labs.pace import QUICK
from labs.stage import Stage, install_programs
from labs.tcpdump import capturing
from tests.emulation.inside import in_sandbox, users
from topologies.abilities import TELNET_GROUP, measured
from topologies.hosts import PROGRAMS
from topologies.inside_cover import BOOK, SERVICES
from topologies.internet import part
from topologies.network import running
from topologies.personalities import SYSTEMS, personality
from topologies.sandbox import SCRATCH

pytestmark = pytest.mark.emulation

PORT = 7777
REUSED = 4321  # local port
DEADLINE_S = 60  # a busy machine, and a dozen connections that share a line of 9600 bit/s
LINUX_OPTIONS = [MSS, SACK_PERMITTED, TIMESTAMP, NOP, WINDOW_SCALE]


class Call(NamedTuple):
    """One connection: the MSS that each end announces, and the data that the client sends."""

    client: str
    server: str
    client_mss: int
    server_mss: int
    writes: int
    write_bytes: int


# Near, far, and over lines of a smaller MTU, from every host. A dozen cross sun's SLIP line, with
# little data; the others send more than a window, so that the receiver's window is put to use.
CALLS = [
    Call("bsdi", "svr4", 1024, 1024, 8, 1024),
    Call("bsdi", "slip", 256, 256, 5, 1024),
    Call("bsdi", "aix", 1024, 1460, 1, 100),  # another subnet, yet the same class B network
    Call("bsdi", "vangogh", 512, 512, 1, 100),
    Call("svr4", "sun", 1024, 1460, 8, 1024),
    Call("svr4", "vangogh", 536, 512, 1, 100),
    Call("sun", "bsdi", 1460, 1024, 8, 1024),
    Call("sun", "aix", 512, 1460, 1, 100),  # not 1460: the SLIP line's MTU is 552
    Call("sun", "vangogh", 512, 512, 1, 100),
    Call("slip", "sun", 256, 1460, 1, 100),
    Call("slip", "vangogh", 256, 512, 1, 100),
    Call("aix", "solaris", 1460, 1460, 8, 1024),
    Call("aix", "vangogh", 512, 512, 16, 1024),
    Call("solaris", "gemini", 1460, 1460, 8, 1024),
    Call("solaris", "vangogh", 536, 512, 1, 100),
    Call("gemini", "aix", 1460, 1460, 8, 1024),
    Call("gemini", "vangogh", 536, 512, 1, 100),
    Call("vangogh", "bsdi", 512, 512, 1, 100),
    Call("vangogh", "svr4", 512, 536, 1, 100),
    Call("vangogh", "sun", 512, 512, 1, 100),
    Call("vangogh", "slip", 512, 256, 1, 100),
    Call("vangogh", "solaris", 512, 536, 1, 100),
    Call("netb", "gateway", 1460, 1460, 1, 100),
    Call("netb", "sun", 512, 512, 1, 100),
]
TELNETS = [("bsdi", "sun"), ("sun", "svr4"), ("svr4", "bsdi")]

Captures = dict[str, list[Segment]]


def everybody_calls() -> dict[str, Any]:
    """Play CALLS with sock and TELNETS with telnet; what was captured at each interface."""
    points = [(host.name, its.name) for host in BOOK.hosts.values() for its in host.interfaces]
    abilities = measured()
    install_programs(PROGRAMS, TELNET_GROUP if abilities.many_groups else None)
    (SCRATCH / "run").mkdir()
    with running(BOOK) as network:
        stage = Stage(network, QUICK, SCRATCH / "run", lambda *_: None)
        with capturing(network, points, SCRATCH / "pcap") as dumps:
            play_socks(stage)
            play_telnets(stage)
            stage.quiet(DEADLINE_S)
        stage.close()
        return {
            "captures": {
                f"{dump.host} {dump.interface}": msgspec.to_builtins(list(reader.read(dump.file)))
                for dump in dumps
            },
            "degraded": [(one.host, one.aspect) for one in network.degraded],
        }


def play_socks(stage: Stage) -> None:
    for host in BOOK.hosts:
        stage.types(host, f"sock -i -s -F {PORT}")
    for host in BOOK.hosts:
        stage.listening(host, PORT, DEADLINE_S)
    clients = [
        stage.types(
            call.client, f"sock -i -n{call.writes} -w{call.write_bytes} {call.server} {PORT}"
        )
        for call in CALLS
    ]
    assert [client.ends(DEADLINE_S) for client in clients] == [0] * len(CALLS)


def play_telnets(stage: Stage) -> None:
    """Telnet a line and hang up. Then two socks from one port: one that seems a telnet, one not."""
    for client, server in TELNETS:
        stage.inetd(server, "echo", "discard")
        telnet = stage.types(client, f"telnet {server} echo")
        telnet.shows("Escape character is", DEADLINE_S)
        telnet.types("hello")
        telnet.shows("hello", DEADLINE_S)  # by the terminal,
        telnet.shows("hello", DEADLINE_S)  # and by the server
        telnet.process.terminate()
        telnet.ends(DEADLINE_S)
    as_telnet = f"setpriv --regid {TELNET_GROUP} --clear-groups"
    for run in (
        f"{as_telnet} sock -i -n1 -A -b{REUSED} sun discard",
        f"sock -i -n1 -A -b{REUSED} sun {PORT}",
    ):
        assert stage.types("bsdi", run).ends(DEADLINE_S) == 0


def call_without_mss_option(host: str, other: str) -> dict[str, Any]:
    """Each sends the other 4096 bytes, while `host` announces no MSS; as seen at `other`."""
    silent = personality(BOOK.hosts[host].system, {"mss_option": False})
    install_programs(PROGRAMS, None)
    with running(part(BOOK, [host, other]), {host: silent}) as network:
        stage = Stage(network, QUICK, SCRATCH, lambda *_: None)
        with capturing(network, [(other, "eth0")], SCRATCH / "pcap") as (dump,):
            for client, server in ((host, other), (other, host)):
                stage.types(server, f"sock -i -s {PORT}")
                stage.listening(server, PORT, DEADLINE_S)
                assert stage.types(client, f"sock -i -n4 {server} {PORT}").ends(DEADLINE_S) == 0
            stage.quiet(DEADLINE_S)
        stage.close()
        return {dump.host: msgspec.to_builtins(list(reader.read(dump.file)))}


def call_between_rfc1323_hosts(client: str, server: str) -> list[Any]:
    """A connection with 16 kbytes between two hosts of section 18.10; what the client saw."""
    its = personality("4.4BSD-rfc1323")
    install_programs(PROGRAMS, None)
    with running(part(BOOK, [client, server]), {client: its, server: its}) as network:
        stage = Stage(network, QUICK, SCRATCH, lambda *_: None)
        interface = BOOK.hosts[client].interfaces[0].name
        with capturing(network, [(client, interface)], SCRATCH / "pcap") as (dump,):
            stage.types(server, f"sock -i -s {PORT}")
            stage.listening(server, PORT, DEADLINE_S)
            assert stage.types(client, f"sock -i -n16 {server} {PORT}").ends(DEADLINE_S) == 0
            stage.quiet(DEADLINE_S)
        stage.close()
        return list(msgspec.to_builtins(list(reader.read(dump.file))))


@pytest.fixture(scope="module", params=users())
def captures(request: pytest.FixtureRequest) -> Captures:
    """What each interface saw, by `host interface`; once for each user."""
    seen = in_sandbox(request.param, everybody_calls)
    # Where /dev/net/tun is closed, SLIP lines are veth pairs: all the same to TCP.
    assert {aspect for _, aspect in seen["degraded"]} <= {"slip_device"}
    return msgspec.convert(seen["captures"], Captures)


def sent_by(captures: Captures, host: str) -> list[Segment]:
    """What a host sent, as captured at its own interfaces."""
    own = {its.address.partition("/")[0] for its in BOOK.hosts[host].interfaces}
    return [
        segment
        for its in BOOK.hosts[host].interfaces
        for segment in captures[f"{host} {its.name}"]
        if segment.source.host in own
    ]


def syn(captures: Captures, source: str, destination: str, flags: int) -> Segment:
    """The first SYN, or SYN+ACK, of the sock connection between two hosts, at its sender."""
    addresses = {its.address.partition("/")[0] for its in BOOK.hosts[destination].interfaces}
    return next(
        segment
        for segment in sent_by(captures, source)
        if segment.flags & (SYN | ACK) == flags
        and segment.destination.host in addresses
        and PORT in (segment.source.port, segment.destination.port)
    )


def both_syns(captures: Captures) -> list[tuple[str, int, Segment]]:
    """Of every call: the sender, the MSS it must announce, its SYN or SYN+ACK."""
    return [
        (sender, mss, syn(captures, sender, receiver, flags))
        for call in CALLS
        for sender, receiver, mss, flags in (
            (call.client, call.server, call.client_mss, SYN),
            (call.server, call.client, call.server_mss, SYN | ACK),
        )
    ]


def is_linux(host: str) -> bool:
    return BOOK.hosts[host].system == "Linux"


def test_mss_is_the_systems_never_above_the_mtu_less_40(captures: Captures) -> None:
    announced = [
        (f"{sender} to {one.destination.host}", option.value[0] if option else None)
        for sender, _, one in both_syns(captures)
        for option in [one.option(MSS)]
    ]
    wanted = [
        (f"{sender} to {one.destination.host}", mss) for sender, mss, one in both_syns(captures)
    ]
    assert announced == wanted


def test_a_syn_has_no_option_but_mss(captures: Captures) -> None:
    kinds = {
        (sender, tuple(option.kind for option in one.options or ()))
        for sender, _, one in both_syns(captures)
        if not is_linux(sender)
    }
    assert kinds == {(host, (MSS,)) for host in BOOK.hosts if not is_linux(host)}


def test_no_other_segment_has_any_option(captures: Captures) -> None:
    for host in BOOK.hosts:
        if not is_linux(host):
            assert not [
                one for one in sent_by(captures, host) if not one.has(SYN) and one.options != ()
            ]


def test_plain_linux_keeps_its_own_options(captures: Captures) -> None:
    opened = syn(captures, "netb", "gateway", SYN)
    answered = syn(captures, "gateway", "netb", SYN | ACK)
    for one in (opened, answered):
        assert [option.kind for option in one.options or ()] == LINUX_OPTIONS


def test_a_syn_announces_the_systems_window(captures: Captures) -> None:
    windows = {(sender, one.window) for sender, _, one in both_syns(captures)}
    wanted = {(host, SYSTEMS[BOOK.hosts[host].system].window) for host in BOOK.hosts}
    assert {pair for pair in wanted if pair[1]} <= windows
    assert {pair for pair in windows if pair[0] in {host for host, window in wanted if window}} == {
        pair for pair in wanted if pair[1]
    }


@pytest.mark.parametrize("host", ["bsdi", "svr4", "sun", "slip", "gemini", "vangogh"])
def test_no_segment_announces_more_than_the_systems_window(captures: Captures, host: str) -> None:
    limit = SYSTEMS[BOOK.hosts[host].system].window
    assert limit
    sent = sent_by(captures, host)
    assert max(one.window or 0 for one in sent) == limit
    # Else nothing would have been asked of the window: more data than it holds came in.
    received = sum(call.writes * call.write_bytes for call in CALLS if call.server == host)
    assert received > limit


def test_ephemeral_ports_are_the_systems(captures: Captures) -> None:
    for host, facts in BOOK.hosts.items():
        ports = SYSTEMS[facts.system].ephemeral_ports
        if ports is None:
            continue
        used = {
            one.source.port for one in sent_by(captures, host) if one.flags & (SYN | ACK) == SYN
        }
        assert used
        assert ports[0] <= min(used)
        assert max(used) <= ports[1]


def of_telnet(captures: Captures, host: str) -> list[Segment]:
    return [one for one in sent_by(captures, host) if one.destination.port == SERVICES["echo"]]


@pytest.mark.parametrize(("host", "tos"), [("bsdi", 0x10), ("svr4", 0), ("sun", 0)])
def test_the_tos_of_telnet(captures: Captures, host: str, tos: int) -> None:
    sent = of_telnet(captures, host)
    assert {one.tos for one in sent} == {tos}
    assert sent[0].has(SYN)
    assert any(one.payload for one in sent)
    # The last ACK is from TIME_WAIT, which has no process any more.
    fin = next(number for number, one in enumerate(sent) if one.has(FIN))
    assert any(not one.has(FIN) for one in sent[fin + 1 :])


def test_the_tos_of_sock_is_0_even_from_a_port_that_telnet_had(captures: Captures) -> None:
    for host in BOOK.hosts:
        sock = [
            one
            for one in sent_by(captures, host)
            if PORT in (one.source.port, one.destination.port)
        ]
        assert {one.tos for one in sock} == {0}
    reused = [one for one in sent_by(captures, "bsdi") if one.source.port == REUSED]
    assert {(one.destination.port, one.tos) for one in reused} == {
        (SERVICES["discard"], 0x10),
        (PORT, 0),
    }


@pytest.mark.parametrize("user", users())
def test_no_mss_option_means_536(user: str) -> None:
    seen = in_sandbox(user, call_without_mss_option, "svr4", "sun")
    segments = msgspec.convert(seen["sun"], list[Segment])
    silent = BOOK.hosts["svr4"].address
    syns = [one for one in segments if one.has(SYN)]
    announced = {(one.source.host == silent, one.option(MSS) is not None) for one in syns}
    assert announced == {(True, False), (False, True)}
    assert {kind for one in syns if one.source.host == silent for kind, _ in one.options or ()} <= {
        NOP
    }
    to_silent = [one.payload for one in segments if one.source.host != silent]
    assert max(to_silent) == 536
    assert sum(to_silent) == 4096


@pytest.mark.parametrize("user", users())
def test_4_4bsd_with_rfc_1323(user: str) -> None:
    """<mss 512,nop,wscale 0,nop,nop,timestamp V E>: E is 0 in a SYN, the SYN's V in a SYN+ACK."""
    seen = in_sandbox(user, call_between_rfc1323_hosts, "vangogh", "aix")
    opened, answered, *others = msgspec.convert(seen, list[Segment])
    (value, echo), (_, answered_echo) = (
        one.options[-1].value for one in (opened, answered) if one.options
    )
    assert (echo, answered_echo) == (0, value)
    for one in (opened, answered):
        assert one.options is not None
        assert one.options[:-1] == (
            (MSS, (512,)), (NOP, ()), (WINDOW_SCALE, (0,)), (NOP, ()), (NOP, ()),
        )  # fmt: skip
        assert one.options[-1].kind == TIMESTAMP
        assert one.window == 8192
    for one in others:
        assert [option.kind for option in one.options or ()] == [NOP, NOP, TIMESTAMP]
        assert one.window is not None
        assert one.window <= 8192
