"""Where this kernel or user can't do everything: the network comes up, and says what it is not."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from captures import reader
from captures.segment import ACK, MSS, SYN, Segment
from labs.pace import QUICK
from labs.stage import Stage, install_programs
from labs.tcpdump import capturing
from tests.emulation.inside import in_sandbox, users
from topologies.abilities import TELNET_GROUP, measured
from topologies.hosts import PROGRAMS
from topologies.inside_cover import BOOK
from topologies.internet import part
from topologies.network import running
from topologies.personalities import personality
from topologies.sandbox import SCRATCH

pytestmark = [pytest.mark.emulation, pytest.mark.parametrize("user", users())]

DEADLINE_S = 30
PORT = 7777
OVERRIDES: dict[str, dict[str, object]] = {
    "bsdi": {"syn_timers": True},
    "svr4": {"mss_option": False},
}
POINTS = [("bsdi", "eth0"), ("svr4", "eth0"), ("sun", "eth0"), ("slip", "sl0")]
CALLS = [("sun", "bsdi"), ("svr4", "vangogh"), ("slip", "bsdi")]

WITHOUT = {
    "nftables": {
        ("bsdi", "syn_timers", "Linux's own schedule"),
        ("bsdi", "tos", "TOS 0x0"),
        ("slip", "tos", "TOS 0x0"),
        ("svr4", "mss", "an MSS option"),
        ("svr4", "window", "win 4288"),
        ("sun", "window", "win 4380"),
    },
    "tun": {
        (host, "slip_device", "a veth pair of the same MTU, paced to the same rate")
        for host in ("bsdi", "slip", "sun", "netb")
    },
    "many_groups": {("bsdi", "tos", "TOS 0x0"), ("slip", "tos", "TOS 0x0")},
    "rto_max syn_linear_timeouts": {("bsdi", "syn_timers", "Linux's own schedule")},
}


def call_without(lacking: str) -> dict[str, Any]:
    """Play CALLS and a telnet from bsdi on a network that lacks abilities."""
    lacks: dict[str, Any] = dict.fromkeys(lacking.split(), False)
    abilities = replace(measured(), **lacks)
    personalities = {
        host: personality(BOOK.hosts[host].system, its) for host, its in OVERRIDES.items()
    }
    install_programs(PROGRAMS, TELNET_GROUP if abilities.many_groups else None)
    internet = part(BOOK, ["svr4", "slip", "vangogh"])
    with running(internet, personalities, abilities) as network:
        stage = Stage(network, QUICK, SCRATCH, lambda *_: None)
        with capturing(network, POINTS, SCRATCH / "pcap") as dumps:
            play(stage)
        stage.close()
        return {
            "degraded": [(one.host, one.aspect, one.got) for one in network.degraded],
            "captures": {
                dump.host: msgspec.to_builtins(list(reader.read(dump.file))) for dump in dumps
            },
        }


def play(stage: Stage) -> None:
    for server in ("bsdi", "vangogh"):
        stage.types(server, f"sock -i -s -F {PORT}")
        stage.listening(server, PORT, DEADLINE_S)
    for client, server in CALLS:
        assert stage.types(client, f"sock -i -n1 -w100 {server} {PORT}").ends(DEADLINE_S) == 0
    stage.inetd("sun", "echo")
    telnet = stage.types("bsdi", "telnet sun echo")
    telnet.shows("Escape character is", DEADLINE_S)
    telnet.process.terminate()
    telnet.ends(DEADLINE_S)
    stage.quiet(DEADLINE_S)


@pytest.mark.parametrize("lacking", WITHOUT)
def test_the_network_comes_up_and_says_what_it_is_not(user: str, lacking: str) -> None:
    seen = in_sandbox(user, call_without, lacking)
    degraded = {tuple(one) for one in seen["degraded"]}
    # An ordinary user may lack TUN anyhow.
    assert WITHOUT[lacking] <= degraded <= WITHOUT[lacking] | WITHOUT["tun"]
    captures = msgspec.convert(seen["captures"], dict[str, list[Segment]])
    syns = {host: syn_of(host, segments) for host, segments in captures.items()}
    windows = {host: one.window for host, one in syns.items()}
    if lacking == "nftables":
        assert windows == {"bsdi": 4096, "svr4": 4288, "sun": 4380, "slip": 4096}
    else:
        assert windows == {"bsdi": 4096, "svr4": 4096, "sun": 4096, "slip": 4096}
    assert (syns["svr4"].option(MSS) is not None) == (lacking == "nftables")
    assert syns["bsdi"].tos == (0 if ("bsdi", "tos", "TOS 0x0") in degraded else 0x10)
    assert syns["slip"].option(MSS) == (MSS, (256,))


def syn_of(host: str, segments: list[Segment]) -> Segment:
    """The first SYN that the host sent in its own capture."""
    own = {its.address.partition("/")[0] for its in BOOK.hosts[host].interfaces}
    return next(
        one for one in segments if one.flags & (SYN | ACK) == SYN and one.source.host in own
    )
